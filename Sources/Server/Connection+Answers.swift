import CMariaDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Waiting for the answers to a text of many statements.
extension Connection {
    /// Lets answers gather until about so many bytes are there, or no more have come for a moment.
    ///
    /// Who waits on the socket itself is woken for each answer: with sysbench's statements that
    /// took a sixth of the server's processor time (`Docs/Performance.md`). A statement that takes
    /// longer than a moment is left to be waited for by `readResults`.
    public func letAnswersGather(bytes wanted: Int) {
        var known = 0
        var idlePauses = 0
        while idlePauses < Self.mostIdlePauses {
            var count: CInt = 0
            guard ioctl(socketDescriptor, UInt(FIONREAD), &count) == 0, count < wanted else {
                return
            }
            idlePauses = count > known ? 0 : idlePauses + 1
            known = Int(count)
            usleep(Self.pauseMicroseconds)
        }
    }

    /// About how long the OK packet was that has just been read.
    var lastAnswerBytes: Int { Self.leastAnswerBytes + (mysql_info(handle).map(strlen) ?? 0) }

    private static let leastAnswerBytes = 11
    private static let pauseMicroseconds: UInt32 = 50
    /// A server needs a moment to begin.
    private static let mostIdlePauses = 3
}
