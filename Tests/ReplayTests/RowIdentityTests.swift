import Recovery
import Replay
import Server
import TestSupport
import Testing

/// Tables that are folded by something else than a primary key.
@Suite("rows told apart without a primary key")
struct RowIdentityTests {
    /// Replays in every mode and expects that all tables are folded.
    private func replay(
        _ statements: [String],
        check: (borrowing Connection, ReplayTally, Comment) throws -> Void = { _, _, _ in }
    ) async throws {
        try await Replaying.replay(statements) { target, tally, comment in
            #expect(tally.exactTables == [:], comment)
            try check(target, tally, comment)
        }
    }

    @Test("a unique key that is never NULL tells rows apart")
    func uniqueKey() async throws {
        try await replay([
            "CREATE TABLE d.t (v INT, a VARCHAR(20) NOT NULL, b INT NOT NULL, c INT NOT NULL, "
                + "UNIQUE (a), UNIQUE (c, b)) CHARACTER SET utf8mb4",
            "INSERT INTO d.t VALUES (1, 'x', 1, 1), (2, 'y', 2, 2), (3, 'z', 3, 3)",
            // The case changes, two rows swap their other key, one takes a key that was given up.
            "UPDATE d.t SET a = 'X', v = 9 WHERE a = 'x'",
            "BEGIN", "UPDATE d.t SET b = 9 WHERE a = 'x'",
            "UPDATE d.t SET b = 1, c = 1 WHERE a = 'y'",
            "UPDATE d.t SET b = 2, c = 2 WHERE a = 'x'", "COMMIT",
            // The same between rows whose own key stays.
            "INSERT INTO d.t VALUES (6, 'p', 6, 6), (7, 'q', 7, 7)",
            "CREATE TABLE d.barrier (id INT PRIMARY KEY)", "BEGIN",
            "UPDATE d.t SET b = 8 WHERE a = 'p'", "UPDATE d.t SET b = 6, c = 6 WHERE a = 'q'",
            "UPDATE d.t SET b = 7, c = 7 WHERE a = 'p'", "COMMIT",
            "DELETE FROM d.t WHERE a = 'z'", "INSERT INTO d.t VALUES (NULL, 'Z', 3, 3)",
            "INSERT INTO d.t VALUES (5, 'gone', 5, 5)", "DELETE FROM d.t WHERE a = 'gone'",
            "UPDATE d.t SET v = 7 WHERE a = 'Z'",
        ])
    }

    @Test("a counter in a unique key is carried")
    func counter() async throws {
        try await replay([
            "CREATE TABLE d.t (a INT NOT NULL UNIQUE, id INT AUTO_INCREMENT, UNIQUE (id))",
            "INSERT INTO d.t (a) VALUES (1), (2), (3)", "DELETE FROM d.t WHERE id >= 2",
        ]) { target, _, comment in
            let next = try target.value(
                "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME='t'")
            #expect(next == "4", comment)
        }
    }

    @Test("without a key rows of equal images are counted")
    func wholeRows() async throws {
        try await replay([
            "CREATE TABLE d.t (a INT, b TEXT, c FLOAT, KEY (a))",
            "CREATE TABLE d.p (a TEXT NOT NULL, b INT, PRIMARY KEY (a(2)))",
            "CREATE TABLE d.n (a INT, b INT, UNIQUE (a))",
            "INSERT INTO d.t VALUES (1, 'x', 0), (1, 'x', 0), (1, 'x', 0), (NULL, NULL, 1.1)",
            "INSERT INTO d.p VALUES ('aaa', 1), ('bbb', 2)",
            "INSERT INTO d.n VALUES (1, 1), (2, 2), (NULL, 3), (NULL, 3)",
            "CREATE TABLE d.barrier (id INT PRIMARY KEY)",
            "DELETE FROM d.t WHERE a = 1 LIMIT 1", "UPDATE d.t SET b = 'y' WHERE a = 1 LIMIT 1",
            "UPDATE d.t SET c = 2.5, a = 7 WHERE a IS NULL", "UPDATE d.t SET a = NULL WHERE a = 7",
            "INSERT INTO d.t VALUES (8, 'gone', NULL)", "DELETE FROM d.t WHERE a = 8",
            // Only the bytes behind the key's prefix, then the key, then a swap.
            "UPDATE d.p SET a = 'aab' WHERE b = 1", "UPDATE d.p SET a = 'cc' WHERE b = 2",
            "UPDATE d.p SET b = 3 WHERE b = 2", "INSERT INTO d.p VALUES ('bbb', 4)",
            "BEGIN", "UPDATE d.n SET a = 9 WHERE a = 1", "UPDATE d.n SET a = 1 WHERE a = 2",
            "UPDATE d.n SET a = 2 WHERE a = 9", "COMMIT", "DELETE FROM d.n WHERE b = 3 LIMIT 1",
        ]) { target, tally, comment in
            let rows = try target.value("SELECT GROUP_CONCAT(b ORDER BY b) FROM d.t WHERE a = 1")
            #expect(rows == "x,y", comment)
        }
    }

    @Test("fewer changes are sent where rows without a key go and come")
    func countsLess() async throws {
        let source = try await SourceServer()
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (a INT, b INT)",
            "INSERT INTO d.t VALUES (1, 1), (2, 2), (2, 2)", "UPDATE d.t SET b = b + 1",
            "UPDATE d.t SET b = b + 1", "DELETE FROM d.t WHERE a = 1")
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        try Replaying.replay(source, onto: target) { tally in
            #expect(tally.rows.updated == 6)
            #expect(tally.applied.inserted == 2)
            #expect(tally.applied.updated == 0 && tally.applied.deleted == 0)
        }
        try await source.stop()
        try await target.stop()
    }

    @Test("where statements may depend on their order rows without a key keep it")
    func keepsOrder() async throws {
        try await Replaying.replay(
            [
                "CREATE TABLE d.t (a INT, b INT)", "CREATE TABLE d.k (a INT PRIMARY KEY)",
                "INSERT INTO d.t VALUES (1, 1), (2, 2)", "INSERT INTO d.k VALUES (1)",
                "UPDATE d.t SET b = 3 WHERE a = 1", "UPDATE d.t SET b = 1 WHERE a = 1",
                "ALTER TABLE d.t ADD COLUMN id INT AUTO_INCREMENT PRIMARY KEY",
            ], foldsWithoutKey: nil
        ) { target, tally, comment in
            let reasons = tally.exactTables["d.t"]
            #expect(reasons == nil || reasons == "row-order-without-key", comment)
            #expect((reasons == nil) == (comment.rawValue == "exact"), comment)
            #expect(tally.exactTables["d.k"] == nil, comment)
            let id = try target.value("SELECT id FROM d.t WHERE a = 1")
            #expect(id == "1", comment)
        }
    }

    @Test("compressed values without a key go in the source's order")
    func compressed() async throws {
        try await Replaying.replay([
            "CREATE TABLE d.t (a INT, b TEXT COMPRESSED)",
            "INSERT INTO d.t VALUES (1, REPEAT('x', 1000))", "UPDATE d.t SET a = 2",
        ]) { _, tally, comment in
            let reason = tally.exactTables["d.t"]
            #expect(reason == nil || reason == "compressed-without-key", comment)
            #expect((reason == nil) == (comment.rawValue == "exact"), comment)
        }
    }
}
