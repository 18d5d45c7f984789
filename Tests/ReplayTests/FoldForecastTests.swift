import Binlog
import BinlogFiles
import Recovery
import Replay
import Server
import SystemPackage
import TestSupport
import Testing

/// What a plan says of folding is what the replay then does.
@Suite("forecast of folding")
struct FoldForecastTests {
    /// Tables that speak for each reason, as people write them.
    private static let statements = [
        "CREATE TABLE d.plain (id INT PRIMARY KEY, v VARCHAR(9) DEFAULT ',)' COMMENT 'it''s, (')",
        "CREATE TABLE d.`od``d, name` (`a b` INT NOT NULL UNIQUE, v INT CHECK (v > -99))",
        "CREATE TABLE d.keyless (id INT, v INT)",
        "CREATE TABLE d.nullable (id INT, v INT, UNIQUE KEY (id))",
        "CREATE TABLE d.prefixed (id VARCHAR(50), v INT, PRIMARY KEY (id(3)))",
        "CREATE TABLE d.counted (id INT PRIMARY KEY, v INT, n INT AUTO_INCREMENT, KEY (n))",
        "CREATE TABLE d.computed (id INT PRIMARY KEY, v INT, w INT AS (v + 1) VIRTUAL)",
        "CREATE TABLE d.stored (id INT PRIMARY KEY, v INT, w INT AS (v + 1) STORED)",
        "CREATE TABLE d.long_key (id INT PRIMARY KEY, v INT, t TEXT, UNIQUE (t))",
        "CREATE TABLE d.engine (id INT PRIMARY KEY, v INT) ENGINE=MyISAM",
        "CREATE TABLE d.versioned (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING",
        "CREATE TABLE d.parent (id INT PRIMARY KEY, v INT)",
        "CREATE TABLE d.child (id INT PRIMARY KEY, v INT, p INT, "
            + "CONSTRAINT c FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)",
        "CREATE TABLE d.refused (id INT PRIMARY KEY, v INT, p INT, "
            + "FOREIGN KEY (p) REFERENCES plain (id))",
        "CREATE TABLE IF NOT EXISTS d.packed (id INT, v TEXT COMPRESSED)",
        "CREATE TABLE d.old (id INT PRIMARY KEY, v INT)", "RENAME TABLE d.old TO d.renamed",
        "CREATE TABLE d.alike LIKE d.computed",
        "CREATE TABLE d.grown (id INT PRIMARY KEY)", "ALTER TABLE d.grown ADD COLUMN v INT",
    ]

    private static let tables = [
        "plain", "`od``d, name`", "keyless", "nullable", "prefixed", "counted", "computed",
        "stored", "long_key", "engine", "versioned", "parent", "child", "refused", "packed",
        "renamed", "alike", "grown",
    ]

    @Test("the log's definitions tell which tables are folded and why the others are not")
    func logDefinitions() async throws {
        let source = try await SourceServer()
        let connection = try source.connect()
        for statement in ["SET SESSION binlog_format=ROW", "CREATE DATABASE d", "USE d"]
            + Self.statements
        {
            try connection.execute(statement)
        }
        for table in Self.tables {
            let first = table.hasPrefix("`") ? "`a b`" : "id"
            try connection.execute("INSERT INTO d.\(table) (\(first), v) VALUES (1, 1), (2, 2)")
            try connection.execute("UPDATE d.\(table) SET v = 3")
        }
        let logs = try LogSet.find([FilePath(source.logFolder)])
        let planner = Planner(
            logs,
            start: .position(BinlogPosition(file: "bin.000001", offset: 4), gtidPosition: nil),
            stop: .end, matches: nil)
        guard case .plan(let plan, let contained) = try planner.outcome() else {
            throw RecoveryError(.startNotFound, "no plan")
        }
        let forecast = FoldForecast(
            plan.tally.tables, backup: [], dependsOnRowOrder: plan.tally.dependsOnRowOrder)
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let tally = try ReplayRun(logs, plan, contained: contained).apply(
            to: try target.connect())
        #expect(forecast.exact.mapValues(\.rawValue) == tally.exactTables)
        #expect(tally.exactTables.count >= 8)
        #expect(forecast.foldable.count + forecast.exact.count == Self.tables.count)
        let nothing = FoldForecast(LoggedTables(), backup: nil, dependsOnRowOrder: false)
        #expect(nothing.foldable.isEmpty && nothing.exact.isEmpty)
        try await source.stop()
        try await target.stop()
    }

    @Test(
        "a text that no server takes is read without harm",
        arguments: [
            "CREATE TABLE t (CONSTRAINT)", "CREATE TABLE t ()", "CREATE TABLE t (a", "CREATE TABLE",
            "CREATE TABLE t (UNIQUE (a(", "CREATE TABLE t (FOREIGN KEY (a) REFERENCES)",
            "CREATE TABLE t (FOREIGN KEY (a) REFERENCES d.)", "CREATE TABLE t (a,,) ENGINE",
            "CREATE TABLE t LIKE", "CREATE TABLE t (LIKE", "CREATE TABLE t (`a` REFERENCES `b`.)",
        ])
    func impossible(_ text: String) {
        let bytes = Array(text.utf8)
        let table = CreatedTable(bytes.span.bytes, mode: .standard, database: "d")
        #expect(table == nil || table?.name == TableName(schema: "d", table: "t"))
    }

    @Test("what the backup does not tell is not guessed")
    func unknown() {
        var logged = LoggedTables()
        logged.changed = [TableName(schema: "d", table: "t"), TableName(schema: "d", table: "u")]
        let forecast = FoldForecast(logged, backup: nil, dependsOnRowOrder: false)
        #expect(
            forecast.exact.mapValues(\.rawValue) == [
                "d.t": "schema-unknown", "d.u": "schema-unknown",
            ])
    }
}
