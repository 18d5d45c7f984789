import Foundation
import Server
import TestSupport
import Testing

/// `lastgood verify --against`, through the program.
@Suite("verify", .serialized)
struct VerifyTests {
    private func url(_ server: SourceServer) -> String {
        "mariadb://\(server.paths.socket)?user=root"
    }

    private let statements = """
        CREATE DATABASE shop; USE shop;
        CREATE TABLE items (part VARCHAR(20), n INT, raw VARBINARY(4), price INT, note TEXT,
            PRIMARY KEY (part, n, raw));
        INSERT INTO items VALUES ('bolt', 1, x'00ff', 10, ''), ('nut', 1, x'', 20, 'x'),
            ('nut', 2, x'', 30, NULL);
        CREATE TABLE log (line TEXT); INSERT INTO log VALUES ('a'), ('b')
        """

    @Test("equal servers are equal, and rows that are not are named by their keys")
    func against() async throws {
        let target = try await SourceServer()
        let reference = try await SourceServer()
        for server in [target, reference] { try server.run(statements) }
        let words = ["verify", "--target", url(target), "--against", url(reference), "--quiet"]
        let equal = try await Lastgood.run(words + ["--json"])
        #expect(equal.exitCode == 0, "\(equal)")
        #expect(try equal.member("result", "verification", "equal") as? Bool == true)

        try target.run(
            "UPDATE shop.items SET price = 11, note = NULL WHERE part = 'bolt'",
            "DELETE FROM shop.items WHERE n = 2",
            "INSERT INTO shop.items VALUES (x'1b5b334a', 9, 'q', 1, '')",
            "UPDATE shop.log SET line = 'c' WHERE line = 'a'",
            "CREATE TABLE shop.wide (a INT)")
        try reference.run("CREATE TABLE shop.wide (a INT, b INT)")
        let json = try await Lastgood.run(words + ["--json"])
        #expect(json.exitCode == 14, "\(json)")
        #expect(try json.errorCode == "difference")
        let verification = try #require(
            try json.member("result", "verification") as? [String: Any])
        #expect(
            verification["differences"] as? [String]
                == [
                    "shop.items has other rows", "shop.log has other rows",
                    "shop.wide has other columns than the reference",
                ])
        let tables = try #require(verification["differingTables"] as? [[String: Any]])
        try #require(tables.count == 3)
        #expect(tables.map { $0["table"] as? String } == ["shop.items", "shop.log", "shop.wide"])
        #expect(tables.map { $0["kind"] as? String } == ["checksum", "checksum", "columns"])
        #expect(tables.map { $0["columns"] as? [String] } == [[], [], ["b"]])
        #expect(tables.map { $0["missingRows"] as? Int } == [1, 1, nil])
        #expect(tables.map { $0["extraRows"] as? Int } == [1, 1, nil])
        #expect(tables.map { $0["differingRows"] as? Int } == [1, nil, nil])
        let rows = try #require(tables[0]["rows"] as? [[String: Any]])
        #expect(rows.map { $0["kind"] as? String } == ["extra", "differs", "missing"])
        #expect(
            rows.map { $0["key"] as? [String: String] } == [
                ["part": "\u{1b}[3J", "n": "9", "raw": "0x71"],
                ["part": "bolt", "n": "1", "raw": "0x00ff"],
                ["part": "nut", "n": "2", "raw": "0x"],
            ])
        #expect(rows.map { $0["columns"] as? [String] } == [[], ["price", "note"], []])
        #expect((tables[1]["rows"] as? [Any])?.isEmpty == true)

        let text = try await Lastgood.run(words)
        #expect(text.exitCode == 14)
        let expected = #"""

            not equal to the reference:
              shop.items has other rows
                rows: 1 missing, 1 not in the reference, 1 different
                part=\x1B[3J, n=9, raw=0x71 is not in the reference
                part=bolt, n=1, raw=0x00ff differs in price, note
                part=nut, n=2, raw=0x is missing
              shop.log has other rows
                rows: 1 missing, 1 not in the reference, it has no key to name them by
              shop.wide has other columns than the reference
                columns that only one has, or of another type: b

            """#
        #expect(text.output.hasSuffix(expected), "\(text.output)")
    }

    @Test("without a reference the tables are listed; with two nothing is done")
    func list() async throws {
        let server = try await SourceServer()
        try server.run(statements)
        let words = ["verify", "--target", url(server), "--quiet"]
        let json = try await Lastgood.run(words + ["--json"])
        #expect(json.exitCode == 0, "\(json)")
        let verification = try #require(
            try json.member("result", "verification") as? [String: Any])
        #expect(verification["equal"] is NSNull)
        let tables = try #require(verification["tables"] as? [[String: Any]])
        #expect(tables.map { $0["table"] as? String } == ["shop.items", "shop.log"])
        #expect(tables.map { $0["rows"] as? Int } == [3, 2])
        #expect(tables.allSatisfy { ($0["checksum"] as? String)?.isEmpty == false })
        let text = try await Lastgood.run(words)
        #expect(text.exitCode == 0)
        #expect(text.output.contains("\nshop.items     3 "), "\(text.output)")
        #expect(text.output.hasSuffix("\nno reference was given to compare with\n"))
        let both = try await Lastgood.run(
            words + ["--against", url(server), "--expect", "/dev/null"])
        #expect(both.exitCode == 64, "\(both)")
    }

    @Test("an account with one session will do")
    func oneSession() async throws {
        let server = try await SourceServer()
        try server.run(
            statements, "CREATE USER few@localhost WITH MAX_USER_CONNECTIONS 1",
            "GRANT SELECT ON *.* TO few@localhost")
        let expect = try TestFolder("verify")
        let all = try await Lastgood.run("verify", "--target", url(server), "--json")
        let file = try expect.write("all.json", all.output)
        let few = "mariadb://\(server.paths.socket)?user=few"
        // One that asks for several is refused them, and goes on.
        let run = try await Lastgood.run("verify", "--target", few, "--expect", file, "--json")
        #expect(run.exitCode == 0, "\(run)")
    }
}
