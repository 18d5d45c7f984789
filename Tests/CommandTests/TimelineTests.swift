import Foundation
import TestSupport
import Testing

/// What happened when, compared with what the server's own tool prints of the same logs.
@Suite("timeline") struct TimelineTests {
    @Test("rows of each table are those that mariadb-binlog prints")
    func rows() async throws {
        let run = try await Lastgood.run("timeline", "--json", Shop.logs)
        #expect(run.exitCode == 0)
        var counts: [String: Int] = [:]
        for bucket in try run.objects("buckets") {
            let table = try #require(bucket["table"] as? String)
            for kind in ["inserted", "updated", "deleted"] {
                let count = try #require(bucket[kind] as? Int)
                if count > 0 { counts["\(kind) \(table)", default: 0] += count }
            }
        }
        let printed = try await Lastgood.shell(
            """
            mariadb-binlog --no-defaults -v --base64-output=decode-rows \(Shop.logs)/shop-bin.0* |
            sed -nE 's/^### (INSERT INTO|UPDATE|DELETE FROM) `(.*)`\\.`(.*)`$/\\1 \\2.\\3/p' |
            sort | uniq -c
            """)
        var wanted: [String: Int] = [:]
        let kinds = ["INSERT": "inserted", "UPDATE": "updated", "DELETE": "deleted"]
        for line in printed.output.split(separator: "\n") {
            let words = line.split(separator: " ")
            let kind = try #require(kinds[String(words[1])])
            wanted["\(kind) \(words[words.count - 1])"] = Int(words[0])
        }
        #expect(!wanted.isEmpty)
        #expect(counts == wanted)
    }

    @Test("buckets are of the length that was asked for, and only of the tables")
    func choice() async throws {
        let minutes = try await Lastgood.run(
            "timeline", "--json", Shop.logs, "--table", "shop.orders", "--bucket", "minute")
        let days = try await Lastgood.run(
            "timeline", "--json", Shop.logs, "--table", "shop.orders", "--bucket", "day")
        let buckets = try days.objects("buckets")
        #expect(buckets.count == 1)
        #expect(buckets[0]["start"] as? String == "2026-11-21T00:00:00Z")
        #expect(buckets[0]["table"] as? String == "shop.orders")
        let inserted = try minutes.objects("buckets").reduce(0) {
            $0 + ($1["inserted"] as? Int ?? 0)
        }
        #expect(buckets[0]["inserted"] as? Int == inserted)
        let none = try await Lastgood.run(
            "timeline", "--json", Shop.logs, "--since", "2027-01-01T00:00:00Z")
        #expect(none.exitCode == 1)
    }

    @Test("every destructive statement is a mark, and what is missing or damaged a gap")
    func marksAndGaps() async throws {
        let logs = try LogCopy()
        let search = try await Lastgood.run("search", "--json", "--sort", "time", logs.path)
        let found = try search.objects("matches").compactMap { $0["id"] as? String }
        let whole = try await Lastgood.run("timeline", "--json", logs.path)
        let marks = try whole.objects("marks").filter { $0["statement"] != nil }
        #expect(marks.compactMap { $0["id"] as? String } == found)
        #expect(try whole.objects("marks").contains { $0["kind"] as? String == "restart" })
        #expect(try whole.objects("gaps").isEmpty)

        try logs.remove(5)
        try logs.change(3) { $0[$0.count / 2] ^= 1 }
        let broken = try await Lastgood.run("timeline", "--json", logs.path)
        #expect(broken.exitCode == 11)
        let gaps = try broken.objects("gaps")
        #expect(gaps.map { $0["kind"] as? String } == ["damage", "missing-file"])
        #expect(gaps.map { $0["file"] as? String } == [LogCopy.name(3), LogCopy.name(5)])
    }

    @Test("with a catalog it says the same, also of logs that have grown since")
    func catalog() async throws {
        let logs = try LogCopy()
        let last = [UInt8](try Data(contentsOf: URL(filePath: logs.file(7))))
        try logs.change(7) { $0 = Array($0.prefix(last.count / 2)) }
        let catalog = logs.path + "/catalog"
        _ = try await Lastgood.run("index", "--catalog", catalog, logs.path)
        try logs.change(7) { $0 = last }
        let arguments = ["timeline", "--json", "--bucket", "minute", logs.path]
        let with = try await Lastgood.run(arguments + ["--catalog", catalog])
        let without = try await Lastgood.run(arguments + ["--no-catalog"])
        #expect(with.exitCode == 0)
        #expect(with.output == without.output)
    }
}
