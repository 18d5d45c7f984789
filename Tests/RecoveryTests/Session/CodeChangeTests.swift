import TestSupport
import Testing

@testable import Recovery

/// What statements make and drop of routines, triggers and views.
@Suite("changes of stored code") struct CodeChangeTests {
    private func change(_ text: String, _ mode: SQLMode = .standard) -> CodeChange? {
        let bytes = Array(text.utf8)
        return CodeChange(bytes.span.bytes, mode: mode, database: "D")
    }

    /// Each with kind and place of what is made, and the function in it that no log tells.
    private static let makes: [(text: String, made: [String])] = [
        ("CREATE FUNCTION f() RETURNS INT RETURN 1", ["function d.f"]),
        (
            "CREATE OR REPLACE DEFINER=`a`@`%` AGGREGATE FUNCTION IF NOT EXISTS e.F(uuid INT) "
                + "RETURNS INT RETURN uuid()", ["function e.f UUID"]
        ),
        ("CREATE DEFINER=CURRENT_USER() PROCEDURE `e``x`.`p`() SELECT 1", ["procedure e`x.p"]),
        (
            "/*!50003 CREATE*/ /*!50020 DEFINER=`r`@`h`*/ /*!50003 FUNCTION f() RETURNS INT "
                + "RETURN\nSYSDATE() */", ["function d.f SYSDATE"]
        ),
        (
            "CREATE ALGORITHM=MERGE DEFINER=r@h SQL SECURITY INVOKER VIEW v (a, b) AS SELECT "
                + "VERSION(), 1", ["view d.v VERSION"]
        ),
        ("ALTER VIEW v AS SELECT UUID()", ["view d.v UUID"]),
        (
            "CREATE OR REPLACE PACKAGE BODY e.P AS FUNCTION f RETURN INT AS BEGIN RETURN UUID(); "
                + "END; END", ["package e.p UUID"]
        ),
        (
            "CREATE PACKAGE BODY `body` AS PROCEDURE p AS BEGIN SELECT 1; END; END",
            ["package d.body"]
        ),
        (
            "CREATE TRIGGER e.tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a=UUID()",
            ["trigger(event: \"INSERT\") e.t UUID"]
        ),
        (
            "CREATE TRIGGER tr AFTER INSERT OR UPDATE ON e.t FOR EACH ROW DELETE FROM x",
            ["trigger(event: \"INSERT\") e.t", "trigger(event: \"UPDATE\") e.t"]
        ),
    ]

    @Test("what a statement makes is told with its schema", arguments: makes)
    func made(text: String, made: [String]) throws {
        let definitions = try #require(change(text)).made
        let found = definitions.map { definition in
            "\(definition.kind) \(definition.place.schema ?? "").\(definition.place.name)"
                + (definition.references.unsafeFunction.map { " " + $0 } ?? "")
        }
        #expect(found == made)
    }

    @Test("names in double quotes are names under ANSI_QUOTES")
    func quotes() throws {
        let text = "CREATE FUNCTION \"a\"\"b\".\"f\"() RETURNS INT RETURN 1"
        let made = try #require(change(text, SQLMode(ansiQuotes: true))).made
        #expect(made.map(\.title) == ["a\"b.f"])
        #expect(change(text) == nil)
    }

    @Test(
        "other statements change none",
        arguments: [
            "ALTER FUNCTION f COMMENT 'x'", "ALTER PROCEDURE p SQL SECURITY INVOKER",
            "CREATE TABLE `function` (view INT)",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO CALL p()",
            "INSERT INTO view VALUES (1)", "SHOW CREATE FUNCTION f", "DROP TABLE view", "CREATE",
            "CREATE FUNCTION", "CREATE TRIGGER t BEFORE INSERT ON", "", "CREATE PROCEDURE 'x'()",
            "CREATE PACKAGE p AS FUNCTION f RETURN INT; END",
            "CREATE PACKAGE `body` AS PROCEDURE p; END", "CREATE PACKAGE BODY", "ALTER PACKAGE p",
        ])
    func none(text: String) { #expect(change(text) == nil) }

    @Test("what is dropped is told with its schema, of a trigger not its table's")
    func dropped() throws {
        for (text, names) in [
            ("DROP VIEW IF EXISTS a, E.b CASCADE", ["d.a", "e.b"]),
            ("DROP FUNCTION IF EXISTS `F`", ["d.f"]), ("DROP TRIGGER e.tr", ["e.tr"]),
            ("DROP PACKAGE P", ["d.p"]), ("DROP PACKAGE BODY IF EXISTS e.p", ["e.p"]),
            ("DROP PACKAGE `body`", ["d.body"]),
        ] {
            guard case .drops(let identities) = change(text) else {
                Issue.record("\(text) drops nothing")
                continue
            }
            #expect(identities.map { "\($0.name.schema ?? "").\($0.name.name)" } == names)
        }
    }

    @Test("any words in any order are read without a fault")
    func anything() throws {
        var random = SplitMix64(seed: try TestSeed.read(for: "stored code"))
        let words = [
            "CREATE", "ALTER", "DROP", "OR", "REPLACE", "DEFINER", "=", "`a`@`b`", "FUNCTION",
            "PROCEDURE", "TRIGGER", "VIEW", "IF", "NOT", "EXISTS", "x", ".", ",", "(", ")", "AS",
            "ON", "BEFORE", "INSERT", "SELECT", "UUID", "/*!50003", "*/", "`q", "'s'", "BEGIN",
            "END", ";", "RETURN", "FROM", "INTO", "\"n\"", "PACKAGE", "BODY",
        ]
        var read = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &random)
            var text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
            let heads = ["CREATE FUNCTION x (", "CREATE VIEW x AS", "CREATE TRIGGER x", "CREATE"]
            if let head = heads.randomElement(using: &random) { text.insert(head, at: 0) }
            if Bool.random(using: &random) { text.append("UUID ( )") }
            var code = UnsafeCode((change(text.joined(separator: " "))?.made ?? []))
            let bytes = Array(text.joined(separator: " ").utf8)
            var judge = StatementJudge()
            _ = judge.policy(of: bytes.span.bytes, mode: .standard, isAlone: true)
            guard let facts = judge.facts else { continue }
            code.take(bytes.span.bytes, mode: .standard, database: "d", facts)
            code.refresh()
            if !code.isEmpty { read += 1 }
        }
        #expect(read > 20)
    }
}
