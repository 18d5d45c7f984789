import Report

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
    nonisolated(unsafe) private static var answer: UnsafeMutableBufferPointer<UInt8>?

    /// Takes over the signals for the rest of the run of a command; what it will print is made now.
    static func arm(_ command: String, workdir: String, isJSON: Bool) {
        let failure = Failure(
            "stopped", "stopped by a signal",
            hint: "go on with: " + ResumeCommand.line(workdir: workdir)
        )
        unsafe message = bytes(
            of: "\nerror: \(failure.message)\n  hint: \(failure.hint ?? "")\n")
        if isJSON {
            let envelope = Envelope(
                command: command, result: [:], warnings: [], error: failure.reported)
            unsafe answer = bytes(of: envelope.json.text + "\n")
        }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in
                if let bytes = unsafe Interruption.answer {
                    _ = unsafe write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
                } else if let bytes = unsafe Interruption.message {
                    _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
                }
                _exit(ExitCode.stoppedHalfWay.rawValue)
            }
        }
    }

    private static func bytes(of text: String) -> UnsafeMutableBufferPointer<UInt8> {
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        return bytes
    }

    /// Gives the signals back: what is left is to print the answer.
    static func disarm() {
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
    }
}
