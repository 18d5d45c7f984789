import Binlog
import Recovery
import Replay
import Server
import TestSupport
import Testing

/// What a fold must carry beside the rows that are left.
@Suite("net effect")
struct NetEffectTests {
    private func replay(
        _ statements: [String], check: (borrowing Connection, Comment) throws -> Void
    ) async throws {
        try await Replaying.replay(statements) { target, _, comment in
            try check(target, comment)
        }
    }

    @Test("rows that are gone again have moved the counter")
    func counter() async throws {
        try await replay([
            "CREATE TABLE d.c (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
            "INSERT INTO d.c (v) VALUES (1), (2), (3)", "DELETE FROM d.c WHERE id >= 2",
        ]) { target, comment in
            let next = try target.value(
                "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME='c'")
            #expect(next == "4", comment)
        }
    }

    @Test("a table in the source's order may refer to rows that still wait")
    func foreignKey() async throws {
        try await replay([
            "CREATE TABLE d.p (id INT PRIMARY KEY)",
            "CREATE TABLE d.k (p INT, FOREIGN KEY (p) REFERENCES d.p (id))",
            "INSERT INTO d.p VALUES (1), (2)", "INSERT INTO d.k VALUES (1)",
            "UPDATE d.k SET p = 2", "DELETE FROM d.p WHERE id = 1",
        ]) { target, comment in
            let parent = try target.value("SELECT p FROM d.k")
            #expect(parent == "2", comment)
        }
    }

    @Test("what changed without being logged is right again with the next change of its row")
    func unlogged() async throws {
        try await replay([
            "CREATE TABLE d.t (id INT PRIMARY KEY, a INT, b INT)",
            "INSERT INTO d.t VALUES (1, 1, 1), (2, 2, 2)", "SET SESSION sql_log_bin=0",
            "UPDATE d.t SET b = 9 WHERE id = 1", "SET SESSION sql_log_bin=1",
            "UPDATE d.t SET a = 5 WHERE id = 1",
        ]) { target, comment in
            let row = try target.value("SELECT CONCAT(a, ',', b) FROM d.t WHERE id = 1")
            #expect(row == "5,9", comment)
        }
    }

    @Test("a row finds its partition by its key, whatever the key is made of")
    func partitions() async throws {
        try await replay([
            """
            CREATE TABLE d.p (a INT, day DATE, note TEXT, c CHAR(20), PRIMARY KEY (day, a))
            PARTITION BY RANGE (YEAR(day)) (PARTITION p0 VALUES LESS THAN (2020),
            PARTITION p1 VALUES LESS THAN (2025), PARTITION p2 VALUES LESS THAN MAXVALUE)
            """,
            "INSERT INTO d.p VALUES (1, '2019-05-05', REPEAT('n', 9000), 'one'),"
                + " (2, '2021-01-01', NULL, 'two'), (3, '2026-01-01', 'three', NULL)",
            "UPDATE d.p SET day = '2024-12-31' WHERE a = 1", "CREATE TABLE d.barrier (id INT)",
            "UPDATE d.p SET day = '2027-12-31', a = 7 WHERE a = 1", "UPDATE d.p SET c = 'x'",
            "DELETE FROM d.p WHERE a = 3", "UPDATE d.p SET day = day - INTERVAL 9 YEAR",
        ]) { target, comment in
            let count = try target.value("SELECT COUNT(*) FROM d.p PARTITION (p0)")
            #expect(count == "2", comment)
        }
    }

    @Test("what ends in ROLLBACK, or goes back to a savepoint, is not folded")
    func rolledBack() async throws {
        // The temporary table has the server log what it takes back.
        let temporary = "CREATE TEMPORARY TABLE d.gone (id INT)"
        try await replay([
            "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)", "INSERT INTO d.t VALUES (1, 0), (2, 0)",
            "BEGIN", "UPDATE d.t SET v = 1", "INSERT INTO d.t VALUES (3, 1)", temporary, "ROLLBACK",
            "DROP TEMPORARY TABLE d.gone", "INSERT INTO d.t VALUES (4, 4)", "BEGIN",
            "UPDATE d.t SET v = 5 WHERE id = 4", "SAVEPOINT s", "INSERT INTO d.t VALUES (5, 5)",
            temporary, "ROLLBACK TO s", "UPDATE d.t SET v = v + 1", "COMMIT",
        ]) { target, comment in
            let rows = try target.value("SELECT GROUP_CONCAT(id, '=', v ORDER BY id) FROM d.t")
            #expect(rows == "1=1,2=1,4=6", comment)
        }
    }

    @Test("what an XA transaction did before its ROLLBACK stays where nothing goes back")
    func rolledBackXA() async throws {
        try await replay([
            "CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
            "CREATE TABLE d.plain (v INT) ENGINE=MyISAM", "INSERT INTO d.t (v) VALUES (1)",
            "INSERT INTO d.plain VALUES (5)", "SET SESSION binlog_format=STATEMENT", "XA START 'x'",
            "INSERT INTO d.t (v) VALUES (2), (3)", "INSERT INTO d.plain VALUES (4)", "XA END 'x'",
            "XA PREPARE 'x'", "XA ROLLBACK 'x'",
        ]) { target, comment in
            let rows = try target.value("SELECT GROUP_CONCAT(v ORDER BY v) FROM d.plain")
            #expect(rows == "4,5", comment)
            let next = try target.value(
                "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME='t'")
            #expect(next == "4", comment)
        }
    }

    @Test("a target's columns are those of the log, whatever words its sql_mode has for them")
    func oracleTypes() async throws {
        try await Replaying.replay([
            "CREATE TABLE d.t (id INT PRIMARY KEY, a DATE, b DATETIME, c TIMESTAMP(3) NULL, "
                + "x VARBINARY(9), y BLOB, z DECIMAL(5,2), e ENUM('a''b', ''), n CHAR(3))",
            "SET sql_mode=ORACLE",
            "CREATE TABLE d.o (id NUMBER(9) PRIMARY KEY, a DATE, "
                + "v VARCHAR2(10), r RAW(16), c CLOB)",
            "INSERT INTO d.t VALUES (1, '2026-01-02', NOW(), NOW(3), 'x', 'y', 1.5, '', 'abc')",
            "INSERT INTO d.o VALUES (1, NOW(), 'v', 'r', 'c')", "UPDATE d.t SET a=NULL WHERE id=1",
            "UPDATE d.o SET v='w' WHERE id=1",
        ]) { target, tally, mode in
            #expect(tally.rows.updated == 2, mode)
        }
    }

    @Test("counters are raised of tables that the target's sql_mode would not have made")
    func zeroDates() async throws {
        try await Replaying.replay([
            "SET sql_mode=''",
            "CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v DATE NOT NULL "
                + "DEFAULT '0000-00-00')",
            "SET sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE'",
            "CREATE TABLE d.other (id INT)",
            "INSERT INTO d.t SELECT seq, '2026-01-01' FROM d.seq_1_to_7",
            "DELETE FROM d.t WHERE id=7", "INSERT INTO d.other VALUES (1)",
        ]) { target, _, mode in
            let next = try target.value(
                "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME='t'")
            #expect(next == "8", mode)
        }
    }

    @Test("a transaction of any length is replayed")
    func longTransactions() async throws {
        let row = "INSERT INTO d.t (v) VALUES (REPEAT('x', 1000000))"
        try await replay(
            ["CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v MEDIUMTEXT)", row, "BEGIN"]
                + Array(repeating: row, count: 20) + ["COMMIT", row, "BEGIN"]
                + Array(repeating: row, count: 70)
                + ["DELETE FROM d.t WHERE id % 2 = 0", "COMMIT", "DELETE FROM d.t WHERE id = 1"]
        ) { target, comment in
            let rows = try target.value("SELECT CONCAT(COUNT(*), ' ', MAX(id)) FROM d.t")
            #expect(rows == "45 91", comment)
        }
    }

    @Test("tables whose names only a collation calls equal are two")
    func similarNames() async throws {
        try await replay([
            "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)",
            "CREATE TABLE d.T (v TEXT, w INT, n BIGINT PRIMARY KEY)",
            "INSERT INTO d.t VALUES (1, 1), (2, 1)",
            "INSERT INTO d.T VALUES ('1', 1, 7), ('1', 1, 8)",
            "UPDATE d.t SET v = 2", "DELETE FROM d.T WHERE n = 7",
        ]) { target, comment in
            let rows = try target.value("SELECT GROUP_CONCAT(v) FROM d.t")
            #expect(rows == "2,2", comment)
        }
    }

    @Test("columns that no definition shows are no difference")
    func hiddenColumns() async throws {
        try await replay([
            "CREATE TABLE d.t (a INT PRIMARY KEY, b TEXT, c INT)",
            "ALTER TABLE d.t ADD UNIQUE (b), ADD UNIQUE (c) USING HASH",
            "CREATE TABLE d.v (a INT PRIMARY KEY, b TEXT UNIQUE) WITH SYSTEM VERSIONING",
            "INSERT INTO d.t VALUES (1, 'x', 1), (2, 'y', 2)", "INSERT INTO d.v VALUES (1, 'x')",
            "UPDATE d.v SET b = 'y'", "ALTER TABLE d.t ADD COLUMN z VARCHAR(9)",
            "UPDATE d.t SET b = 'z', z = 'z' WHERE a = 1",
        ]) { target, comment in
            let rows = try target.value("SELECT GROUP_CONCAT(b ORDER BY b) FROM d.t")
            #expect(rows == "y,z", comment)
        }
    }

    @Test("a target's table with other columns stops the replay before its rows")
    func otherColumns() async throws {
        let source = try await SourceServer()
        try source.run(
            "SET sql_log_bin=0", "CREATE DATABASE d", "CREATE TABLE d.good (id INT PRIMARY KEY)",
            "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)", "SET sql_log_bin=1",
            "INSERT INTO d.good VALUES (1)", "BEGIN", "INSERT INTO d.good VALUES (2)",
            "INSERT INTO d.t VALUES (1, 1)", "COMMIT", "INSERT INTO d.t VALUES (2, 1)")
        for (columns, mode) in ["id INT PRIMARY KEY, v INT, w INT", "id INT PRIMARY KEY, v BIGINT"]
            .flatMap({ columns in ReplayMode.allCases.map { (columns, $0) } })
        {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            try target.run(
                "CREATE DATABASE d", "CREATE TABLE d.good (id INT PRIMARY KEY)",
                "CREATE TABLE d.t (\(columns))", "INSERT INTO d.t (id, v) VALUES (9, 9)")
            let failure = try #require(throws: ReplayFailure.self) {
                try Replaying.replay(source, onto: target, mode: mode)
            }
            #expect(failure.error.code.rawValue == "columns-differ", "\(mode)")
            let begin = try #require(
                try Replaying.transactions(of: source).first { $0.rows == 2 }?.id)
            let message = failure.error.message
            #expect(message.contains("transaction \(begin)"), "\(message)")
            #expect(message.contains("d.t"))
            #expect(failure.error.file == begin.file)
            #expect(failure.error.offset ?? 0 > begin.offset)
            let connection = try target.connect()
            #expect(try connection.value("SELECT GROUP_CONCAT(id) FROM d.t") == "9")
            // Made as the log has it the replay goes on.
            try connection.execute("DROP TABLE d.t")
            try connection.execute("CREATE TABLE d.t (id INT PRIMARY KEY, v INT)")
            try Replaying.replay(source, onto: target, mode: mode)
            #expect(try connection.value("SELECT GROUP_CONCAT(id) FROM d.t") == "1,2")
            #expect(try connection.value("SELECT GROUP_CONCAT(id) FROM d.good") == "1,2")
            try await target.stop()
        }
        try await source.stop()
    }
}
