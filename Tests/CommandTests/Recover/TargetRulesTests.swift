import Foundation
import Server
import TestSupport
import Testing

/// What a recovery owes a server that the user gave, through the program.
@Suite("rules of a given target", .serialized)
struct TargetRulesTests {
    private let input = ["--backup", Shop.dump, "--binlogs", Shop.logs, "--quiet"]
    private let beforeDrop = ["--before", "DROP TABLE shop.orders"]

    private func url(_ server: SourceServer, user: String = "root") -> String {
        "mariadb://\(server.paths.socket)?user=\(user)"
    }

    private func words(
        _ command: String, _ server: SourceServer, _ workdir: String, zone: String = "UTC"
    ) -> [String] {
        [command] + input + beforeDrop + [
            "--json", "--source-time-zone", zone, "--target", url(server), "--workdir", workdir,
        ]
    }

    private func tables(_ server: SourceServer) throws -> [String] {
        try server.connect().query(
            """
            SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables
            UNION SELECT schema_name FROM information_schema.schemata ORDER BY 1
            """
        ).map { ($0.first ?? nil) ?? "" }
    }

    @Test("a backup directory cannot go into a running server")
    func physical() async throws {
        let folder = try TestFolder("physical")
        let backup = try await Shop.unpackBackup(folder)
        let run = try await Lastgood.run(
            [
                "recover", "--backup", backup, "--binlogs", Shop.logs, "--source-time-zone", "UTC",
                "--json", "--target", "mariadb:///nowhere?user=root", "--yes", "--workdir",
                folder.path + "/w",
            ] + beforeDrop)
        #expect(run.exitCode == 64, "\(run)")
        #expect(try run.errorCode == "usage")
        #expect(try run.text("error", "hint")?.contains("replay --target") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/w"))
    }

    @Test("all that stands against a target is found before anything is changed")
    func unfit() async throws {
        let folder = try TestFolder("unfit")
        let server = try await SourceServer(
            [
                "--max-allowed-packet=1M", "--event-scheduler=ON", "--sql-mode=ANSI_QUOTES",
                "--slave-exec-mode=IDEMPOTENT", "--slave-run-triggers-for-rbr=YES",
                "--slave-max-allowed-packet=1M",
            ], serverID: 77)
        try server.run(
            "CREATE DATABASE shop", "CREATE TABLE shop.own (a INT PRIMARY KEY)",
            "SET GLOBAL gtid_slave_pos='0-7-9999'",
            """
            CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='r',
            MASTER_LOG_FILE='bin.000001', MASTER_LOG_POS=4
            """, "START SLAVE")
        let other = try server.connect()
        try other.execute("BEGIN; INSERT INTO shop.own VALUES (1)")
        try server.run("SET GLOBAL read_only=ON")
        let before = try tables(server)
        let expected = [
            "packet-too-small", "event-scheduler-on", "slave-exec-mode", "triggers-for-rbr",
            "read-only", "running-replica", "other-writers", "not-empty", "target-is-source",
            "sql-mode", "time-zone-tables-missing",
        ]
        let plan = try await Lastgood.run(
            words("plan", server, folder.path + "/w", zone: "Europe/Vienna"))
        #expect(plan.exitCode == 0, "\(plan)")
        #expect(Set(expected).subtracting(try plan.warningCodes) == [], "\(plan.output)")
        #expect(plan.output.contains("the target is at 9999 in GTID domain 0"))
        let run = try await Lastgood.run(
            words("recover", server, folder.path + "/w", zone: "Europe/Vienna") + ["--yes"])
        #expect(run.exitCode == 12, "\(run)")
        #expect(try tables(server) == before)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/w"))
    }

    @Test(
        "a target older than the log is refused",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func older() async throws {
        let folder = try TestFolder("older")
        let server = try await SourceServer(
            program: OtherServers.writeProgram("mariadb-10.5", in: folder), serverID: 77)
        let run = try await Lastgood.run(
            words("recover", server, folder.path + "/w") + ["--yes"])
        #expect(run.exitCode == 12, "\(run)")
        #expect(try run.errorCode == "older-server")
    }

    @Test("nothing is ever applied to the source itself")
    func source() async throws {
        let folder = try TestFolder("source")
        let server = try await SourceServer()
        try server.run("CREATE DATABASE d", "CREATE TABLE d.t (a INT PRIMARY KEY)")
        let dump = folder.path + "/dump.sql"
        let made = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S \(server.paths.socket) --databases d "
                + "--master-data=2 --single-transaction > \(dump)")
        #expect(made.exitCode == 0, "\(made)")
        try server.run("INSERT INTO d.t VALUES (1)", "DROP TABLE d.t")
        let run = try await Lastgood.run([
            "recover", "--backup", dump, "--binlogs", server.logFolder, "--before",
            "DROP TABLE d.t", "--target", url(server), "--yes", "--workdir", folder.path + "/w",
            "--json",
        ])
        #expect(run.exitCode == 12, "\(run)")
        #expect(try run.errorCode == "target-is-source")
        #expect(run.output.contains("server id 1 and the log bin.00000"))
        let count = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema='d'"
        #expect(try server.connect().value(count) == "0")
        try await server.stop()
    }

    @Test(
        "a target whose disk has no room is refused",
        .enabled(if: SmallDisk.canMount, "only root may mount a file system of its own"))
    func noRoom() async throws {
        let folder = try TestFolder("room")
        let disk = try await SmallDisk(megabytes: 300)
        let server = try await SourceServer(serverID: 77)
        try await server.stop()
        let copied = try await Lastgood.shell("cp -a \(server.paths.data) \(disk.path)/data")
        #expect(copied.exitCode == 0, "\(copied)")
        try await server.start(extra: ["--datadir=\(disk.path)/data"])
        _ = try await Lastgood.shell("cat /dev/zero > \(disk.path)/fill 2>/dev/null")
        let run = try await Lastgood.run(
            words("recover", server, folder.path + "/w") + ["--yes"])
        #expect(run.exitCode == 12, "\(run)")
        #expect(try run.errorCode == "disk-space")
        try await server.stop()
        try await disk.unmount()
    }

    @Test("a target is changed only after a yes, by option or on the terminal")
    func confirmation() async throws {
        let folder = try TestFolder("yes")
        let server = try await SourceServer(serverID: 77)
        let before = try tables(server)
        let silent = try await Lastgood.run(words("recover", server, folder.path + "/w"))
        #expect(silent.exitCode == 64, "\(silent)")
        #expect(try silent.text("error", "message")?.contains("--yes") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/w"))
        let line =
            "lastgood recover \(input.joined(separator: " ")) --before 'DROP TABLE shop.orders' "
            + "--source-time-zone UTC --target '\(url(server))' --workdir \(folder.path)/w"
        let no = try await answerOnTerminal(line, "n")
        #expect(no.exitCode != 0)
        #expect(no.output.contains("Apply this to"), "\(no)")
        // The plan is shown before the question.
        #expect(no.output.contains("shop-bin.000004:96056"), "\(no)")
        #expect(no.output.contains("nothing was changed"), "\(no)")
        #expect(try tables(server) == before)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/w"))
        let yes = try await answerOnTerminal(line, "y")
        #expect(yes.exitCode == 0, "\(yes)")
        #expect(try tables(server).contains("shop.orders"))
        try await server.stop()
    }

    private func answerOnTerminal(_ line: String, _ word: String) async throws -> ProgramOutcome {
        try await Lastgood.shell("(sleep 1; echo \(word)) | script -qec \"\(line)\" /dev/null")
    }

    @Test("nothing global is changed, and gtid_slave_pos only where it is asked for")
    func globals() async throws {
        let folder = try TestFolder("globals")
        let server = try await SourceServer(serverID: 77)
        func variables() throws -> [String] {
            try server.connect().query("SHOW GLOBAL VARIABLES").map { row in
                row.map { $0 ?? "" }.joined(separator: "=")
            }
        }
        let before = try variables()
        let run = try await Lastgood.run(
            words("recover", server, folder.path + "/w") + ["--yes"])
        #expect(run.exitCode == 0, "\(run)")
        #expect(try variables().filter { !before.contains($0) } == [])
        let position = try #require(try run.text("result", "stop", "gtid"))
        let statement = try #require(try run.text("result", "gtidStatement"))
        try server.run(statement)
        #expect(try server.connect().value("SELECT @@gtid_slave_pos") == position)

        try await server.stop()
        let other = try await SourceServer(serverID: 77)
        let set = try await Lastgood.run(
            words("recover", other, folder.path + "/v") + ["--yes", "--set-gtid-position"])
        #expect(set.exitCode == 0, "\(set)")
        #expect(try other.connect().value("SELECT @@gtid_slave_pos") == position)
        try await other.stop()
    }

    /// Waits until the client that loads the dump runs, and kills lastgood.
    private func cutOffWhileLoading(_ words: [String], _ workdir: String) async throws {
        let state = workdir + "/state.json"
        try await Lastgood.run(
            words, killedWhen: state, holds: "\"phase\" : \"loading\"")
        try #require(try ProcessText.read(state).contains("\"phase\" : \"loading\""))
    }

    @Test("a load that was cut off begins again without what it made, and nothing else goes")
    func cutOffLoad() async throws {
        let folder = try TestFolder("cut")
        let workdir = folder.path + "/w"
        let server = try await SourceServer(serverID: 77)
        try server.run("CREATE DATABASE mine", "CREATE TABLE mine.t AS SELECT 5 AS a")
        try await cutOffWhileLoading(
            words("recover", server, workdir) + ["--yes"], workdir)
        // What a load may leave that the dump does not replace.
        try server.run(
            "CREATE DATABASE IF NOT EXISTS shop", "CREATE TABLE shop.left_over (a INT)")
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(resumed.exitCode == 0, "\(resumed)")
        let tables = try tables(server)
        #expect(tables.contains("shop.orders") && !tables.contains("shop.left_over"))
        #expect(try server.connect().value("SELECT a FROM mine.t") == "5")
        try await server.stop()
    }

    @Test("a second run in the workdir of a given target is refused")
    func locked() async throws {
        let folder = try TestFolder("lock")
        let workdir = folder.path + "/w"
        let server = try await SourceServer(serverID: 77)
        let second = folder.path + "/second"
        let first = try await Lastgood.run(
            words("recover", server, workdir) + ["--yes"], when: workdir + "/state.json",
            holds: "phase",
            do: """
                kill -STOP $pid
                lastgood resume --json --workdir \(workdir) >\(second); echo $? >>\(second)
                kill -CONT $pid
                """)
        #expect(first.exitCode == 0, "\(first)")
        let told = try String(contentsOfFile: second, encoding: .utf8)
        #expect(told.contains("\"workdir-busy\"") && told.hasSuffix("\n2\n"), "\(told)")
        // Nobody else reads it.
        let open = try await Lastgood.shell("find \(workdir) -maxdepth 1 -perm /077")
        #expect(open.output == "")
        try await server.stop()
    }

    @Test("a password reaches no program by its arguments or its environment")
    func passwords() async throws {
        let folder = try TestFolder("secret")
        let server = try await SourceServer(serverID: 77)
        try server.run(
            "CREATE USER dba@localhost IDENTIFIED BY 'open-sesame'",
            "GRANT ALL PRIVILEGES ON *.* TO dba@localhost WITH GRANT OPTION")
        let tools = try folder.makeFolder("bin")
        try folder.write(
            "bin/mariadb",
            """
            #!/bin/sh
            PATH=${PATH#*:}
            { echo "$0 $*"; env; } >> \(folder.path)/seen
            for word; do
                case $word in --defaults-file=*) stat -c %a "${word#*=}" >> \(folder.path)/modes;;
                esac
            done
            exec mariadb "$@"

            """, mode: 0o755)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let run = try await Lastgood.run(
            ["recover"] + input + beforeDrop + [
                "--json", "--source-time-zone", "UTC", "--target", url(server, user: "dba"),
                "--yes", "--workdir", folder.path + "/w",
            ],
            environment: [
                "PATH": "\(tools):\(path):/usr/sbin", "LASTGOOD_PASSWORD": "open-sesame",
            ])
        #expect(run.exitCode == 0, "\(run)")
        let seen = try ProcessText.read(folder.path + "/seen")
        #expect(seen.contains(" --sandbox ") && seen.contains("PATH="))
        #expect(!seen.contains("sesame"))
        #expect(try Set(ProcessText.read(folder.path + "/modes").split(separator: "\n")) == ["600"])
        // What is left behind holds it neither.
        let left = try await Lastgood.shell("grep -rl sesame \(folder.path)/w")
        #expect(left.output == "")
        try await server.stop()
    }
}
