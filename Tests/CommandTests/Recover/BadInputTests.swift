import Foundation
import TestSupport
import Testing

/// Logs and stop points that a recovery cannot be made from.
@Suite("bad logs and stop points")
struct BadInputTests {
    /// A plan that must fail: its error in both forms.
    private func expectFailure(
        _ logs: String, _ stop: [String], exitCode: Int32, code: String, place: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let arguments =
            ["plan", "--backup", Shop.dump, "--binlogs", logs, "--source-time-zone", "UTC"] + stop
        let run = try await Lastgood.run(arguments + ["--json"])
        let text = "\(run.output)\(run.errorText)"
        #expect(run.exitCode == exitCode, "\(text)", sourceLocation: sourceLocation)
        #expect(try run.errorCode == code, "\(text)", sourceLocation: sourceLocation)
        #expect(
            try run.text("error", "message")?.isEmpty == false, sourceLocation: sourceLocation)
        #expect(
            try run.text("error", "hint")?.isEmpty == false, "\(text)",
            sourceLocation: sourceLocation)
        if let place {
            let file = try run.text("error", "file") ?? ""
            #expect(file.hasSuffix(place), "\(text)", sourceLocation: sourceLocation)
        }
    }

    private let beforeDrop = ["--before", "shop-bin.000004:96056"]

    @Test("a path without logs is named")
    func noLogs() async throws {
        let folder = try TestFolder("bad")
        let absent = folder.path + "/absent"
        try await expectFailure(
            absent, ["--end"], exitCode: 2, code: "unreadable", place: absent)
        let empty = try folder.makeFolder("empty")
        try await expectFailure(empty, ["--end"], exitCode: 2, code: "no-logs", place: empty)
        let file = try folder.write("empty.000001", "")
        try await expectFailure(
            file, ["--end"], exitCode: 2, code: "not-a-binary-log", place: file)
        let text = try folder.write("text.000001", "a text is no log\n")
        try await expectFailure(
            text, ["--end"], exitCode: 2, code: "not-a-binary-log", place: text)
    }

    @Test("an index stands for the logs it names: those beside it, else those where it says")
    func index() async throws {
        let copy = try LogCopy()
        let elsewhere = try TestFolder("index")
        let names = (1...7).map { "shop-bin.00000\($0)\n" }
        let own = copy.path + "/own.index"
        try Data(names.map { "/var/lib/mysql/" + $0 }.joined().utf8).write(to: URL(filePath: own))
        let far = try elsewhere.write(
            "far.index", names.map { copy.path + "/" + $0 }.joined())
        for index in [own, far] {
            let run = try await Lastgood.run(["inspect", index, "--json"])
            #expect(run.exitCode == 0, "\(run.output)")
            #expect(try (run.result["files"] as? [Any])?.count == 7)
            let plan = try await Lastgood.run(
                ["plan", "--backup", Shop.dump, "--binlogs", index, "--end", "--source-time-zone"]
                    + ["UTC"])
            #expect(plan.exitCode == 0, "\(plan.errorText)")
        }
        // Beside the logs themselves an index adds nothing, however it spells their paths.
        for paths in [[copy.path, own], [copy.path + "/./", far], [far, copy.path]] {
            let run = try await Lastgood.run(["inspect"] + paths + ["--json"])
            #expect(run.exitCode == 0, "\(run.output)")
        }
        let other = try LogCopy()
        let run = try await Lastgood.run("inspect", other.path, far, "--json")
        #expect(run.exitCode == 0, "\(run.output)")
        try copy.remove(3)
        try await expectFailure(
            own, ["--end"], exitCode: 11, code: "chain-gap", place: "shop-bin.000003")
    }

    @Test("a link that leads nowhere is a file that is missing")
    func danglingLink() async throws {
        let logs = try LogCopy()
        try logs.remove(7)
        try FileManager.default.createSymbolicLink(
            atPath: logs.file(7), withDestinationPath: "/nowhere/shop-bin.000007")
        let run = try await Lastgood.run(["plan"] + shop(logs) + beforeDrop)
        #expect(run.exitCode == 0, "\(run.errorText)")
        try await expectFailure(
            logs.path, ["--end"], exitCode: 11, code: "chain-gap", place: "shop-bin.000007")
        let seen = try await Lastgood.run(["inspect", logs.path, "--json"])
        #expect(seen.exitCode == 11, "\(seen.output)")
    }

    @Test("a relay log is refused by name")
    func relayLog() async throws {
        let logs = try LogCopy()
        try logs.change(1) { LogCopy.setFlags(0x40, &$0) }
        try await expectFailure(
            logs.file(1), ["--end"], exitCode: 2, code: "relay-log", place: "shop-bin.000001")
    }

    @Test("damage before the stop point is told with its place")
    func damageBefore() async throws {
        let cut = try LogCopy()
        try cut.change(3) { $0.removeSubrange(60_000...) }
        try await expectFailure(
            cut.path, beforeDrop, exitCode: 10, code: "truncated", place: "shop-bin.000003")
        let flipped = try LogCopy()
        try flipped.change(3) { $0[50_000] ^= 1 }
        try await expectFailure(
            flipped.path, beforeDrop, exitCode: 10, code: "checksum-mismatch",
            place: "shop-bin.000003")
    }

    @Test("damage behind the stop point does not matter")
    func damageBehind() async throws {
        let logs = try LogCopy()
        try logs.change(5) { $0.removeSubrange(10_000...) }
        try logs.change(6) { $0[5_000] ^= 1 }
        try logs.remove(7)
        let run = try await Lastgood.run(["plan"] + shop(logs) + beforeDrop + ["--json"])
        #expect(run.exitCode == 0, "\(run.output)")
        #expect(try run.text("result", "stop", "id") == "shop-bin.000004:96056")
    }

    private func shop(_ logs: LogCopy) -> [String] {
        ["--backup", Shop.dump, "--binlogs", logs.path, "--source-time-zone", "UTC"]
    }

    @Test("a missing file stops a plan that needs it, and no other")
    func gap() async throws {
        let inside = try LogCopy()
        try inside.remove(3)
        try await expectFailure(
            inside.path, beforeDrop, exitCode: 11, code: "chain-gap", place: "shop-bin.000003")
        let outside = try LogCopy()
        try outside.remove(6)
        let run = try await Lastgood.run(["plan"] + shop(outside) + beforeDrop + ["--json"])
        #expect(run.exitCode == 0, "\(run.output)")
        try await expectFailure(
            outside.path, ["--end"], exitCode: 11, code: "chain-gap", place: "shop-bin.000006")
    }

    @Test("another server's log is noticed, under its own name and under the chain's")
    func otherServer() async throws {
        let server = try await SourceServer(serverID: 99)
        try server.run("CREATE DATABASE other", "FLUSH BINARY LOGS", "CREATE DATABASE another")
        try await server.stop()
        let other = server.logFolder + "/bin.000001"
        let beside = try LogCopy()
        try FileManager.default.copyItem(atPath: other, toPath: beside.path + "/bin.000001")
        try await expectFailure(
            beside.path, beforeDrop, exitCode: 64, code: "several-bases")
        let chosen = try await Lastgood.run(
            ["plan"] + shop(beside) + beforeDrop + ["--base", "shop-bin"])
        #expect(chosen.exitCode == 0, "\(chosen.errorText)")
        let inside = try LogCopy()
        try inside.remove(3)
        try FileManager.default.copyItem(atPath: other, toPath: inside.file(3))
        try await expectFailure(
            inside.path, beforeDrop, exitCode: 11, code: "chain-gap", place: "shop-bin.000003")
    }

    @Test(
        "a start GTID that the logs do not hold is told",
        arguments: ["0-9-300", "0-8-185", "0-7-99999", "1-1-1", "0-7-300,1-1-1"])
    func otherGTID(start: String) async throws {
        try await expectFailure(
            Shop.logs, ["--end", "--from", start], exitCode: 11, code: "chain-gap")
        let first = try await Lastgood.run(
            ["plan"] + Shop.input + ["--end", "--from", "0-7-185", "--json"])
        #expect(first.exitCode == 0, "\(first.output)")
    }

    @Test("of several domains each start GTID is looked for, wherever it stands")
    func otherGTIDOfDomain() async throws {
        let server = try await SourceServer(serverID: 7)
        try server.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (a INT)", "INSERT INTO d.t VALUES (1)",
            "SET gtid_domain_id=5", "INSERT INTO d.t VALUES (2)", "INSERT INTO d.t VALUES (3)")
        try await server.stop()
        func plan(_ start: String) async throws -> ProgramOutcome {
            try await Lastgood.run([
                "plan", "--backup", Shop.dump, "--binlogs", server.logFolder, "--end", "--from",
                start, "--source-time-zone", "UTC", "--json",
            ])
        }
        // What is held of domain 5 stands behind the first new transaction of domain 0.
        let held = try await plan("0-7-2,5-7-1")
        #expect(held.exitCode == 0, "\(held.output)")
        #expect(try held.result["transactions"] as? Int == 2)
        for start in ["0-7-2,5-8-1", "0-7-2,5-7-3"] {
            let run = try await plan(start)
            #expect(run.exitCode == 11, "\(start): \(run.output)")
        }
    }

    @Test("a stop point that matches nothing, several, or lies before the backup")
    func stopPoints() async throws {
        try await expectFailure(
            Shop.logs, ["--before", "DROP TABLE shop.nothing"], exitCode: 1, code: "not-found")
        try await expectFailure(
            Shop.logs, ["--before", "shop-bin.000001:4"], exitCode: 2, code: "stop-before-backup")
        try await expectFailure(
            Shop.logs, ["--before", "0-7-100"], exitCode: 2, code: "stop-before-backup")
    }

    @Test("a typed schema holds for a statement logged as rows, whose text names none")
    func schemaOfRows() async throws {
        let server = try await SourceServer(["--binlog-format=ROW"], serverID: 7)
        try server.run("CREATE DATABASE a", "CREATE DATABASE b")
        for name in ["a", "b"] {
            try server.run(
                "USE \(name)", "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)",
                "CREATE VIEW v AS SELECT * FROM t", "UPDATE t SET id=2", "DELETE FROM v")
        }
        try server.run(
            "USE a", "INSERT INTO v VALUES (7)", "INSERT INTO b.v VALUES (8)",
            "CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW INSERT INTO b.t VALUES (NEW.id)",
            "INSERT INTO t VALUES (4)", "UPDATE a.t, b.t SET b.t.id=b.t.id+20 WHERE a.t.id=4")
        try await server.stop()
        func stop(_ text: String) async throws -> ProgramOutcome {
            try await Lastgood.run([
                "plan", "--backup", Shop.dump, "--from", "bin.000001:4", "--binlogs",
                server.logFolder, "--source-time-zone", "UTC", "--json", "--before", text,
            ])
        }
        let found = try await stop("UPDATE b.t SET id=2")
        #expect(found.exitCode == 0, "\(found.output)")
        #expect(try found.text("result", "stop", "statement") == "UPDATE t SET id=2")
        let first = try await stop("update `a`.t set id=2")
        #expect(try first.text("result", "stop", "id") != found.text("result", "stop", "id"))
        #expect(try await stop("UPDATE c.t SET id=2").exitCode == 1)
        #expect(try await stop("UPDATE t SET id=2").exitCode == 3)
        // The rows of a view stand under another table's name, which tells nothing of it.
        #expect(try await stop("DELETE FROM a.v").exitCode == 3)
        let view = try await stop("INSERT INTO a.v VALUES (7)")
        #expect(try view.exitCode == 0 && view.warningCodes.contains("schema-unsure"))
        // A text that names its schemas needs no table map.
        for text in [
            "INSERT INTO b.v VALUES (8)", "UPDATE a.t, b.t SET b.t.id=b.t.id+20 WHERE a.t.id=4",
        ] {
            let run = try await stop(text)
            #expect(run.exitCode == 0, "\(run.output)")
            #expect(try !run.warningCodes.contains("schema-unsure"))
        }
        // The table of a trigger stands behind the statement's own.
        let own = try await stop("INSERT INTO a.t VALUES (4)")
        #expect(own.exitCode == 0, "\(own.output)")
        #expect(try await stop("INSERT INTO b.t VALUES (4)").exitCode == 1)
    }

    @Test("an ambiguous stop point lists its candidates")
    func ambiguous() async throws {
        let server = try await SourceServer(serverID: 7)
        try server.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (a INT)", "INSERT INTO d.t VALUES (1)",
            "TRUNCATE d.t", "INSERT INTO d.t VALUES (2)", "TRUNCATE TABLE d.t")
        try await server.stop()
        let run = try await Lastgood.run([
            "replay", "--binlogs", server.logFolder, "--from", "bin.000001:4", "--before",
            "TRUNCATE d.t", "--target", "mariadb:///nowhere/sock?user=root", "--json",
        ])
        #expect(run.exitCode == 3, "\(run.output)")
        #expect(try run.errorCode == "ambiguous")
        let candidates = try run.member("result", "candidates") as? [[String: Any]]
        #expect(candidates?.count == 2)
        #expect(candidates?.allSatisfy { $0["id"] is String } == true)
    }

    @Test("a time past the end blocks a recovery and not a plan")
    func untilPastEnd() async throws {
        let folder = try TestFolder("bad")
        let stop = ["--until", "2030-01-01T00:00:00Z"]
        let plan = try await Lastgood.run(["plan"] + Shop.input + stop + ["--json"])
        #expect(plan.exitCode == 0)
        #expect(try plan.warningCodes.contains("until-past-end"))
        let run = try await Lastgood.run(
            ["recover"] + Shop.input + stop + ["--workdir", folder.path + "/w", "--json"])
        #expect(run.exitCode == 2, "\(run.output)")
        #expect(try run.errorCode == "until-past-end")
        #expect(try run.text("error", "hint")?.contains("--allow until-past-end") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/w"))
    }

    @Test(
        "options of later versions are usage errors",
        arguments: [
            ["--skip", "0-7-300"], ["--only", "shop"], ["--except", "shop.orders"],
            ["--rename", "shop=shop2"],
        ])
    func laterOptions(option: [String]) async throws {
        let run = try await Lastgood.run(
            ["plan"] + Shop.input + ["--end", "--json"] + option)
        #expect(run.exitCode == 64, "\(run.output)")
        #expect(try run.errorCode == "later-version")
        #expect(try run.text("error", "message")?.hasPrefix(option[0]) == true)
    }

    @Test(
        "plan refuses the options that recover refuses",
        arguments: [
            (["--server-option", "secure_file_priv=/"], Int32(64), "server-option-refused"),
            (["--server-option", "foo"], 64, "server-option-refused"),
            (["--source-time-zone", "Nowhere/Z"], 64, "time-zone-unknown"),
            (["--expect", "/nowhere/list.json"], 2, "expect-unreadable"),
            (["--target", "mariadb:///nowhere/sock", "--stop-target"], 64, "usage"),
        ])
    func sameOptions(options: [String], exitCode: Int32, code: String) async throws {
        for command in ["plan", "recover"] {
            let run = try await Lastgood.run(
                [command, "--backup", Shop.dump, "--binlogs", Shop.logs, "--end", "--json"]
                    + options)
            #expect(run.exitCode == exitCode, "\(command): \(run.output)")
            #expect(try run.errorCode == code, "\(command)")
        }
    }

    @Test("a password in a target's URL is a usage error and is not repeated")
    func passwordInURL() async throws {
        let run = try await Lastgood.run(
            ["recover"] + Shop.input + [
                "--end", "--target", "mariadb://root:secret77@localhost/", "--json",
            ])
        #expect(run.exitCode == 64)
        #expect(try run.errorCode == "password-in-address")
        #expect(!run.output.contains("secret77") && !run.errorText.contains("secret77"))
    }
}
