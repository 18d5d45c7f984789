/// A statement that sets a mark in a transaction, or undoes what was done behind one.
///
/// A log holds them only where a table that is not transactional keeps what was undone from being
/// left out of it (seen on MariaDB 10.11).
public enum SavepointStatement: Hashable, Sendable {
    /// Its name in lower case: case does not count.
    case set(String)
    case rollback(String)

    /// Nil for any other statement.
    public init?(_ text: RawSpan) {
        // Names have 64 characters at most.
        guard text.byteCount < 512, Self.mayBe(text) else { return nil }
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: .standard, into: &tokens) else { return nil }
        let words = tokens.map { token in
            text.extracting(token.range).withUnsafeBytes {
                PrintableText.decoded(Array($0)).lowercased()
            }
        }
        switch words.count {
        case 2 where words[0] == "savepoint": self = .set(Self.name(words[1]))
        case 3 where words[0] == "rollback" && words[1] == "to":
            self = .rollback(Self.name(words[2]))
        case 4 where words[0] == "rollback" && words[1] == "to" && words[2] == "savepoint":
            self = .rollback(Self.name(words[3]))
        default: return nil
        }
    }

    /// Most statements begin otherwise.
    private static func mayBe(_ text: RawSpan) -> Bool {
        text.withSQLText { $0.begins(with: "sa") || $0.begins(with: "ro") }
    }

    private static func name(_ word: String) -> String {
        word.hasPrefix("`") ? String(word.dropFirst().dropLast()).replacing("``", with: "`") : word
    }
}
