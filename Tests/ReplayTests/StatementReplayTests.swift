import Binlog
import Recovery
import Server
import TestSupport
import Testing

@testable import Replay

/// Statements that depend on their session, logged as text by a real server and replayed.
@Suite("replay of statements", .serialized)
struct StatementReplayTests {
    /// Statements run in one new session of a source that logs statements, each list apart.
    struct Script: CustomTestStringConvertible, Sendable {
        var name: String
        var statements: [String]
        var testDescription: String { name }
    }

    @Test("statements that depend on their session bring the target to the source's state")
    func systemServer() async throws { try await check(program: nil) }

    @Test(
        "statements that depend on their session bring MariaDB 10.5 to the source's state",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func mariadb105() async throws {
        let folder = try TestFolder("program")
        try await check(program: OtherServers.writeProgram("mariadb-10.5", in: folder))
    }

    @Test(
        "statements that depend on their session bring MariaDB 11.8 to the source's state",
        .enabled(if: OtherServers.has("mariadb-11.8"), "Tests/servers.sh fetch mariadb-11.8"))
    func mariadb118() async throws {
        let folder = try TestFolder("program")
        try await check(program: OtherServers.writeProgram("mariadb-11.8", in: folder))
    }

    private func check(program: String?) async throws {
        let environment: [String: String?] = ["TZ": "UTC"]
        let source = try await SourceServer(
            ["--binlog-format=STATEMENT", "--max-binlog-size=32768"], program: program,
            environment: environment)
        let target = try await SourceServer(
            ["--skip-log-bin", "--event-scheduler=OFF"], program: program, serverID: 2,
            environment: environment)
        try source.run("CREATE DATABASE lab CHARACTER SET utf8mb4")
        var position = BinlogPosition(file: "bin.000001", offset: 4)
        let version = source.installation.version
        for script in StatementScripts.all((version.major, version.minor)) {
            let before = position
            try Self.play(script, on: source)
            do {
                position = try Replaying.replay(source, onto: target, from: position).stop.position
            } catch {
                Issue.record("\(script.name), from \(before): \(error)")
                return
            }
            try ServerState(target).expect(try ServerState(source), "\(script.name)")
        }
        try await target.stop()
        try await source.stop()
    }

    @Test("a list to drop may name what its server did not know", arguments: [true, false])
    func dropsOfUnknown(isPrivate: Bool) async throws {
        let source = try await SourceServer()
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "CREATE SEQUENCE d.s",
            "CREATE TABLE d.u (id INT PRIMARY KEY)", "CREATE VIEW d.v AS SELECT 1")
        for list in ["TABLE d.none, d.t", "SEQUENCE d.s, d.none", "VIEW d.none, d.v"] {
            #expect(throws: ServerError.self) { try source.run("DROP \(list)") }
        }
        try source.run("INSERT INTO d.u VALUES (1)")
        let expected = try ServerState(source)
        for mode in ReplayMode.allCases {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            try Replaying.replay(source, onto: target, mode: mode, isPrivate: isPrivate)
            try ServerState(target).expect(expected, "\(mode)")
            try await target.stop()
        }
        try await source.stop()
    }

    @Test("a statement does not meet the temporary table of another connection's function")
    func temporaryTable() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let maker = try source.connect()
        for statement in [
            "CREATE DATABASE d", "CREATE TABLE d.kept (n INT)", "CREATE TABLE d.filled (n INT)",
            "CREATE FUNCTION d.hides() RETURNS INT DETERMINISTIC BEGIN CREATE TEMPORARY TABLE "
                + "IF NOT EXISTS d.kept (n INT); INSERT INTO d.kept VALUES (1); RETURN 1; END",
            "INSERT INTO d.filled VALUES (d.hides())",
        ] {
            try maker.execute(statement)
        }
        try source.run("INSERT INTO d.kept VALUES (100)")
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        try Replaying.replay(source, onto: target)
        try ServerState(target).expect(try ServerState(source), "temporary table")
        #expect(try target.connect().value("SELECT SUM(n) FROM d.kept") == "100")
        try await target.stop()
        try await source.stop()
    }

    @Test("a statement that fails is told by its own place, and a resume goes on with it")
    func failing() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)",
            "INSERT INTO d.t VALUES (1)",
            "INSERT INTO d.t VALUES (2)", "INSERT INTO d.t VALUES (3)",
            "INSERT INTO d.t VALUES (4), (5)", "INSERT INTO d.t VALUES (6)")
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        try target.run("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
        try target.run("INSERT INTO d.t VALUES (4)")
        let transactions = try Replaying.transactions(of: source).map(\.id)
        let refused = transactions[5]
        let failure = try #require(throws: ReplayFailure.self) {
            try Replaying.replay(source, onto: target, from: transactions[2])
        }
        #expect(failure.server?.number == 1062)
        let offset = try #require(failure.error.offset)
        #expect(failure.error.file == refused.file)
        #expect((refused.offset..<transactions[6].offset).contains(offset))
        #expect(try target.connect().value("SELECT GROUP_CONCAT(id) FROM d.t") == "4")
        try target.run("DELETE FROM d.t WHERE id = 4")
        try Replaying.replay(source, onto: target, from: transactions[2])
        try ServerState(target).expect(try ServerState(source), "after the repair")
        try await target.stop()
        try await source.stop()
    }

    @Test(
        "a text that others cannot follow goes alone",
        arguments: [
            ("UPDATE t SET a = 1 -- x", true), ("SELECT 1 /* a */", true), ("SELECT 1 /* a", false),
            ("SELECT 1 /*/", false), ("SELECT '/*'", false), ("SELECT 1;", false),
            ("SELECT 1; ", false),
            ("", false), (" \n", false), ("SELECT 1; -- x", false), ("SELECT 1; # x", false),
            ("SELECT 1; /* a;b */", false), ("SELECT 1\0", false), ("SELECT 'a;b'", true),
            ("SELECT 1;\t\n", false), ("SELECT ';-'", false), ("SELECT 1 /* a *//* b */ ", true),
            ("SELECT 1 /* /* */", true),
        ])
    func ends(_ text: String, isTaken: Bool) {
        #expect(StatementQueue.takes(Array(text.utf8)) == isTaken)
    }

    /// A statement that begins with `!` must fail; one with `~` runs in a session of its own.
    private static func play(_ script: Script, on source: SourceServer) throws {
        let connection = try source.connect()
        try connection.execute("USE lab")
        for statement in script.statements {
            guard !statement.hasPrefix("~") else {
                try source.run(String(statement.dropFirst()))
                continue
            }
            let mustFail = statement.hasPrefix("!")
            do throws(ServerError) {
                try connection.execute(mustFail ? String(statement.dropFirst()) : statement)
                #expect(!mustFail, "\(script.name): \(statement) succeeded")
            } catch {
                #expect(mustFail, "\(script.name): \(statement): \(error)")
            }
        }
    }
}
