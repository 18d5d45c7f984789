import Binlog
import BinlogFiles
import Recovery
import Server
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Replay

/// Several sessions that put one window into the target.
@Suite("lanes")
struct LaneTests {
    /// A source with tables that lanes share in different ways, and its log.
    private static func source() async throws -> SourceServer {
        let source = try await SourceServer()
        let connection = try source.connect()
        let statements = [
            "SET SESSION binlog_format=ROW", "CREATE DATABASE d",
            "CREATE TABLE d.numbers (id INT PRIMARY KEY, v INT, KEY (v))",
            "CREATE TABLE d.words (w VARCHAR(20) PRIMARY KEY, v INT)",
            "CREATE TABLE d.unique_too (id INT PRIMARY KEY, u INT UNIQUE, v INT)",
            "CREATE TABLE d.`odd ``name` (id BIGINT PRIMARY KEY, v INT)",
            "CREATE TABLE d.keyless (a INT, b INT)",
            "INSERT INTO d.numbers SELECT CAST(seq AS SIGNED) - 500, seq FROM d_seq",
            "INSERT INTO d.words SELECT CONCAT('w', seq), seq FROM d_seq",
            "INSERT INTO d.unique_too SELECT seq, -CAST(seq AS SIGNED), seq FROM d_seq",
            "INSERT INTO d.`odd ``name` SELECT seq << 40, seq FROM d_seq",
            "INSERT INTO d.keyless SELECT seq % 10, seq FROM d_seq",
            "UPDATE d.numbers SET v = v + 1 WHERE id % 3 = 0", "DELETE FROM d.numbers WHERE v < 40",
            "UPDATE d.words SET w = UPPER(w) WHERE v % 5 = 0",
            "UPDATE d.unique_too SET u = u + 1 ORDER BY u DESC",
            "UPDATE d.`odd ``name` SET id = id + 1 WHERE v % 2 = 0",
            "DELETE FROM d.keyless WHERE a = 3", "UPDATE d.numbers SET v = v * 2",
        ]
        for statement in statements {
            try connection.execute(statement.replacing("d_seq", with: "d.seq_1_to_1000"))
        }
        return source
    }

    private static func plan(
        _ source: SourceServer, from offset: BinlogPosition = .init(file: "bin.000001", offset: 4),
        to stop: StopRequest = .end
    ) throws -> (logs: LogSet, plan: Plan, contained: GTIDPosition) {
        let logs = try LogSet.find([FilePath(source.logFolder)])
        let planner = Planner(
            logs, start: .position(offset, gtidPosition: nil), stop: stop, matches: nil)
        guard case .plan(let plan, let contained) = try planner.outcome() else {
            throw RecoveryError(.startNotFound, "no plan")
        }
        return (logs, plan, contained)
    }

    private static func run(_ source: SourceServer) throws -> ReplayRun {
        let all = try plan(source)
        return ReplayRun(all.logs, all.plan, contained: all.contained)
    }

    @Test(
        "what lanes have committed when the first one cannot is not sent again",
        arguments: [nil, 3])
    func unfinishedWindow(_ window: Int?) async throws {
        let source = try await Self.source()
        let expected = try ServerState(source)
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let connection = try target.connect()
        try connection.execute(Checkpoint.creation)
        // The first lane's own row comes last: its rows are lost then, those of others are not.
        let rule = """
            CREATE TRIGGER `\(Checkpoint.schema)`.stop BEFORE UPDATE
            ON `\(Checkpoint.schema)`.progress FOR EACH ROW
            IF NEW.lane = 0 AND NEW.next_offset > OLD.next_offset
              AND EXISTS (SELECT 1 FROM `\(Checkpoint.schema)`.progress WHERE window <> '')
            THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stopped by the test'; END IF
            """
        try connection.execute(rule)
        var run = try Self.run(source)
        run.lanes = 4
        run.openSession = { () throws(ServerError) in try target.connect() }
        run.windowTransactions = window.map { UInt64($0) }
        let failure = #expect(throws: ReplayFailure.self) {
            try run.apply(to: try target.connect())
        }
        #expect(failure?.error.message.contains("stopped by the test") == true)
        let ahead = try connection.query(
            "SELECT lane FROM `\(Checkpoint.schema)`.progress WHERE window IS NOT NULL")
        #expect(ahead.count == 3)

        // Cut off again while it goes on, and with other settings than before.
        run.lanes = 2
        run.memoryBytes = ReplayMemory.leastBytes
        run.windowTransactions = 1
        #expect(throws: ReplayFailure.self) { try run.apply(to: try target.connect()) }
        try connection.execute("DROP TRIGGER `\(Checkpoint.schema)`.stop")
        _ = try run.apply(to: try target.connect())
        try ServerState(target).expect(expected, "after a resume")
        try await target.stop()
        try await source.stop()
    }

    @Test("a server that has no room for more sessions gets all from those that it took")
    func refusedSessions() async throws {
        let source = try await Self.source()
        let expected = try ServerState(source)
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let opened = Atomic(0)
        var run = try Self.run(source)
        run.lanes = 8
        run.openSession = { () throws(ServerError) in
            guard opened.add(1, ordering: .relaxed).newValue <= 2 else {
                throw ServerError(.sqlError, "Too many connections", number: 1040)
            }
            return try target.connect()
        }
        run.windowTransactions = 2
        _ = try run.apply(to: try target.connect())
        #expect(opened.load(ordering: .relaxed) == 3)
        try ServerState(target).expect(expected, "with three sessions")
        try await target.stop()
        try await source.stop()
    }

    @Test("a lane that fails leaves nothing of its window in any other")
    func failingLane() async throws {
        let source = try await Self.source()
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let gtid = try #require(GTID("0-1-6"))
        let begin = try Self.plan(source, to: .after(.gtid(gtid)))
        _ = try ReplayRun(begin.logs, begin.plan, contained: begin.contained)
            .apply(to: try target.connect())
        try ReplayRun.removeCheckpoint(try target.connect())
        // In the way of one of the source's rows.
        try target.connect().execute("INSERT INTO d.words VALUES ('w77', 0)")
        let rest = try Self.plan(source, from: begin.plan.stop.position)
        var run = ReplayRun(rest.logs, rest.plan, contained: rest.contained)
        run.lanes = 3
        run.openSession = { () throws(ServerError) in try target.connect() }
        let failure = #expect(throws: ReplayFailure.self) {
            try run.apply(to: try target.connect())
        }
        #expect(failure?.error.code == .targetFailed)
        #expect(failure?.server?.number == 1062)
        let connection = try target.connect()
        // What is before the refused transaction is there, and nothing else.
        for (table, count) in [
            ("numbers", "1000"), ("words", "1"), ("unique_too", "0"), ("`odd ``name`", "0"),
            ("keyless", "0"),
        ] {
            let rows = try connection.value("SELECT COUNT(*) FROM d.\(table)")
            #expect(rows == count, "\(table)")
        }
        // It goes on when the row is out of the way.
        try connection.execute("DELETE FROM d.words")
        _ = try run.apply(to: try target.connect())
        try ServerState(target).expect(try ServerState(source), "after the repair")
        try await target.stop()
        try await source.stop()
    }

    @Test("a table given up while its next rows are being folded does not wait for itself")
    func givenUpMeanwhile() async throws {
        let key = "PRIMARY KEY (name(3), k)"
        let statements = [
            "CREATE TABLE d.t (name VARCHAR(20) NOT NULL, k INT NOT NULL, b BLOB, \(key))",
            "INSERT INTO d.t VALUES ('abcd', 1, 'x'), ('abce', 2, 'y'), ('abcf', 3, 'z')",
            "CREATE TABLE d.u (id INT PRIMARY KEY, v VARCHAR(2000))",
            "CREATE TABLE d.w (id INT PRIMARY KEY, v VARCHAR(2000))",
            "SET SESSION binlog_row_image=NOBLOB", "UPDATE d.t SET b = 'n'",
            "SET SESSION binlog_row_image=FULL", "INSERT INTO d.u VALUES (1, REPEAT('u', 1500))",
            "INSERT INTO d.w VALUES (1, REPEAT('w', 1500))", "DELETE FROM d.t WHERE k = 3",
            "INSERT INTO d.u VALUES (2, REPEAT('u', 1500))",
        ]
        try await Replaying.replay(statements) { _, _, _ in }
    }
}
