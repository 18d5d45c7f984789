import Binlog
import Recovery
import Server
import TestSupport
import Testing

@testable import Replay

/// Statements that wait together, and what happens when one of them fails.
@Suite("session on the target")
struct TargetSessionTests {
    private func position(_ offset: UInt64) -> BinlogPosition {
        BinlogPosition(file: "bin.000001", offset: offset)
    }

    private var begin: Checkpoint { Checkpoint(position: position(4)) }

    private func openSession(on target: SourceServer) throws -> TargetSession {
        let connection = try target.connect()
        try connection.execute("\(Checkpoint.creation);\(begin.insertStatement)")
        var session = TargetSession(connection, checkpoint: begin, evidence: .definitions)
        try session.begin(writesBinlog: false, runsStatements: true)
        return session
    }

    private func insert(_ id: Int) -> LoggedStatement {
        LoggedStatement(
            text: Array("INSERT INTO d.t VALUES (\(id))".utf8), database: nil,
            state: SessionState(), sqlMode: nil, errorCode: 0)
    }

    @Test("where a mark is refused, what stands before it is committed, and the rest goes on")
    func refusedMark() async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        try target.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)",
            """
            CREATE PROCEDURE d.mark() BEGIN IF @refused IS NULL THEN SET @refused = 1;
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1178; END IF; END
            """)
        var session = try openSession(on: target)
        try session.run(insert(1), at: position(100))
        var middle = begin
        middle.position = position(200)
        try session.mark(before: middle, by: "CALL d.mark()")
        try session.run(insert(2), at: position(300))
        try session.settle()
        let other = try target.connect()
        let rows = "SELECT GROUP_CONCAT(id ORDER BY id) FROM d.t"
        #expect(try other.value(rows) == "1")
        let reached = "SELECT next_offset FROM \(Checkpoint.schema).progress WHERE lane = 0"
        #expect(try other.value(reached) == "200")
        var end = middle
        end.position = position(400)
        try session.commit(end)
        #expect(try other.value(rows) == "1,2")
        #expect(try other.value(reached) == "400")
        try await target.stop()
    }

    @Test("a mark goes where it was set, and only if something needs it")
    func marks() async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        try target.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)",
            "CREATE TABLE d.marks (rows_before INT)")
        let mark = "INSERT INTO d.marks SELECT COUNT(*) FROM d.t"
        var session = try openSession(on: target)
        // Its transaction ends in the same text.
        try session.mark(before: begin, by: mark)
        try session.run(insert(1), at: position(100))
        session.forgetMark()
        // The text goes before its transaction has ended.
        try session.mark(before: begin, by: mark)
        try session.run(insert(2), at: position(200))
        try session.settle()
        session.forgetMark()
        // Behind others, asked for.
        try session.run(insert(3), at: position(300))
        try session.mark(before: begin, by: mark)
        try session.run(insert(4), at: position(400))
        session.setMark()
        try session.run(insert(5), at: position(500))
        session.forgetMark()
        // With nothing behind it.
        try session.mark(before: begin, by: mark)
        try session.commit(begin)
        let found = "SELECT GROUP_CONCAT(rows_before ORDER BY rows_before) FROM d.marks"
        #expect(try target.connect().value(found) == "1,3,5")
        try await target.stop()
    }

    @Test("code that changes its session or reads its number is found, and feared where unseen")
    func programs() async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        let connection = try target.connect()
        func isFound() throws -> Bool { try StoredCode.needsWholeSession(on: connection) }
        try target.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT, at DATETIME)",
            "CREATE TRIGGER d.plain BEFORE INSERT ON d.t FOR EACH ROW SET NEW.at=CURRENT_TIMESTAMP")
        #expect(try !isFound())
        try target.run(
            "CREATE TRIGGER d.zone BEFORE UPDATE ON d.t FOR EACH ROW SET @@Time_Zone='+01:00'")
        #expect(try isFound())
        try target.run("DROP TRIGGER d.zone", "CREATE PROCEDURE d.p() SET NAMES latin1")
        #expect(try isFound())
        try target.run(
            "DROP PROCEDURE d.p", "CREATE TABLE d.n (id INT DEFAULT (@@PSEUDO_THREAD_ID))")
        #expect(try isFound())
        try target.run(
            "DROP TABLE d.n", "CREATE TABLE d.n (id INT, n INT AS (@@pseudo_thread_id) VIRTUAL)")
        #expect(try isFound())
        try target.run(
            "DROP TABLE d.n",
            "CREATE VIEW d.v AS SELECT * FROM information_schema."
                + "session_variables WHERE variable_name='Pseudo_Thread_ID'")
        #expect(try isFound())
        try target.run("DROP VIEW d.v", "CREATE USER few@localhost")
        #expect(try !isFound())
        let few = try target.connect(user: "few")
        #expect(try StoredCode.needsWholeSession(on: few))
        try await target.stop()
    }

    @Test("of many statements that wait, the one that fails is told")
    func failing() async throws {
        let target = try await SourceServer(["--skip-log-bin"])
        try target.run("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
        var session = try openSession(on: target)
        // More than one text's worth.
        for id in 1...5000 {
            try session.run(insert(id), at: position(UInt64(id)))
        }
        var failure: ReplayFailure?
        do throws(ReplayFailure) {
            try session.run(insert(77), at: position(7777))
            for id in 5001...5100 { try session.run(insert(id), at: position(UInt64(id))) }
            try session.settle()
        } catch {
            failure = error
        }
        #expect(failure?.error.offset == 7777 && failure?.server?.number == 1062)
        try await target.stop()
    }
}
