import Recovery
import TestSupport
import Testing

/// The keys by which blocks of a log are passed over: a statement that is the typed one never has
/// another key.
struct StatementKeyTests {
    private static func key(_ text: String) -> StatementKey? {
        let bytes = Array(text.utf8)
        return StatementKey(bytes.span.bytes)
    }

    @Test("the first word tells, and the table of a change of rows, however they are written")
    func same() throws {
        for (first, second) in [
            ("DELETE FROM orders WHERE id = 1", "delete  from `shop`.`orders`"),
            ("DELETE FROM orders", "/* app */ /**/\n delete ignore from shop . orders"),
            ("INSERT INTO a VALUES (1)", "insert ignore a values (2)"),
            ("UPDATE LOW_PRIORITY Orders SET n=1", "update orders set m=2"),
            ("REPLACE INTO a.b SELECT 1", "REPLACE DELAYED b VALUES (1)"),
            ("DROP TABLE a", "drop table b"), ("truncate a", "TRUNCATE TABLE b"),
            ("DELETE a FROM a JOIN b", "DELETE x.a, b FROM x.a JOIN b"),
        ] {
            let (key, other) = (try #require(Self.key(first)), try #require(Self.key(second)))
            #expect(key == other, "\(first) / \(second)")
        }
        let all = [
            "DELETE FROM a", "DELETE FROM b", "UPDATE a SET x=1", "INSERT INTO a VALUES (1)",
            "REPLACE a VALUES (1)", "DROP TABLE a", "TRUNCATE a", "ALTER TABLE a DROP x", "BEGIN",
        ]
        #expect(Set(try all.map { try #require(Self.key($0)) }).count == all.count)
    }

    @Test("a text whose first words are not plain has none")
    func none() {
        for text in [
            "", " ", "(SELECT 1)", "/*!50003 DELETE FROM a */", "/*M!100000 DELETE FROM a */",
            "/*+ hint */ DELETE FROM a", "/* 99999 q /* n */ z */ TRUNCATE TABLE b", "/* open",
            "SET STATEMENT x=1 FOR DELETE FROM a",
            "ANALYZE UPDATE a SET x=1", "IF EXISTS DELETE FROM a", "DELETE", "DELETE FROM",
            "DELETE FROM \"a\"", "DELETE FROM `a``b`", "DELETE FROM `a b`", "DELETE FROM `from`",
            "DELETE FROM a.`quick`", "DELETE FROM /* x */ a", "DELETE FROM a.", "DELETE a.* FROM a",
            "DELETE FROM grün", "DELETE IF EXISTS FROM a", "-- x\nDELETE FROM a", "INSERT INTO `a",
        ] {
            #expect(Self.key(text) == nil, "\(text)")
        }
    }

    /// A statement as a list of words, which can be written in many ways.
    private struct Words {
        var words: [String]

        private static let schemas = ["shop", "x", "from"]
        private static let tables = ["orders", "a", "b", "quick", "if", "Orders", "grün", "a b"]

        init(_ random: inout SplitMix64) {
            func one(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
            let verb = one(["delete", "update", "insert", "replace", "truncate", "drop", "alter"])
            words = [verb]
            if verb == "drop" || verb == "alter" { words.append("table") }
            for word in ["ignore", "quick", "low_priority"] where one(["", "", "x"]) == "x" {
                words.append(word)
            }
            words.append(one(["from", "into", "", "table"]))
            if one(["", "x"]) == "x" { words += ["if", "exists"] }
            if one(["", "x"]) == "x" { words += ["`\(one(Self.schemas))`", "."] }
            words.append("`\(one(Self.tables))`")
            words += [one(["set", "where", "values", ""]), one(["`id`", "1", ""])]
            words.removeAll(where: \.isEmpty)
        }

        /// As a person, an application or the server may write it, with what is optional or not.
        func written(_ random: inout SplitMix64) -> String {
            var words = words
            if let dot = words.firstIndex(of: "."), Bool.random(using: &random) {
                words.removeSubrange((dot - 1)...dot)
            }
            if let place = words.firstIndex(of: "if"), Bool.random(using: &random) {
                words.removeSubrange(place...(place + 1))
            }
            var text =
                [
                    "", "", "/* app */", "/*! ", " ", "/* 99999 /* n */ truncate */",
                    "SET STATEMENT x=1 FOR ", "IF EXISTS ",
                ]
                .randomElement(using: &random) ?? ""
            for word in words {
                var word = word
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1, 2: word = String(word.filter { $0 != "`" })
                case 3: word = word.replacing("`", with: "\"")
                case 4 where !word.contains("`"): word = word.uppercased()
                default: break
                }
                text += word
                text += [" ", " ", "\n", "/* */", "  "].randomElement(using: &random) ?? " "
            }
            return text + (["", ";", " -- end"].randomElement(using: &random) ?? "")
        }
    }

    @Test("of random statements none that is found has another key")
    func random() throws {
        let seed = try TestSeed.read(for: "statement keys")
        var random = SplitMix64(seed: seed)
        var (found, passed) = (0, 0)
        for _ in 0..<60_000 {
            let typed = Words(&random)
            let logged = Bool.random(using: &random) ? typed : Words(&random)
            let (first, second) = (typed.written(&random), logged.written(&random))
            let text = Array(second.utf8)
            guard let pattern = try? StatementPattern(first) else { continue }
            let isFound = pattern.matches(text.span.bytes, mode: nil, database: nil)
            let keys = (pattern.key, StatementKey(text.span.bytes))
            let isPassed = keys.0 != nil && keys.1 != nil && keys.0 != keys.1
            #expect(!isFound || !isPassed, "seed \(seed): \(first) / \(second)")
            if isFound { found += 1 }
            if isPassed { passed += 1 }
        }
        #expect(found > 1_000 && passed > 1_000, "seed \(seed): \(found) found, \(passed) passed")
    }
}
