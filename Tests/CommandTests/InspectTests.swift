import Foundation
import TestSupport
import Testing

/// `lastgood inspect` on the recorded logs and on damaged copies of them.
@Suite struct InspectTests {
    @Test("the recorded logs are whole, and every field of the contract is there")
    func whole() async throws {
        let run = try await Lastgood.run("inspect", Shop.logs, "--json")
        #expect(run.exitCode == 0)
        #expect(try run.json["format"] as? Int == 1)
        #expect(try run.json["command"] as? String == "inspect")
        #expect(try run.json["error"] == nil)
        let files = try run.objects("files")
        #expect(files.count == 7)
        let fields = [
            "name", "path", "sizeBytes", "server", "firstTimestamp", "lastTimestamp", "firstGTID",
            "lastGTID", "events", "transactions", "checksum", "encrypted", "compressed", "end",
        ]
        for field in fields { #expect(files.allSatisfy { $0[field] != nil }, "\(field)") }
        #expect(files[0]["firstGTID"] as? String == "0-7-1")
        #expect(files[6]["lastGTID"] as? String == "0-7-862")
        let server = files[0]["server"] as? [String: Any]
        #expect(server?["flavor"] as? String == "MariaDB")
        #expect(server?["id"] as? Int == 7)
        #expect(files.allSatisfy { ($0["end"] as? [String: Any])?["state"] as? String == "clean" })
        let totals = try run.result["totals"] as? [String: Any]
        #expect(totals?["transactions"] as? Int == 862)
        let chain = try run.result["chain"] as? [String: Any]
        #expect(chain?["complete"] as? Bool == true)
        #expect((chain?["gaps"] as? [Any])?.isEmpty == true)
    }

    @Test("a flipped byte is exit 10 with its place, and the other files are still inspected")
    func flipped() async throws {
        let logs = try LogCopy()
        try logs.change(3) { $0[50_000] ^= 0x10 }
        let run = try await Lastgood.run("inspect", logs.path, "--json")
        #expect(run.exitCode == 10)
        #expect(try run.errorCode == "checksum-mismatch")
        let error = try run.json["error"] as? [String: Any]
        #expect(error?["file"] as? String == "shop-bin.000003")
        #expect(try #require(error?["offset"] as? Int) <= 50_000)
        let files = try run.objects("files")
        #expect(files.count == 7)
        #expect((files[2]["events"] as? Int ?? 0) > 100)
        #expect((files[2]["end"] as? [String: Any])?["state"] as? String == "corrupt")
        #expect((files[3]["end"] as? [String: Any])?["state"] as? String == "clean")
        let text = try await Lastgood.run("inspect", logs.path)
        #expect(text.exitCode == 10)
        #expect(text.output.contains("shop-bin.000007"))
        #expect(
            text.errorText.contains("error: ") && text.errorText.contains("at shop-bin.000003:"))
    }

    @Test(
        "a file so large that several threads read it: the counts of one, and damage at its place")
    func large() async throws {
        let small = try await Lastgood.run("inspect", Shop.logs + "/shop-bin.000002", "--json")
        let log = try LargeLog(copies: 60)
        let run = try await Lastgood.run("inspect", log.logs.path, "--json")
        #expect(run.exitCode == 0)
        let (one, all) = (try small.objects("files")[0], try run.objects("files")[0])
        for field in ["firstTimestamp", "lastTimestamp", "firstGTID", "lastGTID"] {
            #expect("\(all[field] ?? "")" == "\(one[field] ?? "")", "\(field)")
        }
        func count(_ file: [String: Any], _ field: String) -> Int { file[field] as? Int ?? -1 }
        #expect(count(all, "transactions") == log.copies * count(one, "transactions"))
        let own = log.eventsOutside
        #expect(count(all, "events") - own == log.copies * (count(one, "events") - own))
        for kind in ["inserted", "updated", "deleted"] {
            let (rows, allRows) = (one["rows"] as? [String: Int], all["rows"] as? [String: Int])
            #expect(allRows?[kind] == rows.map { $0[kind, default: -1] * log.copies })
        }
        let seed = try TestSeed.read(for: "inspect large")
        var random = SplitMix64(seed: seed)
        for _ in 0..<8 {
            let copy = Int.random(in: 1..<log.copies, using: &random)
            let place = log.begins[copy] + Int.random(in: 0..<log.copyBytes, using: &random)
            try log.logs.change(2) { $0[place] ^= 0x40 }
            let damaged = try await Lastgood.run("inspect", log.logs.path, "--json")
            #expect(damaged.exitCode == 10, "\(seed): \(place)")
            let file = try damaged.objects("files")[0]
            let end = (file["end"] as? [String: Any])?["offset"] as? Int ?? 0
            #expect(end <= place, "\(seed): \(place)")
            let before = count(one, "transactions") * copy
            let found = count(file, "transactions")
            #expect(before <= found && found < before + count(one, "transactions"))
            try log.logs.change(2) { $0[place] ^= 0x40 }
        }
    }

    @Test("a truncated file is exit 10; the last one cut between transactions is in use and exit 0")
    func truncated() async throws {
        let logs = try LogCopy(1...3)
        try logs.change(3) { $0.removeLast($0.count - 66_121) }
        let inUse = try await Lastgood.run("inspect", logs.path, "--json")
        #expect(inUse.exitCode == 0)
        let end = try inUse.objects("files")[2]["end"] as? [String: Any]
        #expect(end?["state"] as? String == "in-use")
        #expect(end?["offset"] as? Int == 66_121)
        try logs.change(3) { $0.removeLast(30) }
        let torn = try await Lastgood.run("inspect", logs.path, "--json")
        #expect(torn.exitCode == 10)
        #expect(try torn.errorCode == "truncated")
        let tornEnd = try torn.objects("files")[2]["end"] as? [String: Any]
        #expect(tornEnd?["state"] as? String == "truncated")
        #expect(tornEnd?["offset"] as? Int == 65_987)
    }

    @Test("a missing file is a gap and exit 11, where damage beside it does not win")
    func gap() async throws {
        let logs = try LogCopy()
        try logs.remove(4)
        let run = try await Lastgood.run("inspect", logs.path, "--json")
        #expect(run.exitCode == 11)
        #expect(try run.errorCode == "chain-gap")
        let chain = try run.result["chain"] as? [String: Any]
        #expect(chain?["complete"] as? Bool == false)
        #expect(
            (chain?["gaps"] as? [[String: Any]])?.first?["file"] as? String == "shop-bin.000004")
        try logs.change(2) { $0[40_000] ^= 1 }
        let both = try await Lastgood.run("inspect", logs.path, "--json")
        #expect(both.exitCode == 11)
        #expect(try both.warningCodes.contains("checksum-mismatch"))
    }

    @Test("a log of another place in the chain is found by its GTIDs")
    func foreign() async throws {
        let logs = try LogCopy(1...3)
        try logs.remove(2)
        try FileManager.default.copyItem(
            atPath: Shop.logs + "/shop-bin.000005", toPath: logs.file(2))
        let run = try await Lastgood.run("inspect", logs.path, "--json")
        #expect(run.exitCode == 11)
        #expect(try run.errorCode == "chain-gap")
    }

    @Test("an index that names a file which is not there is a gap behind a closed file")
    func indexed() async throws {
        let logs = try LogCopy(1...3)
        try logs.folder.write("shop-bin.index", "./shop-bin.000003\n./shop-bin.000004\n")
        #expect(try await Lastgood.run("inspect", logs.path).exitCode == 11)
    }

    @Test("a log in InnoDB's own files is refused by name")
    func innoDBLog() async throws {
        let folder = try TestFolder("ibb")
        let file = try folder.write("binlog-000000.ibb", "no matter")
        for place in [folder.path, file] {
            let run = try await Lastgood.run("inspect", place, "--json")
            #expect(run.exitCode == 10)
            #expect(try run.errorCode == "unsupported-event")
            #expect(try run.text("error", "message")?.contains("12.3") == true)
        }
    }

    @Test("what is no log is exit 2, with a code that says why")
    func noLogs() async throws {
        let logs = try LogCopy(1...1)
        let text = try logs.folder.write("text.000001", "this is no log, only a text\n")
        let empty = try logs.folder.write("empty.000001", "")
        let folder = try logs.folder.makeFolder("nothing")
        let cases = [
            ("/nowhere/at/all", "unreadable"), (text, "not-a-binary-log"),
            (empty, "not-a-binary-log"), (folder, "no-logs"),
        ]
        for (path, code) in cases {
            let run = try await Lastgood.run("inspect", path, "--json")
            #expect(run.exitCode == 2, "\(path)")
            #expect(try run.errorCode == code, "\(path)")
        }
    }

    @Test("logs of two servers in one folder are exit 64 until one is chosen")
    func severalBases() async throws {
        let logs = try LogCopy(1...2)
        try FileManager.default.copyItem(
            atPath: logs.file(1), toPath: logs.path + "/other-bin.000001")
        let run = try await Lastgood.run("inspect", logs.path, "--json")
        #expect(run.exitCode == 64)
        #expect(try run.errorCode == "several-bases")
        let chosen = try await Lastgood.run("inspect", logs.path, "--base", "shop-bin", "--json")
        #expect(chosen.exitCode == 0)
        #expect(try chosen.objects("files").count == 2)
    }

    @Test("a reader that goes away early is no failure")
    func brokenPipe() async throws {
        // More than a pipe holds: the rest cannot be written.
        let command = "lastgood search '\(Shop.logs)' --kind other --limit 100000"
        let whole = try await Lastgood.shell(command)
        #expect(whole.output.utf8.count > 1 << 18)
        let run = try await Lastgood.shell("\(command) | head -n 1; exit ${PIPESTATUS[0]}")
        #expect(run.exitCode == 0 && run.errorText == "", "\(run.errorText)")
        #expect(whole.output.hasPrefix(run.output) && !run.output.isEmpty)
    }
}
