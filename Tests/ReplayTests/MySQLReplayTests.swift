import Binlog
import BinlogFiles
import Recovery
import Server
import SystemPackage
import TestSupport
import Testing

@testable import Replay

/// Random transactions of a MySQL server, replayed onto another in every mode.
@Suite("replay of MySQL") struct MySQLReplayTests {
    @Test(
        "random transactions end in the source's state",
        .enabled(if: OtherServers.has(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"))
    func random() async throws {
        let seed = try TestSeed.read(for: "transactions of MySQL")
        var random = SplitMix64(seed: seed)
        let source = try await MySQLServer(["--event-scheduler=OFF"], name: "mysql-source")
        let connection = try source.session()
        // What made the system tables is no part of it.
        try connection.execute("RESET BINARY LOGS AND GTIDS")
        var workload = MySQLWorkload()
        for statement in MySQLWorkload.beginning { try connection.execute(statement) }
        for _ in 0..<250 {
            for statement in workload.transaction(&random) {
                do {
                    try connection.execute(statement)
                } catch {
                    // Duplicates and the like: the source has undone the statement.
                    #expect(error.code == .sqlError && error.number != 1064, "\(error)")
                }
            }
        }
        let wanted = try await RecordedCase.state(of: source)
        let target = try await MySQLServer(
            ["--skip-log-bin", "--event-scheduler=OFF", "--server-id=2"])
        for mode in ReplayMode.allCases {
            let exact = try replay(source, onto: target, mode)
            let found = try await RecordedCase.state(of: target)
            #expect(
                found == wanted, "seed \(seed), \(mode): \(Self.difference(found, wanted))")
            #expect(mode == .exact || exact["d.plain"] == nil, "\(exact)")
            try target.session().execute("DROP DATABASE d")
        }
    }

    @Test(
        "statements meet the microsecond that their server had",
        .enabled(if: OtherServers.has(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"))
    func microseconds() async throws {
        let source = try await MySQLServer(["--event-scheduler=OFF"], name: "mysql-source")
        let connection = try source.session()
        try connection.execute("RESET BINARY LOGS AND GTIDS")
        try connection.execute(
            "CREATE DATABASE d; CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, "
                + "m DATETIME(6) DEFAULT NOW(6)); SET SESSION binlog_format=STATEMENT")
        for microsecond in [0, 1, 499_999, 999_998, 999_999] {
            try connection.execute("SET timestamp=1795456010 + \(microsecond) / 1000000e0")
            try connection.execute("INSERT INTO d.t (m) VALUES (NOW(6))")
        }
        try connection.execute("SET timestamp=DEFAULT")
        for _ in 0..<50 { try connection.execute("INSERT INTO d.t () VALUES ()") }
        let wanted = try await RecordedCase.state(of: source)
        let target = try await MySQLServer(
            ["--skip-log-bin", "--event-scheduler=OFF", "--server-id=2"])
        _ = try replay(source, onto: target, .exact)
        #expect(try await RecordedCase.state(of: target) == wanted)
    }

    private static func difference(_ found: String, _ wanted: String) -> [Substring] {
        let (found, wanted) = (found.split(separator: "\n"), wanted.split(separator: "\n"))
        return Array(wanted.filter { !found.contains($0) }.prefix(3))
            + Array(found.filter { !wanted.contains($0) }.prefix(3))
    }

    /// Returns the tables that were not folded.
    private func replay(
        _ source: MySQLServer, onto target: MySQLServer, _ mode: ReplayMode
    ) throws -> [String: String] {
        var exact: [String: String] = [:]
        try Replaying.replay(
            LogSet.find([FilePath(source.logFolder)]), onto: target, mode: mode
        ) { exact = $0.exactTables }
        return exact
    }

    @Test(
        "rows of tables that cannot roll back are marked while they are under way",
        .enabled(if: OtherServers.has(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"))
    func unsureRows() async throws {
        let options = [
            "--event-scheduler=OFF", "--gtid-mode=OFF", "--enforce-gtid-consistency=OFF",
        ]
        let source = try await MySQLServer(options, name: "mysql-source")
        let connection = try source.session()
        try connection.execute("RESET BINARY LOGS AND GTIDS")
        try connection.execute(
            """
            CREATE DATABASE d; CREATE TABLE d.m (id INT PRIMARY KEY) ENGINE=MyISAM;
            INSERT INTO d.m VALUES (1), (2), (3)
            """)
        let target = try await MySQLServer(options + ["--skip-log-bin", "--server-id=2"])
        // The last row is there already, and the two before it cannot be undone.
        try target.session().execute(
            """
            CREATE DATABASE d; CREATE TABLE d.m (id INT PRIMARY KEY) ENGINE=MyISAM;
            INSERT INTO d.m VALUES (3)
            """)
        let logs = try LogSet.find([FilePath(source.logFolder)])
        var chain = try ChainReader(logs)
        while try chain.advance() {}
        let insert = BinlogPosition(
            file: chain.file.name, offset: chain.transaction.beginOffset)
        let (plan, contained) = try Replaying.outcome(logs, from: insert, to: .end)
        var run = ReplayRun(logs, plan, contained: contained)
        run.isExact = true
        for code in ["target-failed", "unsure-rows"] {
            let failure = try #require(throws: ReplayFailure.self) {
                try run.apply(to: try target.session())
            }
            #expect(failure.error.code.rawValue == code, "\(failure.error)")
        }
    }

    @Test(
        "a transaction that the target has run already is not taken for a new one",
        .enabled(if: OtherServers.has(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"))
    func knownGTIDs() async throws {
        let source = try await MySQLServer(["--event-scheduler=OFF"], name: "mysql-source")
        let connection = try source.session()
        try connection.execute("RESET BINARY LOGS AND GTIDS")
        try connection.execute(
            "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); INSERT INTO d.t VALUES (1)")
        let executed = try #require(try connection.value("SELECT @@gtid_executed"))
        try connection.execute(
            "XA START 'left'; INSERT INTO d.t VALUES (2); XA END 'left'; XA PREPARE 'left'")
        // What is not applied is not said to be there.
        let logs = try LogSet.find([FilePath(source.logFolder)])
        let begin = BinlogPosition(file: "bin.000001", offset: 4)
        let plan = try Replaying.outcome(logs, from: begin, to: .end).0
        #expect(plan.stop.gtidPosition.description == executed)
        let target = try await MySQLServer(["--event-scheduler=OFF", "--server-id=2"])
        // As a dump of it leaves it.
        try target.session().execute("SET GLOBAL gtid_purged='+\(executed)'")
        _ = try replay(source, onto: target, .exact)
        #expect(try target.session().value("SELECT COUNT(*) FROM d.t") == "1")
    }
}

/// Transactions on a few tables of every kind that matters, in every form of logging.
struct MySQLWorkload {
    static let beginning = [
        "CREATE DATABASE d", "USE d",
        "CREATE TABLE plain (id INT PRIMARY KEY, a VARCHAR(60), j JSON, b BLOB)",
        "CREATE TABLE twice (id INT PRIMARY KEY, u INT UNIQUE, t TIMESTAMP(6) NULL)",
        "CREATE TABLE keyless (a INT, b VARCHAR(20))",
        "CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, n INT, KEY f ((n + 1)))",
        "CREATE TABLE parent (id INT PRIMARY KEY)",
        """
        CREATE TABLE child (id INT PRIMARY KEY, p INT,
          FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)
        """,
        "INSERT INTO parent VALUES (1), (2), (3), (4), (5)",
    ]
    private var copies = 0

    mutating func transaction(_ random: inout SplitMix64) -> [String] {
        switch random.within(0...29) {
        case 0: return [definition(&random)]
        case 1: return [setting(&random)]
        case 2: return ["FLUSH BINARY LOGS"]
        case 3...8: return [statement(&random)]
        case 9:
            let body = (0..<random.within(1...4)).map { _ in statement(&random) }
            return ["BEGIN"] + body + ["ROLLBACK"]
        case 10:
            return [
                "BEGIN", statement(&random), "SAVEPOINT s", statement(&random),
                "ROLLBACK TO SAVEPOINT s", statement(&random), "COMMIT",
            ]
        default:
            let body = (0..<random.within(1...6)).map { _ in statement(&random) }
            return ["BEGIN"] + body + ["COMMIT"]
        }
    }

    private mutating func definition(_ random: inout SplitMix64) -> String {
        copies += 1
        return switch random.within(0...4) {
        case 0: "ALTER TABLE plain ADD COLUMN c\(copies) INT DEFAULT \(copies)"
        case 1: "TRUNCATE TABLE twice"
        case 2: "CREATE TABLE copy\(copies) (PRIMARY KEY (id)) AS SELECT id, a, j FROM plain"
        case 3: "DELETE FROM parent WHERE id=\(random.within(1...5))"
        default: "CREATE INDEX i\(copies) ON counted (n)"
        }
    }

    private func setting(_ random: inout SplitMix64) -> String {
        let image = ["FULL", "MINIMAL", "NOBLOB"][random.within(0...2)]
        let compression = random.within(0...1)
        let partial = random.within(0...1) == 0 ? "''" : "'PARTIAL_JSON'"
        return "SET SESSION binlog_row_image=\(image),"
            + "binlog_transaction_compression=\(compression),"
            + "binlog_row_value_options=\(partial),"
            + "binlog_rows_query_log_events=\(random.within(0...1))"
    }

    private func statement(_ random: inout SplitMix64) -> String {
        let id = random.within(1...40)
        let other = random.within(1...40)
        return switch random.within(0...13) {
        case 0:
            "INSERT INTO plain (id,a,j) VALUES (\(id),REPEAT('a',\(other)),"
                + "JSON_OBJECT('n',\(other),'text',REPEAT('x',60),'list',JSON_ARRAY(1,\(id))))"
        case 1: "UPDATE plain SET j=JSON_SET(j,'$.n',\(other)) WHERE id=\(id)"
        case 2: "UPDATE plain SET j=JSON_REMOVE(j,'$.text'),a='\(other)' WHERE id<\(id)"
        case 3: "UPDATE plain SET id=id+100 WHERE id=\(id)"
        case 4: "REPLACE INTO plain (id,b) VALUES (\(id),REPEAT('b',\(10 * other)))"
        case 5: "DELETE FROM plain WHERE id IN (\(id),\(other))"
        case 6: "INSERT INTO twice VALUES (\(id),\(other),NOW(6))"
        case 7: "UPDATE twice SET u=u+\(other) WHERE id>\(id) ORDER BY u DESC"
        case 8: "INSERT INTO twice VALUES (\(id),\(other),NULL) ON DUPLICATE KEY UPDATE u=NULL"
        case 9: "INSERT INTO keyless VALUES (\(id % 5),'\(other % 3)'),(\(id % 5),NULL)"
        case 10: "UPDATE keyless SET b='changed' WHERE a=\(id % 5) LIMIT 1"
        case 11: "DELETE FROM keyless WHERE a=\(id % 5)"
        case 12: "INSERT INTO counted (n) VALUES (\(id)),(\(other))"
        default: "INSERT INTO child VALUES (\(id),\(random.within(1...5)))"
        }
    }
}
