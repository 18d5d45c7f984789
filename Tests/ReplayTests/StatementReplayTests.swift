import Binlog
import Recovery
import Replay
import Server
import TestSupport
import Testing

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
