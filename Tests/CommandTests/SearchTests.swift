import Foundation
import TestSupport
import Testing

/// `lastgood search` on the recorded incidents.
@Suite struct SearchTests {
    struct Incidents: Decodable {
        struct Incident: Decodable {
            var kind, table, id, end, gtid, timestamp, until, untilAfter: String
        }
        var incidents: [Incident]
    }

    static func incidents() throws -> [Incidents.Incident] {
        let data = try Data(
            contentsOf: URL(filePath: Lastgood.root + "/Fixtures/shop/incidents.json"))
        return try JSONDecoder().decode(Incidents.self, from: data).incidents
    }

    @Test("all recorded incidents are found, with kind, table, place and time")
    func incidentsFound() async throws {
        let run = try await Lastgood.run("search", Shop.logs, "--json")
        #expect(run.exitCode == 0)
        let matches = try run.objects("matches")
        let fields = [
            "id", "kind", "kinds", "schema", "table", "timestamp", "gtid", "serverID", "threadID",
            "begin", "end", "rows", "statement", "reason",
        ]
        for field in fields { #expect(matches.allSatisfy { $0[field] != nil }, "\(field)") }
        for incident in try Self.incidents() {
            let match = try #require(matches.first { $0["id"] as? String == incident.id })
            let (schema, table) = (match["schema"] as? String, match["table"] as? String)
            #expect(match["kind"] as? String == incident.kind)
            #expect("\(schema ?? "").\(table ?? "")" == incident.table)
            #expect(match["gtid"] as? String == incident.gtid)
            #expect(match["timestamp"] as? String == incident.timestamp)
            let end = match["end"] as? [String: Any]
            #expect("\(end?["file"] ?? "-"):\(end?["offset"] ?? "-")" == incident.end)
        }
        // Beside the incidents there is only the harmless RENAME of a pair.
        let others = matches.filter { $0["kind"] as? String != "rename-table" }
        #expect(others.count == 5)
        #expect(matches.first?["kind"] as? String == "drop-table")
    }

    @Test("the text shows each match and the line to go on with")
    func text() async throws {
        let run = try await Lastgood.run("search", Shop.logs)
        #expect(run.exitCode == 0)
        #expect(run.output.contains("DROP TABLE `orders`"))
        #expect(run.output.contains("59 deleted"))
        #expect(
            run.output.contains(
                "lastgood plan --backup BACKUP --binlogs \(Shop.logs) "
                    + "--before shop-bin.000004:96056"))
    }

    func ids(_ arguments: String...) async throws -> [String] {
        let run = try await Lastgood.run(["search", Shop.logs, "--json"] + arguments)
        let ids = try run.objects("matches").map { try #require($0["id"] as? String) }
        #expect(run.exitCode == (ids.isEmpty ? 1 : 0), "\(run.output)")
        return ids
    }

    @Test("filters narrow the search: kind, table, text, GTID, server, bytes")
    func filters() async throws {
        #expect(try await ids("--kind", "truncate-table") == ["shop-bin.000003:65987"])
        #expect(
            try await ids("--destructive", "--kind", "truncate-table") == ["shop-bin.000003:65987"])
        #expect(try await ids("--destructive", "--kind", "other") == [])
        #expect(
            try await ids("--destructive", "--table", "shop.orders") == ["shop-bin.000004:96056"])
        #expect(try await ids("--destructive", "--table", "orders") == ["shop-bin.000004:96056"])
        #expect(try await ids("--destructive", "--table", "crm.orders") == [])
        let rename = try await ids("--text", "^RENAME TABLE campaigns TO campaigns_old")
        #expect(rename.count == 2 && Set(rename).count == 1)
        #expect(try await ids("--table", "shop.campaigns_old").contains(rename[0]))
        #expect(try await ids("--table", "crm.campaigns_old") == [])
        #expect(try await ids("--text", "SET price=0$") == ["shop-bin.000005:14479"])
        #expect(try await Set(ids("--gtid", "0-7-811")) == ["shop-bin.000006:14347"])
        #expect(try await ids("--destructive", "--server-id", "8") == [])
        #expect(try await ids("--destructive", "--min-bytes", "10000") == ["shop-bin.000005:14479"])
        #expect(try await ids("--min-rows", "60", "--kind", "mass-update") == [])
        #expect(try await ids("--destructive", "--thread", "322") == ["shop-bin.000004:96056"])
    }

    @Test("a table's name is found with a dot and a backtick in it")
    func oddNames() async throws {
        let server = try await SourceServer()
        try server.run(
            "CREATE DATABASE `we``ird`", "CREATE TABLE `we``ird`.`t.``x` (a INT)",
            "DROP TABLE `we``ird`.`t.``x`")
        try await server.stop()
        for name in ["`we``ird`.`t.``x`", "`t.``x`"] {
            let run = try await Lastgood.run([
                "search", server.logFolder, "--destructive", "--table", name, "--json",
            ])
            #expect(try run.objects("matches").count == 1, "\(name): \(run.output)")
        }
        let other = try await Lastgood.run(
            ["search", server.logFolder, "--table", "`we``ird`", "--json"])
        #expect(other.exitCode == 1, "\(other.output)")
    }

    @Test("a table that changed places with a partition is found by its name")
    func movedPartitions() async throws {
        let server = try await SourceServer()
        try server.run(
            "CREATE DATABASE s", "USE s", "CREATE TABLE e (id INT)", "CREATE TABLE w (id INT)",
            "CREATE TABLE p (id INT) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (9),"
                + "PARTITION b VALUES LESS THAN (99))",
            "ALTER TABLE p EXCHANGE PARTITION a WITH TABLE e",
            "ALTER TABLE p CONVERT PARTITION b TO TABLE t",
            "ALTER TABLE p CONVERT TABLE w TO PARTITION c VALUES LESS THAN (999)")
        try await server.stop()
        let wanted = [
            "p": ["drop-partition", "drop-partition"], "e": ["drop-partition"],
            "w": ["drop-table"], "t": [],
        ]
        for (table, kinds) in wanted {
            for catalog in [[], ["--no-catalog"]] {
                let run = try await Lastgood.run(
                    ["search", server.logFolder, "--destructive", "--table", table, "--json"]
                        + catalog)
                let found = try run.objects("matches").map { $0["kind"] as? String }
                #expect(found == kinds, "\(table) \(catalog): \(run.output)")
            }
        }
        let made = try await Lastgood.run(["search", server.logFolder, "--table", "t", "--json"])
        #expect(try made.objects("matches").count == 1, "\(made.output)")
    }

    @Test("times bound the search, in the zone that is given")
    func times() async throws {
        let since = [
            "--destructive", "--since", "2026-11-21 04:55:42", "--until",
            "2026-11-21T04:55:43", "--time-zone", "+01:00",
        ]
        let run = try await Lastgood.run(["search", Shop.logs, "--json"] + since)
        #expect(try run.objects("matches").map { $0["id"] as? String } == ["shop-bin.000004:96056"])
        #expect(try run.warningCodes.contains("time-read-as"))
        let utc = try await Lastgood.run(
            "search", Shop.logs, "--json", "--destructive", "--since", "2026-11-21T03:55:57.5Z")
        #expect(try utc.warningCodes.contains("sub-second"))
        #expect(try utc.objects("matches").count == 1)
    }

    @Test("a day is its first moment, and told")
    func days() async throws {
        let zone = ["--time-zone", "Europe/Berlin"]
        for (day, moment) in [("2026-11-21", "2026-11-20T23:00:00Z"), ("2026-11-22", nil)] {
            let run = try await Lastgood.run(
                ["search", Shop.logs, "--json", "--destructive", "--since", day] + zone)
            let same = try await Lastgood.run(
                ["search", Shop.logs, "--json", "--destructive", "--since", day + " 00:00:00"]
                    + zone)
            func ids(_ run: ProgramOutcome) throws -> [String?] {
                try run.objects("matches").map { $0["id"] as? String }
            }
            #expect(try ids(run) == ids(same))
            #expect(try ids(run).isEmpty == (moment == nil))
            if let moment { #expect(run.output.contains(moment)) }
        }
        let located = try await Lastgood.run("locate", "2026-11-21", "--json", Shop.logs)
        #expect(located.exitCode == 1)
        #expect(try located.warningCodes.contains("day-read-as-gtid"))
    }

    @Test("matches come by danger, in log order, or by rows, and the limit says how many more")
    func order() async throws {
        #expect(try await ids("--sort", "time").first == "shop-bin.000002:17455")
        #expect(
            try await ids("--sort", "rows").prefix(2) == [
                "shop-bin.000005:14479", "shop-bin.000002:17455",
            ])
        let run = try await Lastgood.run("search", Shop.logs, "--json", "--limit", "2")
        #expect(try run.objects("matches").count == 2)
        #expect(try run.result["total"] as? Int == 7)
        let text = try await Lastgood.run("search", Shop.logs, "--limit", "2")
        #expect(text.output.contains("5 more"))
    }

    @Test("nothing found is exit 1, without an error")
    func nothing() async throws {
        let run = try await Lastgood.run("search", Shop.logs, "--kind", "drop-database", "--json")
        #expect(run.exitCode == 1)
        #expect(try run.errorCode == nil)
        #expect(try run.objects("matches").isEmpty)
    }

    @Test("damage is exit 10, and what can be read before and behind it is shown")
    func damage() async throws {
        let logs = try LogCopy()
        try logs.change(4) { $0[50_000] ^= 0x10 }
        let run = try await Lastgood.run("search", logs.path, "--json")
        #expect(run.exitCode == 10)
        let ids = try run.objects("matches").compactMap { $0["id"] as? String }
        #expect(!ids.contains("shop-bin.000004:96056"))
        #expect(ids.contains("shop-bin.000002:17455") && ids.contains("shop-bin.000006:14347"))
        try logs.remove(4)
        let gap = try await Lastgood.run("search", logs.path, "--json")
        #expect(gap.exitCode == 11)
        #expect(try gap.objects("matches").count == 6)
    }

    @Test("no password of the log is shown")
    func secrets() async throws {
        let run = try await Lastgood.run(
            "search", Shop.logs, "--kind", "other", "--text", "(?i)identified")
        #expect(run.exitCode == 0)
        #expect(run.output.contains("'***'"))
    }

    @Test("what stands behind damage is found from an offset on, and marked")
    func behindDamage() async throws {
        let logs = try LogCopy(4...4)
        let whole = try await Lastgood.run(
            "search", logs.file(4), "--kind", "drop-table", "--json")
        let id = try #require(try whole.objects("matches").first?["id"] as? String)
        // Garbage, with bytes that look like an event in it, in front of the statement.
        try logs.change(4) { bytes in
            for index in 20_000..<21_000 { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
        }
        let damaged = try await Lastgood.run(
            "search", logs.file(4), "--kind", "drop-table", "--json")
        #expect(damaged.exitCode == 10)
        #expect(try damaged.objects("matches").isEmpty)
        let behind = try await Lastgood.run(
            "search", logs.file(4), "--kind", "drop-table", "--from-offset", "20000", "--json")
        #expect(behind.exitCode == 0, "\(behind.output)")
        #expect(try behind.warningCodes.contains("resynchronized"))
        #expect(try behind.objects("matches").first?["id"] as? String == id)

        let end = try await Lastgood.run(
            "search", logs.file(4), "--from-offset", "99999999", "--json")
        #expect(end.exitCode == 10)
        let several = try await Lastgood.run("search", Shop.logs, "--from-offset", "4", "--json")
        #expect(several.exitCode == 64)
        let unguarded = Lastgood.root + "/Fixtures/mariadb-11.8/no_checksums/bin.000001"
        let refused = try await Lastgood.run("search", unguarded, "--from-offset", "300", "--json")
        #expect(refused.exitCode == 10)
        #expect(try refused.errorCode == "unsupported-event")
    }
}
