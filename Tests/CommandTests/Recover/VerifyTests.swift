import Foundation
import Server
import TestSupport
import Testing

/// `lastgood verify`, through the program.
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
