import Binlog
import Recovery
import TestSupport
import Testing

@testable import Backup

@Suite(.serialized)
struct DumpLoaderTests {
    private let target: BackupTestServer

    init() throws { target = try BackupTestServer.target() }

    private func loader(_ database: String? = nil) -> DumpLoader {
        DumpLoader(options: ["--socket=\(target.socket)", "--user=root"], database: database)
    }

    private func load(_ path: String) async throws -> DumpLoader.Result {
        let dump = try DumpFile(path: path)
        return try await loader(try dump.databaseToCreate(named: nil)).load(dump)
    }

    @Test("real dumps of every form load, equal by checksum, and say where they were taken")
    func realDumps() async throws {
        let source = try BackupTestServer.source()
        let position = try source.sql("SHOW MASTER STATUS").split(separator: "\t").prefix(2)
            .joined(separator: ":")
        let gtid = try source.sql("SELECT @@gtid_binlog_pos").filter { $0 != "\n" }
        let checksums = try source.checksums("shop")
        #expect(checksums.split(separator: "\n").count >= 5)
        let forms = [
            ("--databases shop --master-data=2 --single-transaction -R -E", "cat", true),
            ("--databases shop --master-data=1 --gtid -R -E --hex-blob", "gzip -c", true),
            ("shop --master-data=2 -R -E --skip-extended-insert", "zstd -qc", true),
            (
                "--databases shop --master-data=2 --skip-comments -R -E --order-by-primary", "cat",
                false
            ),
        ]
        for (options, program, hasGTID) in forms {
            let plain = try source.dump(options)
            let path = "\(source.folder.path)/packed"
            try shell("\(program) '\(plain)' > '\(path)'")
            let dump = try DumpFile(path: path)
            #expect(dump.completion == .complete)
            if dump.header.program != nil {
                #expect(try dump.position().position?.description == position)
                if hasGTID { #expect(try dump.position().gtid?.description == gtid) }
            }
            try target.sql("DROP DATABASE IF EXISTS shop")
            let before = try target.sql("SHOW MASTER STATUS")
            let result = try await load(path)
            #expect(try target.checksums("shop") == checksums, "\(options)")
            #expect(
                try target.sql("SHOW MASTER STATUS") == before)
            #expect(result.notes.completion == .complete)
            #expect(try target.sql("SELECT @@global.gtid_slave_pos") == "\n")
            #expect(try target.sql("SHOW SLAVE STATUS") == "")
            let routine =
                "SELECT routine_definition, sql_mode FROM information_schema.routines"
                + " WHERE routine_schema='shop'"
            #expect(try target.sql(routine) == source.sql(routine))
            #expect(try target.sql(routine).contains("START SLAVE;"))
        }
    }

    @Test("an --all-databases dump with --gtid loads, its replication statements are dropped")
    func allDatabases() async throws {
        let source = try BackupTestServer.source()
        let target = try BackupTestServer()
        let path = try source.dump(
            "--all-databases --master-data=1 --gtid --single-transaction -R -E")
        let loader = DumpLoader(options: ["--socket=\(target.socket)", "--user=root"])
        let result = try await loader.load(try DumpFile(path: path))
        #expect(result.dropped.map(\.reason) == ["replication", "server-setting"])
        let gtid = try source.sql("SELECT @@gtid_binlog_pos").filter { $0 != "\n" }
        #expect(result.gtid?.description == gtid)
        #expect(try target.checksums("shop") == source.checksums("shop"))
        #expect(try target.sql("SELECT @@global.gtid_slave_pos") == "\n")
    }

    @Test("a DATA DIRECTORY of the dump makes no file outside the target's data directory")
    func dataDirectory() async throws {
        let folder = try TestFolder("backup")
        try shell(
            "mkdir '\(folder.path)/outside'; chmod 777 '\(folder.path)' '\(folder.path)/outside'")
        try target.sql("DROP DATABASE IF EXISTS shop")
        let table = { (name: String) in
            "CREATE TABLE \(name)(id int primary key) DATA DIRECTORY='\(folder.path)/outside';\n"
        }
        let text =
            "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n"
            + "CREATE DATABASE shop;\nUSE shop;\n" + table("a")
            + "/*!50003 SET @saved_sql_mode = @@sql_mode */ ;\n/*!50003 SET sql_mode = '' */ ;\n"
            + "DELIMITER ;;\nCREATE PROCEDURE p() SELECT 1 ;;\nDELIMITER ;\n"
            + table("b") + "SET SQL_MODE=@OLD_SQL_MODE;\n" + table("c") + """
                SET SESSION sql_mode='';
                CREATE TABLE d(id int) PARTITION BY RANGE(id)
                  (PARTITION p0 VALUES LESS THAN (5) DATA DIRECTORY='\(folder.path)/outside');

                """
        _ = try await load(try folder.write("d.sql", text))
        // A dump without a header sets no mode of its own.
        let bare = "CREATE DATABASE bare;\nUSE bare;\n" + table("e")
        _ = try await load(try folder.write("bare.sql", bare))
        #expect(try target.sql("SHOW TABLES IN bare") == "e\n")
        #expect(try target.sql("SHOW TABLES IN shop") == "a\nb\nc\nd\n")
        #expect(try shell("find '\(folder.path)/outside' -type f") == "")
        #expect(
            try target.sql(
                "SELECT sql_mode FROM information_schema.routines WHERE routine_schema='shop'")
                == "\n")
    }

    private static let attacks = [
        #"\! touch EVIL"#, "system touch EVIL", "SELECT 1 INTO OUTFILE 'EVIL';", "tee EVIL",
        #"\T EVIL"#, "source EVIL.sql", #"\. EVIL.sql"#, "pager touch EVIL", #"\P touch EVIL"#,
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE a;",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE a;",
        "DELIMITER ;;\nSELECT 1;;\nDELIMITER \\!\n\\! touch EVIL", "SELECT 1; \\! touch EVIL",
        "/*!50000 SELECT 'x' INTO DUMPFILE 'EVIL' */;", "edit", #"\e"#,
    ]

    @Test("a dump that tries commands of the client or files of the server creates none")
    func hostile() async throws {
        let empty = try TestFolder("backup")
        let server = try BackupTestServer(["--secure-file-priv=\(empty.path)"])
        // An editor that waited for somebody would hang the test.
        let tools = try TestFolder("tools")
        let editor = try tools.write(
            "editor", "#!/bin/sh\ntouch '\(empty.path)/edited'\n", mode: 0o755)
        let client = try tools.write(
            "client", "#!/bin/sh\nEDITOR='\(editor)' VISUAL='\(editor)' exec mariadb \"$@\"\n",
            mode: 0o755)
        try shell("chmod 777 '\(empty.path)'")
        for attack in Self.attacks {
            let folder = try TestFolder("backup")
            try shell("chmod 777 '\(folder.path)'")
            try folder.write("evil.sql", "INSERT INTO h.a VALUES ('end');\n".utf8)
            let text = attack.split(separator: "EVIL", omittingEmptySubsequences: false)
                .joined(separator: "\(folder.path)/evil")
            let path = try folder.write(
                "d.sql",
                "/*!40101 SET NAMES utf8mb4 */;\nCREATE OR REPLACE DATABASE h;\nUSE h;\n"
                    + "CREATE TABLE a(x text);\n\(text)\n;\nINSERT INTO a VALUES ('end');\n")
            let loader = DumpLoader(
                program: client, options: ["--socket=\(server.socket)", "--user=root"])
            let error = await #expect(throws: RecoveryError.self, "\(attack)") {
                try await loader.load(try DumpFile(path: path))
            }
            // With an open delimiter left behind it is already seen as cut off
            let codes: [RecoveryError.Code?] = [.loadFailed, .backupTruncated]
            #expect(codes.contains(error?.code), "\(attack)")
            #expect(try shell("ls '\(folder.path)'") == "d.sql\nevil.sql\n", "\(attack)")
            #expect(try shell("ls '\(empty.path)'") == "", "\(attack)")
            #expect(try server.sql("SELECT COUNT(*) FROM h.a") == "0\n", "\(attack)")
        }
    }

    @Test("a failing statement is reported with its line in the dump")
    func failingLine() async throws {
        let path = try target.folder.write(
            "d.sql",
            "/*!40101 SET SQL_MODE='' */;\nCHANGE MASTER TO\n MASTER_HOST='x';\n"
                + "CREATE DATABASE f;\nUSE f;\nCREATE TABLE a(x int); "
                + "INSERT INTO nowhere VALUES (1);\n"
        )
        let error = await #expect(throws: RecoveryError.self) {
            try await loader().load(try DumpFile(path: path))
        }
        #expect(error?.message.contains("ERROR 1146 (42S02) at line 6") == true)
        let nobody = DumpLoader(options: ["--socket=/nowhere", "--user=root"])
        let refused = await #expect(throws: RecoveryError.self) {
            try await nobody.load(try DumpFile(path: path))
        }
        #expect(refused?.code == .loadFailed && refused?.hint != nil)
        let absent = DumpLoader(program: "no-such-client")
        let missing = await #expect(throws: RecoveryError.self) {
            try await absent.load(try DumpFile(path: path))
        }
        #expect(missing?.code == .programMissing)
    }

    @Test("the half statement at the end of a broken dump is never run")
    func truncated() async throws {
        var text = "-- MariaDB dump 10.19\nCREATE DATABASE b;\nUSE b;\nCREATE TABLE a(x int);\n"
        for index in 0..<50_000 { text += "INSERT INTO a VALUES (\(index)); -- padding\n" }
        text += "INSERT INTO a VALUES (-1)"
        let whole = try target.folder.write("whole.sql", text)
        try shell("gzip -kf '\(whole)'")
        let packed = try BackupFile.bytes(of: "\(whole).gz", limit: 1 << 22)
        let path = try target.folder.write("cut.gz", packed.dropLast(1))
        // Opened by hand: an open by its path finds the end missing before anything is loaded
        var dump = try DumpFile(
            path: try target.folder.write("ok", "/*!40101 SET NAMES utf8 */;\n"))
        for (file, code) in [(path, "truncated"), (whole, "truncated")] {
            #expect(throws: RecoveryError.self) { try DumpFile(path: file) }
            dump.path = file
            try target.sql("DROP DATABASE IF EXISTS b")
            let error = await #expect(throws: RecoveryError.self) { try await loader().load(dump) }
            #expect(error?.code.rawValue == code)
            #expect(try target.sql("SELECT COUNT(*) FROM b.a WHERE x=-1") != "1\n")
        }
    }

    @Test("a client without a sandbox loads with a warning, and is not given the option")
    func oldClient() async throws {
        let program = try target.folder.write(
            "client",
            "#!/bin/sh\ncase \"$*\" in *--sandbox*) exit 7;; *--help) echo old; exit;; esac\n"
                + "exec mariadb \"$@\"\n", mode: 0o755)
        var loader = loader()
        loader.program = program
        let dump = try DumpFile(
            path: try target.folder.write("o.sql", "CREATE DATABASE old_client;\n"))
        let result = try await loader.load(dump)
        #expect(result.warnings.map(\.code) == ["client-without-sandbox", "dump-end-unknown"])
        #expect(try target.sql("SHOW DATABASES LIKE 'old_client'") == "old_client\n")
    }

    @Test("several dumps in one file are refused")
    func severalDumps() async throws {
        let one = "-- MariaDB dump 10.19\nCREATE DATABASE IF NOT EXISTS s;\n-- Dump completed\n"
        let dump = try DumpFile(path: try target.folder.write("two.sql", one + one))
        let error = await #expect(throws: RecoveryError.self) { try await loader().load(dump) }
        #expect(error?.code == .unsupportedBackup)
    }

    @Test("the definitions in a dump are those that the server has")
    func definitions() throws {
        let target = try BackupTestServer.source()
        try target.sql("CREATE DATABASE other")
        try target.sql(
            "CREATE TABLE other.sv(id INT, UNIQUE KEY (id)) WITH SYSTEM VERSIONING ENGINE=Aria")
        let dump = try DumpFile(path: try target.dump("--databases shop other -R -E", to: "i.sql"))
        let tables = try dump.definitions().tables
        let expected = try target.sql(
            "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables"
                + " WHERE table_schema IN ('shop','other') AND table_type IN "
                + "('BASE TABLE','SYSTEM VERSIONED','SEQUENCE') ORDER BY 1")
        #expect(tables.map { "\($0.name)\n" }.sorted().joined() == expected)
        func table(_ name: String) -> CreatedTable? { tables.first { $0.name.table == name } }
        #expect(table("orders")?.definition.engine == "InnoDB")
        #expect(table("plain")?.definition.uniqueParts == [])
        #expect(table("old")?.definition.engine == "MyISAM")
        #expect(table("child")?.references.count == 1)
        #expect(table("sv")?.definition.kind == .systemVersioned)
        #expect(table("numbers")?.definition.kind == .sequence && table("v") == nil)
    }
}
