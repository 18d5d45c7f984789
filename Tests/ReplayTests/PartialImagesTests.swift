import Replay
import Server
import TestSupport
import Testing

/// Row images that do not hold every column, folded.
@Suite("partial row images")
struct PartialImagesTests {
    private func replay(_ statements: [String], image: String) async throws {
        try await Replaying.replay(["SET SESSION binlog_row_image=\(image)"] + statements) {
            _, tally, comment in
            #expect(tally.exactTables == [:], "\(image), \(comment)")
        }
    }

    @Test(
        "what images say of a row is merged column by column", arguments: ["MINIMAL", "NOBLOB"])
    func merged(_ image: String) async throws {
        try await replay(
            [
                """
                CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, a INT DEFAULT 5, b BLOB,
                c VARCHAR(300) DEFAULT 'c', t TIMESTAMP(3) DEFAULT NOW(3) ON UPDATE NOW(3),
                g INT AS (a * 2) STORED, e INT DEFAULT (a + 1), n INT)
                """,
                "INSERT INTO d.t (a) VALUES (1), (2), (3), (4), (5)",
                "INSERT INTO d.t (b, c) VALUES (REPEAT('b', 300), 'x'), (NULL, NULL)",
                "CREATE TABLE d.barrier (id INT PRIMARY KEY)",
                "UPDATE d.t SET a = 9 WHERE id = 1", "UPDATE d.t SET c = 'y' WHERE id < 3",
                "UPDATE d.t SET a = NULL, n = 1 WHERE id = 1",
                "UPDATE d.t SET b = 'z' WHERE id = 2",
                "DELETE FROM d.t WHERE id = 3", "INSERT INTO d.t (id, n) VALUES (3, 3)",
                "UPDATE d.t SET a = 8 WHERE id = 3", "DELETE FROM d.t WHERE id = 4",
                "INSERT INTO d.t (a) VALUES (11)",
                "UPDATE d.t SET c = REPEAT('x', 300) WHERE a = 11",
                "UPDATE d.t SET b = '', n = 0 WHERE a = 11", "INSERT INTO d.t (n) VALUES (1)",
                "DELETE FROM d.t WHERE n = 1 AND a = 5", "UPDATE d.t SET n = n WHERE id = 5",
            ], image: image)
    }

    @Test("a key may change where the whole row is known", arguments: ["MINIMAL", "NOBLOB"])
    func movedKeys(_ image: String) async throws {
        let full = "SET SESSION binlog_row_image=FULL"
        let partial = "SET SESSION binlog_row_image=\(image)"
        try await replay(
            [
                "CREATE TABLE d.t (id INT PRIMARY KEY, u INT UNIQUE, b TEXT DEFAULT 'd', v INT)",
                full, "INSERT INTO d.t VALUES (1, 1, 'x', 1), (2, 2, 'y', 2), (3, 3, 'z', 3)",
                "CREATE TABLE d.barrier (id INT PRIMARY KEY)",
                // Inserted in the window.
                partial, "INSERT INTO d.t (id, u) VALUES (10, 10)",
                "UPDATE d.t SET v = 5 WHERE id = 10",
                "UPDATE d.t SET id = 11 WHERE id = 10", "UPDATE d.t SET u = 12 WHERE id = 11",
                // A whole image came first.
                full, "UPDATE d.t SET v = 9 WHERE id = 1", partial,
                "UPDATE d.t SET u = 20 WHERE id = 1", "UPDATE d.t SET id = 21 WHERE id = 1",
                full, "UPDATE d.t SET v = 8 WHERE id = 2", partial,
                "UPDATE d.t SET u = 1 WHERE id = 2", "UPDATE d.t SET v = 4, b = 'w' WHERE id = 2",
                "INSERT INTO d.t (id) VALUES (1)", "DELETE FROM d.t WHERE id = 21",
            ], image: image)
    }

    @Test(
        "where it is not, the stretch keeps its order and the next is folded",
        arguments: ["MINIMAL", "NOBLOB"])
    func unknownRows(_ image: String) async throws {
        try await replay(
            [
                "CREATE TABLE d.t (id INT PRIMARY KEY, u INT UNIQUE, b TEXT, v INT)",
                "CREATE TABLE d.k (a INT DEFAULT 7, b INT, c INT, PRIMARY KEY (a, b))",
                "INSERT INTO d.t VALUES (1, 1, 'x', 1), (2, 2, 'y', 2), (3, 3, 'z', 3)",
                "CREATE TABLE d.barrier (id INT PRIMARY KEY)",
                "UPDATE d.t SET v = 2", "UPDATE d.t SET v = 3",
                "UPDATE d.t SET id = 9 WHERE id = 3",
                "UPDATE d.t SET b = 'q'", "BEGIN", "UPDATE d.t SET u = 9 WHERE id = 1",
                "UPDATE d.t SET u = 1 WHERE id = 2", "UPDATE d.t SET u = 2 WHERE id = 1", "COMMIT",
                "UPDATE d.t SET v = v + 1", "DELETE FROM d.t WHERE id = 9",
                // Such an image lacks a column of the key.
                "INSERT INTO d.k (b) VALUES (1), (2)", "UPDATE d.k SET c = 1",
            ], image: image)
    }

    @Test("a table without a primary key keeps its order")
    func withoutPrimaryKey() async throws {
        try await Replaying.replay([
            "CREATE TABLE d.t (a INT NOT NULL UNIQUE, b INT, c TEXT)", "CREATE TABLE d.n (a INT)",
            "INSERT INTO d.t VALUES (1, 1, 'x')", "INSERT INTO d.n VALUES (1)",
            "SET SESSION binlog_row_image=MINIMAL", "UPDATE d.t SET b = 2", "UPDATE d.n SET a = 2",
            "UPDATE d.t SET c = 'y'", "INSERT INTO d.t (a) VALUES (5)",
        ]) { _, tally, comment in
            let isExact = comment.rawValue == "exact"
            #expect(
                tally.exactTables["d.t"] == (isExact ? nil : "partial-row-images"), comment)
        }
    }
}
