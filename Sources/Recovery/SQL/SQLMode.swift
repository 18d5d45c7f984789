/// The bits of a session's `sql_mode` that change how a text is read.
///
/// A Query event carries them, an annotate text does not. Source: `sql/sql_class.h` (`MODE_…`).
public struct SQLMode: Sendable, Hashable {
    /// `"…"` is a name, not a string (`ANSI_QUOTES`, bit 2).
    public var ansiQuotes: Bool
    /// A backslash in a string is itself (`NO_BACKSLASH_ESCAPES`, bit 20).
    public var noBackslashEscapes: Bool
    /// `||` joins strings, and is no OR (`PIPES_AS_CONCAT`, bit 1).
    public var pipesAsConcat = false
    /// NOT binds like `!` (`HIGH_NOT_PRECEDENCE`, bit 29).
    public var highNotPrecedence = false
    /// MariaDB reads Oracle's language (`ORACLE`, bit 9).
    public var isOracle = false

    public init(ansiQuotes: Bool = false, noBackslashEscapes: Bool = false) {
        self.ansiQuotes = ansiQuotes
        self.noBackslashEscapes = noBackslashEscapes
    }

    /// Takes its bits out of the `sql_mode` of a Query event; the others do not matter here.
    public init(bits: UInt64) {
        pipesAsConcat = bits & (1 << 1) != 0
        highNotPrecedence = bits & (1 << 29) != 0
        isOracle = bits & (1 << 9) != 0
        ansiQuotes = bits & (1 << 2) != 0
        noBackslashEscapes = bits & (1 << 20) != 0
    }

    /// What a server uses unless told otherwise.
    public static let standard = SQLMode()

    /// All in which a text may fall into other tokens, the likeliest first.
    static let all = [
        SQLMode(), SQLMode(ansiQuotes: true), SQLMode(noBackslashEscapes: true),
        SQLMode(ansiQuotes: true, noBackslashEscapes: true),
    ]

    /// The same, each with `||` as OR and joining strings.
    static let allWithPipes = [false, true].flatMap { isConcat in
        all.map { mode in
            var mode = mode
            mode.pipesAsConcat = isConcat
            return mode
        }
    }
}
