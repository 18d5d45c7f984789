import Foundation
import Server
import TestSupport
import Testing

/// What happens on a worst day beside the dropped table.
@Suite("accidents during a recovery", .serialized)
struct AccidentTests {
    private let words =
        ["recover"] + Shop.input + ["--before", "DROP TABLE shop.orders", "--json"]

    private func target(_ server: SourceServer) -> [String] {
        ["--target", "mariadb://\(server.paths.socket)?user=root", "--yes"]
    }

    @Test("a second run in one workdir is refused, and the first goes on")
    func secondRun() async throws {
        let folder = try TestFolder("twice")
        let workdir = folder.path + "/w"
        let second = folder.path + "/second"
        // The first stands still meanwhile, wherever it has come to.
        let first = try await Lastgood.run(
            words + ["--workdir", workdir, "--stop-target"], when: workdir + "/state.json",
            holds: "phase",
            do: """
                kill -STOP $pid
                lastgood resume --json --workdir \(workdir) >\(second); echo $? >>\(second)
                lastgood recover \(Shop.input.joined(separator: " ")) --end --json \
                    --workdir \(workdir) >>\(second); echo $? >>\(second)
                kill -CONT $pid
                """)
        #expect(first.exitCode == 0, "\(first)")
        let lines = try String(contentsOfFile: second, encoding: .utf8).split(separator: "\n")
        try #require(lines.count == 4, "\(lines)")
        for index in [0, 2] {
            #expect(lines[index].contains("\"workdir-busy\""))
            #expect(lines[index + 1] == "2")
        }
    }

    @Test("a signal ends a recovery with 13 and an answer, and resume gives the result")
    func signal() async throws {
        let folder = try TestFolder("signal")
        let workdir = folder.path + "/w"
        let outcome = try await Lastgood.run(
            words + ["--workdir", workdir, "--stop-target"], when: workdir + "/state.json",
            holds: "\"loading\"", do: "kill -INT $pid")
        #expect(outcome.exitCode == 13, "\(outcome)")
        #expect(try outcome.errorCode == "stopped")
        #expect(try outcome.text("error", "hint")?.contains("resume --workdir \(workdir)") == true)
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(resumed.exitCode == 0, "\(resumed)")
        let again = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(again.output == resumed.output)
    }

    @Test("resume starts the server of a finished recovery again")
    func endedServer() async throws {
        let folder = try TestFolder("ended")
        let workdir = folder.path + "/w"
        let done = try await Lastgood.run(words + ["--workdir", workdir])
        #expect(done.exitCode == 0, "\(done)")
        let connect = try #require(try done.text("result", "target", "connect"))
        for _ in 1...2 {
            try await Shop.stopServer(workdir)
            let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
            #expect(resumed.exitCode == 0, "\(resumed)")
            #expect(resumed.output == done.output.replacing("\"recover\"", with: "\"resume\""))
            let accounts = try await Lastgood.shell(
                "\(connect) -N -B -e \"SELECT COUNT(*) FROM mysql.user WHERE user='lastgood'\"")
            #expect(accounts.output == "0\n", "\(accounts)")
        }
        try await Shop.stopServer(workdir)
    }

    @Test("resume finds files that were named in another folder")
    func otherFolder() async throws {
        let folder = try TestFolder("folder")
        let workdir = folder.path + "/w"
        try await Lastgood.run(
            [
                "recover", "--backup", "Fixtures/shop/backup.sql.zst", "--binlogs",
                "Fixtures/shop/binlogs", "--end", "--source-time-zone", "UTC", "--workdir",
                workdir, "--stop-target",
            ], killedWhen: workdir + "/state.json", holds: "loading")
        let resumed = try await Lastgood.shell("cd / && lastgood resume --workdir \(workdir)")
        #expect(resumed.exitCode == 0, "\(resumed)")
    }

    @Test("what was on a target before is never dropped, and plan shows what stands in the way")
    func foreignTable() async throws {
        let folder = try TestFolder("foreign")
        let server = try await SourceServer(serverID: 77)
        try await Shop.loadZone(socket: server.paths.socket)
        try server.run(
            "CREATE DATABASE shop", "CREATE TABLE shop.mine (a INT PRIMARY KEY)",
            "INSERT INTO shop.mine VALUES (1)")
        let place = target(server) + ["--allow", "not-empty", "--workdir", folder.path + "/w"]
        let plan = try await Lastgood.run(["plan"] + words.dropFirst() + place)
        #expect(plan.exitCode == 0, "\(plan)")
        #expect(try plan.warningCodes.contains("not-empty"))
        try await Lastgood.run(
            words + place, killedWhen: folder.path + "/w/state.json", holds: "phase")
        // Whatever it had come to, this is how a kill in the midst of the load leaves it.
        let path = folder.path + "/w/state.json"
        let state = try String(contentsOfFile: path, encoding: .utf8)
        try state.replacing(/"phase" : "\w+"/, with: #""phase" : "loading""#)
            .write(toFile: path, atomically: true, encoding: .utf8)
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", folder.path + "/w")
        #expect(resumed.exitCode == 13, "\(resumed)")
        #expect(try resumed.errorCode == "load-cut-off")
        #expect(try resumed.text("error", "message")?.contains("`shop`") == true)
        #expect(try server.connect().value("SELECT a FROM shop.mine") == "1")
        try await server.stop()
    }

    @Test("a dump that runs commands and writes files creates none of them")
    func hostileDump() async throws {
        let folder = try TestFolder("hostile")
        let dump = try folder.write(
            "evil.sql",
            """
            -- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
            -- CHANGE MASTER TO MASTER_LOG_FILE='shop-bin.000001', MASTER_LOG_POS=279766;
            CREATE DATABASE shop; USE shop;
            \\! touch \(folder.path)/shell
            system touch \(folder.path)/system
            SELECT 1 INTO OUTFILE '\(folder.path)/outfile';
            CREATE TABLE linked (a INT) ENGINE=MyISAM DATA DIRECTORY='\(folder.path)';
            -- Dump completed on 2026-11-21 12:00:00

            """)
        let run = try await Lastgood.run([
            "recover", "--backup", dump, "--binlogs", Shop.logs, "--before",
            "DROP TABLE shop.orders", "--source-time-zone", "UTC", "--workdir",
            folder.path + "/w", "--json",
        ])
        #expect(run.exitCode == 13, "\(run)")
        #expect(try run.errorCode == "load-failed")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(left == ["evil.sql", "w"])
        try await Shop.stopServer(folder.path + "/w")
    }

    @Test(
        "a full disk is told, and with more room resume goes on",
        .enabled(if: SmallDisk.canMount, "only root may mount a file system of its own"),
        .enabled(if: SmallDisk.hasMemory, "the sizes are those of a machine with 2.2 GB or more"),
        arguments: [20, 535, 560])
    func fullDisk(megabytes: Int) async throws {
        let disk = try await SmallDisk(megabytes: megabytes)
        let workdir = disk.path + "/w"
        let run = try await Lastgood.run(words + ["--workdir", workdir, "--stop-target"])
        #expect(run.exitCode == 13, "\(run)")
        #expect(try run.errorCode == "disk-full")
        #expect(try run.text("error", "file") == workdir)
        try await disk.resize(megabytes: 2000)
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(resumed.exitCode == 0, "\(resumed)")
        try await disk.unmount()
    }
}
