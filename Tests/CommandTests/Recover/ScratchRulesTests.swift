import Foundation
import Server
import TestSupport
import Testing

/// What a recovery on a scratch server owes its user, through the program.
@Suite("rules of the scratch server", .serialized)
struct ScratchRulesTests {
    private let input = ["--backup", Shop.dump, "--binlogs", Shop.logs, "--quiet", "--json"]
    private let beforeDrop = ["--before", "DROP TABLE shop.orders"]
    private let zone = ["--source-time-zone", "UTC"]

    private func recover(_ more: [String], environment: [String: String] = [:]) async throws
        -> ProgramOutcome
    {
        try await Lastgood.run(
            ["recover"] + input + beforeDrop + zone + more, environment: environment)
    }

    /// Runs a query by the command line that a recovery printed.
    private func ask(_ run: ProgramOutcome, _ query: String) async throws -> String {
        let connect = try #require(try run.text("result", "target", "connect"), "\(run)")
        let outcome = try await Lastgood.shell("\(connect) -N -B -e \"\(query)\"")
        #expect(outcome.exitCode == 0, "\(outcome.errorText)")
        return outcome.output
    }

    @Test(
        "root is told of a workdir that the server cannot reach, and may run it as root",
        .enabled(if: geteuid() == 0, "only root's server runs as another user"))
    func rootServer() async throws {
        let folder = try TestFolder("locked")
        let locked = try folder.makeFolder("locked")
        chmod(locked, 0o700)
        let place = ["--workdir", locked + "/w"]
        let refused = try await recover(place)
        #expect(refused.exitCode == 12, "\(refused)")
        #expect(try refused.errorCode == "workdir-unreachable")
        #expect(try refused.text("error", "hint")?.contains("--allow root-server") == true)
        #expect(!FileManager.default.fileExists(atPath: locked + "/w"))
        let run = try await recover(
            ["--workdir", locked + "/v", "--allow", "root-server", "--expect"] + [
                Shop.expected("drop-orders-before")
            ])
        #expect(run.exitCode == 0, "\(run)")
        let pid = try ProcessText.read(locked + "/v/server/server.pid")
        let status = try ProcessText.read("/proc/\(pid.dropLast())/status")
        #expect(status.contains("\nUid:\t0\t0\t0\t0\n"))
        try await Shop.stopServer(locked + "/v")
    }

    @Test(
        "an ordinary user runs the server as himself, in a private folder of his state directory",
        .enabled(if: geteuid() == 0, "only root can become somebody else"))
    func ordinaryUser() async throws {
        let folder = try TestFolder("user")
        let state = try folder.makeFolder("state")
        let line =
            """
            set -e; cd \(folder.path); cp $(command -v lastgood) \(Shop.dump) .
            cp -r \(Shop.logs) logs; chmod -R go+rX .; chown 65534:65534 state
            XDG_STATE_HOME=\(state) setpriv --reuid=65534 --regid=65534 --clear-groups -- \
            ./lastgood recover --backup backup.sql.zst --binlogs logs --source-time-zone UTC \
            --before 'DROP TABLE shop.orders' --json --quiet
            """
        let run = try await Lastgood.shell(line)
        #expect(run.exitCode == 0, "\(run)")
        let workdir = state + "/lastgood/before-shop-bin.000004-96056"
        #expect(try run.text("result", "target", "datadir") == workdir + "/server/data")
        let open = try await Lastgood.shell("find \(state)/lastgood -maxdepth 2 -perm /077")
        #expect(open.output == "")
        let pid = try ProcessText.read(workdir + "/server/server.pid")
        let status = try ProcessText.read("/proc/\(pid.dropLast())/status")
        #expect(status.contains("\nUid:\t65534\t65534\t65534\t65534\n"))
        try await Shop.stopServer(workdir)
    }

    @Test(
        "root's workdir is below /var/lib/lastgood",
        .enabled(if: SmallDisk.canMount, "only root may mount a file system of its own"))
    func rootDefault() async throws {
        let words = (["recover"] + input + beforeDrop + zone + ["--stop-target"])
            .map { "'\($0)'" }.joined(separator: " ")
        let run = try await Lastgood.shell(
            "unshare -m sh -c \"mount -t tmpfs tmpfs /var/lib && exec lastgood \(words)\"")
        #expect(run.exitCode == 0, "\(run)")
        let data = "/var/lib/lastgood/before-shop-bin.000004-96056/server/data"
        #expect(try run.text("result", "target", "datadir") == data)
    }

    @Test(
        "without a home there is no default workdir",
        .enabled(if: geteuid() != 0, "root's is not below its home"))
    func noHome() async throws {
        let words = (["recover"] + input + beforeDrop + zone).map { "'\($0)'" }
        let run = try await Lastgood.shell(
            "env -u HOME -u XDG_STATE_HOME lastgood \(words.joined(separator: " ")) --json")
        #expect(run.exitCode == 64, "\(run)")
        #expect(try run.text("error", "hint")?.contains("--workdir") == true)
    }

    @Test("what a run makes is nobody else's to read")
    func mask() async throws {
        let folder = try TestFolder("mask")
        let workdir = folder.path + "/w"
        let outcome = try await Lastgood.run(
            ["recover"] + input + beforeDrop + zone + ["--workdir", workdir, "--stop-target"],
            when: workdir + "/state.json", holds: "phase",
            do: "grep Umask /proc/$pid/status > '\(folder.path)/mask'")
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(try ProcessText.read(folder.path + "/mask") == "Umask:\t0077\n")
        let open = try await Lastgood.shell("find \(workdir) -maxdepth 1 -perm /077")
        #expect(open.output == "")
    }

    @Test(
        "a server older than the log is refused, another may be chosen and made like the source",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"),
        .enabled(if: OtherServers.has("mariadb-11.8"), "Tests/servers.sh fetch mariadb-11.8"))
    func otherServers() async throws {
        let folder = try TestFolder("program")
        let workdir = folder.path + "/w"
        let older = try OtherServers.writeProgram("mariadb-10.5", in: folder)
        let refused = try await recover(["--workdir", workdir, "--server-program", older])
        #expect(refused.exitCode == 12, "\(refused)")
        #expect(try refused.errorCode == "older-server")
        #expect(!FileManager.default.fileExists(atPath: workdir))
        let wrong = try await recover(["--workdir", workdir, "--server-option", "port=3306"])
        #expect(wrong.exitCode == 64, "\(wrong)")
        #expect(try wrong.errorCode == "server-option-refused")
        let newer = try OtherServers.writeProgram("mariadb-11.8", in: folder)
        let run = try await recover([
            "--workdir", folder.path + "/v", "--server-program", newer, "--server-option",
            "innodb_page_size=8192", "--server-option", "default_week_format=3",
        ])
        #expect(run.exitCode == 0, "\(run)")
        let facts = try await ask(
            run, "SELECT LEFT(VERSION(), 5), @@innodb_page_size, @@default_week_format")
        #expect(facts == "11.8.\t8192\t3\n")
        try await Shop.stopServer(folder.path + "/v")
    }

    @Test("statements that use the source's unknown zone stop a recovery")
    func unknownZone() async throws {
        let folder = try TestFolder("zone")
        let run = try await Lastgood.run(
            ["recover"] + input + beforeDrop + ["--workdir", folder.path + "/w"])
        #expect(run.exitCode == 2, "\(run)")
        #expect(try run.errorCode == "source-time-zone-unknown")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/w"))
    }

    @Test("the server runs in the source's zone, knows the named ones and is handed over safe")
    func handedOver() async throws {
        let folder = try TestFolder("over")
        let run = try await Lastgood.run(
            ["recover"] + input + beforeDrop + [
                "--workdir", folder.path + "/w", "--source-time-zone", "America/New_York",
            ])
        #expect(run.exitCode == 0, "\(run)")
        let zones = try await ask(
            run,
            "SELECT FROM_UNIXTIME(1704075780), "
                + "CONVERT_TZ('2024-01-01 00:00:00', 'UTC', 'Europe/Vienna')")
        #expect(zones == "2023-12-31 21:23:00\t2024-01-01 01:00:00\n")
        let settings = try await ask(
            run, "SELECT @@innodb_doublewrite, @@innodb_flush_log_at_trx_commit, @@sync_binlog")
        #expect(settings == "1\t1\t0\n")
        let accounts = try await ask(
            run, "SELECT COUNT(*) FROM mysql.user WHERE user LIKE 'lastgood%'")
        #expect(accounts == "0\n")
        try await Shop.stopServer(folder.path + "/w")
    }

    @Test("a dump of all databases and a log that change the accounts lock nobody out")
    func accounts() async throws {
        let folder = try TestFolder("accounts")
        let source = try await SourceServer()
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (a INT PRIMARY KEY)",
            "CREATE USER ''@'localhost' IDENTIFIED BY 'x'")
        let dump = folder.path + "/dump.sql"
        let made = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S \(source.paths.socket) --all-databases "
                + "--flush-privileges --master-data=2 --single-transaction > \(dump)")
        #expect(made.exitCode == 0, "\(made)")
        try source.run(
            "CREATE USER app@localhost IDENTIFIED BY 'y'", "INSERT INTO d.t VALUES (1)",
            "ALTER USER root@localhost IDENTIFIED BY 'z'", "FLUSH PRIVILEGES",
            "DROP USER app@localhost", "INSERT INTO d.t VALUES (2)",
            // The tool's own account goes with it.
            "SET SESSION binlog_format=STATEMENT",
            "DELETE FROM mysql.global_priv WHERE user <> 'root'", "FLUSH PRIVILEGES",
            "INSERT INTO d.t VALUES (3)")
        try await source.stop()
        let run = try await Lastgood.run([
            "recover", "--backup", dump, "--binlogs", source.logFolder, "--end",
            "--source-time-zone", "UTC", "--workdir", folder.path + "/w", "--json",
        ])
        #expect(run.exitCode == 0, "\(run)")
        #expect(try await ask(run, "SELECT COUNT(*) FROM d.t") == "3\n")
        let users = try await ask(
            run, "SELECT user FROM mysql.global_priv WHERE user LIKE 'lastgood%' OR user = 'app'")
        #expect(users == "")
        try await Shop.stopServer(folder.path + "/w")
    }

    @Test("the user's own option files reach no program", arguments: ["dump", "physical"])
    func ownOptionFiles(kind: String) async throws {
        let folder = try TestFolder("home")
        for group in ["client", "mysqld", "mariadb-backup"] {
            let home = try folder.makeFolder(group)
            try folder.write("\(group)/.my.cnf", "[\(group)]\nno-such-option\n")
            let unpacked = try TestFolder("unpacked")
            let backup = kind == "dump" ? Shop.dump : try await Shop.unpackBackup(unpacked)
            let workdir = "\(folder.path)/w-\(group)"
            let run = try await Lastgood.run(
                ["recover", "--backup", backup, "--binlogs", Shop.logs, "--json", "--quiet"]
                    + beforeDrop + zone + ["--workdir", workdir, "--stop-target"],
                environment: ["HOME": home, "MYSQL_HOME": home, "MARIADB_HOME": home])
            #expect(run.exitCode == 0, "\(group): \(run)")
            _ = unpacked
        }
    }

    @Test("a load that was cut off begins again in a new data directory")
    func cutOffLoad() async throws {
        let folder = try TestFolder("load")
        let workdir = folder.path + "/w"
        let data = workdir + "/server/data"
        try await Lastgood.run(
            ["recover"] + input + beforeDrop + zone + ["--workdir", workdir, "--stop-target"],
            killedWhen: data + "/aria_log_control", holds: "")
        try #require(
            try ProcessText.read(workdir + "/state.json").contains("\"phase\" : \"loading\""))
        try Data().write(to: URL(filePath: data + "/marker"))
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(resumed.exitCode == 0, "\(resumed)")
        #expect(FileManager.default.fileExists(atPath: data + "/mysql"))
        #expect(!FileManager.default.fileExists(atPath: data + "/marker"))
    }

    @Test(
        "after a new start of the machine resume begins again from the backup",
        arguments: [true, false])
    func powerLoss(isLost: Bool) async throws {
        let folder = try TestFolder("power")
        let workdir = folder.path + "/w"
        let state = workdir + "/state.json"
        try await Lastgood.run(
            ["recover"] + input + beforeDrop + zone + [
                "--workdir", workdir, "--expect", Shop.expected("drop-orders-before"),
                "--stop-target", "--exact",
            ], killedWhen: state, holds: "\"replaying\"")
        let text = try ProcessText.read(state)
        try #require(!text.contains("\"phase\" : \"done\""))
        let data = workdir + "/server/data/marker"
        try Data().write(to: URL(filePath: data))
        if isLost {
            let other = text.replacing(
                /"bootID" : "[^"]+"/, with: "\"bootID\" : \"the-one-before\"")
            try #require(other != text)
            try Data(other.utf8).write(to: URL(filePath: state))
        }
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(resumed.exitCode == 0, "\(resumed)")
        #expect(FileManager.default.fileExists(atPath: data) == !isLost)
    }

    @Test(
        "a backup or a log that is another one is noticed before resume goes on",
        arguments: ["size", "head", "log"])
    func otherInput(change: String) async throws {
        let folder = try TestFolder("input")
        let workdir = folder.path + "/w"
        let logs = try LogCopy()
        let dump = folder.path + "/dump.sql"
        _ = try await Lastgood.shell("zstd -dq \(Shop.dump) -o \(dump)")
        try await Lastgood.run(
            ["recover", "--backup", dump, "--binlogs", logs.path, "--json"] + beforeDrop + zone
                + ["--workdir", workdir], killedWhen: workdir + "/state.json", holds: "phase")
        let process = ServerProcess.find(
            ScratchServerPaths(folder: workdir + "/server", socketFolder: workdir + "/server"))
        process?.signal(SIGKILL)
        let file = change == "log" ? logs.file(2) : dump
        let line =
            switch change {
            case "size": "echo >> \(file)"
            // A word of a comment in the dump's first lines; a byte of the log's first event.
            case "head": "sed -i '1,5s/localhost/otherhost/' \(file)"
            default: "printf x | dd of=\(file) bs=1 seek=60 conv=notrunc 2>/dev/null"
            }
        let before = try Data(contentsOf: URL(filePath: file))
        let changed = try await Lastgood.shell(line)
        #expect(changed.exitCode == 0)
        try #require(try Data(contentsOf: URL(filePath: file)) != before)
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(try resumed.errorCode == "plan-changed", "\(resumed)")
        #expect(try resumed.text("error", "file") == file)
    }

    @Test("a log that its server went on writing is the same log")
    func grownLog() async throws {
        let folder = try TestFolder("grown")
        let workdir = folder.path + "/w"
        let logs = try LogCopy(1...4)
        // The last file that is read, as it was while its server wrote it: the flag says so.
        let last = logs.file(4)
        let whole = try Data(contentsOf: URL(filePath: last))
        let incident = try Shop.incident("drop-orders")
        let end = try #require(incident.end.split(separator: ":").last.flatMap { Int($0) })
        try #require(end < whole.count)
        var half = whole.prefix(end)
        half[21] |= 1
        try half.write(to: URL(filePath: last))
        try await Lastgood.run(
            ["recover", "--backup", Shop.dump, "--binlogs", logs.path, "--json", "--before"]
                + [incident.id] + zone + ["--workdir", workdir, "--stop-target"],
            killedWhen: workdir + "/state.json", holds: "phase")
        try whole.write(to: URL(filePath: last))
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(resumed.exitCode == 0, "\(resumed)")
    }

    @Test("a physical backup's page size is the server's")
    func pageSize() async throws {
        let folder = try TestFolder("layout")
        let source = try await SourceServer(["--innodb-page-size=8192"])
        try source.run("CREATE DATABASE d", "CREATE TABLE d.t (a INT PRIMARY KEY)")
        let made = try await Lastgood.shell(
            "mariadb-backup --no-defaults --backup --user=root --socket=\(source.paths.socket) "
                + "--datadir=\(source.paths.data) --target-dir=\(folder.path)/b 2>&1")
        #expect(made.exitCode == 0, "\(made.output.suffix(600))")
        try source.run("INSERT INTO d.t VALUES (1)")
        try await source.stop()
        let run = try await Lastgood.run([
            "recover", "--backup", folder.path + "/b", "--binlogs", source.logFolder, "--end",
            "--source-time-zone", "UTC", "--json", "--workdir", folder.path + "/w",
        ])
        #expect(run.exitCode == 0, "\(run)")
        #expect(try await ask(run, "SELECT COUNT(*), @@innodb_page_size FROM d.t") == "1\t8192\n")
        try await Shop.stopServer(folder.path + "/w")
    }

    @Test(
        "a physical backup of 10.5 with a table elsewhere is recovered inside the workdir",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func linkedBackup() async throws {
        let folder = try TestFolder("linked")
        let outside = try folder.makeFolder("open")
        chmod(outside, 0o777)
        let program = try OtherServers.writeProgram("mariadb-10.5", in: folder)
        let tools = try folder.makeFolder("bin")
        let copier = try OtherServers.writeProgram(
            "mariadb-10.5", program: "bin/mariadb-backup", in: folder, as: "bin/mariadb-backup")
        let source = try await SourceServer(program: program)
        try source.run(
            "CREATE DATABASE d", "USE d",
            "CREATE TABLE t (a INT PRIMARY KEY) DATA DIRECTORY='\(outside)'",
            "INSERT INTO t VALUES (1)")
        let made = try await Lastgood.shell(
            "\(copier) --no-defaults --backup --user=root --socket=\(source.paths.socket) "
                + "--datadir=\(source.paths.data) --target-dir=\(folder.path)/b 2>&1")
        #expect(made.exitCode == 0, "\(made.output.suffix(600))")
        try source.run("INSERT INTO d.t VALUES (2)")
        let file = outside + "/d/t.ibd"
        let before = try Data(contentsOf: URL(filePath: file))
        let run = try await Lastgood.run(
            [
                "recover", "--backup", folder.path + "/b", "--binlogs", source.logFolder, "--end",
                "--source-time-zone", "UTC", "--server-program", program, "--json", "--workdir",
                folder.path + "/w",
            ], environment: ["PATH": "\(tools):/usr/bin:/bin:/usr/sbin"])
        #expect(run.exitCode == 0, "\(run)")
        let codes = try run.warningCodes
        #expect(codes.contains("outside-files-read"), "\(codes)")
        #expect(codes.contains("links-left-out"), "\(codes)")
        #expect(run.output.contains(file))
        #expect(try await ask(run, "SELECT COUNT(*) FROM d.t") == "2\n")
        let pid = try ProcessText.read(folder.path + "/w/server/server.pid").dropLast()
        let open = try await Lastgood.shell("ls -l /proc/\(pid)/fd")
        #expect(open.output.contains("/w/server/data/d/t.ibd"))
        #expect(!open.output.contains(outside))
        try await Shop.stopServer(folder.path + "/w")
        #expect(try Data(contentsOf: URL(filePath: file)) == before)
        try await source.stop()
    }
}

/// Small files as text; throws where they are not there.
enum ProcessText {
    static func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }
}
