import Binlog
import Foundation
import Server
import TestSupport
import Testing

/// Changes of rows as JSON lines, read by DuckDB and compared with what the source held.
@Suite("export") struct ExportTests {
    /// Runs a Python script that has DuckDB; nil where that cannot be had.
    private static func python(_ arguments: [String]) async throws -> ProgramOutcome? {
        let words = ([Lastgood.root + "/Tests/duckdb.sh"] + arguments).map { "'\($0)'" }
        let run = try await Lastgood.shell(words.joined(separator: " "))
        guard run.exitCode != 77 else {
            print("skipped: \(run.errorText)")
            return nil
        }
        return run
    }

    /// What the lines are, one object each.
    private static func lines(_ run: ProgramOutcome) throws -> [[String: Any]] {
        try run.output.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(value as? [String: Any])
        }
    }

    private static func text(_ value: Any?) throws -> String {
        let bytes = try JSONSerialization.data(
            withJSONObject: value ?? NSNull(), options: [.fragmentsAllowed, .sortedKeys])
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A dump of the database `s`, beside the server's data.
    private static func dump(_ source: SourceServer) async throws -> String {
        let dump = source.folder.path + "/dump.sql"
        let dumped = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S \(source.paths.socket) --databases s > \(dump)")
        #expect(dumped.exitCode == 0)
        return dump
    }

    @Test("DuckDB reads every recorded log, and its rows and values are those of the source")
    func recorded() async throws {
        let folder = try TestFolder("export")
        var pairs: [String] = []
        for recorded in try RecordedCase.all() {
            let path = "\(folder.path)/\(recorded.server).\(recorded.name)"
            let run = try await Lastgood.run(
                ["export", recorded.folder, "--to", path, "--allow", "statement-not-exported"]
                    + recorded.keyArguments())
            let isLost = recorded.name == "incident"
            #expect(run.exitCode == (isLost ? 10 : 0), "\(recorded): \(run.errorText)")
            // What its server lost the source still has.
            if !isLost { pairs += [path, recorded.folder + "/state.txt"] }
        }
        let script = Lastgood.root + "/Tests/export_state.py"
        guard let run = try await Self.python([script] + pairs) else { return }
        let result = try run.json
        #expect(run.exitCode == 0, "\(run.output) \(run.errorText)")
        let counts = try #require(result["counts"] as? [String: Int])
        guard RecordedCase.wanted == nil else { return }
        #expect(counts["exports"] == pairs.count / 2)
        #expect(counts["tables", default: 0] > 100)
        #expect(counts["rows", default: 0] > 4000)
        #expect(counts["values", default: 0] > 40_000)
        #expect(counts["parquet files", default: 0] > 100)
    }

    @Test("a change has the shape of Debezium's envelope")
    func envelope() async throws {
        let source = try await SourceServer([
            "--binlog-row-metadata=FULL", "--binlog-row-image=MINIMAL",
        ])
        try source.run(
            "CREATE DATABASE s",
            """
            CREATE TABLE s.t (id BIGINT UNSIGNED PRIMARY KEY, d DECIMAL(10,2), at TIMESTAMP(3) NULL,
              b VARBINARY(9), n INT, t TEXT CHARACTER SET latin1, e ENUM('x','y'))
            """,
            "SET timestamp=1700000000, time_zone='+02:00'",
            """
            INSERT INTO s.t VALUES
              (18446744073709551615,1.50,'2024-01-01 02:00:00.25',x'00FF',NULL,'größe','y')
            """,
            "UPDATE s.t SET n=7", "DELETE FROM s.t", "TRUNCATE s.t")
        let run = try await Lastgood.run("export", source.logFolder)
        #expect(run.exitCode == 0, "\(run.errorText)")
        let all = try Self.lines(run)
        #expect(
            all.compactMap { $0["op"] as? String } == ["ddl", "ddl", "c", "u", "d", "t"])
        let changes = Array(all[2..<5])
        #expect(
            try Self.text(changes[0]["after"])
                == #"{"at":"2024-01-01T00:00:00.250Z","b":"AP8=","d":"1.50","e":"y","#
                + #""id":18446744073709551615,"n":null,"t":"größe"}"#)
        #expect(changes[0]["before"] is NSNull)
        #expect(try Self.text(changes[0]["_enc"]) == #"{"after":{"b":"base64"}}"#)
        #expect(try Self.text(changes[1]["before"]) == #"{"id":18446744073709551615}"#)
        #expect(try Self.text(changes[1]["after"]) == #"{"n":7}"#)
        #expect(changes[2]["after"] is NSNull)
        #expect(changes.allSatisfy { $0["ts_ms"] as? Int == 1_700_000_000_000 })
        let origin = try #require(changes[1]["source"] as? [String: Any])
        let transaction = try #require(changes[1]["transaction"] as? [String: String])
        #expect(transaction["id"]?.hasPrefix("bin.000001:") == true)
        #expect(origin["db"] as? String == "s")
        #expect(origin["table"] as? String == "t")
        #expect(origin["gtid"] as? String == "0-1-4")
        #expect(origin["row"] as? Int == 0)
        let found = try await Lastgood.run(
            "show", transaction["id"] ?? "", "--binlogs", source.logFolder, "--json")
        #expect(try found.result["gtid"] as? String == "0-1-4")
    }

    @Test("what was rolled back, undone to a savepoint or never decided is not exported")
    func undone() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.t (id INT PRIMARY KEY)",
            "CREATE TABLE s.m (id INT PRIMARY KEY) ENGINE=MyISAM",
            "BEGIN", "INSERT INTO s.t VALUES (1)", "SAVEPOINT a", "INSERT INTO s.t VALUES (2)",
            "INSERT INTO s.m VALUES (1)", "ROLLBACK TO a", "INSERT INTO s.t VALUES (3)", "COMMIT",
            "XA START 'a'", "INSERT INTO s.t VALUES (4)", "XA END 'a'", "XA PREPARE 'a'")
        try source.run(
            "FLUSH BINARY LOGS", "XA COMMIT 'a'",
            "XA START 'b'", "INSERT INTO s.t VALUES (5)", "XA END 'b'", "XA PREPARE 'b'",
            "XA ROLLBACK 'b'",
            "XA START 'c'", "INSERT INTO s.t VALUES (6)", "XA END 'c'", "XA PREPARE 'c'")
        let run = try await Lastgood.run("export", source.logFolder, "--table", "s.t")
        let ids = try Self.lines(run).compactMap { line in
            (line["after"] as? [String: Any])?["id"] as? Int
        }
        #expect(ids == [1, 3, 4])
        #expect(run.errorText.contains("(rolled-back)"))
        #expect(run.errorText.contains("(open-xa)"))
        // Of the first one the file behind it holds the commit alone.
        let later = try await Lastgood.run("export", source.logFolder + "/bin.000002")
        #expect(later.exitCode == 10)
        #expect(later.errorText.contains("XA PREPARE is before these logs"))
        let history = try await Lastgood.run(
            "history", "s.t", "--where", "id=4", "--json", source.logFolder + "/bin.000002")
        let unresolved = try history.objects("unresolved").compactMap { $0["reason"] as? String }
        #expect(unresolved == ["prepared"])
    }

    @Test("statements that stand in the log as texts are listed, and an error unless allowed")
    func statements() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.t (id INT PRIMARY KEY)",
            "INSERT INTO s.t VALUES (1)", "CREATE USER u IDENTIFIED BY 'secret'",
            "GRANT SELECT ON s.* TO u", "CREATE TABLE s.c SELECT * FROM s.t")
        let folder = try TestFolder("export")
        let path = folder.path + "/out"
        let run = try await Lastgood.run("export", source.logFolder, "--to", path, "--json")
        #expect(run.exitCode == 10)
        #expect(try run.errorCode == "statement-not-exported")
        #expect(try run.result["notExported"] as? Int == 2)
        let listed = try String(contentsOfFile: path + "/_ddl.ndjson", encoding: .utf8)
        #expect(!listed.contains("secret"))
        #expect(listed.contains("INSERT INTO s.t VALUES (1)"))
        let again = try await Lastgood.run("export", source.logFolder, "--to", path, "--json")
        #expect(again.exitCode == 2)
        #expect(try again.errorCode == "output-failed")
        let allowed = try await Lastgood.run(
            "export", source.logFolder, "--to", path + "2", "--json", "--allow",
            "statement-not-exported")
        #expect(allowed.exitCode == 0)
        #expect(try allowed.warningCodes.contains("statement-not-exported"))
        #expect(try await Lastgood.run("export", source.logFolder, "--json").exitCode == 64)
        let wrong = try await Lastgood.run("export", source.logFolder, "--allow", "all")
        #expect(wrong.exitCode == 64)
    }

    @Test("names of a definition count only where it is the log's table")
    func definitions() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=MINIMAL"])
        try source.run(
            "CREATE DATABASE s",
            "CREATE TABLE s.t (id INT PRIMARY KEY, a BIGINT UNSIGNED, e ENUM('it''s','b'))",
            "INSERT INTO s.t VALUES (1,18446744073709551615,'it''s')",
            "ALTER TABLE s.t ADD z INT FIRST", "INSERT INTO s.t VALUES (5,2,7,'b')",
            "ALTER TABLE s.t DROP z")
        let dump = try await Self.dump(source)
        for wayIn in [["--schema", dump], ["--server", source.address.description]] {
            let run = try await Lastgood.run(["export", source.logFolder] + wayIn)
            let rows = try Self.lines(run).filter { $0["op"] as? String == "c" }
            #expect(
                try Self.text(rows[0]["after"])
                    == #"{"a":18446744073709551615,"e":"it's","id":1}"#)
            #expect(try Self.text(rows[1]["after"]) == #"{"@1":5,"@2":2,"@3":7,"@4":2}"#)
            #expect(run.errorText.contains("define anew"))
        }
    }

    @Test("a statement that cannot be understood ends an export where it is wanted, and only there")
    func notUnderstood() async throws {
        let folder = try TestFolder("export")
        let (path, schema) = (folder.path + "/bin.000001", folder.path + "/d.sql")
        var log = MadeLog.sample(.mariadb, .crc32)
        log.events[log.place(of: .query)] = .query("DROP TABLE x", .mariadb, status: [0xEE])
        try Data(log.bytes).write(to: URL(filePath: path))
        let dump = "-- MariaDB dump 10.19\nCREATE DATABASE d;\nUSE d;\nCREATE TABLE t (a INT);\n"
        try Data((dump + "-- Dump completed\n").utf8).write(to: URL(filePath: schema))
        let export = ["export", "--json", "--schema", schema, path]
        let all = try await Lastgood.run(export + ["--to", folder.path + "/all"])
        #expect(try all.errorCode == "unknown-event")
        let later = ["--since", "2026-01-01", "--to", folder.path + "/later"]
        let none = try await Lastgood.run(export + later)
        #expect(none.exitCode == 0, "\(none.errorText)")
        #expect(try none.errorCode == nil)
    }

    @Test("names that somebody else tells are doubted where the logs define their table anew")
    func redefined() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=MINIMAL"])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.same (id INT, n INT)",
            "CREATE TABLE s.swapped (id INT, n INT)", "CREATE TABLE s.anew (id INT, n INT)",
            "CREATE TABLE s.unseen (id INT, n INT)",
            "INSERT INTO s.same VALUES (1,2)", "INSERT INTO s.swapped VALUES (1,2)",
            "ALTER TABLE s.swapped RENAME COLUMN id TO x, RENAME COLUMN n TO id",
            "ALTER TABLE s.unseen ADD INDEX (n)", "DROP TABLE s.anew",
            "CREATE TABLE s.anew (n INT, id INT)", "INSERT INTO s.anew VALUES (1,2)")
        let dump = try await Self.dump(source)
        for (options, isDoubted) in [(["--schema", dump], true), ([], false)] {
            for table in ["same", "swapped", "anew"] {
                let folder = try TestFolder("redefined")
                let run = try await Lastgood.run(
                    ["export", source.logFolder, "--table", "s.\(table)", "--json"]
                        + ["--to", folder.path + "/out"] + options)
                #expect(run.exitCode == 0)
                let isExpected = isDoubted && table != "same"
                #expect(try run.warningCodes == (isExpected ? ["redefined"] : []), "\(table)")
            }
        }
        let all = try await Lastgood.run("export", source.logFolder, "--schema", dump)
        #expect(all.errorText.contains("s.anew") && all.errorText.contains("s.swapped"))
        #expect(!all.errorText.contains("s.same") && !all.errorText.contains("s.unseen"))
    }

    @Test("what a dump or server tells of columns is worth what the log tells itself")
    func definedColumns() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=NO_LOG"])
        let columns = [
            "l VARCHAR(20) CHARACTER SET latin1", "g VARCHAR(20) COLLATE gbk_chinese_ci",
            "u VARCHAR(20) CHARSET utf16", "b BINARY(6)", "vb VARBINARY(9)", "bl BLOB",
            "d TEXT", "uu UUID", "ip INET6", "e ENUM('a','ü')", "n INT UNSIGNED",
            "c CHAR(9) CHARACTER SET ascii COLLATE ascii_bin",
        ]
        let values = """
            'Ã©','涓枃','AB','ab',_binary'ab','zz','é','00000000-0000-0000-0000-0000ab000000',
            '::','ü',4000000000,'x'
            """
        try source.run(
            "CREATE DATABASE s",
            "CREATE TABLE s.t (id INT PRIMARY KEY,\(columns.joined(separator: ","))) "
                + "CHARACTER SET utf8mb4",
            "INSERT INTO s.t VALUES (1,\(values))", "FLUSH BINARY LOGS",
            "SET GLOBAL binlog_row_metadata='FULL'", "DELETE FROM s.t",
            "INSERT INTO s.t VALUES (1,\(values))")
        let dump = try await Self.dump(source)
        func inserted(_ file: String, _ options: [String]) async throws -> [String] {
            let run = try await Lastgood.run(
                ["export", "\(source.logFolder)/bin.\(file)", "--table", "s.t"] + options)
            #expect(run.exitCode == 0, "\(run.errorText)")
            return try Self.lines(run).filter { $0["op"] as? String == "c" }.map {
                try Self.text($0["after"]) + (try Self.text($0["_enc"]))
            }
        }
        let told = try await inserted("000002", [])
        #expect(told.count == 1)
        #expect(try await inserted("000001", ["--schema", dump]) == told)
        let server = ["--server", source.address.description]
        #expect(try await inserted("000001", server) == told)
        for (condition, exitCode) in [("l=Ã©", 0), ("l=é", 1), ("u=AB", 64), ("g=中", 64)] {
            let run = try await Lastgood.run(
                "history", "s.t", "--where", condition, "--schema", dump, "--json",
                source.logFolder + "/bin.000001")
            #expect(run.exitCode == Int32(exitCode), "\(condition): \(run.output)")
        }
    }

    @Test("names that no file, path or text of SQL should have to bear are borne")
    func hostileNames() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        let table = #"a"b'c/../~1;%<*>"#
        let long = String(repeating: "\u{65E5}", count: 50)
        try source.run(
            "CREATE DATABASE `../x y`",
            "CREATE TABLE `../x y`.`\(table)` (`k\"/'~\nx` INT PRIMARY KEY, `_enc` BLOB)",
            "INSERT INTO `../x y`.`\(table)` VALUES (7,x'FF')",
            "ALTER TABLE `../x y`.`\(table)` ADD `late` DATE",
            "INSERT INTO `../x y`.`\(table)` VALUES (8,'',NULL)",
            "CREATE TABLE `../x y`.`\(long)` (id INT)",
            "INSERT INTO `../x y`.`\(long)` VALUES (1)",
            "CREATE TABLE `../x y`.T1 (id INT)", "INSERT INTO `../x y`.T1 VALUES (1)",
            "CREATE TABLE `../x y`.t1 (id INT)", "INSERT INTO `../x y`.t1 VALUES (2)",
            "CREATE DATABASE temp", "CREATE TABLE temp.own (id INT)",
            "INSERT INTO temp.own VALUES (1)",
            "CREATE DATABASE lastgood", "CREATE TABLE lastgood.ddl (id INT)",
            "INSERT INTO lastgood.ddl VALUES (1)",
            // One letter, and a letter with an accent behind it.
            "CREATE TABLE `../x y`.`\u{E9}` (id INT)", "INSERT INTO `../x y`.`\u{E9}` VALUES (1)",
            "CREATE TABLE `../x y`.`e\u{301}` (id INT)",
            "INSERT INTO `../x y`.`e\u{301}` VALUES (2)")
        let folder = try TestFolder("export")
        let path = folder.path + "/out"
        let run = try await Lastgood.run("export", source.logFolder, "--to", path)
        #expect(run.exitCode == 0, "\(run.errorText)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out"])
        let script = folder.path + "/read.py"
        try """
        import duckdb, json, os
        os.chdir("\(path)")
        c = duckdb.connect()
        c.execute(open("views.sql", encoding="utf-8").read())
        views = c.execute("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal "
            "ORDER BY ALL").fetchall()
        quote = lambda name: '"' + name.replace('"', '""') + '"'
        rows = {v: c.execute(f"SELECT after FROM {quote(s)}.{quote(v)} ORDER BY pos").fetchall()
            for s, v in views if v != "ddl"}
        print(json.dumps({"views": views, "rows": rows}, default=lambda x: x.hex()))
        """.write(toFile: script, atomically: true, encoding: .utf8)
        guard let read = try await Self.python([script]) else { return }
        let rows = try #require(try read.json["rows"] as? [String: Any], "\(read.errorText)")
        #expect(
            rows.keys.sorted()
                == ["T1", table, "t1_2", long, "own", "ddl_2", "\u{E9}", "e\u{301}_2"].sorted())
        #expect(
            try Self.text(rows[table])
                == #"[[{"_enc":"ff","k\"\/'~\nx":7,"late":null}],"#
                + #"[{"_enc":"","k\"\/'~\nx":8,"late":null}]]"#)
    }
}
