/// The two bits of a session's `sql_mode` that change how a text falls into tokens.
///
/// A Query event carries them, an annotate text does not. Source: `sql/sql_class.h` (`MODE_…`).
public struct SQLMode: Sendable, Hashable {
    /// `"…"` is a name, not a string (`ANSI_QUOTES`, bit 2).
    public var ansiQuotes: Bool
    /// A backslash in a string is itself (`NO_BACKSLASH_ESCAPES`, bit 20).
    public var noBackslashEscapes: Bool

    public init(ansiQuotes: Bool = false, noBackslashEscapes: Bool = false) {
        self.ansiQuotes = ansiQuotes
        self.noBackslashEscapes = noBackslashEscapes
    }

    /// Takes the two bits out of the `sql_mode` of a Query event; the others do not matter here.
    public init(bits: UInt64) {
        ansiQuotes = bits & (1 << 2) != 0
        noBackslashEscapes = bits & (1 << 20) != 0
    }

    /// What a server uses unless told otherwise.
    public static let standard = SQLMode()

    /// All four, the likeliest first.
    static let all = [
        SQLMode(), SQLMode(ansiQuotes: true), SQLMode(noBackslashEscapes: true),
        SQLMode(ansiQuotes: true, noBackslashEscapes: true),
    ]
}
