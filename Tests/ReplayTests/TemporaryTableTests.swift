import Binlog
import BinlogFiles
import Recovery
import Server
import SystemPackage
import TestSupport
import Testing

@testable import Replay

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Temporary tables of statement logs: told apart, dropped with their server, lost with a session.
@Suite("temporary tables", .serialized)
struct TemporaryTableTests {
    @Test("two connections have each their own, and names behind them mean what all see")
    func apart() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let first = try source.connect()
        let second = try source.connect()
        try first.execute("CREATE DATABASE d")
        try first.execute("CREATE TABLE d.t (id INT PRIMARY KEY, a INT)")
        try first.execute("CREATE TABLE d.x (id INT PRIMARY KEY, a INT)")
        try first.execute("CREATE TEMPORARY TABLE d.x (a INT)")
        try second.execute("CREATE TEMPORARY TABLE d.x (a INT)")
        try first.execute("INSERT INTO d.x VALUES (1), (2)")
        try second.execute("INSERT INTO d.x VALUES (10)")
        try first.execute("INSERT INTO d.t SELECT a, 1 FROM d.x")
        try second.execute("INSERT INTO d.t SELECT a, 2 FROM d.x")
        // Rows of the table that all see, under the name of a temporary one.
        let third = try source.connect()
        try third.execute("SET SESSION binlog_format=ROW")
        try third.execute("INSERT INTO d.x VALUES (1, 1), (2, 2)")
        // Under the name of a temporary one too, and it commits.
        try first.execute("CREATE TABLE IF NOT EXISTS d.x (id INT)")
        try first.execute("BEGIN")
        try first.execute("INSERT INTO d.t VALUES (50, 50)")
        try first.execute("ALTER TABLE d.x ADD c INT")
        try first.execute("ROLLBACK")
        try first.execute("ALTER TABLE d.x ADD b INT DEFAULT 7, RENAME TO d.y")
        try first.execute("INSERT INTO d.t SELECT a + 100, b FROM d.y")
        try second.execute("TRUNCATE TABLE d.x")
        try second.execute("BEGIN")
        try second.execute("INSERT INTO d.x VALUES (5)")
        try second.execute("INSERT INTO d.t SELECT a, 5 FROM d.x")
        try second.execute("ROLLBACK")
        try second.execute("DROP TEMPORARY TABLE d.x")
        try third.execute("UPDATE d.x SET a = a + 1")
        try first.execute("DROP TABLE d.y")
        try await expectEverywhere(source)
    }

    @Test("a name that is written in another way when it is dropped is the same")
    func otherCase() async throws {
        let source = try await SourceServer(
            ["--binlog-format=STATEMENT", "--lower-case-table-names=1"])
        let connection = try source.connect()
        for statement in [
            "CREATE DATABASE d", "CREATE TABLE d.t (a INT)", "CREATE TEMPORARY TABLE d.Tmp (a INT)",
            "DROP TEMPORARY TABLE d.tmp", "CREATE TEMPORARY TABLE d.tmp (a INT)",
            "INSERT INTO d.TMP VALUES (1)", "INSERT INTO d.t SELECT * FROM d.tmp",
            "SET NAMES latin1",
        ] {
            try connection.execute(statement)
        }
        let name = Array("d.t".utf8) + [0xE4] + Array("b".utf8)
        for verb in ["CREATE TEMPORARY", "DROP TEMPORARY", "CREATE", "DROP", "CREATE"] {
            let columns = verb.hasPrefix("CREATE") ? " (a INT)" : ""
            try connection.execute(
                bytes: Array("\(verb) TABLE ".utf8) + name + Array(columns.utf8))
        }
        let expected = try ServerState(source)
        for mode in ReplayMode.allCases {
            let target = try await SourceServer(
                ["--skip-log-bin", "--lower-case-table-names=1"], serverID: 2)
            try Replaying.replay(source, onto: target, mode: mode)
            try ServerState(target).expect(expected, "\(mode)")
            try await target.stop()
        }
        try await source.stop()
    }

    @Test("those of a server that was killed are gone")
    func killedServer() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let connection = try source.connect()
        try connection.execute("CREATE DATABASE d")
        try connection.execute("CREATE TABLE d.t (a INT)")
        try connection.execute("CREATE TEMPORARY TABLE d.x (a INT)")
        try connection.execute("INSERT INTO d.x VALUES (1)")
        let process = try #require(source.process)
        process.signal(SIGKILL)
        #expect(await process.waitForEnd(seconds: 60))
        try await source.start()
        // The same connection numbers begin again.
        for number in 2...12 {
            let again = try source.connect()
            try again.execute("CREATE TEMPORARY TABLE d.x (a INT)")
            try again.execute("INSERT INTO d.x VALUES (\(number))")
            try again.execute("INSERT INTO d.t SELECT a FROM d.x")
            try again.execute("DROP TEMPORARY TABLE d.x")
        }
        try await expectEverywhere(source)
    }

    private func expectEverywhere(_ source: SourceServer) async throws {
        let expected = try ServerState(source)
        for mode in ReplayMode.allCases {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            try Replaying.replay(source, onto: target, mode: mode)
            try ServerState(target).expect(expected, "\(mode)")
            try await target.stop()
        }
        try await source.stop()
    }

    @Test("a replay that lost one does not go on as if it were there")
    func lost() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let connection = try source.connect()
        try connection.execute("CREATE DATABASE d")
        try connection.execute("CREATE TEMPORARY TABLE d.x (a INT)")
        let position = try connection.value("SELECT @@gtid_binlog_pos") ?? ""
        let middle = GTID.mariadb(try #require(GTIDPosition(position)?.gtids.first))
        try connection.execute("CREATE TABLE d.t SELECT * FROM d.x")
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        try run(source, to: .after(.gtid(middle)), onto: target)
        do {
            try run(source, to: .end, onto: target)
            Issue.record("it went on")
        } catch let failure as ReplayFailure {
            #expect(failure.error.code == .temporaryTablesLost)
            #expect(failure.error.hint?.contains("begin again") == true)
        }
        try await target.stop()
        try await source.stop()
    }

    /// Replays from the log's begin or an earlier run's end, and leaves the checkpoint.
    private func run(_ source: SourceServer, to stop: StopRequest, onto target: SourceServer) throws
    {
        let logs = try LogSet.find([FilePath(source.logFolder)])
        let begin = BinlogPosition(file: "bin.000001", offset: 4)
        let planner = Planner(
            logs, start: .position(begin, gtidPosition: nil), stop: stop, matches: nil)
        guard case .plan(let plan, let contained) = try planner.outcome() else {
            throw TestFailure("no plan")
        }
        let run = ReplayRun(logs, plan, contained: contained)
        _ = try run.apply(to: try target.connect())
    }
}
