/// Whether a statement makes other columns of a table, or the same in another order.
enum ColumnRedefinition {
    /// CREATE TABLE does, and an ALTER TABLE that does more than add keys or set options.
    static func isIn(_ text: RawSpan, _ facts: StatementFacts) -> Bool {
        switch facts.verb {
        case .createTable: return true
        case .alterTable: break
        default: return false
        }
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: .standard, into: &tokens) else { return true }
        var depth = 0
        for (index, token) in tokens.enumerated() {
            let next = index + 1 < tokens.count ? tokens[index + 1] : token
            switch token.lexeme {
            case .leftParenthesis: depth += 1
            case .rightParenthesis: depth -= 1
            case _ where depth > 0: continue
            case .modify, .change, .convert: return true
            case .drop where !isKey(next, text): return true
            case .rename where next.lexeme == .column: return true
            case .name where isWord(token, "ADD", text) && !isKey(next, text): return true
            default: continue
            }
        }
        return false
    }

    private static func isKey(_ token: SQLToken, _ text: RawSpan) -> Bool {
        let keys: Set<SQLLexeme> = [
            .key, .index, .unique, .primary, .constraint, .foreign, .check, .partition, .period,
            .system,
        ]
        return keys.contains(token.lexeme)
            || ["FULLTEXT", "SPATIAL", "VECTOR"].contains { isWord(token, $0, text) }
    }

    private static func isWord(_ token: SQLToken, _ word: String, _ text: RawSpan) -> Bool {
        token.kind == .word && token.name(in: text).uppercased() == word
    }
}
