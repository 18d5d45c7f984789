import Foundation
import Server
import TestSupport
import Testing

/// `lastgood recover` and `replay` on the recorded incidents, through the program.
@Suite("recovering the shop", .serialized)
struct RecoverTests {
    @Test(
        "recover stops before each statement as it was typed, and its server can be used",
        arguments: try Shop.incidents())
    func before(_ incident: Shop.Incident) async throws {
        let folder = try TestFolder("rec")
        let workdir = folder.path + "/w"
        let state = "\(incident.name)-before"
        let run = try await Lastgood.run(
            ["recover"] + Shop.input + [
                "--before", incident.statement, "--expect", Shop.expected(state), "--workdir",
                workdir, "--json",
            ])
        #expect(run.exitCode == 0, "\(run.errorText)\(run.output)")
        #expect(try run.member("result", "verification", "equal") as? Bool == true)
        #expect(try run.text("result", "stop", "id") == incident.id)
        try expectShape(run)
        let connect = try #require(try run.text("result", "target", "connect"))
        let rows = try await Lastgood.shell("\(connect) -N -B -e '\(Shop.addressesQuery)'")
        #expect(rows.output == (try Shop.addresses(state)))
        let position = try await Lastgood.shell("\(connect) -N -B -e 'SELECT @@gtid_slave_pos'")
        let wanted = try #require(try run.text("result", "stop", "gtid"))
        #expect(position.output == wanted + "\n")
        if let dump = try run.text("result", "target", "dump") {
            let table = incident.table.split(separator: ".").last ?? ""
            let lost = try await Lastgood.shell(
                "cd \(folder.path) && \(dump) && cat \(table).sql")
            #expect(lost.exitCode == 0, "\(lost.errorText)")
            #expect(lost.output.contains("CREATE TABLE `\(table)`"))
        }
        #expect(try run.text("result", "target", "dump") != nil, "\(incident.name)")
        try await Shop.stopServer(workdir)
    }

    private func expectShape(_ run: ProgramOutcome) throws {
        #expect(try run.member("format") as? Int == 1)
        #expect(try run.text("command") == "recover")
        let result = try #require(try run.member("result") as? [String: Any])
        let names = [
            "backup", "start", "stop", "transactions", "bytes", "files", "barriers",
            "foldableTables", "exactTables", "predicted", "statementFormat", "openXA",
            "estimateSeconds", "mode", "replayed", "applied", "target", "verification", "excluded",
        ]
        for name in names { #expect(result[name] != nil, "\(name)") }
        #expect(result["mode"] as? String == "net-effect")
        for name in ["transactions", "rows", "statements", "bytes", "seconds"] {
            #expect((result["replayed"] as? [String: Any])?[name] != nil, "\(name)")
        }
        let tables = try #require(
            try run.member("result", "verification", "tables") as? [[String: Any]])
        #expect(tables.allSatisfy { Set($0.keys) == ["table", "rows", "checksum"] })
    }

    @Test(
        "recover stops after a statement and at a time",
        arguments: [
            ("truncate-stock", "--after", "truncate-stock-after"),
            ("drop-orders", "--until", "drop-orders-before"),
        ])
    func afterAndUntil(name: String, option: String, state: String) async throws {
        let folder = try TestFolder("rec")
        let incident = try Shop.incident(name)
        let run = try await Lastgood.run(
            ["recover"] + Shop.input + [
                option, option == "--until" ? incident.until : incident.statement, "--expect",
                Shop.expected(state), "--workdir", folder.path + "/w", "--stop-target", "--json",
            ])
        #expect(run.exitCode == 0, "\(run.errorText)\(run.output)")
        #expect(try run.member("result", "verification", "equal") as? Bool == true)
        #expect(try run.member("result", "target", "running") as? Bool == false)
        let start = try #require(try run.text("result", "target", "start"))
        let connect = try #require(try run.text("result", "target", "connect"))
        let rows = try await Lastgood.shell(
            """
            umask 077; cd /; \(start) </dev/null >/dev/null 2>&1
            for i in {1..500}; do
                \(connect) -N -B -e '\(Shop.addressesQuery)' 2>/dev/null && exit
                sleep 0.02
            done; exit 1
            """)
        #expect(rows.exitCode == 0, "\(rows)")
        #expect(rows.output == (try Shop.addresses(state)))
        try await Shop.stopServer(folder.path + "/w")
    }

    @Test("recover goes onto a given server, and verify compares it")
    func givenTarget() async throws {
        let folder = try TestFolder("rec")
        let server = try await SourceServer(serverID: 77)
        // What else lies on the server is nothing that the reference could tell of.
        try server.run(
            "DROP DATABASE IF EXISTS test", "CREATE DATABASE keep",
            "CREATE TABLE keep.t SELECT 1 AS a")
        try await Shop.loadZone(socket: server.paths.socket)
        let url = "mariadb://\(server.paths.socket)?user=root"
        let expected = Shop.expected("drop-orders-before")
        let run = try await Lastgood.run(
            ["recover"] + Shop.input + [
                "--before", "DROP TABLE shop.orders", "--expect", expected, "--target", url,
                "--yes", "--workdir", folder.path + "/w", "--json",
            ])
        #expect(run.exitCode == 0, "\(run.errorText)\(run.output)")
        #expect(try run.member("result", "verification", "equal") as? Bool == true)
        let connect = try #require(try run.text("result", "target", "connect"))
        let rows = try await Lastgood.shell("\(connect) -N -B -e '\(Shop.addressesQuery)'")
        #expect(rows.output == (try Shop.addresses("drop-orders-before")))
        #expect(try run.text("result", "gtidStatement")?.contains("0-7-656") == true)
        #expect(try server.connect().value("SELECT a FROM keep.t") == "1")
        #expect(try run.warningCodes.contains("databases-not-compared"))
        let tables = try run.member("result", "verification", "tables") as? [[String: Any]]
        #expect(tables?.contains { $0["table"] as? String == "keep.t" } == false)
        try server.run("DROP DATABASE keep")
        try await verify(server, url, expected)
        try await server.stop()
    }

    @Test("a database that the log makes is compared on a given server too")
    func madeByTheLog() async throws {
        let folder = try TestFolder("rec")
        let source = try await SourceServer(["--binlog-format=STATEMENT"], serverID: 7)
        try source.run("CREATE DATABASE lab", "CREATE TABLE lab.t SELECT 1 AS a")
        let dump = folder.path + "/lab.sql"
        let dumped = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S \(source.paths.socket) --master-data=2 "
                + "--single-transaction --databases lab > \(dump)")
        try #require(dumped.exitCode == 0, "\(dumped)")
        try source.run(
            "CREATE DATABASE junk", "CREATE TABLE junk.t (a INT)", "INSERT INTO junk.t VALUES (1)")
        let listed = try await Lastgood.run(
            "verify", "--target", "mariadb://\(source.paths.socket)?user=root", "--json")
        var tables = try #require(
            try listed.member("result", "verification", "tables") as? [[String: Any]])
        tables.removeAll { $0["table"] as? String != "lab.t" }
        let reference = folder.path + "/reference.json"
        try JSONSerialization.data(withJSONObject: tables).write(to: URL(filePath: reference))
        try await source.stop()
        let target = try await SourceServer(serverID: 77)
        try target.run("CREATE DATABASE keep", "CREATE TABLE keep.t SELECT 1 AS a")
        let run = try await Lastgood.run(
            "recover", "--backup", dump, "--binlogs", source.logFolder, "--end", "--target",
            "mariadb://\(target.paths.socket)?user=root", "--yes", "--workdir",
            folder.path + "/w", "--expect", reference, "--source-time-zone", "UTC", "--json")
        #expect(run.exitCode == 14, "\(run)")
        let lines = try run.member("result", "verification", "differences") as? [String]
        #expect(lines == ["junk.t is not in the reference"])
        try await target.stop()
    }

    private func verify(_ server: SourceServer, _ url: String, _ expected: String) async throws {
        let equal = try await Lastgood.run(
            ["verify", "--target", url, "--expect", expected, "--json"])
        #expect(equal.exitCode == 0, "\(equal.output)")
        #expect(try equal.warningCodes == ["rows-counted-only"])
        let same = try await Lastgood.run(
            ["verify", "--target", url, "--against", url, "--json"])
        #expect(same.exitCode == 0, "\(same.output)")
        try server.run("UPDATE shop.products SET price = price + 1 LIMIT 1")
        let changed = try await Lastgood.run(
            ["verify", "--target", url, "--expect", expected, "--json"])
        #expect(changed.exitCode == 14)
        #expect(try changed.errorCode == "difference")
        let lines = try changed.member("result", "verification", "differences") as? [String]
        #expect(lines?.count == 1 && lines?.first?.hasPrefix("shop.products ") == true)
    }

    @Test("recover begins with a physical backup")
    func physical() async throws {
        let folder = try TestFolder("rec")
        let backup = try await Shop.unpackBackup(folder)
        let run = try await Lastgood.run([
            "recover", "--backup", backup, "--binlogs", Shop.logs, "--source-time-zone", "UTC",
            "--before", "UPDATE products SET price=0", "--expect",
            Shop.expected("zero-prices-before"), "--workdir", folder.path + "/w", "--json",
        ])
        #expect(run.exitCode == 0, "\(run.errorText)\(run.output)")
        #expect(try run.member("result", "verification", "equal") as? Bool == true)
        #expect(try run.text("result", "backup", "kind") == "physical")
        let connect = try #require(try run.text("result", "target", "connect"))
        let rows = try await Lastgood.shell("\(connect) -N -B -e '\(Shop.addressesQuery)'")
        #expect(rows.output == (try Shop.addresses("zero-prices-before")))
        try await Shop.stopServer(folder.path + "/w")
    }

    @Test("replay goes on where a server on a prepared copy of the backup stands")
    func replayOnCopy() async throws {
        let folder = try TestFolder("rec")
        let backup = try await Shop.unpackBackup(folder)
        let server = try await SourceServer(serverID: 78)
        try await server.stop()
        let data = server.paths.data
        let prepared = try await Lastgood.shell(
            """
            set -e
            mariadb-backup --no-defaults --prepare --target-dir=\(backup) 2>/dev/null
            owner=$(stat -c %U \(data)):
            rm -rf \(data)/*
            cp -r \(backup)/. \(data)
            [ $(id -u) != 0 ] || chown -R $owner \(data)
            cut -f 1,2 --output-delimiter=: \(backup)/*_binlog_info | head -n 1
            """)
        #expect(prepared.exitCode == 0, "\(prepared.errorText)")
        try await server.start(extra: ["--innodb-data-file-path=ibdata1:10M:autoextend"])
        try await Shop.loadZone(socket: server.paths.socket)
        let run = try await Lastgood.run([
            "replay", "--binlogs", Shop.logs, "--from",
            prepared.output.trimmingCharacters(in: .whitespacesAndNewlines), "--source-time-zone",
            "UTC", "--after", "DROP TABLE shop.orders", "--target",
            "mariadb://\(server.paths.socket)?user=root", "--yes", "--expect",
            Shop.expected("drop-orders-after"), "--workdir", folder.path + "/w", "--json",
        ])
        #expect(run.exitCode == 0, "\(run.errorText)\(run.output)")
        #expect(try run.member("result", "verification", "equal") as? Bool == true)
        try await server.stop()
    }

    @Test("a LOAD DATA of a statement log is read by the private server, whoever runs it")
    func loadData() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let folder = source.folder
        try source.run("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(99))")
        let dump = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S \(source.paths.socket) --master-data=2 "
                + "--single-transaction --databases d > \(folder.path)/dump.sql")
        #expect(dump.exitCode == 0, "\(dump.errorText)")
        let file = try folder.write(
            "rows", (1...500).map { "\($0)\tv\($0)" }.joined(separator: "\n"))
        try source.run("LOAD DATA INFILE '\(file)' INTO TABLE d.t")
        try await source.stop()
        let run = try await Lastgood.run(
            "recover", "--backup", "\(folder.path)/dump.sql", "--binlogs", source.logFolder,
            "--end",
            "--workdir", "\(folder.path)/w", "--stop-target", "--json")
        #expect(run.exitCode == 0, "\(run.output) \(run.errorText)")
        let verification = try run.member("result", "verification") as? [String: Any]
        let tables = try #require(verification?["tables"] as? [[String: Any]])
        #expect(tables.first?["rows"] as? Int == 500)
    }
}
