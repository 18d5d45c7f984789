import Foundation
import Server
import TestSupport
import Testing

/// The life of a row, compared with what a real server was made to do to it.
@Suite("history") struct HistoryTests {
    /// `op id changed…` of each change, in one line.
    static func lines(_ run: ProgramOutcome) throws -> [String] {
        try run.objects("changes").map { change in
            let changed = try #require(change["changed"] as? [String: [String: Any]])
            let columns = changed.keys.sorted().map { name in
                let values = ["before", "after"].compactMap { key in
                    changed[name]?[key].map { $0 is NSNull ? "NULL" : "\($0)" }
                }
                return "\(name)=\(values.joined(separator: ">"))"
            }
            return ([change["op"] as? String ?? ""] + columns).joined(separator: " ")
        }
    }

    private static func reasons(_ run: ProgramOutcome) throws -> [String] {
        try run.objects("unresolved").compactMap { $0["reason"] as? String }
    }

    @Test("a value of each type finds the rows that hold it", arguments: ["FULL", "NO_LOG"])
    func values(metadata: String) async throws {
        let source = try await SourceServer(["--binlog-row-metadata=\(metadata)"])
        let columns = [
            "ti TINYINT", "tu TINYINT UNSIGNED", "si SMALLINT", "mi MEDIUMINT", "bi BIGINT",
            "bu BIGINT UNSIGNED", "de DECIMAL(12,4)", "fl FLOAT", "dbl DOUBLE", "bt BIT(12)",
            "yr YEAR", "da DATE", "tm TIME(2)", "dt DATETIME(3)", "ts TIMESTAMP(1) NULL",
            "ch CHAR(10) CHARACTER SET latin1", "vc VARCHAR(300) CHARACTER SET utf8mb4",
            "bn BINARY(6)", "vb VARBINARY(20)", "bl BLOB", "tx TEXT CHARACTER SET utf8mb4",
            "en ENUM('a','ü')", "st SET('x','y','z')", "uu UUID",
            "co VARCHAR(100) COMPRESSED CHARACTER SET utf8mb4", "ip INET6",
        ]
        try source.run(
            "CREATE DATABASE v",
            "CREATE TABLE v.t (id INT PRIMARY KEY, \(columns.joined(separator: ", ")))",
            "SET time_zone='+00:00'",
            """
            INSERT INTO v.t VALUES
            (1,-5,200,-300,-70000,-5000000000,18446744073709551615,-1.5,0.1,-2.5e300,b'101',
             1999,'2024-02-29','-10:20:30.5','2024-02-29 10:20:30.125','2024-02-29 10:20:30.5',
             'Größe','日本語 x','ab',x'00FF','zz','it''s','ü','x,z',
             '123e4567-e89b-12d3-a456-426655440000','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2001:db8::1'),
            (2,5,5,300,70000,5000000000,5,12.3,-3.25,0.1,b'111111111111',
             0,'0000-00-00','838:59:59','0000-00-00 00:00:00','1970-01-01 00:00:01',
             '','',x'610000',x'','','Größe','a','',NULL,'','::ffff:192.0.2.1'),
            (3,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,
             NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
            (4,-5,200,1,1,1,1,-1.5,0.1,-2.5e300,b'101',1999,'2024-02-29','10:20:30.5',
             '2024-02-29 10:20:30','2024-02-29 10:20:30.6','Große','日本語 X',x'6162',x'00FF00',
             'zz','NULL','ü','z','123e4567-e89b-12d3-a456-426655440001','b','::')
            """)
        let connection = try source.connect()
        let wayIn = [
            "--server", source.address.description, "--time-zone", "UTC", "--json",
            source.logFolder,
        ]
        for column in columns {
            let words = column.split(separator: " ")
            let name = String(words[0])
            let isBinary = ["BINARY(6)", "VARBINARY(20)", "BLOB"].contains(words[1])
            let isNumber = name == "bt" || metadata != "FULL" && ["en", "st"].contains(name)
            let value = isBinary ? "CONCAT('0x',HEX(\(name)))" : isNumber ? "\(name)+0" : name
            try connection.execute("SET time_zone='+00:00'")
            let rows = try connection.query(
                "SELECT id,CAST(\(value) AS CHAR CHARACTER SET utf8mb4) FROM v.t ORDER BY id")
            for value in Set(rows.map { $0[1] }) {
                let wanted = rows.filter { $0[1] == value }.map { $0[0] ?? "" }
                let quoted = value.map { value in
                    let text = value.replacingOccurrences(of: "'", with: "''")
                    return value.hasPrefix("0x") ? value : "'\(text)'"
                }
                let run = try await Lastgood.run(
                    ["history", "v.t", "--where", "\(name)=\(quoted ?? "NULL")"] + wayIn)
                let found = try run.objects("changes").compactMap { change in
                    let changed = change["changed"] as? [String: [String: Any]]
                    return changed?["id"]?["after"] as? String
                }
                #expect(found == wanted, "\(column) = \(value ?? "NULL"): \(run.errorText)")
            }
        }
    }

    @Test("a row is followed through new keys, new names of its table and new tables")
    func life() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "CREATE DATABASE s",
            "CREATE TABLE s.a (id INT PRIMARY KEY, v VARCHAR(10), u INT)",
            "INSERT INTO s.a VALUES (1,'x',7),(2,'other',8)",
            "UPDATE s.a SET v=NULL WHERE id=1",
            "UPDATE s.a SET id=5 WHERE id=1",
            "UPDATE s.a SET v='five' WHERE id=5",
            "UPDATE s.a SET v='no' WHERE id=2",
            "RENAME TABLE s.a TO s.old",
            "CREATE TABLE s.a LIKE s.old",
            "INSERT INTO s.a VALUES (1,'new',1)",
            "RENAME TABLE s.a TO s.t, s.old TO s.a, s.t TO s.old",
            "DELETE FROM s.a WHERE id=5",
            "DELETE FROM s.old WHERE id=1",
            "DROP TABLE s.a",
            "CREATE TABLE s.a (v VARCHAR(10), id BIGINT PRIMARY KEY)",
            "INSERT INTO s.a VALUES ('third',1)")
        let run = try await Lastgood.run(
            "history", "s.a", "--where", "id=1", "--json", source.logFolder)
        #expect(run.exitCode == 0)
        #expect(
            try Self.lines(run) == [
                "insert id=1 u=7 v='x'", "update v='x'>NULL", "update id=1>5",
                "update v=NULL>'five'", "insert id=1 u=1 v='new'", "delete id=5 u=7 v='five'",
                "delete id=1 u=1 v='new'", "insert id=1 v='third'",
            ])
        let incarnations = try run.objects("changes").compactMap { $0["incarnation"] as? Int }
        #expect(incarnations[..<4] == [1, 1, 1, 1])
        #expect(incarnations[5] == 1)
        #expect(incarnations[4] == incarnations[6])
        #expect(Set(incarnations) == [1, 2, 3])
        let tables = try run.objects("changes").compactMap { $0["table"] as? String }
        #expect(tables == ["a", "a", "a", "a", "a", "a", "old", "a"])
        #expect(try Self.reasons(run) == ["drop"])
        #expect(try run.result["complete"] as? Bool == false)
        let byOther = try await Lastgood.run(
            "history", "s.a", "--where", "u=7", "--json", source.logFolder)
        #expect(
            try Self.lines(byOther) == [
                "insert id=1 u=7 v='x'", "update v='x'>NULL", "update id=1>5",
                "update v=NULL>'five'", "delete id=5 u=7 v='five'",
            ])
    }

    @Test("what may have touched the row and does not tell is listed")
    func unresolved() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        let file = source.logFolder + "/load.txt"
        try "9\tload\n".write(toFile: file, atomically: true, encoding: .utf8)
        try source.run(
            "CREATE DATABASE s",
            "CREATE TABLE s.p (id INT PRIMARY KEY, v INT)",
            """
            CREATE TABLE s.c (id INT PRIMARY KEY, p INT,
              FOREIGN KEY (p) REFERENCES s.p(id) ON DELETE CASCADE)
            """,
            "INSERT INTO s.p VALUES (1,1)", "INSERT INTO s.c VALUES (1,1)",
            "DELETE FROM s.p WHERE id=1",
            "ALTER TABLE s.c ADD w INT",
            "SET binlog_format=STATEMENT",
            "USE s", "DELETE FROM c WHERE id>7", "INSERT INTO p SELECT id,p FROM c",
            "LOAD DATA INFILE '\(file)' INTO TABLE s.c (id,@x)",
            "TRUNCATE s.c", "CREATE VIEW s.w AS SELECT * FROM s.c")
        let run = try await Lastgood.run(
            "history", "s.c", "--where", "id=1", "--json", source.logFolder)
        #expect(try Self.lines(run) == ["insert id=1 p=1"])
        #expect(
            try Self.reasons(run) == ["cascade", "alter", "statement", "load-data", "truncate"])
        #expect(try run.result["complete"] as? Bool == false)
        let parent = try await Lastgood.run(
            "history", "s.p", "--where", "id=1", "--json", source.logFolder)
        #expect(try Self.lines(parent) == ["insert id=1 v=1", "delete id=1 v=1"])
        #expect(try Self.reasons(parent) == ["statement"])
        let whole = try await Lastgood.run(
            "history", "s.nothing", "--where", "id=1", "--json", source.logFolder)
        #expect(whole.exitCode == 1)
        #expect(try whole.warningCodes == ["table-not-met"])
        #expect(try whole.result["complete"] as? Bool == true)
    }

    @Test("images that hold only what changed tell what they can, and say what they do not")
    func minimalImages() async throws {
        let source = try await SourceServer([
            "--binlog-row-metadata=FULL", "--binlog-row-image=MINIMAL",
        ])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.t (id INT PRIMARY KEY, a INT, b INT)",
            "INSERT INTO s.t VALUES (1,10,100)", "UPDATE s.t SET b=101 WHERE id=1",
            "UPDATE s.t SET id=2", "DELETE FROM s.t")
        let byKey = try await Lastgood.run(
            "history", "s.t", "--where", "id=1", "--json", source.logFolder)
        #expect(
            try Self.lines(byKey) == [
                "insert a=10 b=100 id=1", "update b=101", "update id=1>2", "delete id=2",
            ])
        #expect(try byKey.result["complete"] as? Bool == true)
        #expect(try byKey.warningCodes.isEmpty)
        let byOther = try await Lastgood.run(
            "history", "s.t", "--where", "a=10", "--json", source.logFolder)
        #expect(try Self.lines(byOther).count == 4)
        let lost = try await Lastgood.run(
            "history", "s.t", "--where", "b=102", "--json", source.logFolder)
        #expect(lost.exitCode == 1)
        #expect(try lost.warningCodes == ["image-incomplete"])
        #expect(try lost.result["complete"] as? Bool == false)
    }

    @Test("XA transactions count when they are committed, and those rolled back do not")
    func xa() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.t (id INT PRIMARY KEY, v INT)",
            "XA START 'a'", "INSERT INTO s.t VALUES (1,1)", "XA END 'a'", "XA PREPARE 'a'",
            "XA COMMIT 'a'",
            "XA START 'b'", "UPDATE s.t SET v=2", "XA END 'b'", "XA PREPARE 'b'",
            "XA ROLLBACK 'b'",
            "XA START 'c'", "UPDATE s.t SET v=3", "XA END 'c'", "XA PREPARE 'c'")
        let run = try await Lastgood.run(
            "history", "s.t", "--where", "id=1", "--json", source.logFolder)
        #expect(try Self.lines(run) == ["insert id=1 v=1"])
        #expect(try Self.reasons(run) == ["prepared"])
        try source.run(
            "CREATE TABLE s.u (id INT PRIMARY KEY, v INT)", "INSERT INTO s.u VALUES (1,1)",
            "XA START 'd'", "UPDATE s.u SET v=2", "UPDATE s.u SET v=3", "XA END 'd'",
            "XA PREPARE 'd'", "XA COMMIT 'd'")
        let limited = try await Lastgood.run(
            "history", "s.u", "--where", "id=1", "--limit", "1", "--json", source.logFolder)
        #expect(try Self.lines(limited) == ["insert id=1 v=1"])
        #expect(try limited.result["total"] as? Int == 3)
    }

    @Test("a table whose name differs in case alone is another one")
    func namesInCase() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.A (id INT PRIMARY KEY, v INT)",
            "CREATE TABLE s.a (id INT PRIMARY KEY, v INT)",
            "INSERT INTO s.A VALUES (1,100)", "INSERT INTO s.a VALUES (1,200)",
            "RENAME TABLE s.a TO s.b", "UPDATE s.A SET v=101", "UPDATE s.b SET v=201",
            "CREATE TABLE s.a (id INT PRIMARY KEY)", "DROP TABLE s.a", "UPDATE s.A SET v=102")
        let run = try await Lastgood.run(
            "history", "s.A", "--where", "v=100", "--json", source.logFolder)
        #expect(
            try Self.lines(run) == ["insert id=1 v=100", "update v=100>101", "update v=101>102"])
        #expect(try run.result["complete"] as? Bool == true)
        #expect(try run.objects("changes").allSatisfy { $0["incarnation"] as? Int == 1 })
    }

    @Test("a local time that the clock showed twice or never is no TIMESTAMP's")
    func localTimes() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "SET time_zone='+00:00'", "CREATE DATABASE s",
            "CREATE TABLE s.t (id INT PRIMARY KEY, t TIMESTAMP NULL, d DATETIME)",
            "INSERT INTO s.t VALUES (1,'2026-10-25 00:30:00','2026-10-25 02:30:00')",
            "INSERT INTO s.t VALUES (2,'2026-03-29 02:30:00',NULL)")
        func run(_ condition: String) async throws -> ProgramOutcome {
            try await Lastgood.run(
                "history", "s.t", "--where", condition, "--time-zone", "Europe/Berlin", "--json",
                source.logFolder)
        }
        #expect(try await run("t=2026-10-25 02:30:00").exitCode == 64)
        #expect(try await run("t=2026-03-29 02:30:00").exitCode == 64)
        #expect(try await run("d=2026-10-25 02:30:00").exitCode == 0)
        #expect(try await run("t=2026-03-29 04:30:00").exitCode == 0)
    }

    @Test("what was undone to a savepoint is no change")
    func savepoints() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.t (id INT PRIMARY KEY, v INT)",
            "CREATE TABLE s.m (id INT PRIMARY KEY) ENGINE=MyISAM",
            "BEGIN", "INSERT INTO s.t VALUES (1,1)", "SAVEPOINT A", "INSERT INTO s.m VALUES (1)",
            "UPDATE s.t SET id=5", "ROLLBACK TO a", "UPDATE s.t SET v=3", "COMMIT",
            "INSERT INTO s.t VALUES (5,0)", "UPDATE s.t SET v=4 WHERE id=5")
        let run = try await Lastgood.run(
            "history", "s.t", "--where", "id=1", "--json", source.logFolder)
        #expect(try Self.lines(run) == ["insert id=1 v=1", "update v=1>3"])
        #expect(try Self.reasons(run) == ["rolled-back"])
    }

    @Test("statements on temporary tables of the name are none on the table")
    func temporaryTables() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.t (id INT PRIMARY KEY, v INT)",
            "INSERT INTO s.t VALUES (1,1)", "UPDATE s.t SET id=50",
            "SET binlog_format=MIXED", "CREATE TEMPORARY TABLE s.t (id INT PRIMARY KEY, v INT)",
            "INSERT INTO s.t VALUES (9,9)", "TRUNCATE s.t", "RENAME TABLE s.t TO s.u",
            "DROP TABLE s.u", "SET binlog_format=ROW", "UPDATE s.t SET v=2")
        let run = try await Lastgood.run(
            "history", "s.t", "--where", "id=1", "--json", source.logFolder)
        #expect(
            try Self.lines(run) == ["insert id=1 v=1", "update id=1>50", "update v=1>2"])
        #expect(try run.result["complete"] as? Bool == true)
    }

    @Test("tables that are made anew, and rows that come from elsewhere, make it incomplete")
    func replacedTables() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "CREATE DATABASE s", "USE s",
            "CREATE TABLE a (id INT PRIMARY KEY, v INT)", "INSERT INTO a VALUES (1,1)",
            "CREATE OR REPLACE TABLE a (id INT PRIMARY KEY, v INT)",
            "CREATE TABLE b LIKE a", "INSERT INTO b VALUES (1,1)", "RENAME TABLE b TO c",
            "CREATE OR REPLACE TABLE c LIKE a", "INSERT INTO c VALUES (1,50)",
            "CREATE TABLE p (id INT PRIMARY KEY, v INT) PARTITION BY RANGE (id) "
                + "(PARTITION p0 VALUES LESS THAN (9))",
            "CREATE TABLE e LIKE a", "INSERT INTO e VALUES (1,1)",
            "ALTER TABLE p EXCHANGE PARTITION p0 WITH TABLE e",
            "SET binlog_format=STATEMENT", "CREATE TABLE d SELECT 1 AS id, 5 AS v")
        func run(_ table: String) async throws -> ProgramOutcome {
            try await Lastgood.run(
                "history", "s.\(table)", "--where", "@1=1", "--json", source.logFolder)
        }
        #expect(try Self.reasons(try await run("a")) == ["drop"])
        let renamed = try await run("b")
        #expect(try Self.lines(renamed).count == 1)
        #expect(try Self.reasons(renamed) == ["drop"])
        #expect(try Self.reasons(try await run("e")) == ["alter"])
        #expect(try Self.reasons(try await run("d")) == ["statement"])
        try source.run(
            "SET GLOBAL log_bin_trust_function_creators=1",
            "CREATE FUNCTION s.f() RETURNS INT BEGIN DELETE FROM s.a; RETURN 1; END",
            "SET binlog_format=STATEMENT", "DO s.f()")
        #expect(try Self.reasons(try await run("a")) == ["drop", "statement"])
        try source.run(
            "SET binlog_format=STATEMENT", "INSERT INTO s.d (id, v) SELECT s . `f`(), 2",
            "USE s", "UPDATE d SET v=f () WHERE id < 1", "DELETE FROM d WHERE id IN (f/**/())",
            "INSERT INTO d (id, v) VALUES (length('x f('),1), (1,2)",
            "UPDATE d SET v=round (v*(2))")
        #expect(
            try Self.reasons(try await run("a")) == ["drop"]
                + Array(repeating: "statement", count: 4))
    }

    @Test("labels that the log does not tell are those of a dump or a server")
    func labels() async throws {
        let source = try await SourceServer()
        try source.run(
            "CREATE DATABASE s",
            #"CREATE TABLE s.t (id INT PRIMARY KEY, e ENUM('it''s','b\\c)','\n',',','ü','2') "#
                + "CHARACTER SET latin1, f SET('x','y z'))",
            "INSERT INTO s.t VALUES (1,'it''s','x')", #"UPDATE s.t SET e='b\\c)'"#,
            #"UPDATE s.t SET e='\n',f='x,y z'"#, "UPDATE s.t SET e='ü',f=''",
            "UPDATE s.t SET e='2',f='y z'")
        let dump = source.folder.path + "/dump.sql"
        let dumped = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S \(source.paths.socket) --databases s > \(dump)")
        #expect(dumped.exitCode == 0)
        for wayIn in [["--schema", dump], ["--server", source.address.description]] {
            func run(_ condition: String) async throws -> [String] {
                try Self.lines(
                    try await Lastgood.run(
                        ["history", "s.t", "--where", condition, "--json", source.logFolder]
                            + wayIn))
            }
            let all = try await run("id=1")
            #expect(
                all == [
                    #"insert e='it\'s' f='x' id=1"#, #"update e='it\'s'>'b\\c)'"#,
                    #"update e='b\\c)'>'\n' f='x'>'x,y z'"#,
                    #"update e='\n'>'ü' f='x,y z'>''"#, "update e='ü'>'2' f=''>'y z'",
                ])
            for condition in ["e=it's", "f=x"] { #expect(try await run(condition) == all) }
            #expect(try await run("e=ü") == Array(all[3...]))
            #expect(try await run("f=x,y z") == Array(all[2...]))
            #expect(try await run("e=2") == Array(all[4...]))
        }
    }

    @Test("conditions that no row can be asked are refused, with what would help")
    func refusals() async throws {
        let source = try await SourceServer()
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.t (id INT PRIMARY KEY, v INT)",
            "INSERT INTO s.t VALUES (1,1)")
        func run(_ arguments: String...) async throws -> ProgramOutcome {
            try await Lastgood.run(["history", "s.t", "--json", source.logFolder] + arguments)
        }
        #expect(try await run("--where", "id=1").errorCode == "usage")
        #expect(try await run("--where", "@3=1").errorCode == "usage")
        #expect(try await run("--where", "@1=x").errorCode == "usage")
        #expect(try await run("--where", "id").exitCode == 64)
        #expect(try await run().exitCode == 64)
        #expect(try await run("--where", "@1=1").exitCode == 0)
        let dump = source.logFolder + "/dump.sql"
        let dumped = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S \(source.paths.socket) --databases s > \(dump)")
        #expect(dumped.exitCode == 0)
        #expect(try await run("--where", "id=1", "--schema", dump).exitCode == 0)
        #expect(try await run("--where", "none=1", "--schema", dump).errorCode == "usage")
        let other = try await run(
            "--where", "id=1", "--server", source.address.description)
        #expect(try Self.lines(other) == ["insert id=1 v=1"])
        // The dump is of a table as it was: its names count as far as the types agree.
        try source.run(
            "ALTER TABLE s.t ADD w VARCHAR(5) AFTER id", "UPDATE s.t SET v=2",
            "INSERT INTO s.t VALUES (2,'b',2)")
        let later = try await run("--where", "id=1", "--schema", dump)
        #expect(try Self.lines(later) == ["insert id=1 v=1", "update @3=1>2"])
        #expect(try later.objects("changes").map { $0["guess"] as? Bool } == [false, true])
        let lost = try await run("--where", "v=2", "--schema", dump)
        #expect(lost.exitCode == 1)
        #expect(try lost.warningCodes == ["names-untold"])
        try source.run("ALTER TABLE s.t ADD INDEX (v)", "ALTER TABLE s.t MODIFY v INT FIRST")
        try source.run(
            "UPDATE s.t SET w='c'", "ALTER TABLE s.t MODIFY v INT AFTER w",
            "CREATE TABLE IF NOT EXISTS s.t (id INT)")
        // The definition fits the rows behind the first ALTER alone, then also those of now.
        func onServer() async throws -> ProgramOutcome {
            try await run("--where", "@3=2", "--server", source.address.description)
        }
        let clear = try await onServer()
        #expect(try clear.warningCodes == [])
        #expect(try clear.objects("changes").first?["guess"] as? Bool == false)
        try source.run("UPDATE s.t SET w='d'")
        let unclear = try await onServer()
        #expect(try unclear.warningCodes == ["redefined"])
        #expect(try unclear.objects("changes").first?["guess"] as? Bool == true)
    }

    /// Does random things to rows of a table, and says what a history of the row 0 has to tell.
    private struct Wanderings {
        var random: SplitMix64
        /// Keys of rows that were row 0 once, and of row 0 itself.
        private var followed: [Int] = []
        private var nextKey = 1_000_000
        private(set) var expected: [String] = []

        init(seed: UInt64) { random = SplitMix64(seed: seed) }

        mutating func step(_ connection: borrowing Connection) throws {
            guard let index = followed.indices.randomElement(using: &random),
                followed.contains(0) || random.chance(2)
            else {
                try connection.execute("INSERT INTO s.t VALUES (0,0,'')")
                expected.append("insert 0")
                return followed.append(0)
            }
            let key = followed[index]
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                try connection.execute("DELETE FROM s.t WHERE id=\(key)")
                expected.append("delete \(key)")
                followed.remove(at: index)
            case 1:
                nextKey += 1
                try connection.execute("UPDATE s.t SET id=\(nextKey) WHERE id=\(key)")
                expected.append("update \(key)>\(nextKey)")
                followed[index] = nextKey
            default:
                try connection.execute("UPDATE s.t SET v=v+1 WHERE id=\(key)")
                expected.append("update")
            }
        }
    }

    @Test("read on all processors and with a catalog, a wandering row's life is the same")
    func wandering() async throws {
        let seed = try TestSeed.read(for: "history of a wandering row")
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "CREATE DATABASE s",
            "CREATE TABLE s.t (id INT PRIMARY KEY, v INT, pad VARCHAR(2000))",
            "CREATE TABLE s.other LIKE s.t",
            "INSERT INTO s.t SELECT seq,seq,REPEAT('x',2000) FROM s.seq_1_to_1000",
            "INSERT INTO s.other SELECT * FROM s.t")
        let connection = try source.connect()
        var wanderings = Wanderings(seed: seed)
        for round in 0..<9000 {
            let key = Int.random(in: 1...1000, using: &wanderings.random)
            let table = round / 1000 % 3 == 1 ? "other" : "t"
            try connection.execute("UPDATE s.\(table) SET v=v+1 WHERE id=\(key)")
            if round % 1000 > 600, wanderings.random.chance(50) { try wanderings.step(connection) }
            if round == 4000 { try connection.execute("FLUSH BINARY LOGS") }
        }
        try wanderings.step(connection)
        let catalog = source.folder.path + "/catalog.sqlite"
        let indexed = try await Lastgood.run("index", "--catalog", catalog, source.logFolder)
        #expect(indexed.exitCode == 0)
        let command = ["history", "s.t", "--where", "id=0", "--json", source.logFolder]
        let plain = try await Lastgood.run(command + ["--no-catalog"])
        let quick = try await Lastgood.run(command + ["--catalog", catalog])
        #expect(plain.output == quick.output)
        let found = try plain.objects("changes").map { change in
            let changed = try #require(change["changed"] as? [String: [String: Any]])
            let keys = ["before", "after"].compactMap { changed["id"]?[$0] as? String }
            let words = [change["op"] as? String ?? "", keys.joined(separator: ">")]
            return words.filter { !$0.isEmpty }.joined(separator: " ")
        }
        #expect(found == wanderings.expected)
        #expect(found.count > 50)
        #expect(try plain.result["complete"] as? Bool == true)
    }
}
