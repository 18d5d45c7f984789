/// Whether a statement makes other columns of a table, or the same in another order.
public enum ColumnRedefinition {
    /// CREATE TABLE does, and an ALTER TABLE that does more than add keys or set options.
    ///
    /// What cannot be told apart from a column without the table's definition counts as one.
    public static func isIn(_ text: RawSpan, _ facts: StatementFacts) -> Bool {
        switch facts.verb {
        case .createTable: return true
        case .alterTable: break
        default: return false
        }
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: .standard, into: &tokens) else { return true }
        var depth = 0
        for (index, token) in tokens.enumerated() {
            let rest = tokens[(index + 1)...]
            switch token.lexeme {
            case .leftParenthesis: depth += 1
            case .rightParenthesis: depth -= 1
            case _ where depth > 0: continue
            case .modify, .change, .convert: return true
            case .drop where !isKey(rest, text): return true
            case .rename where rest.first?.lexeme == .column: return true
            case .name where isWord(token, "ADD", text) && !isKey(rest, text): return true
            default: continue
            }
        }
        return false
    }

    /// Whether what is added or dropped is something else than a column.
    private static func isKey(_ tokens: ArraySlice<SQLToken>, _ text: RawSpan) -> Bool {
        guard let token = tokens.first else { return false }
        let next = tokens.dropFirst().first?.lexeme
        switch token.lexeme {
        case .key, .index, .unique, .primary, .constraint, .foreign, .check, .partition: return true
        // Columns may have these names.
        case .period: return next == .for
        case .system: return next == .versioning
        default: break
        }
        if isWord(token, "VECTOR", text) {
            return next == .index || next == .key || next == .leftParenthesis
        }
        return isWord(token, "FULLTEXT", text) || isWord(token, "SPATIAL", text)
    }

    private static func isWord(_ token: SQLToken, _ word: String, _ text: RawSpan) -> Bool {
        token.kind == .word && token.name(in: text).uppercased() == word
    }
}
