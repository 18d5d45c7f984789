import Binlog
import BinlogFiles
import Foundation
import Recovery
import Server
import SystemPackage
import TestSupport
import Testing

@testable import Replay

/// What tells, on a target without a log, whether a statement that commits by itself has run.
@Suite("evidence of steps") struct StepEvidenceTests {
    /// Modes that change how a server writes what it keeps, and how a query is read.
    @Test(
        "a step that failed has left the definitions as they were, whatever the log's settings",
        arguments: [
            "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "'ORACLE'", "'EMPTY_STRING_IS_NULL'",
            "'PAD_CHAR_TO_FULL_LENGTH'",
        ])
    func failedStep(mode: String) async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        try target.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)",
            "CREATE TABLE d.old (v CHAR(9) DEFAULT '', INDEX (v)) ENGINE=MyISAM",
            "CREATE VIEW d.v AS SELECT id, 'a\\'b' AS x FROM d.t",
            "CREATE FUNCTION d.body() RETURNS CHAR(36) RETURN UUID()")
        let connection = try target.connect()
        let begin = Self.begin
        try connection.execute("\(Checkpoint.creation);\(begin.insertStatement)")
        var session = TargetSession(connection, checkpoint: begin, evidence: .definitions)
        try session.begin(writesBinlog: false, runsStatements: true)
        #expect(!session.unsafeCode.isEmpty)
        var state = SessionState()
        state.set("@@session.sql_mode", mode)
        state.set("@@session.time_zone", "'+05:00'")
        func statement(_ text: String, isDefinition: Bool = false) -> LoggedStatement {
            var statement = LoggedStatement(
                text: Array(text.utf8), database: nil, state: state, sqlMode: nil, errorCode: 0)
            statement.isDefinition = isDefinition
            return statement
        }
        try session.run(statement("INSERT INTO d.t VALUES (1)"), at: begin.position)
        try session.commit(begin)
        #expect(throws: ReplayFailure.self) {
            try session.runStep(statement("CREATE TABLE d.t (b INT)"), after: begin)
        }
        let progress = "FROM \(Checkpoint.schema).progress WHERE lane = 0"
        let later = try target.connect()
        // What the server refused has not run, whatever is mended meanwhile.
        #expect(try later.value("SELECT COUNT(pending_step) \(progress)") == "0")
        try session.runStep(
            statement("CREATE VIEW d.calls AS SELECT d.body() AS u", isDefinition: true),
            after: begin)
        #expect(try UnsafeCode(on: later).isEmpty == session.unsafeCode.isEmpty)
        #expect(throws: ReplayFailure.self) {
            try session.runStep(statement("KILL CONNECTION_ID()"), after: begin)
        }
        try later.execute(SessionSetup.ownSettings)
        #expect(
            try later.value("SELECT fingerprint \(progress)")
                == (try SchemaFingerprint.read(later)))
        try await target.stop()
    }

    /// Each with what a crash in the middle of it has left.
    private static let crashes: [(text: String, left: [String], gone: String)] = [
        ("DROP TABLE d.a, d.b, d.c", ["DROP TABLE d.a"], "SELECT COUNT(*) FROM d.b"),
        ("DROP DATABASE d", ["DROP TABLE d.a"], "SELECT COUNT(*) FROM d.b"),
        ("DROP VIEW d.v, d.w", ["DROP VIEW d.v"], "SELECT COUNT(*) FROM d.w"),
        ("DROP USER u@h, v@h", ["DROP USER u@h"], "SHOW GRANTS FOR v@h"),
        ("CREATE USER u@h, w@h", [], "CREATE USER w@h"),
    ]

    @Test("what a server left half done in a crash is done to its end", arguments: crashes)
    func halfDone(text: String, left: [String], gone: String) async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        try target.run(
            "CREATE DATABASE d", "CREATE TABLE d.a (id INT)", "CREATE TABLE d.b (id INT)",
            "CREATE TABLE d.c (id INT)", "CREATE VIEW d.v AS SELECT 1", "CREATE USER u@h, v@h",
            "CREATE VIEW d.w AS SELECT 1")
        for statement in left { try target.run(statement) }
        var session = try Self.unsureSession(target)
        var statement = LoggedStatement(
            text: Array(text.utf8), database: nil, state: SessionState(), sqlMode: nil,
            errorCode: 0)
        statement.errorsOfRepeating = LoggedStatement.errorsOfRepeating(
            text.split(separator: " ").prefix(2).map(String.init))
        try session.runStep(statement, after: Self.begin)
        #expect(throws: ServerError.self) { _ = try target.connect().query(gone) }
        try await target.stop()
    }

    @Test("what nobody can read any more does not stand in the way")
    func withoutSystemUser() async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        try target.run("CREATE DATABASE d", "DROP USER 'mariadb.sys'@localhost")
        let session = try target.connect()
        let before = try SchemaFingerprint.read(session)
        try target.run("CREATE TABLE d.t (id INT)")
        #expect(try SchemaFingerprint.read(session) != before)
        try await target.stop()
    }

    @Test("a table that a crash left without all of its rows is made again")
    func halfMade() async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        try target.run(
            "CREATE DATABASE d", "CREATE TABLE d.made (seq INT) ENGINE=Aria",
            "INSERT INTO d.made VALUES (1)")
        var session = try Self.unsureSession(target)
        var statement = LoggedStatement(
            text: Array("CREATE TABLE made ENGINE=Aria SELECT seq FROM seq_1_to_9".utf8),
            database: Array("d".utf8), state: SessionState(), sqlMode: nil, errorCode: 0)
        statement.madeAnew = TableName(schema: nil, table: "made")
        try session.runStep(statement, after: Self.begin)
        #expect(try target.connect().value("SELECT COUNT(*) FROM d.made") == "9")
        try await target.stop()
    }

    @Test("a table that a crash left dropped, and not yet replaced, is made")
    func halfReplaced() async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        try target.run("CREATE DATABASE d", "CREATE TABLE d.other (id INT)")
        var session = try Self.unsureSession(target)
        let text = "CREATE OR REPLACE TABLE made (v INT)"
        var statement = LoggedStatement(
            text: Array(text.utf8), database: Array("d".utf8), state: SessionState(), sqlMode: nil,
            errorCode: 0)
        statement.errorsOfRepeating = LoggedStatement.errorsOfRepeating(
            text.split(separator: " ").prefix(2).map(String.init))
        try session.runStep(statement, after: Self.begin)
        #expect(try target.connect().value("SELECT COUNT(v) FROM d.made") == "0")
        try await target.stop()
    }

    @Test(
        "tables that look alike and change their names or rows are not taken for either",
        arguments: [
            ("RENAME TABLE a TO x, b TO a, x TO b", "", ["a", "b", "x"]),
            (
                "ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b",
                "PARTITION BY RANGE (id) (PARTITION p VALUES LESS THAN (9))", ["a", "b"]
            ),
        ])
    func swapped(sql: String, partitions: String, names: [String]) async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        let text = Array(sql.utf8)
        var judge = StatementJudge()
        _ = judge.policy(of: text.span.bytes, mode: .standard, isAlone: true)
        let tables = LoggedStatement.swapped(judge)
        #expect(tables.map(\.table) == names)
        var marks: [String?] = []
        for engine in ["Aria", "InnoDB"] {
            try target.run(
                "CREATE OR REPLACE DATABASE d", "CREATE TABLE d.b (id INT) ENGINE=\(engine)",
                "CREATE TABLE d.a (id INT) ENGINE=\(engine) \(partitions)",
                "DROP DATABASE IF EXISTS \(Checkpoint.schema)")
            let connection = try target.connect()
            try connection.execute("\(Checkpoint.creation);\(Self.begin.insertStatement)")
            try connection.execute(
                "CREATE TABLE d.marks (m VARBINARY(255));"
                    + "CREATE TRIGGER \(Checkpoint.schema).note BEFORE UPDATE ON "
                    + "\(Checkpoint.schema).progress FOR EACH ROW INSERT INTO d.marks "
                    + "SELECT NEW.fingerprint FROM DUAL WHERE NEW.pending_step IS NOT NULL")
            var session = TargetSession(
                connection, checkpoint: Self.begin, evidence: .definitions)
            try session.begin(writesBinlog: false, runsStatements: true)
            var statement = LoggedStatement(
                text: text, database: Array("d".utf8), state: SessionState(), sqlMode: nil,
                errorCode: 0)
            statement.swapped = tables
            try session.runStep(statement, after: Self.begin)
            marks.append(try target.connect().value("SELECT m FROM d.marks"))
        }
        #expect(marks.first == Checkpoint.unsureRows)
        #expect(marks.last??.isEmpty == false && marks.last != Checkpoint.unsureRows)
        try await target.stop()
    }

    private static let begin = Checkpoint(position: BinlogPosition(file: "bin.000001", offset: 4))

    /// A session behind a crash in its first step that changed the definitions.
    private static func unsureSession(_ target: SourceServer) throws -> TargetSession {
        var pending = begin
        pending.pendingStep = 1
        pending.fingerprint = "another"
        let connection = try target.connect()
        try connection.execute("\(Checkpoint.creation);\(pending.insertStatement)")
        var session = TargetSession(connection, checkpoint: pending, evidence: .definitions)
        try session.begin(writesBinlog: false, runsStatements: true)
        return session
    }

    @Test(
        "a statement whose session was killed while it waited runs again", .timeLimit(.minutes(5)))
    func killedStep() async throws {
        let source = try await SourceServer()
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let before = ["CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)"]
        for statement in before { try target.run(statement) }
        try source.run(before[0], before[1])
        let status = try source.connect().query("SHOW MASTER STATUS").first
        let start = try #require(
            BinlogPosition("\(status?[0] ?? ""):\(status?[1] ?? "")"))
        try source.run(
            "SET time_zone='+05:00'", "ALTER TABLE d.t ADD at TIMESTAMP DEFAULT '2026-01-01 10:00'",
            "SET time_zone='+00:00'", "INSERT INTO d.t (id) VALUES (1)")
        let expected = try ServerState(source)
        try await source.stop()
        let logs = try LogSet.find([FilePath(source.logFolder)])
        let (plan, contained) = try Replaying.outcome(logs, from: start, to: .end)
        let holder = try target.connect()
        try holder.execute("START TRANSACTION")
        _ = try holder.value("SELECT COUNT(*) FROM d.t")
        let held = try holder.value("SELECT CONNECTION_ID()") ?? ""
        // Not a task: all threads of those may wait in other tests while this one waits for it.
        Thread.detachNewThread {
            do {
                try Self.killWaiting(on: target)
            } catch {
                Issue.record(error)
            }
        }
        var run = ReplayRun(logs, plan, contained: contained)
        run.reconnectSeconds = 30
        run.openSession = { () throws(ServerError) in
            // The lock goes only when the statement has.
            let session = try target.session()
            try session.execute("KILL \(held)")
            return session
        }
        var retries: [ReplayFailure] = []
        _ = try run.apply(to: try target.session(), onRetry: { retries.append($0) })
        #expect(retries.count == 1)
        try ReplayRun.removeCheckpoint(try target.session(), writesBinlog: false)
        try ServerState(target).expect(expected, "killed once")
        try await target.stop()
    }

    /// Kills the session of an ALTER once it runs.
    private static func killWaiting(on target: SourceServer) throws {
        let killer = try target.connect()
        let query = "SELECT id FROM information_schema.processlist WHERE info LIKE 'ALTER%'"
        var waiting: String?
        while waiting == nil {
            Thread.sleep(forTimeInterval: 0.05)
            waiting = try killer.value(query)
        }
        // The definitions must not seem others because a second has gone by.
        Thread.sleep(forTimeInterval: 1.1)
        try killer.execute("KILL \(waiting ?? "")")
    }

    @Test("definitions that nobody changes stay the same")
    func steady() async throws { try await expectSteady(nil) }

    @Test(
        "so on 10.5",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func steady105() async throws { try await expectSteady("mariadb-10.5") }

    @Test(
        "so on 11.8",
        .enabled(if: OtherServers.has("mariadb-11.8"), "Tests/servers.sh fetch mariadb-11.8"))
    func steady118() async throws { try await expectSteady("mariadb-11.8") }

    @Test(
        "so on MySQL",
        .enabled(if: OtherServers.has(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"))
    func steadyMySQL() async throws {
        let target = try await MySQLServer(["--skip-log-bin"])
        try await expectSteady(target)
        try await target.stop()
    }

    private func expectSteady(_ version: String?) async throws {
        let folder = try TestFolder("program")
        let program = try version.map { try OtherServers.writeProgram($0, in: folder) }
        let target = try await SourceServer(["--skip-log-bin"], program: program)
        try target.run("CREATE DATABASE s", "CREATE SEQUENCE s.a ENGINE=Aria")
        try await expectSteady(target)
        try await target.stop()
    }

    /// Tables, whichever engine has them, and what information_schema makes when it is asked.
    private func expectSteady(_ target: some TestServer) async throws {
        let session = try target.session()
        try session.execute("CREATE DATABASE d")
        try session.execute("CREATE TABLE d.t (id INT PRIMARY KEY, UNIQUE KEY (id))")
        try session.execute("CREATE TABLE d.m (v CHAR(9) DEFAULT '', INDEX (v)) ENGINE=MyISAM")
        try session.execute("CREATE VIEW d.v AS SELECT id FROM d.t")
        try session.execute(SessionSetup.ownSettings)
        let found = try SchemaFingerprint.read(session)
        let second = try session.value("SELECT UNIX_TIMESTAMP()")
        while try session.value("SELECT UNIX_TIMESTAMP()") == second {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try SchemaFingerprint.read(session) == found)
        try session.execute("ALTER TABLE d.m COMMENT='other'")
        #expect(try SchemaFingerprint.read(session) != found)
    }
}
