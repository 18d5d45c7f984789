import Recovery
import Report

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a command's output goes: the answer to stdout, all else to stderr.
struct Console: Sendable {
    var isQuiet: Bool
    var isJSON: Bool
    /// stderr is a terminal, so a line may be drawn over.
    let drawsProgress: Bool
    /// stdout is a terminal that wants colours.
    let hasColours: Bool

    init(isQuiet: Bool, isJSON: Bool) {
        self.isQuiet = isQuiet
        self.isJSON = isJSON
        drawsProgress = isatty(STDERR_FILENO) == 1
        hasColours = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
    }

    /// Lets a reader that goes away (`| head`) be an error of writing instead of our end.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Writes to stdout; false where not all of it arrived.
    @discardableResult
    func answer(_ text: String) -> Bool { Self.write(text, to: STDOUT_FILENO) }

    /// Writes the answer as one line of JSON.
    func answer(_ json: JSONValue) -> Bool {
        var bytes: [UInt8] = []
        var hasArrived = true
        json.write(to: &bytes) { bytes, piece in
            bytes.append(contentsOf: piece)
            guard bytes.count >= Self.pieceBytes else { return }
            if hasArrived { hasArrived = Self.write(bytes, to: STDOUT_FILENO) }
            bytes.removeAll(keepingCapacity: true)
        }
        bytes.append(UInt8(ascii: "\n"))
        return hasArrived && Self.write(bytes, to: STDOUT_FILENO)
    }

    private static let pieceBytes = 1 << 20

    /// Writes a line to stderr.
    func note(_ text: String) { _ = Self.write(text + "\n", to: STDERR_FILENO) }

    /// Writes to stderr without ending the line.
    func noteWithoutEnd(_ text: String) { _ = Self.write(text, to: STDERR_FILENO) }

    /// Tells which step of a long task begins.
    func step(_ text: String) {
        if !isQuiet { note(text) }
    }

    /// Somebody is there who can answer.
    var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && !isJSON }

    /// Asks on the terminal; anything but yes is no.
    func ask(_ question: String) -> Bool {
        noteWithoutEnd(question)
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    /// Asks on the terminal for a line; nil at its end.
    func askLine(_ question: String) -> String? {
        noteWithoutEnd(question)
        return readLine()
    }

    /// Asks for a word that is not shown while it is typed; nil where nobody is there.
    func askSecret(_ question: String) -> String? {
        guard canAsk else { return nil }
        var settings = termios()
        let hasSettings = tcgetattr(STDIN_FILENO, &settings) == 0
        if hasSettings {
            var silent = settings
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        }
        // Only now: whoever sees the question may type at once, and none of it is shown or lost.
        noteWithoutEnd(question)
        let word = readLine()
        if hasSettings { tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
        note("")
        return word
    }

    func warn(_ warning: PlanWarning) {
        let blocks = warning.blocks ? ", blocks" : ""
        note(Self.printable("warning: \(warning.message) (\(warning.code)\(blocks))"))
    }

    func fail(_ failure: Failure) {
        var text = "error: \(failure.message)"
        if let place = failure.place { text += "\n  at \(place)" }
        if let hint = failure.hint { text += "\n  hint: \(hint)" }
        note(Self.printable(text))
    }

    private static func printable(_ text: String) -> String {
        PrintableText.escapeControlCharacters(text, keepsLines: true)
    }

    /// A reader that went away has seen what it wanted: that is no failure.
    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        write(Array(text.utf8), to: descriptor)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                let rest = UnsafeRawBufferPointer(rebasing: all[written...])
                return platformWrite(descriptor, rest)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EPIPE
            }
            written += count
        }
        return true
    }
}

private func platformWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    unsafe write(descriptor, bytes.baseAddress, bytes.count)
}
