/// Says what statement texts do, with buffers that it uses again for each.
///
/// A pure function of text and sql_mode; what rows tell is joined by `SearchMatcher`. Where the
/// mode is not known (annotate texts), all readings are tried, those that do not tokenize or name
/// no table where one must stand are dropped, and the most dangerous one counts.
public struct StatementClassifier: Sendable {
    /// Of the text read last.
    private(set) var tokens: [SQLToken] = []
    private var parser = StatementParser()

    /// What the text read last does.
    var outline: StatementOutline {
        @inline(__always) _read { yield parser.outline }
    }

    /// Tokens that are enough to see which table an INSERT writes to.
    private static let headCount = 10

    public init() {}

    /// What `text` does; `mode` is nil where the log does not tell it.
    public mutating func facts(of text: RawSpan, mode: SQLMode?) -> StatementFacts {
        text.withSQLText { read($0, mode: mode) }
        return StatementFacts(outline)
    }

    /// What `text` does; `mode` is nil where the log does not tell it.
    public mutating func facts(of text: String, mode: SQLMode? = .standard) -> StatementFacts {
        facts(of: Array(text.utf8).span.bytes, mode: mode)
    }

    /// Reads `text` into `outline`. With `headOnly`, of an INSERT or REPLACE only its table is
    /// read.
    mutating func read(_ text: SQLText, mode: SQLMode?, headOnly: Bool = false) {
        guard mode == nil else {
            _ = attempt(text, mode: mode ?? .standard, headOnly: headOnly)
            return
        }
        let first = attempt(text, mode: .standard, headOnly: headOnly)
        guard first.dependsOnMode else { return }
        var worst = SQLMode.standard
        var worstRank = rank(first)
        var isAmbiguous = false
        for mode in (first.hasPipes ? SQLMode.allWithPipes : SQLMode.all).dropFirst() {
            // Not in one expression: `self` would be read before it is changed.
            let reading = attempt(text, mode: mode, headOnly: headOnly)
            let rank = rank(reading)
            if worstRank >= 0, rank >= 0, rank != worstRank { isAmbiguous = true }
            if rank > worstRank {
                worstRank = rank
                worst = mode
            }
        }
        _ = attempt(text, mode: worst, headOnly: headOnly)
        if isAmbiguous { parser.outline.reasons.insert(.ambiguous) }
    }

    private struct Reading {
        var tokenizes = false
        var dependsOnMode = false
        var hasPipes = false
    }

    /// How much a reading counts: more than 0 for the more dangerous, below 0 if it is none.
    private func rank(_ reading: Reading) -> Int {
        if !reading.tokenizes { return -2 }
        return outline.isMalformed ? -1 : outline.danger
    }

    private mutating func attempt(_ text: SQLText, mode: SQLMode, headOnly: Bool) -> Reading {
        var scanner = SQLScanner(text, mode: mode)
        scan(&scanner, headOnly: headOnly)
        if scanner.metStrayCommentEnd {
            var nesting = SQLScanner(text, mode: mode, nestsSkippedComments: true)
            scan(&nesting, headOnly: headOnly)
            if nesting.hasFailed {
                scanner = SQLScanner(text, mode: mode)
                scan(&scanner, headOnly: headOnly)
            } else {
                scanner = nesting
            }
        }
        parse(text, mode)
        // What stands before the place where it fails still counts: the server did run it.
        if scanner.hasFailed {
            parser.outline.isUnreadable = true
            parser.outline.reasons.insert(.unreadable)
        }
        return Reading(
            tokenizes: !scanner.hasFailed,
            dependsOnMode: scanner.metDoubleQuote || scanner.metBackslash || scanner.metPipes,
            hasPipes: scanner.metPipes)
    }

    private mutating func scan(_ scanner: inout SQLScanner, headOnly: Bool) {
        tokens.removeAll(keepingCapacity: true)
        while let token = scanner.next() {
            tokens.append(token)
            if headOnly, tokens.count == Self.headCount,
                tokens[0].lexeme == .insert || tokens[0].lexeme == .replace
            {
                return
            }
        }
    }

    private mutating func parse(_ text: SQLText, _ mode: SQLMode) {
        // Taken out for the call: the parser must not see it change.
        var taken: [SQLToken] = []
        swap(&taken, &tokens)
        taken.withUnsafeBufferPointer { parser.parse(text, $0, mode) }
        swap(&taken, &tokens)
    }
}
