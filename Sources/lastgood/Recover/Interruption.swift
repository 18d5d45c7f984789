#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What Ctrl-C and SIGTERM do once a recovery changes something: end with exit code 13 and say how
/// to go on.
///
/// Nothing has to be undone: the target holds how far it has come, whatever moment this is.
enum Interruption {
    // Safe: written once before the handler can run, read by the handler only.
    nonisolated(unsafe) private static var message: UnsafeMutableBufferPointer<UInt8>?

    /// Takes over both signals for the rest of the run.
    static func arm(workdir: String) {
        let text = "\nstopped; go on with: lastgood resume --workdir \(workdir)\n"
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        unsafe message = bytes
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in
                if let bytes = unsafe Interruption.message {
                    _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
                }
                _exit(13)
            }
        }
    }
}
