import Foundation
import Server
import TestSupport
import Testing

/// Where a time is in the logs, compared with stamps that the test gave or mariadb-binlog prints.
@Suite("locate") struct LocateTests {
    private static func id(_ run: ProgramOutcome, _ side: String) throws -> String? {
        let summary = try run.result[side] as? [String: Any]
        return summary?["gtid"] as? String
    }

    @Test("a time's cut is before the first GTID that mariadb-binlog stamps so or later")
    func shop() async throws {
        let printed = try await Lastgood.shell(
            """
            TZ=UTC mariadb-binlog --no-defaults --base64-output=decode-rows \
            \(Shop.logs)/shop-bin.0* |
            sed -nE 's/^#([0-9]{2})([0-9]{2})([0-9]{2}) +([0-9:]+) server id.*GTID ([0-9-]+).*$/\
            20\\1-\\2-\\3T0\\4Z \\5/p'
            """)
        let stamps = printed.output.split(separator: "\n").map { line in
            line.trimmingCharacters(in: .whitespaces).split(separator: " ").map { String($0) }
        }
        #expect(stamps.count > 600)
        for time in Set(stamps.map { $0[0] }).sorted() {
            let cut = try #require(stamps.firstIndex { $0[0] >= time })
            let run = try await Lastgood.run("locate", time, "--json", Shop.logs)
            #expect(run.exitCode == 0)
            #expect(try Self.id(run, "after") == stamps[cut][1])
            #expect(try Self.id(run, "before") == (cut > 0 ? stamps[cut - 1][1] : nil))
            let late = stamps[cut...].filter { $0[0] < time }.count
            #expect(try run.result["lateTotal"] as? Int == late)
        }
        let byGTID = try await Lastgood.run("locate", stamps[9][1], "--json", Shop.logs)
        #expect(try Self.id(byGTID, "before") == stamps[8][1])
        let other = try await Lastgood.run("locate", "9-9-9", "--json", Shop.logs)
        #expect(other.exitCode == 1)
        #expect(try other.result["before"] is NSNull)
        let drop = try await Lastgood.run("locate", "0-7-657", "--json", Shop.logs)
        #expect(try drop.text("result", "after", "statement")?.hasPrefix("DROP TABLE") == true)
        let never = try await Lastgood.run("locate", "2027-01-01T00:00:00Z", "--json", Shop.logs)
        #expect(never.exitCode == 1)
        #expect(try Self.id(never, "before") == stamps.last?[1])
    }

    private static func dump(_ source: SourceServer, _ database: String) async throws -> String {
        let dump = source.folder.path + "/dump.sql"
        let dumped = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S \(source.paths.socket) --master-data=2 "
                + "--single-transaction --databases \(database) > \(dump)")
        #expect(dumped.exitCode == 0, "\(dumped.errorText)")
        return dump
    }

    @Test("a catalog changes nothing, with late stamps and a clock that jumps")
    func catalog() async throws {
        let source = try await SourceServer()
        let connection = try source.connect()
        let begin = 1_700_000_000
        try connection.execute("SET timestamp=\(begin)")
        try connection.execute("CREATE DATABASE s")
        try connection.execute("CREATE TABLE s.t (id INT PRIMARY KEY, b LONGBLOB)")
        let dump = try await Self.dump(source, "s")
        var stamps = [begin, begin]
        for index in 0..<300 {
            // Every 50th is late, and one is far ahead of its time.
            let offset = index == 200 ? 5000 : index % 50 == 49 ? -30 : 0
            stamps.append(begin + 10 + 10 * index + offset)
            try connection.execute("SET timestamp=\(begin + 10 + 10 * index + offset)")
            try connection.execute("INSERT INTO s.t VALUES (\(index),REPEAT('x',60000))")
            if index == 100 || index == 101 { try connection.execute("FLUSH BINARY LOGS") }
        }
        let catalog = source.folder.path + "/catalog.sqlite"
        let index = try await Lastgood.run("index", "--catalog", catalog, source.logFolder)
        #expect(index.exitCode == 0)
        let format = ISO8601DateFormatter()
        for offset in [
            0, 5, 10, 470, 480, 500, 1005, 1010, 1020, 1030, 1040, 2005, 2015, 3005, 4000, 9000,
        ] {
            let time = format.string(
                from: Date(timeIntervalSince1970: Double(begin + offset)))
            let command = ["locate", time, "--json", source.logFolder]
            let plain = try await Lastgood.run(command + ["--no-catalog"])
            let quick = try await Lastgood.run(command + ["--catalog", catalog])
            #expect(plain.output == quick.output)
            #expect(plain.exitCode == quick.exitCode)
            let plan = [
                "plan", "--backup", dump, "--binlogs", source.logFolder, "--until", time, "--json",
            ]
            let wholePlan = try await Lastgood.run(plan + ["--no-catalog"])
            let quickPlan = try await Lastgood.run(plan + ["--catalog", catalog])
            #expect(wholePlan.output == quickPlan.output)
            #expect(wholePlan.exitCode == quickPlan.exitCode)
            let cut = stamps.firstIndex { $0 >= begin + offset }
            #expect(try Self.id(plain, "after") == cut.map { "0-1-\($0 + 1)" })
            if let cut, cut >= 2 {
                let stop = try wholePlan.result["stop"] as? [String: Any]
                #expect(try plain.result["cut"] as? String == stop?["id"] as? String)
            }
            let late = cut.map { stamps[$0...].filter { $0 < begin + offset }.count } ?? 0
            #expect(try plain.result["lateTotal"] as? Int == late)
        }
        for gtid in ["0-1-1", "0-1-150", "0-1-302", "0-1-303"] {
            let command = ["locate", gtid, "--json", source.logFolder]
            let plain = try await Lastgood.run(command + ["--no-catalog"])
            let quick = try await Lastgood.run(command + ["--catalog", catalog])
            #expect(plain.output == quick.output)
            #expect(plain.exitCode == (gtid == "0-1-303" ? 1 : 0))
        }
    }

    @Test("a catalog changes nothing where a statement is the stop point, once or several times")
    func statementStops() async throws {
        let source = try await SourceServer(["--binlog-format=ROW", "--binlog-annotate-row-events"])
        let connection = try source.connect()
        try connection.execute("CREATE DATABASE s")
        let dump = try await Self.dump(source, "s")
        let churn = "INSERT INTO s.t SELECT NULL,REPEAT('x',60000) FROM s.seq_1_to_40"
        for statement in [
            "CREATE TABLE s.t (id INT AUTO_INCREMENT PRIMARY KEY, c TEXT)",
            "CREATE TABLE s.once (id INT)", "CREATE TABLE s.twice (id INT)",
            "CREATE VIEW s.seen AS SELECT * FROM s.t", churn, "DELETE FROM s.t LIMIT 1",
            "DELETE FROM s.seen LIMIT 2", churn, "INSERT INTO s.once VALUES (1)", churn,
            "UPDATE s.once SET id = 2", churn, "DELETE FROM s.once", churn, "DROP TABLE s.once",
            churn,
            "INSERT INTO s.twice VALUES (1)", churn, "DELETE FROM s.twice", churn,
            "DROP TABLE s.twice", churn, "FLUSH BINARY LOGS", churn, "CREATE TABLE s.twice (a INT)",
            churn, "INSERT INTO s.twice VALUES (1)", "/* again */ DELETE FROM s.twice",
            churn, "DELETE FROM s.t LIMIT 1", "DROP TABLE s.twice", churn,
            "DELETE FROM s.seen LIMIT 2", churn, "TRUNCATE TABLE s.t", churn,
        ] {
            try connection.execute(statement)
        }
        let catalog = source.folder.path + "/catalog.sqlite"
        let index = try await Lastgood.run("index", "--catalog", catalog, source.logFolder)
        #expect(index.exitCode == 0)
        let stops: [String: Int32] = [
            "DROP TABLE s.once": 0, "DROP TABLE s.twice": 3, "TRUNCATE TABLE s.t": 0,
            "DELETE FROM s.t LIMIT 1": 3, "DELETE FROM s.seen LIMIT 2": 3,
            "CREATE TABLE s.once (id INT)": 0,
            "DROP TABLE s.never": 1, "delete from `s`.`once`": 0, "DELETE FROM twice": 3,
            "DELETE FROM s.never": 1, "UPDATE s.once SET id = 2": 0,
        ]
        for (statement, exitCode) in stops {
            for side in ["--before", "--after"] {
                let plan = [
                    "plan", "--backup", dump, "--binlogs", source.logFolder, side, statement,
                    "--json",
                ]
                let plain = try await Lastgood.run(plan + ["--no-catalog"])
                let quick = try await Lastgood.run(plan + ["--catalog", catalog])
                #expect(plain.output == quick.output, "\(side) \(statement)")
                #expect(plain.exitCode == quick.exitCode)
                #expect(plain.exitCode == exitCode, "\(side) \(statement): \(plain.output)")
            }
        }
    }
}
