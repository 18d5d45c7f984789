#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A running server, known by its pid file and proved by its command line.
///
/// A pid alone is never trusted: the number may belong to another program by now.
public struct ServerProcess: Sendable, Hashable {
    public let processID: Int32
    /// An argument that only this server has.
    public let mark: String

    /// The live process that the pid file names, nil when there is none of ours.
    public static func find(_ paths: ScratchServerPaths) -> ServerProcess? {
        guard let line = SmallFile.lastLines(paths.processID, count: 1).first,
            let number = Int32(line), number > 1
        else { return nil }
        let process = ServerProcess(processID: number, mark: "--datadir=\(paths.data)")
        return process.isAlive ? process : nil
    }

    /// Whether the process exists, is no zombie, and carries the mark in its command line.
    public var isAlive: Bool {
        guard kill(processID, 0) == 0 || errno == EPERM else { return false }
        #if os(Linux)
            let arguments = Self.commandLine(processID)
            return arguments.contains(mark)
        #else
            return true
        #endif
    }

    /// The arguments of a process; none for a zombie.
    static func commandLine(_ processID: Int32) -> [String] {
        let descriptor = open("/proc/\(processID)/cmdline", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return [] }
        return bytes[..<count].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Sends a signal if the process is still ours; false when it is gone.
    @discardableResult
    public func signal(_ number: Int32) -> Bool {
        isAlive && kill(processID, number) == 0
    }

    /// Waits until the process has ended; false when it has not within the time.
    public func waitForEnd(seconds: Double) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while isAlive {
            if ContinuousClock.now > deadline { return false }
            await pause(milliseconds: 10)
        }
        return true
    }
}

/// Sleeps; a cancelled task goes on at once, so loops must have a deadline.
func pause(milliseconds: Int) async {
    do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { await Task.yield() }
}
