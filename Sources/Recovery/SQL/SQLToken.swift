/// What sort of thing a token is.
public enum SQLTokenKind: UInt8, Sendable {
    /// An unquoted name or a word of the language.
    case word
    /// A name in backticks, or in double quotes under ANSI_QUOTES; the range includes the quotes.
    case quotedName
    /// A string in single quotes, or in double quotes without ANSI_QUOTES; also `n'…'`.
    case string
    case number
    /// `0x…`, `x'…'`, `0b…` or `b'…'`.
    case binary
    /// A charset introducer, as `_utf8mb4` before a string.
    case introducer
    /// `@name`, also `@'name'` (as in an account name).
    case userVariable
    /// `@@name`, without what follows a dot.
    case systemVariable
    /// An operator or sign of one to three bytes.
    case sign
}

/// One token of a statement: what it is and which bytes it takes.
public struct SQLToken: Sendable, Equatable {
    public var kind: SQLTokenKind
    /// Which fixed word or sign it is; `.name` for anything else.
    public var lexeme: SQLLexeme
    /// Offset of its first byte in the text.
    public var begin: UInt32
    /// Offset behind its last byte.
    public var end: UInt32

    @inline(__always)
    init(_ kind: SQLTokenKind, _ lexeme: SQLLexeme, _ begin: Int, _ end: Int) {
        self.kind = kind
        self.lexeme = lexeme
        // Safe: the scanner refuses texts of 4 GiB and more.
        self.begin = UInt32(truncatingIfNeeded: begin)
        self.end = UInt32(truncatingIfNeeded: end)
    }

    /// Whether it can be the name of something.
    var isName: Bool { kind == .word || kind == .quotedName }

    var isLiteral: Bool { kind == .string || kind == .number || kind == .binary }

    /// The bytes it takes.
    public var range: Range<Int> { Int(begin)..<Int(end) }
}
