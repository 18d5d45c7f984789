import Binlog
import Foundation
import Server
import TestSupport
import Testing

/// `search` with a catalog says what it says without one: the same bytes, warnings and exit codes.
@Suite("searching with a catalog", .serialized) struct CatalogSearchTests {
    private static let filters = [
        [], ["--min-rows", "1"], ["--kind", "other", "--limit", "1000"], ["--table", "t"],
        ["--table", "d.t"], ["--ddl"], ["--text", "(?i)delete"],
        ["--min-bytes", "300", "--sort", "time"],
        ["--since", "2026-11-22T11:34:50Z"], ["--server-id", "1", "--thread", "9"],
    ]

    private func expectSame(
        _ paths: [String], _ filter: [String], catalog: String
    ) async throws -> Int32? {
        let arguments = ["search", "--json", "--quiet"] + paths + filter
        let without = try await Lastgood.run(arguments + ["--no-catalog"])
        let with = try await Lastgood.run(arguments + ["--catalog", catalog])
        #expect(with.output == without.output, "\(paths) \(filter)")
        #expect(with.errorText == without.errorText, "\(paths) \(filter)")
        #expect(with.exitCode == without.exitCode, "\(paths) \(filter)")
        return with.exitCode
    }

    @Test("of every recorded log")
    func recorded() async throws {
        let folder = try TestFolder("catalog")
        var found = 0
        for recorded in try RecordedCase.all() {
            let catalog = folder.path + "/" + recorded.name + recorded.server
            let keys = try recorded.keyArguments()
            _ = try await Lastgood.run(
                ["index", "--catalog", catalog, recorded.folder] + keys)
            for filter in Self.filters.prefix(6) {
                let exitCode = try await expectSame(
                    [recorded.folder], filter + keys, catalog: catalog)
                if exitCode == 0 { found += 1 }
            }
        }
        #expect(found > 100 || RecordedCase.wanted != nil)
    }

    @Test("of the shop's logs, also where they are damaged, missing or grown since")
    func shop() async throws {
        let logs = try LogCopy()
        let catalog = logs.path + "/catalog"
        let index = ["index", "--json", "--catalog", catalog, logs.path]
        #expect(try await Lastgood.run(index).exitCode == 0)
        let filters = Self.filters + [["--table", "shop.orders"], ["--gtid", "0-1-300"]]
        for filter in filters { _ = try await expectSame([logs.path], filter, catalog: catalog) }

        // Damage behind what was indexed of it.
        try logs.change(3) { $0[$0.count / 2] ^= 1 }
        for filter in filters { _ = try await expectSame([logs.path], filter, catalog: catalog) }
        #expect(try await Lastgood.run(index).exitCode == 10)
        for filter in filters { _ = try await expectSame([logs.path], filter, catalog: catalog) }
        try logs.change(4) { $0.removeLast($0.count / 3) }
        for filter in filters { _ = try await expectSame([logs.path], filter, catalog: catalog) }
        try logs.remove(5)
        for filter in filters { _ = try await expectSame([logs.path], filter, catalog: catalog) }
        #expect(try await Lastgood.run(index).exitCode == 10)
        for filter in filters { _ = try await expectSame([logs.path], filter, catalog: catalog) }
    }

    @Test("a catalog that cannot be used is noted, and the answer is the same")
    func unusable() async throws {
        let folder = try TestFolder("catalog")
        let catalog = try folder.write("catalog", "a text, and no catalog")
        let arguments = ["search", "--json", Shop.logs, "--catalog", catalog]
        let run = try await Lastgood.run(arguments)
        #expect(run.exitCode == 0)
        #expect(run.errorText == "the catalog \(catalog) is not used: it is no catalog\n")
        let index = try await Lastgood.run("index", "--json", Shop.logs, "--catalog", catalog)
        #expect(index.exitCode == 2)
        #expect(try index.errorCode == "catalog-failed")
    }

    @Test("a catalog whose pages are damaged is made anew")
    func damagedPages() async throws {
        let folder = try TestFolder("pages")
        let catalog = folder.path + "/catalog"
        let index = ["index", "--json", Shop.logs, "--catalog", catalog]
        _ = try await Lastgood.run(index)
        let good = try Data(contentsOf: URL(filePath: catalog))
        for page in 0..<(good.count / 4096) {
            var bad = good
            // Behind the first page's header, which says what the file is.
            for offset in 0..<16 { bad[page * 4096 + offset + (page == 0 ? 100 : 0)] = 0xFF }
            try bad.write(to: URL(filePath: catalog))
            let run = try await Lastgood.run(index)
            #expect(run.exitCode == 0, "page \(page): \(run.output)")
            _ = try await expectSame([Shop.logs], [], catalog: catalog)
        }
    }

    @Test("a path with a link and .. in it is the file that the system takes it for")
    func linkedPath() async throws {
        let folder = try TestFolder("linked")
        let here = try folder.makeFolder("a")
        _ = try folder.makeFolder("b")
        let below = try folder.makeFolder("b/below")
        try FileManager.default.createSymbolicLink(
            atPath: here + "/link", withDestinationPath: below)
        for (number, place) in [(2, "a"), (4, "b")] {
            try FileManager.default.copyItem(
                atPath: "\(Shop.logs)/\(LogCopy.name(number))",
                toPath: "\(folder.path)/\(place)/log.000001")
        }
        let catalog = folder.path + "/catalog"
        _ = try await Lastgood.run("index", here + "/log.000001", "--catalog", catalog)
        _ = try await expectSame([here + "/link/../log.000001"], [], catalog: catalog)
        _ = try await expectSame([here + "/log.000001"], [], catalog: catalog)
    }

    @Test("days are counted wherever the clock went, and the same in pieces")
    func days() async throws {
        let source = try await SourceServer()
        let connection = try source.connect()
        try connection.execute("SET timestamp=1700000000")
        try connection.execute("CREATE DATABASE d")
        try connection.execute("CREATE TABLE d.t (i INT)")
        for (index, day) in [1, 11, 3, 6, 8].enumerated() {
            try connection.execute("SET timestamp=\(1_700_000_000 + day * 86_400)")
            try connection.execute("TRUNCATE d.t")
            if index == 1 { try connection.execute("FLUSH BINARY LOGS") }
        }
        try await source.stop()
        let catalog = source.folder.path + "/catalog"
        _ = try await Lastgood.run("index", source.logFolder, "--catalog", catalog)
        _ = try await expectSame([source.logFolder], [], catalog: catalog)
        let run = try await Lastgood.run("search", "--json", source.logFolder)
        #expect(try run.objects("matches").map { $0["days"] as? Int } == [5, 5, 5, 5, 5])
        let timeline = ["timeline", "--json", source.logFolder]
        let with = try await Lastgood.run(timeline + ["--catalog", catalog])
        let without = try await Lastgood.run(timeline)
        #expect(with.output == without.output)
        let gaps = try with.objects("gaps")
        #expect(gaps.map { $0["kind"] as? String } == ["silence", "silence"])
        let marks = try with.objects("marks").map { $0["kind"] as? String }
        #expect(marks.filter { $0 == "clock-backwards" }.count == 1)
    }

    @Test("a log of nothing but definitions has a small catalog, also one that was made in pieces")
    func dense() async throws {
        var random = SplitMix64(seed: try TestSeed.read(for: "definitions"))
        var log = MadeLog.sample(.mariadb, .crc32)
        log.events.removeSubrange(2...)
        func define(_ text: String) {
            let number = UInt64(log.events.count)
            log.events.append(.gtid(number, .mariadb, flags: [.standalone, .ddl]))
            log.events.append(.query(text, .mariadb))
        }
        for number in 0..<24_000 {
            let table = number % 50
            switch Int.random(in: 0..<3, using: &random) {
            case 0: define("TRUNCATE t\(table)")
            case 1: define("ALTER TABLE t\(table) ADD c\(random.next()) INT")
            default: define("CREATE OR REPLACE TABLE t\(table) (c\(random.next()) INT)")
            }
        }
        log.events += [
            .gtid(1_000_000, .mariadb, flags: .transactional), .tableMap,
            .insert([UInt32](repeating: 7, count: 250_000), .mariadb),
            MadeLog.Event(.xid, EventBody.xid(1)),
        ]
        define("DROP TABLE gone")
        let bytes = log.bytes
        let folder = try TestFolder("definitions")
        let (path, catalog) = (folder.path + "/bin.000001", folder.path + "/catalog")
        for share in [0.1, 0.2, 0.9, 1] {
            let part = bytes.prefix(Int(Double(bytes.count) * share))
            try Data(part).write(to: URL(filePath: path))
            _ = try await Lastgood.run("index", path, "--catalog", catalog)
        }
        for filter in Self.filters + [["--ddl", "--limit", "100000"]] {
            _ = try await expectSame([path], filter, catalog: catalog)
        }
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: catalog)[.size] as? Int)
        // An empty one has five pages of 4 KB.
        #expect(size <= bytes.count / 100 + 5 * 4096)
        let ends = ["--ddl", "--gtid", "0-1-\(log.events.count - 2)"]
        let last = try await Lastgood.run(["search", "--json", path] + ends)
        #expect(try last.objects("matches").first?["statement"] as? String == "DROP TABLE gone")
    }

    @Test("statements that ran long are found where the log tells it")
    func durations() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let connection = try source.connect()
        for statement in [
            "CREATE DATABASE d", "CREATE TABLE d.t (i INT)", "INSERT INTO d.t VALUES (1)",
            "UPDATE d.t SET i=2 WHERE SLEEP(1.2)=0", "SET binlog_format=ROW",
            "UPDATE d.t SET i=3 WHERE SLEEP(1.2)=0",
        ] {
            try connection.execute(statement)
        }
        try await source.stop()
        let catalog = source.folder.path + "/catalog"
        _ = try await Lastgood.run("index", source.logFolder, "--catalog", catalog)
        let filter = ["--min-duration", "1"]
        _ = try await expectSame([source.logFolder], filter, catalog: catalog)
        _ = try await expectSame([source.logFolder], ["--min-duration", "9"], catalog: catalog)
        let run = try await Lastgood.run(["search", "--json", source.logFolder] + filter)
        let found = try run.objects("matches")
        // On a machine that stands still others ran long too.
        let listing = try await Lastgood.shell("mariadb-binlog '\(source.logFolder)'/bin.0*")
        let long = listing.output.split(separator: "\n").filter {
            $0.contains("\tQuery\t") && !$0.contains("\texec_time=0\t")
        }
        #expect(!long.isEmpty)
        #expect(found.count == long.count)
        #expect(found.allSatisfy { $0["executionSeconds"] as? Int ?? 0 >= 1 })
        let untold = try #require(try run.result["untold"] as? [String: Any])
        #expect(untold["rows"] as? Int == long.count)
        #expect(untold["threadID"] as? Int == 0)
    }

    @Test("without its keys a log tells nothing, whatever the catalog knows")
    func withoutKeys() async throws {
        let recorded = RecordedCase(server: "mariadb-11.8", name: "encrypted_ctr")
        let folder = try TestFolder("keys")
        let catalog = folder.path + "/catalog"
        let index = ["index", "--json", "--catalog", catalog, recorded.folder]
        #expect(try await Lastgood.run(index + recorded.keyArguments()).exitCode == 0)
        for command in ["search", "timeline"] {
            let run = [command, "--json", recorded.folder]
            let with = try await Lastgood.run(run + ["--catalog", catalog])
            let without = try await Lastgood.run(run)
            #expect(with.output == without.output)
            #expect(with.exitCode == 10)
        }
    }

    @Test("a log may grow while it is indexed and searched")
    func growing() async throws {
        let logs = try LogCopy(2...2)
        let all = [UInt8](try Data(contentsOf: URL(filePath: logs.file(2))))
        let catalog = logs.path + "/catalog"
        let writer = Task.detached {
            for part in stride(from: 1000, to: all.count, by: 800) {
                try logs.change(2) { $0 = Array(all[..<part]) }
                try await Task.sleep(for: .milliseconds(3))
            }
        }
        for _ in 0..<10 {
            for command in ["index", "search", "timeline"] {
                let run = try await Lastgood.run(command, logs.path, "--catalog", catalog)
                #expect(run.exitCode != nil, "\(run.errorText)")
            }
        }
        try await writer.value
    }

    @Test("killed at twenty moments while indexing, the catalog is right or made anew")
    func killed() async throws {
        var random = SplitMix64(seed: try TestSeed.read(for: "an index that is killed"))
        let folder = try TestFolder("killed")
        let logs = try folder.makeFolder("logs")
        // The same log under many names, each indexed by itself, for an index that takes a while.
        for number in 1...400 {
            let name = "shop-bin." + String(String(1_000_000 + number).dropFirst())
            try FileManager.default.createSymbolicLink(
                atPath: "\(logs)/\(name)",
                withDestinationPath: "\(Shop.logs)/\(LogCopy.name(number % 7 + 1))")
        }
        let catalog = folder.path + "/catalog"
        let arguments = ["index", "--quiet", "--catalog", catalog, logs]
        let whole = try await Lastgood.run(arguments)
        #expect(whole.exitCode == 0)
        let path = "\(logs)/shop-bin.000007"
        for _ in 0..<20 {
            let program = try Lastgood.start(arguments + ["--rebuild"])
            let seconds = Double.random(in: 0..<whole.durationSeconds, using: &random)
            try await Task.sleep(for: .seconds(seconds))
            program.kill()
            _ = try await program.wait()
            _ = try await expectSame([path], [], catalog: catalog)
        }
        #expect(try await Lastgood.run(arguments).exitCode == 0)
        _ = try await expectSame([path], [], catalog: catalog)
    }
}
