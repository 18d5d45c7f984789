import Server
import TestSupport
import Testing

@Suite struct TableVerificationTests {
    @Test("checksums agree for equal tables in another order and differ for every change")
    func checksums() async throws {
        let source = try await SourceServer()
        let connection = try source.connect()
        try connection.execute(
            """
            CREATE DATABASE d; USE d;
            CREATE TABLE plain (a INT PRIMARY KEY, b VARCHAR(20), f FLOAT, t TIMESTAMP(3) NULL);
            INSERT INTO plain VALUES (1, 'x', 1.1, '2024-01-01 00:00:00.123'), (2, NULL, 0, NULL);
            CREATE TABLE derived (a INT, b TEXT CHARACTER SET latin1, f FLOAT, d DOUBLE, e
                ENUM('', 'y'), j JSON, z BIT(9), t TIMESTAMP(6) NULL, g POINT,
                v INT AS (a + 1) VIRTUAL, s INT AS (a + 2) STORED);
            INSERT INTO derived (a, b, f, d, e, j, z, t, g) VALUES
                (1, x'e9', 0.1, 0.1, 'y', '{}', b'1', '2024-01-01', POINT(1, 2)),
                (2, '', 1e30, -0.0, '', NULL, NULL, NULL, NULL), (2, NULL, 2, 1, 'y', '1', 5, NULL,
                NULL);
            CREATE VIEW w AS SELECT 1; CREATE SEQUENCE q; SELECT NEXTVAL(q);
            CREATE TABLE versioned (a INT, v INT AS (a) VIRTUAL) WITH SYSTEM VERSIONING;
            INSERT INTO versioned (a) VALUES (1); UPDATE versioned SET a = 2;
            CREATE TABLE derived2 LIKE derived;
            INSERT INTO derived2 (a, b, f, d, e, j, z, t, g)
                SELECT a, b, f, d, e, j, z, t, g FROM derived ORDER BY a DESC, b;
            CREATE DATABASE own; CREATE TABLE own.progress (a INT)
            """)
        let first = try TableVerification.tableChecksums(
            try source.sessions(), excludingSchemas: ["own"])
        #expect(first.map(\.table) == ["derived", "derived2", "plain", "q", "versioned"])
        #expect(first.map(\.rows) == [3, 3, 2, 1, 2])
        #expect(first.map { $0.checksum.hasPrefix("rows:") } == [true, true, false, true, true])
        #expect(first[0].checksum == first[1].checksum)
        #expect(
            try connection.query("CHECKSUM TABLE d.plain").first?.last == first[2].checksum)

        // A server with another time zone and other modes shows the same.
        try connection.execute(
            "SET GLOBAL time_zone='+09:00', sql_mode='PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES'")
        let second = try TableVerification.tableChecksums(
            try source.sessions(), excludingSchemas: ["own"])
        #expect(second == first)
        #expect(try source.connect().value("SELECT @@time_zone") == "+09:00")

        for change in [
            "UPDATE derived SET b = x'e8' WHERE a = 1", "UPDATE derived SET f = 0.1000001",
            "UPDATE derived SET d = 0.1 + 1e-17 * 2 WHERE a = 1", "UPDATE derived SET e = ''",
            "UPDATE derived SET t = '2024-01-01 00:00:00.000001' WHERE a = 1",
            "UPDATE derived SET b = '' WHERE b IS NULL", "SELECT NEXTVAL(q), SETVAL(q, 5000)",
            "DELETE FROM derived WHERE a = 1", "UPDATE plain SET b = 'y' WHERE a = 2",
            "UPDATE versioned SET a = 3",
        ] {
            let before = try TableVerification.tableChecksums(try source.sessions())
            try connection.execute(change)
            let after = try TableVerification.tableChecksums(try source.sessions())
            let differences = TableDifference.compare(found: after, expected: before)
            #expect(differences.count == 1, "\(change)")
        }
    }

    @Test("where STORED columns make the server's figure unsteady, it is no evidence, and rows are")
    func storedColumns() async throws {
        let source = try await SourceServer()
        let connection = try source.connect()
        try connection.execute(
            """
            CREATE DATABASE d; USE d;
            CREATE TABLE k (id INT PRIMARY KEY, n INT, t VARCHAR(20), half INT AS (n DIV 2) STORED
                UNIQUE KEY, label VARCHAR(40) AS (CONCAT(t, '-', n)) STORED) CHARSET utf8mb4;
            INSERT INTO k (id, n, t) VALUES (2, 8, 'a'), (4, 2, 'B'), (7, NULL, 'A '),
                (9, NULL, 'A '), (11, NULL, 'A'), (12, NULL, '?'), (14, NULL, 'b'), (15, 12, 'b');
            CREATE TABLE v (i INT, s TIMESTAMP(6) AS ROW START, e TIMESTAMP(6) AS ROW END,
                PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING
            """)
        var readings: [[TableChecksum]] = []
        for statement in ["FLUSH TABLES", "SELECT * FROM k"] {
            _ = try connection.query(statement)
            readings.append(try TableVerification.tableChecksums(try source.sessions()))
        }
        #expect(readings[0].map(\.isSteady) == [false, true])
        try #require(readings[0][0].checksum != readings[1][0].checksum)
        let differences = TableDifference.compare(found: readings[0], expected: readings[1])
        #expect(differences.map(\.kind) == [.incomparable])
        let comparison = try TableVerification.compare(
            try source.sessions(), with: try source.sessions())
        #expect(comparison.differences.isEmpty)
    }

    @Test("lists are compared by table, both ways, and kinds of checksum are not mixed")
    func compares() {
        func one(_ table: String, _ rows: UInt64, _ sum: String) -> TableChecksum {
            TableChecksum(schema: "d", table: table, rows: rows, checksum: sum)
        }
        let found = [one("a", 1, "7"), one("b", 1, "7"), one("c", 1, "7"), one("x", 0, "0")]
        let expected = [
            one("a", 1, "7"), one("b", 2, "7"), one("c", 1, "rows:0000000000000007"),
            one("d", 1, "1"),
        ]
        let differences = TableDifference.compare(found: found, expected: expected)
        #expect(differences.map(\.table) == ["b", "c", "d", "x"])
        #expect(differences.map(\.kind) == [.rowCount, .incomparable, .missing, .extra])
        let sums = TableDifference.compare(found: [one("a", 1, "8")], expected: [one("a", 1, "7")])
        #expect(sums.map(\.kind) == [.checksum])
    }
}
