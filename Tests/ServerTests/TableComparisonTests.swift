import TestSupport
import Testing

@testable import Server

/// Two servers compared row by row.
@Suite("comparing two servers", .serialized)
struct TableComparisonTests {
    /// The differences of two servers, after both ran the same statements and the target more.
    private func differences(
        _ statements: String, then change: String,
        targetProgram: String? = nil
    ) async throws -> [TableDifference] {
        let target = try await SourceServer(program: targetProgram)
        let reference = try await SourceServer()
        for server in [target, reference] {
            try server.run("CREATE DATABASE d", "USE d; " + statements)
        }
        try target.run("USE d; SET foreign_key_checks=0; " + change)
        let comparison = try TableVerification.compare(
            try target.sessions(), with: try reference.sessions())
        #expect(
            comparison.found
                == (try TableVerification.tableChecksums(try target.sessions(most: 1))))
        return comparison.differences
    }

    private func texts(_ difference: TableDifference) -> [String] {
        (difference.rows?.first ?? []).map { row in
            let key = row.key.map { part in
                let value =
                    part.isBinary
                    ? "0x" + part.value.map { String($0, radix: 16) }.joined(separator: ".")
                    : String(decoding: part.value, as: UTF8.self)
                return "\(part.column)=\(value)"
            }
            return ([row.kind.rawValue] + key + row.columns).joined(separator: " ")
        }
    }

    @Test("missing, extra and changed rows are named by their keys, in the order of the key")
    func kinds() async throws {
        let found = try await differences(
            """
            CREATE TABLE same (a INT PRIMARY KEY, b TEXT);
            INSERT INTO same SELECT seq, REPEAT('x', seq) FROM seq_1_to_100;
            CREATE TABLE rowz (a INT PRIMARY KEY, b VARCHAR(9), c FLOAT, e ENUM('', 'y'));
            INSERT INTO rowz SELECT seq, '', seq / 7, 'y' FROM seq_1_to_50;
            CREATE TABLE alone (a INT)
            """,
            then: """
                DELETE FROM rowz WHERE a = 9; INSERT INTO rowz VALUES (-4, 'x', 1, '');
                UPDATE rowz SET b = NULL WHERE a = 10;
                UPDATE rowz SET b = 'z', c = c + 0.0000001, e = '' WHERE a = 1;
                DROP TABLE alone; CREATE TABLE other (a INT)
                """)
        #expect(found.map(\.table) == ["alone", "other", "rowz"])
        try #require(found.map(\.kind) == [.missing, .extra, .checksum])
        #expect(
            texts(found[2]) == ["extra a=-4", "differs a=1 b c e", "missing a=9", "differs a=10 b"])
        let rows = found[2].rows
        #expect(rows?.missing == 1 && rows?.extra == 1 && rows?.differing == 2)
    }

    @Test("ten rows are named and all are counted")
    func many() async throws {
        let found = try await differences(
            """
            CREATE TABLE t (a DECIMAL(20, 3) PRIMARY KEY, b INT);
            INSERT INTO t SELECT (seq + 0.0 - 500) / 8, seq FROM seq_1_to_2000
            """, then: "UPDATE t SET b = 0 WHERE a > -3; DELETE FROM t WHERE a = -40")
        try #require(found.map(\.kind) == [.rowCount])
        #expect(found[0].rows?.differing == 1524)
        #expect(found[0].rows?.missing == 1)
        #expect(texts(found[0]).count == 10)
        #expect(
            texts(found[0]).prefix(3) == [
                "missing a=-40.000", "differs a=-2.875 b", "differs a=-2.750 b",
            ])
    }

    /// Keys whose order a collation, a sign or a number decides: one row in the middle is changed,
    /// one is gone. Each pair is a type and its values.
    static let keys: [(type: String, values: [String])] = [
        (
            "VARCHAR(20) COLLATE utf8mb4_general_ci",
            ["'ä'", "'B'", "'Ab '", "'c'", "'Z'", "'_'", "''"]
        ),
        ("VARCHAR(20) COLLATE utf8mb4_bin", ["'a'", "'B'", "'b'", "'c'", "'\u{1}'", "'a\u{1}'"]),
        ("VARCHAR(20) CHARACTER SET latin1", ["'é'", "'z'", "'F'", "'d'", "'g1'"]),
        ("VARCHAR(20) CHARACTER SET utf16", ["'é'", "'z'", "'F'", "'😀'", "'\u{fffd}'"]),
        ("CHAR(5)", ["'b'", "'a'", "'_'", "'0'"]),
        ("VARBINARY(9)", ["x'00'", "x'0000'", "x'ff'", "x'80'", "''", "x'7f'"]),
        ("BINARY(2)", ["x'00'", "x'01'", "x'ff'", "x'8001'"]),
        ("BIGINT", ["-9223372036854775808", "-1", "0", "9", "10", "9223372036854775807"]),
        ("BIGINT UNSIGNED ZEROFILL", ["18446744073709551615", "1", "10", "9"]),
        ("DECIMAL(30, 10)", ["-1.5", "-1.05", "0.5", "0.05", "10", "9.99", "-10"]),
        ("DOUBLE", ["-1e300", "1e-300", "0", "-0.1", "5", "1e22", "123456789012345678"]),
        ("FLOAT", ["-1e30", "0.1", "0", "-0.1", "5", "1e22"]),
        ("BIT(17)", ["b'0'", "b'1'", "b'10000000000000000'", "b'100000000'"]),
        ("ENUM('z', 'a', 'm', '9')", ["'z'", "'a'", "'m'", "'9'"]),
        ("SET(\((1...64).map { "'m\($0)'" }.joined(separator: ", ")))", ["'m64'", "'m1'", "'m2'"]),
        ("SET('z', 'a', 'm')", ["'z'", "'a'", "'m'", "'a,m'", "''"]),
        ("DATE", ["'0000-00-00'", "'2024-01-01'", "'1999-12-31'", "'9999-12-31'"]),
        ("DATETIME(3)", ["'2024-01-01 00:00:00.5'", "'2024-01-01 00:00:00.05'", "'1000-01-01'"]),
        ("TIMESTAMP(6)", ["'2024-10-27 01:30:00'", "'2024-10-27 00:30:00'", "'2001-01-01'", "0"]),
        (
            "TIME(2)",
            ["'-838:59:59'", "'-0:0:1'", "'100:0:0'", "'99:0:0'", "'0:0:9.5'", "'0:10:0'"]
        ),
        ("YEAR", ["1901", "2155", "2000", "0"]),
        ("INET6", ["'::'", "'::2'", "'::10'", "'ffff::'", "'1.2.3.4'"]),
        ("UUID", ["UUID()", "'123e4567-e89b-12d3-a456-426655440000'", "UUID()"]),
    ]

    @Test("a changed and a missing row are found whatever orders the key")
    func orders() async throws {
        var statements = ""
        var changes = ""
        for (number, key) in Self.keys.enumerated() {
            let name = "k\(number + 100)"
            statements += "CREATE TABLE \(name) (v INT, k \(key.type) NOT NULL UNIQUE);"
            for (index, value) in key.values.enumerated() {
                statements += "INSERT IGNORE INTO \(name) VALUES (\(index), \(value));"
            }
            changes += "UPDATE \(name) SET v = -1 WHERE v = 1; DELETE FROM \(name) WHERE v = 2;"
        }
        // UUID() is another on each server: both get the first ones.
        statements = statements.replacing(
            "(0, UUID())", with: "(0, '6ccd780c-baba-1026-9564-5b8c656024db')"
        )
        .replacing("(2, UUID())", with: "(2, '0cd5cf4c-b64f-11ee-8c90-0242ac120002')")
        let found = try await differences("SET sql_mode='';" + statements, then: changes)
        #expect(found.count == Self.keys.count)
        for (difference, key) in zip(found, Self.keys) {
            let rows = difference.rows
            let counts = [rows?.missing, rows?.extra, rows?.differing]
            #expect(counts == [1, 0, 1], "\(key.type): \(counts)")
            #expect(Set(rows?.first.map(\.kind) ?? []) == [.missing, .differs], "\(key.type)")
            #expect(rows?.first.first { $0.kind == .differs }?.columns == ["v"], "\(key.type)")
        }
    }

    @Test("keys are shown as text, binary ones as bytes; the case of a letter is a difference")
    func shownKeys() async throws {
        let found = try await differences(
            """
            CREATE TABLE a (k VARCHAR(9) CHARACTER SET latin1 PRIMARY KEY, v INT);
            INSERT INTO a VALUES ('é', 1), ('other', 2);
            CREATE TABLE b (k VARBINARY(9), n ENUM('x', 'y'), v INT, PRIMARY KEY (n, k));
            INSERT INTO b VALUES (x'00ff', 'y', 1), (x'', 'x', 1), ('a', 'x', 5);
            CREATE TABLE c (k VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT);
            INSERT INTO c VALUES ('key', 1), ('l', 1)
            """,
            then: """
                UPDATE a SET v = 3 WHERE v = 1; UPDATE b SET v = 2 WHERE v = 1;
                UPDATE c SET k = 'KEY' WHERE k = 'key'
                """)
        try #require(found.count == 3)
        #expect(texts(found[0]) == ["differs k=é v"])
        #expect(texts(found[1]) == ["differs n=x k=0x v", "differs n=y k=0x0.ff v"])
        #expect(texts(found[2]) == ["extra k=KEY", "missing k=key"])
    }

    @Test("tables without a key are compared as they stand, whatever the order")
    func withoutKey() async throws {
        let found = try await differences(
            """
            CREATE TABLE same (a INT); INSERT INTO same VALUES (1), (2), (2);
            CREATE TABLE virt (a INT, b INT AS (a + 1) VIRTUAL);
            INSERT INTO virt (a) VALUES (1), (2);
            CREATE TABLE t (a VARCHAR(9), UNIQUE (a)); INSERT INTO t VALUES ('x'), (NULL), (NULL);
            CREATE TABLE p (a VARCHAR(90) NOT NULL, UNIQUE (a(3))); INSERT INTO p VALUES ('x');
            CREATE SEQUENCE q; SELECT NEXTVAL(q)
            """,
            then: """
                DELETE FROM same; INSERT INTO same VALUES (2), (1), (2);
                DELETE FROM virt; INSERT INTO virt (a) VALUES (2), (1);
                UPDATE t SET a = '' WHERE a IS NULL LIMIT 1; INSERT INTO t VALUES ('y');
                UPDATE p SET a = 'xy'; SELECT SETVAL(q, 7000)
                """)
        #expect(found.map(\.table) == ["p", "q", "t"])
        for difference in found {
            #expect(difference.rows?.first == [] && difference.rows?.differing == nil)
        }
        #expect(found.map { $0.rows?.missing } == [1, 1, 1])
        #expect(found.map { $0.rows?.extra } == [1, 1, 2])
    }

    @Test("rows without a key that are too many to be counted are told from equal ones")
    func manyWithoutKey() async throws {
        let server = try await SourceServer()
        let pool = try server.sessions()
        let one = try #require(pool.take())
        let other = try #require(pool.take())
        let rows = "SELECT seq, REPEAT('x', seq % 10) FROM mysql.seq_1_to_1000"
        for (query, most, expected) in [
            (rows + " ORDER BY seq DESC", 100, nil),
            (rows + " WHERE seq <> 500", 100, RowDifferences(missing: 1, extra: 0)),
            ("SELECT -seq, '' FROM mysql.seq_1_to_40", 100, RowDifferences()),
            (
                rows.replacing("seq,", with: "IF(seq = 1, 2, seq),") + " ORDER BY seq DESC", 100,
                RowDifferences()
            ),
            (
                "SELECT -seq, '' FROM mysql.seq_1_to_40", 2000,
                RowDifferences(missing: 1000, extra: 40)
            ),
        ] {
            var target = try RowStream(one, query)
            var reference = try RowStream(other, rows)
            let found = try MultisetMatch(most: most).run(&target, &reference)
            #expect(found == expected, "\(query)")
        }
    }

    @Test("versioned rows are told apart by their ends; VIRTUAL columns do not count")
    func versioned() async throws {
        let found = try await differences(
            """
            SET timestamp=1700000000;
            CREATE TABLE v (a INT PRIMARY KEY, b INT) WITH SYSTEM VERSIONING;
            INSERT INTO v VALUES (1, 1), (2, 1); SET timestamp=1700000100; UPDATE v SET b = 2;
            CREATE TABLE x (a INT PRIMARY KEY, b INT AS (a + 1) VIRTUAL, c INT);
            INSERT INTO x (a, c) VALUES (1, 1), (2, 2)
            """,
            then: """
                SET timestamp=1700000200; UPDATE v SET b = 3 WHERE a = 2;
                UPDATE x SET c = 3 WHERE a = 2
                """)
        try #require(found.count == 2)
        #expect(texts(found[0]).count == 2)
        #expect(texts(found[0]).first == "extra a=2 ROW_END=2023-11-14 22:16:40.000000")
        #expect(texts(found[0]).last?.hasPrefix("differs a=2 ROW_END=2038-") == true)
        #expect(texts(found[1]) == ["differs a=2 c"])
    }

    @Test("columns of another name or type are named, and rows where both have them")
    func columns() async throws {
        let found = try await differences(
            """
            CREATE TABLE a (k INT PRIMARY KEY, v INT); INSERT INTO a VALUES (1, 1);
            CREATE TABLE b (k INT PRIMARY KEY, v INT); INSERT INTO b VALUES (1, 1);
            CREATE TABLE c (k INT PRIMARY KEY, v VARCHAR(9)); INSERT INTO c VALUES (1, 'x');
            CREATE TABLE e (k INT PRIMARY KEY, v INT); INSERT INTO e VALUES (1, 1), (2, 2);
            CREATE TABLE f (k INT PRIMARY KEY, v VARCHAR(9)); INSERT INTO f VALUES (1, 'x');
            CREATE TABLE g (k INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET latin1);
            INSERT INTO g VALUES (1, 'é'), (2, 'e');
            CREATE TABLE h (k INT PRIMARY KEY, v INT, w INT); INSERT INTO h VALUES (1, 1, 1)
            """,
            then: """
                ALTER TABLE a CHANGE v w INT; ALTER TABLE b MODIFY v BIGINT;
                ALTER TABLE c MODIFY v VARCHAR(9) COMPRESSED;
                ALTER TABLE e MODIFY k BIGINT, MODIFY v BIGINT FIRST;
                UPDATE e SET v = 3 WHERE k = 2;
                ALTER TABLE f MODIFY v VARCHAR(99);
                ALTER TABLE g MODIFY v VARCHAR(9) CHARACTER SET utf8mb4; ALTER TABLE h DROP w
                """)
        #expect(found.map(\.table) == ["a", "b", "e", "f", "g", "h"])
        try #require(
            found.map(\.kind) == [.columns, .columns, .checksum, .columns, .checksum, .columns])
        #expect(found.map(\.columns) == [["v", "w"], ["v"], ["k", "v"], ["v"], ["v"], ["w"]])
        #expect(found.map { $0.rows == nil } == [true, true, false, true, false, true])
        #expect(texts(found[2]) == ["differs k=2 v"])
        #expect(texts(found[4]) == ["differs k=1 v"])
    }

    @Test("another collation makes no difference, and names may hold anything")
    func collationsAndNames() async throws {
        let found = try await differences(
            #"""
            CREATE TABLE c (k VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT);
            INSERT INTO c VALUES ('a', 1), ('B', 2), ('c', 3), ('Ö', 4), ('z', 5);
            CREATE TABLE same LIKE c; INSERT INTO same SELECT * FROM c;
            CREATE TABLE ```'"\; -- .` (`k``'"\` INT PRIMARY KEY, `#``, .` VARCHAR(9));
            INSERT INTO ```'"\; -- .` VALUES (1, 'x'), (2, 'y')
            """#,
            then: #"""
                ALTER TABLE c MODIFY k VARCHAR(9) COLLATE utf8mb4_bin;
                UPDATE c SET v = 0 WHERE v = 2;
                ALTER TABLE same MODIFY k VARCHAR(9) COLLATE utf8mb4_nopad_bin;
                UPDATE ```'"\; -- .` SET `#``, .` = 'z' WHERE `k``'"\` = 2
                """#)
        #expect(found.map(\.table) == [#"`'"\; -- ."#, "c"])
        try #require(found.count == 2)
        #expect(texts(found[0]) == [#"differs k`'"\=2 #`, ."#])
        #expect(texts(found[1]) == ["differs k=B v"])
        #expect(found[1].columns == [])
    }

    @Test("tables that do not come in the order of their keys are not merged")
    func disorder() async throws {
        let server = try await SourceServer()
        let pool = try server.sessions()
        let one = try #require(pool.take())
        let other = try #require(pool.take())
        let number = KeyOrder(
            VerifiedTable.Column(name: "k", dataType: "int", columnType: "int(11)"))
        for (rows, isMerged) in [([1, 2, 10], true), ([2, 1, 3], false), ([1, 1, 2], false)] {
            var merge = KeyMerge([number], values: ["k"])
            let query = rows.map { "SELECT \($0), \($0), \($0)" }.joined(separator: " UNION ALL ")
            var target = try RowStream(one, query)
            var reference = try RowStream(other, "SELECT 3, 3, 3")
            #expect(try merge.run(&target, &reference) == isMerged)
            try target.skip()
            try reference.skip()
        }
    }

    @Test("fewer sessions than wanted do as well")
    func fewSessions() async throws {
        let target = try await SourceServer(["--max-connections=10"])
        let reference = try await SourceServer()
        for server in [target, reference] {
            try server.run(
                "CREATE DATABASE d",
                "CREATE USER few@localhost WITH MAX_USER_CONNECTIONS 1",
                "GRANT ALL ON *.* TO few@localhost")
            for table in 1...9 {
                try server.run(
                    "CREATE TABLE d.t\(table) (a INT PRIMARY KEY)",
                    "INSERT INTO d.t\(table) SELECT seq FROM d.seq_1_to_\(table)000")
            }
        }
        try target.run("DELETE FROM d.t3 WHERE a = 5")
        let all = try TableVerification.tableChecksums(try target.sessions(most: 5))
        #expect(all.map(\.rows) == (1...9).map { $0 == 3 ? 2999 : $0 * 1000 })
        // 1226: this account has no more. 1040: the server has no more, but for root.
        for user in ["few", "root"] {
            let taken = user == "root" ? try takeAll(target) : []
            let comparison = try await comparison(target, reference, user)
            #expect(comparison.found == all)
            try #require(comparison.differences.map(\.table) == ["t3"])
            #expect(texts(comparison.differences[0]) == ["missing a=5"])
            #expect(taken.isEmpty == (user == "few"))
        }
    }

    /// Takes all the sessions that a server has to give but one.
    private func takeAll(_ server: SourceServer) throws(ServerError) -> [SessionPool] {
        var taken: [SessionPool] = []
        while let pool = try pool(server, most: 1, user: "root") { taken.append(pool) }
        return taken.dropLast()
    }

    /// Nil where the server lets nobody in.
    private func pool(
        _ server: SourceServer, most: Int, user: String
    ) throws(ServerError) -> SessionPool? {
        do throws(ServerError) {
            return try server.sessions(most: most, user: user)
        } catch {
            guard [1040, 1203, 1226].contains(error.number) else { throw error }
            return nil
        }
    }

    /// Polls until the server has let go of the session that was closed last.
    private func comparison(
        _ target: SourceServer, _ reference: SourceServer, _ user: String
    ) async throws -> TableComparison {
        for _ in 0..<1000 {
            if let one = try pool(target, most: 5, user: user),
                let other = try pool(reference, most: 5, user: user)
            {
                return try TableVerification.compare(one, with: other)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestFailure("no session for \(user)")
    }

    @Test(
        "equal rows are equal on servers of different versions",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func versions() async throws {
        let folder = try TestFolder("versions")
        let program = try OtherServers.writeProgram("mariadb-10.5", in: folder)
        let found = try await differences(
            """
            CREATE TABLE t (a INT PRIMARY KEY, d DATETIME(2), c VARCHAR(99), f FLOAT, g DOUBLE,
                j JSON, b BIT(3), e ENUM('x', 'y'), i INET6);
            INSERT INTO t VALUES (1, '2024-01-01 01:02:03.45', 'x', 0.1, 1e-7, '{}', 5, 'y', '::1'),
                (2, NULL, '', 1e10, 1e300, '[1]', NULL, NULL, NULL);
            CREATE TABLE u LIKE t; INSERT INTO u SELECT * FROM t
            """,
            then: """
                SET GLOBAL mysql56_temporal_format=OFF; ALTER TABLE t MODIFY d DATETIME(2);
                UPDATE u SET c = NULL WHERE a = 2
                """, targetProgram: program)
        try #require(found.map(\.table) == ["u"])
        #expect(texts(found[0]) == ["differs a=2 c"])
    }
}
