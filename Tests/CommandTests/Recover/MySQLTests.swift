import Foundation
import Server
import TestSupport
import Testing

/// A MySQL server's logs and dump, recovered onto another MySQL server.
@Suite(
    "MySQL", .serialized,
    .enabled(if: OtherServers.has(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"))
struct MySQLTests {
    /// A source whose table was dropped by accident, and the dump from before.
    private struct Incident {
        let source: MySQLServer
        let dump: String
        /// What the source held just before the DROP, by table.
        let before: [String: String]
        /// A moment between two transactions of the same second.
        let moment: String

        init(_ folder: TestFolder) async throws {
            source = try await MySQLServer(["--event-scheduler=OFF"], name: "mysql-source")
            dump = folder.path + "/dump.sql"
            let connection = try source.session()
            try connection.execute(
                """
                CREATE DATABASE shop; USE shop;
                CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, item VARCHAR(50), j JSON);
                CREATE TABLE log (id INT PRIMARY KEY AUTO_INCREMENT, what VARCHAR(50));
                INSERT INTO orders (item) VALUES ('a'),('b'),('c')
                """)
            try await Self.dump(source, to: dump)
            for round in 0..<200 {
                try connection.execute(
                    "INSERT INTO orders (item,j) VALUES ('item \(round)',JSON_OBJECT('n',\(round)))"
                )
                try connection.execute(
                    "UPDATE orders SET item=CONCAT(item,'!') WHERE id%7=\(round % 7)")
                try connection.execute("INSERT INTO log (what) VALUES ('round \(round)')")
                if round == 100 {
                    try connection.execute("ALTER TABLE log ADD COLUMN t TIMESTAMP(6) NULL")
                }
            }
            before = try MySQLTests.checksums(source)
            try connection.execute("DO SLEEP(0.01)")
            moment = try connection.value("SELECT CONCAT(UTC_TIMESTAMP(6),'Z')") ?? ""
            try connection.execute(
                "DO SLEEP(0.01); DROP TABLE orders; INSERT INTO log (what) VALUES ('behind')")
        }

        private static func dump(_ source: MySQLServer, to path: String) async throws {
            guard case .socket(let socket) = source.address.place else { return }
            let script =
                "\"$1\" run \(MySQLServer.version) mysqldump --no-defaults -uroot -S \"$2\" "
                + "--single-transaction --source-data=2 --databases shop > \"$3\""
            let servers = Lastgood.root + "/Tests/servers.sh"
            try await ChildProgram(
                "/bin/sh", ["-c", script, "sh", servers, socket, path], user: nil
            ).run()
        }
    }

    private static func checksums(_ server: MySQLServer) throws -> [String: String] {
        var sums: [String: String] = [:]
        for table in ["orders", "log"] {
            sums[table] = try server.session().value(
                "SELECT CONCAT(COUNT(*),' ',SUM(CRC32(CONCAT_WS('/',\(table).id,"
                    + (table == "orders" ? "item,j" : "what,t") + ")))) FROM shop.\(table)")
        }
        return sums
    }

    private func words(_ incident: Incident, _ target: MySQLServer, _ workdir: String) -> [String] {
        guard case .socket(let socket) = target.address.place else { return [] }
        return [
            "--backup", incident.dump, "--binlogs", incident.source.logFolder, "--target",
            "mysql://\(socket)?user=root", "--yes", "--json", "--workdir", workdir,
        ]
    }

    private static func target() async throws -> MySQLServer {
        try await MySQLServer(["--event-scheduler=OFF", "--server-id=2"])
    }

    @Test("a dropped table is found, and the dump and the log give it back as it was")
    func recovers() async throws {
        let folder = try TestFolder("mysql")
        let incident = try await Incident(folder)
        let search = try await Lastgood.run(
            "search", incident.source.logFolder, "--destructive", "--json")
        let found = try search.objects("matches")
        #expect(found.compactMap { $0["kind"] as? String } == ["drop-table"])
        let gtid = try #require(found.first?["gtid"] as? String)
        let stops = [
            ["--before", "DROP TABLE shop.orders"], ["--before", gtid],
            ["--exact", "--before", gtid],
            ["--until", incident.moment],
        ]
        for (index, stop) in stops.enumerated() {
            let target = try await Self.target()
            let run = try await Lastgood.run(
                ["recover"] + words(incident, target, "\(folder.path)/w\(index)") + stop)
            #expect(run.exitCode == 0, "\(stop) \(run)")
            #expect(!(try run.warningCodes.contains("sub-second")))
            #expect(try Self.checksums(target) == incident.before, "\(stop)")
            let statement = try run.text("result", "gtidStatement")
            #expect(statement?.hasPrefix("SET GLOBAL gtid_purged='+") == true)
        }
    }

    @Test("after kills of lastgood a resume gives the same")
    func kills() async throws {
        let folder = try TestFolder("mysql")
        let incident = try await Incident(folder)
        let seed = try TestSeed.read(for: "kills on MySQL")
        var random = SplitMix64(seed: seed)
        for round in 0..<4 {
            let target = try await Self.target()
            let workdir = "\(folder.path)/w\(round)"
            let phase = ["loading", "replaying"][round % 2]
            _ = try await Lastgood.run(
                ["recover"] + words(incident, target, workdir) + ["--before", "DROP TABLE orders"]
                    + (round > 1 ? ["--exact"] : []),
                when: workdir + "/state.json", holds: "\"\(phase)\"",
                do: "sleep 0.\(random.within(0...3))\(random.within(0...9)); kill -KILL $pid")
            let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
            #expect(resumed.exitCode == 0, "seed \(seed) round \(round): \(resumed)")
            #expect(try Self.checksums(target) == incident.before, "seed \(seed) round \(round)")
        }
    }

    @Test("logs of one make do not go onto a server of the other")
    func otherMake() async throws {
        let folder = try TestFolder("mysql")
        let incident = try await Incident(folder)
        var onto = words(incident, incident.source, folder.path + "/w")
        onto.removeSubrange(4...5)
        let scratch = try await Lastgood.run(["recover"] + onto + ["--end"])
        #expect(scratch.exitCode == 12)
        #expect(try scratch.errorCode == "other-server")
        #expect(try scratch.text("error", "hint")?.contains("mysql://") == true)
        guard case .socket(let socket) = incident.source.address.place else { return }
        let shop = try await Lastgood.run(
            ["recover"] + Shop.input
                + ["--end", "--json", "--target", "mysql://\(socket)?user=root", "--yes"])
        #expect(shop.exitCode == 12)
        #expect(try shop.errorCode == "other-server")
    }
}
