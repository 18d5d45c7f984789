import Recovery
import TestSupport
import Testing

/// What the tokenizer makes of quotes, comments and hostile bytes.
struct SQLTokenizerTests {
    private func tokens(_ text: String, _ mode: SQLMode = .standard) -> [String]? {
        let bytes = Array(text.utf8)
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(bytes.span.bytes, mode: mode, into: &tokens) else {
            return nil
        }
        return tokens.map { String(decoding: bytes[Int($0.begin)..<Int($0.end)], as: UTF8.self) }
    }

    @Test("comments are dropped and what stands in executable ones counts")
    func comments() {
        #expect(
            tokens("/* a */ DELETE -- b\n/*!50001 FROM */ /*M!100100 c */ # d")
                == ["DELETE", "FROM", "c"])
        #expect(tokens("a /* 99999 WHERE */ b") == ["a", "b"])
        #expect(tokens("1--1") == ["1", "-", "-", "1"])
        #expect(tokens("a --") == ["a"])
        #expect(tokens("/*!a /* b */ c */ d") == ["a", "c", "d"])
        #expect(tokens("/*!123 a */") == ["123", "a"])
    }

    @Test("a text whose quotes or comments do not end does not tokenize")
    func unterminated() {
        for text in ["'a", "\"a", "`a", "/* a", "/*! a", "'a\\'", "a */", "x'41", "@'a", "'a''"] {
            #expect(tokens(text) == nil, "\(text)")
        }
        #expect(tokens("'a\\'", SQLMode(noBackslashEscapes: true)) == ["'a\\'"])
    }

    @Test("doubled quotes and backslashes stay inside a string")
    func quotes() {
        #expect(tokens("'it''s' 'a\\'b' \"x\"\"y\" `p``q`")?.count == 4)
        let ansi = SQLMode(ansiQuotes: true)
        #expect(tokens("\"a\\\" b", ansi) == ["\"a\\\"", "b"])
        #expect(tokens("\"a\\\" b") == nil)
    }

    @Test("numbers, literals, variables and names are one token each")
    func words() {
        #expect(
            tokens("1 1.5 .5 1e5 1e 0xAF 0xZ x'41' b'01' n'a' _utf8mb4'x' @a @@b @'c' d$1 é")
                == [
                    "1", "1.5", ".5", "1e5", "1e", "0xAF", "0xZ", "x'41'", "b'01'", "n'a'",
                    "_utf8mb4", "'x'", "@a", "@@b", "@'c'", "d$1", "é",
                ])
        #expect(tokens("t.1a t.5") == ["t", ".", "1a", "t", ".", "5"])
        #expect(tokens("a<=>b!=c:=d||e&&f->>g") != nil)
        #expect(tokens("a<=>b") == ["a", "<=>", "b"])
    }

    @Test("random bytes never trap anything that reads statements")
    func randomBytes() throws {
        let seed = try TestSeed.read(for: "random statements")
        var random = Generator(state: seed)
        let pieces = [
            "DELETE", "FROM", "UPDATE", "SET", "WHERE", "ALTER TABLE", "DROP", "COLUMN", "(", ")",
            ",", ".", "'", "\"", "`", "\\", "/*", "*/", "/*!", "/*M!", "--", "#", "\n", ";", "=",
            "NOT", "AND", "OR", "IN", "BETWEEN", "LIKE", "EXISTS", "SELECT", "1", "0x", "a", "b.c",
            "LIMIT", "PARTITION", "RENAME", "TO", "CREATE OR REPLACE", "IDENTIFIED BY", "USING",
            "PASSWORD", "CASE", "END", "IS", "NULL", "@", "é", "XA COMMIT", "X'78'", "IF EXISTS",
            "SET STATEMENT", "FOR", "TABLE", "WITH", "JOIN", "ON", "AS", "-",
            "99999999999999999999",
        ]
        let pattern = try StatementPattern("DELETE FROM a.b WHERE c = 'x' AND 1")
        var classifier = StatementClassifier()
        for round in 0..<6000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<40, using: &random) {
                if round % 3 == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes += Array((pieces.randomElement(using: &random) ?? "").utf8)
                    if Bool.random(using: &random) { bytes.append(0x20) }
                }
            }
            for mode in [SQLMode.standard, SQLMode(ansiQuotes: true), nil] {
                let facts = classifier.facts(of: bytes.span.bytes, mode: mode)
                #expect(facts.kinds.count >= 1)
                _ = SecretMask.masked(bytes.span.bytes, mode: mode)
                _ = pattern.matches(bytes.span.bytes, mode: mode, database: nil)
            }
            _ = XATransactionID(statement: bytes.span.bytes)
            let printed = PrintableText.escapeControlCharacters(bytes)
            #expect(printed.unicodeScalars.allSatisfy { $0.value >= 0x20 })
            if let typed = String(validating: bytes, as: UTF8.self) {
                _ = Result { try StatementPattern(typed) }
            }
        }
    }

    @Test("thousands of open parentheses and NOTs are read without deep recursion")
    func deepNesting() {
        var classifier = StatementClassifier()
        for piece in ["(", "NOT ", "!", "- ", "EXISTS(", "CASE "] {
            let text = "DELETE FROM c WHERE " + String(repeating: piece, count: 50_000)
            #expect(classifier.facts(of: text).verb == .delete)
        }
    }
}

/// A repeatable source of random numbers (xorshift).
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state == 0 ? 88_172_645_463_325_252 : state
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
