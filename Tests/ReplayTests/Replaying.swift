import Binlog
import BinlogFiles
import Foundation
import Recovery
import Server
import SystemPackage
import TestSupport
import Testing

@testable import Replay

/// How a log is replayed.
enum ReplayMode: String, CaseIterable, CustomStringConvertible {
    /// In the source's order.
    case exact
    /// Folded over windows of so many transactions, the longer ones put together from parts and
    /// sent by several sessions.
    case folded1, folded7
    /// Folded over all of the log, sent by two sessions.
    case folded

    var description: String {
        switch self {
        case .exact: "exact"
        case .folded1: "folded, windows of 1"
        case .folded7: "folded, windows of 7"
        case .folded: "folded"
        }
    }

    func set(_ run: inout ReplayRun) {
        switch self {
        case .exact: run.isExact = true
        case .folded1: run.windowTransactions = 1
        case .folded7:
            run.windowTransactions = 7
            run.stretchTransactions = 2
            run.lanes = 3
        case .folded: run.lanes = 2
        }
    }
}

/// Replays a source's log onto another server, as the command does.
enum Replaying {
    /// Plans and applies; returns where the replay stopped.
    @discardableResult
    static func replay(
        _ source: SourceServer, onto target: SourceServer,
        from start: BinlogPosition = BinlogPosition(file: "bin.000001", offset: 4),
        to stop: StopRequest = .end, excluded: Int = 0, mode: ReplayMode = .folded,
        foldsWithoutKey: Bool? = true, writesBinlog: Bool = false, isPrivate: Bool = false,
        onEnd: (ReplayTally) -> Void = { _ in }
    ) throws -> Plan {
        try replay(
            LogSet.find([FilePath(source.logFolder)]), onto: target, from: start, to: stop,
            excluded: excluded, mode: mode, foldsWithoutKey: foldsWithoutKey,
            writesBinlog: writesBinlog, isPrivate: isPrivate, onEnd: onEnd)
    }

    /// The same of any logs.
    @discardableResult
    static func replay(
        _ logs: LogSet, onto target: some TestServer,
        from start: BinlogPosition = BinlogPosition(file: "bin.000001", offset: 4),
        to stop: StopRequest = .end, excluded: Int = 0, mode: ReplayMode,
        foldsWithoutKey: Bool? = true, writesBinlog: Bool = false, isPrivate: Bool = false,
        onEnd: (ReplayTally) -> Void = { _ in }
    ) throws -> Plan {
        let (plan, contained) = try outcome(logs, from: start, to: stop)
        var run = ReplayRun(logs, plan, contained: contained)
        mode.set(&run)
        run.writesBinlog = writesBinlog
        run.isPrivate = isPrivate
        run.loadFolder = target.folder.path
        run.openSession = { () throws(ServerError) in try target.session() }
        // The statements of most tests do not hang on the order of rows.
        run.foldsWithoutKey = foldsWithoutKey ?? run.foldsWithoutKey
        let tally = try run.apply(
            to: try target.session(),
            onRetry: { Issue.record("\(mode), retried after: \($0.error)") })
        #expect(tally.transactions == UInt64(plan.tally.transactions))
        #expect(tally.rows == plan.tally.rows)
        #expect(plan.excluded.count == excluded)
        onEnd(tally)
        try ReplayRun.removeCheckpoint(try target.session(), writesBinlog: writesBinlog)
        return plan
    }

    /// Replays statements of a source in row format in every mode, expects the source's state, and
    /// gives each target.
    static func replay(
        _ statements: [String], foldsWithoutKey: Bool? = true,
        check: (borrowing Connection, ReplayTally, Comment) throws -> Void
    ) async throws {
        let source = try await SourceServer()
        let connection = try source.connect()
        for statement in ["SET SESSION binlog_format=ROW", "CREATE DATABASE d"] + statements {
            try connection.execute(statement)
        }
        let expected = try ServerState(source)
        for mode in ReplayMode.allCases {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            var tally = ReplayTally()
            try replay(source, onto: target, mode: mode, foldsWithoutKey: foldsWithoutKey) {
                tally = $0
            }
            try ServerState(target).expect(expected, "\(mode)")
            try check(try target.connect(), tally, "\(mode)")
            try await target.stop()
        }
        try await source.stop()
    }

    /// The id of each transaction of a source's logs, and how many rows it changes.
    static func transactions(
        of source: SourceServer
    ) throws -> [(id: BinlogPosition, rows: Int)] {
        var found: [(id: BinlogPosition, rows: Int)] = []
        for file in try LogSet.find([FilePath(source.logFolder)]).files {
            var reader = try LogReader(path: file.path)
            var registry = TableMapRegistry()
            var rows = 0
            while try reader.advance() {
                switch reader.event.type {
                case .gtid:
                    rows = 0
                    registry.endStatement()
                case .tableMap: try registry.record(reader.event)
                case .writeRowsV1, .updateRowsV1, .deleteRowsV1:
                    let event = try RowsEvent(reader.event)
                    rows += try registry.countRows(in: event, of: registry.table(of: event))
                    if event.endsStatement { registry.endStatement() }
                default: break
                }
                guard reader.step == .ends || reader.step == .whole else { continue }
                let begin = reader.transaction.beginOffset
                found.append((BinlogPosition(file: reader.name, offset: begin), rows))
            }
        }
        return found
    }

    /// The plan of a replay from the first event on.
    static func plan(_ source: SourceServer, to stop: StopRequest) throws -> Plan {
        let logs = try LogSet.find([FilePath(source.logFolder)])
        return try outcome(
            logs, from: BinlogPosition(file: "bin.000001", offset: 4), to: stop
        ).0
    }

    static func outcome(
        _ logs: LogSet, from start: BinlogPosition, to stop: StopRequest
    ) throws -> (Plan, GTIDPosition) {
        let planner = Planner(
            logs, start: .position(start, gtidPosition: nil), stop: stop, matches: nil)
        guard case .plan(let plan, let contained) = try planner.outcome() else {
            throw RecoveryError(.startNotFound, "no plan")
        }
        try expect(plan, oneByOne: logs, to: stop)
        return (plan, contained)
    }

    /// Makes the same plan again from one transaction after the other, on one thread.
    private static func expect(_ plan: Plan, oneByOne logs: LogSet, to stop: StopRequest) throws {
        let expected = try oneByOne(
            logs, from: plan.start, plan.startGTIDPosition, to: stop, matches: nil
        ).plan()
        var found = plan
        // The reader of the chain tells of them.
        found.warnings.removeAll { $0.code == "crash-tail" }
        #expect(found == expected)
    }

    /// What a plan is made of, from one transaction after the other.
    static func oneByOne(
        _ logs: LogSet, from start: BinlogPosition, _ gtids: GTIDPosition, to stop: StopRequest,
        matches: Planner.TextMatcher?
    ) throws -> PlanBuilder {
        let place = try LogPlace(start, in: logs)
        var builder = PlanBuilder(stop, start: start, gtidPosition: gtids)
        var reader = TransactionReader(matches: matches)
        var chain = try ChainReader(logs, fileIndex: place.fileIndex)
        while try !builder.isFinal && chain.advance() {
            let own = LogPlace(fileIndex: chain.fileIndex, offset: chain.event.offset)
            guard own >= place, let facts = try reader.take(chain) else { continue }
            builder.take(facts)
        }
        return builder
    }

    /// A number of the environment, for longer runs by hand.
    static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}

/// All that a server holds: rows by checksum, definitions by text.
struct ServerState {
    var tables: [TableChecksum]
    /// By kind and name.
    var definitions: [String: String]
    /// The AUTO_INCREMENT counters of tables that have one.
    var counters: [String: String] = [:]

    init(_ server: SourceServer) throws {
        let connection = try server.connect()
        try connection.execute("SET SESSION sql_mode=0")
        // On 10.5 an Aria table that BINLOG filled counts too few rows until then.
        try connection.execute("FLUSH TABLES")
        tables = try TableVerification.tableChecksums(
            try server.sessions(), excludingSchemas: [ReplayRun.checkpointSchema])
        for index in tables.indices where !tables[index].isSteady {
            try Self.sumUpRows(&tables[index], connection)
        }
        definitions = [:]
        try readTables(connection)
        try readAccounts(connection)
        for (kind, query) in Self.queries {
            for row in try connection.query(query) {
                let texts = row.map { $0 ?? "NULL" }
                definitions["\(kind) \(texts[0])"] = texts.dropFirst().joined(separator: " | ")
            }
        }
    }

    /// The server's figure for a table with STORED columns may be another for the same rows.
    private static func sumUpRows(
        _ table: inout TableChecksum, _ connection: borrowing Connection
    ) throws {
        let name =
            SQLText.quoteIdentifier(table.schema) + "." + SQLText.quoteIdentifier(table.table)
        let rows = try connection.query("SELECT * FROM \(name)")
        table.checksum = rows.map(\.debugDescription).sorted().joined()
        table.isSteady = true
    }

    /// Of a table all but its AUTO_INCREMENT: a log does not tell of ids that a rollback lost.
    private mutating func readTables(_ connection: borrowing Connection) throws {
        for table in tables {
            let name =
                SQLText.quoteIdentifier(table.schema) + "." + SQLText.quoteIdentifier(table.table)
            let text = try #require(
                try connection.query("SHOW CREATE TABLE \(name)").first?.last ?? nil)
            definitions["table \(name)"] = text.replacing(/\ AUTO_INCREMENT=\d+/, with: "")
            counters[name] = text.firstMatch(of: /AUTO_INCREMENT=(\d+)/).map { String($0.1) }
        }
    }

    /// Passwords, limits and locks of each account and role without the times at which they were
    /// set, and all that it was granted.
    private mutating func readAccounts(_ connection: borrowing Connection) throws {
        let accounts = try connection.query(
            """
            SELECT User, Host, JSON_REMOVE(Priv, '$.password_last_changed'),
            JSON_VALUE(Priv, '$.is_role') FROM mysql.global_priv
            """)
        try #require(!accounts.isEmpty)
        for account in accounts {
            let texts = account.map { $0 ?? "" }
            let user = SQLText.quoteIdentifier(texts[0])
            let isRole = texts[3] == "1" || texts[3] == "true"
            let name = isRole ? user : user + "@" + SQLText.quoteIdentifier(texts[1])
            let grants = try connection.query("SHOW GRANTS FOR \(name)").map { $0[0] ?? "" }
            definitions["account \(name)"] = ([texts[2]] + grants.sorted()).joined(separator: "\n")
        }
        for row in try connection.query(
            "SELECT CONCAT(User, '@', Host, ' to ', Role), Admin_option FROM mysql.roles_mapping")
        {
            definitions["role \(row[0] ?? "")"] = row[1]
        }
    }

    private static var queries: [(String, String)] {
        let others = "NOT IN ('mysql','sys','information_schema','performance_schema')"
        return [
            (
                "schema",
                """
                SELECT schema_name, default_collation_name FROM information_schema.schemata
                WHERE schema_name \(others) AND schema_name <> '\(ReplayRun.checkpointSchema)'
                """
            ),
            (
                "routine",
                """
                SELECT CONCAT(routine_type, ' ', routine_schema, '.', routine_name),
                routine_definition, sql_mode, definer, security_type, is_deterministic,
                sql_data_access, character_set_client, collation_connection, database_collation,
                dtd_identifier
                FROM information_schema.routines WHERE routine_schema \(others)
                """
            ),
            (
                "trigger",
                """
                SELECT CONCAT(trigger_schema, '.', trigger_name), action_statement, sql_mode,
                definer, action_timing, event_manipulation, event_object_table, action_order,
                character_set_client, collation_connection, database_collation
                FROM information_schema.triggers WHERE trigger_schema \(others)
                """
            ),
            (
                "event",
                """
                SELECT CONCAT(event_schema, '.', event_name), event_definition, sql_mode, definer,
                time_zone, interval_value, interval_field, status, on_completion, execute_at,
                character_set_client, collation_connection, database_collation
                FROM information_schema.events WHERE event_schema \(others)
                """
            ),
            (
                "view",
                """
                SELECT CONCAT(table_schema, '.', table_name), view_definition, definer,
                security_type, check_option, algorithm, character_set_client,
                collation_connection
                FROM information_schema.views WHERE table_schema \(others)
                """
            ),
        ]
    }

    /// Records every table whose AUTO_INCREMENT counter stands elsewhere.
    func expect(
        counters expected: ServerState, _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let names = Set(counters.keys).union(expected.counters.keys).sorted()
        for name in names where counters[name] != expected.counters[name] {
            Issue.record(
                """
                \(comment): AUTO_INCREMENT of \(name) is \(counters[name] ?? "none"), \
                by the server's applier \(expected.counters[name] ?? "none")
                """, sourceLocation: sourceLocation)
        }
    }

    /// Records every difference to what is expected.
    func expect(
        _ expected: ServerState, _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let differences = TableDifference.compare(found: tables, expected: expected.tables)
        for one in differences {
            Issue.record(
                "\(comment): \(one.schema).\(one.table): \(one.kind)",
                sourceLocation: sourceLocation)
        }
        let names = Set(definitions.keys).union(expected.definitions.keys).sorted()
        for name in names where definitions[name] != expected.definitions[name] {
            Issue.record(
                """
                \(comment): \(name)
                is     \(definitions[name] ?? "not there")
                was    \(expected.definitions[name] ?? "not there")
                """, sourceLocation: sourceLocation)
        }
    }
}
