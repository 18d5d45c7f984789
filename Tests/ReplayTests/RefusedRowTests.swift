import Binlog
import BinlogFiles
import Recovery
import Replay
import Server
import Synchronization
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A target that is not as the log says: the one row is named, and everything before it is done.
@Suite("refused rows")
struct RefusedRowTests {
    /// A log whose last part changes rows that the target may not have, and the place before it.
    ///
    /// - Parameters:
    ///   - hasTemporaryTable: one is made before these rows.
    ///   - readsIt: a statement behind them does.
    private static func source(
        hasTemporaryTable: Bool = false, readsIt: Bool = true
    ) async throws -> (server: SourceServer, begin: GTIDPosition) {
        let source = try await SourceServer()
        let connection = try source.connect()
        for statement in [
            "SET SESSION binlog_format=ROW", "CREATE DATABASE d",
            "CREATE TABLE d.t (a INT, b VARCHAR(10), v INT, PRIMARY KEY (a, b))",
            "CREATE TABLE d.other (id INT PRIMARY KEY)", "CREATE TABLE d.keyless (x INT, y INT)",
            "INSERT INTO d.t VALUES (1, 'one', 0), (2, 'two', 0), (3, 'three', 0)",
            "INSERT INTO d.keyless VALUES (1, 1), (2, 2)",
        ] {
            try connection.execute(statement)
        }
        let text = try connection.value("SELECT @@gtid_binlog_pos") ?? ""
        let other = try source.connect()
        if hasTemporaryTable {
            try other.execute("SET SESSION binlog_format=STATEMENT")
            try other.execute("CREATE TEMPORARY TABLE d.x (id INT)")
            try other.execute("INSERT INTO d.x VALUES (77)")
        }
        for statement in [
            "INSERT INTO d.other VALUES (1), (2)", "UPDATE d.t SET v = 1",
            "DELETE FROM d.keyless WHERE x = 2", "INSERT INTO d.other VALUES (3), (4), (5)",
        ] {
            try connection.execute(statement)
        }
        if hasTemporaryTable, readsIt {
            try other.execute("INSERT INTO d.other SELECT id FROM d.x")
        }
        return (source, try #require(GTIDPosition(text)))
    }

    private static func run(
        _ source: SourceServer, from start: BinlogPosition = .init(file: "bin.000001", offset: 4),
        to stop: StopRequest = .end
    ) throws -> (run: ReplayRun, stop: BinlogPosition) {
        let logs = try LogSet.find([FilePath(source.logFolder)])
        let planner = Planner(
            logs, start: .position(start, gtidPosition: nil), stop: stop, matches: nil)
        guard case .plan(let plan, let contained) = try planner.outcome() else {
            throw RecoveryError(.startNotFound, "no plan")
        }
        return (ReplayRun(logs, plan, contained: contained), plan.stop.position)
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        var statement: String
        var message: String
        /// Rows of d.other that come before it.
        var others: String
        var repair: String

        var testDescription: String { statement }
    }

    static let damages = [
        Damage(
            statement: "DELETE FROM d.t WHERE a = 2",
            message:
                "the row (a=2, b='two') of d.t cannot be updated by the transaction bin.000001:",
            others: "2", repair: "INSERT INTO d.t VALUES (2, 'two', 0)"),
        Damage(
            statement: "INSERT INTO d.other VALUES (4)",
            message:
                "the row (id=4) of d.other cannot be inserted by the transaction bin.000001:",
            others: "3", repair: "DELETE FROM d.other WHERE id = 4"),
        Damage(
            statement: "DELETE FROM d.keyless WHERE x = 2",
            message: "the row (x=2, y=2) of d.keyless cannot be deleted by the transaction",
            others: "2", repair: "INSERT INTO d.keyless VALUES (2, 2)"),
        Damage(
            statement: "DROP TABLE d.other", message: "rows of d.other cannot be inserted",
            others: "", repair: "CREATE TABLE d.other (id INT PRIMARY KEY)"),
    ]

    @Test(
        "the row, its table and its transaction are named, and a resume goes on",
        arguments: damages, [ReplayMode.exact, .folded, .folded7])
    func names(_ damage: Damage, _ mode: ReplayMode) async throws {
        let (source, middle) = try await Self.source()
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let gtid = GTID.mariadb(try #require(middle.gtids.first))
        let begin = try Self.run(source, to: .after(.gtid(gtid)))
        _ = try begin.run.apply(to: try target.connect())
        try ReplayRun.removeCheckpoint(try target.connect())
        let connection = try target.connect()
        try connection.execute(damage.statement)
        var run = try Self.run(source, from: begin.stop).run
        mode.set(&run)
        run.openSession = { () throws(ServerError) in try target.connect() }
        let failure = try #require(throws: ReplayFailure.self) {
            try run.apply(to: try target.connect())
        }
        #expect(failure.error.code == .targetFailed)
        #expect(failure.error.message.contains(damage.message), "\(failure.error.message)")
        #expect(failure.error.file == "bin.000001")
        let offset = try #require(failure.error.offset)
        #expect(offset > begin.stop.offset)
        if !damage.others.isEmpty {
            #expect(try connection.value("SELECT COUNT(*) FROM d.other") == damage.others)
        }
        try connection.execute(damage.repair)
        _ = try run.apply(to: try target.connect())
        try ServerState(target).expect(try ServerState(source), "after the repair, \(mode)")
        try await target.stop()
        try await source.stop()
    }

    @Test(
        "while temporary tables are there, the row is named in the session that holds them",
        arguments: damages, [ReplayMode.exact, .folded, .folded1])
    func besideTemporaryTables(_ damage: Damage, _ mode: ReplayMode) async throws {
        let (source, target, run) = try await Self.damaged(by: damage, mode)
        let failure = try #require(throws: ReplayFailure.self) {
            try run.apply(to: try target.connect())
        }
        #expect(failure.error.code == .targetFailed)
        #expect(failure.error.message.contains(damage.message), "\(failure.error.message)")
        #expect(failure.error.file == "bin.000001")
        #expect(failure.losesTemporaryTables)
        try await target.stop()
        try await source.stop()
    }

    @Test(
        "the row is named where temporary tables ended with the source that was killed",
        arguments: [ReplayMode.folded, .folded1, .exact])
    func behindKilledSource(_ mode: ReplayMode) async throws {
        let (source, target, run) = try await Self.damaged(
            by: Self.damages[1], mode, isKilled: true)
        let failure = try #require(throws: ReplayFailure.self) {
            try run.apply(to: try target.connect())
        }
        #expect(
            failure.error.message.contains(Self.damages[1].message), "\(failure.error.message)")
        try await target.stop()
        try await source.stop()
    }

    @Test(
        "what is taken in order goes on in the session that holds temporary tables",
        arguments: damages, [ReplayMode.folded, .folded7])
    func repairedBesideTemporaryTables(_ damage: Damage, _ mode: ReplayMode) async throws {
        let (source, target, run) = try await Self.damaged(by: damage, mode)
        var retries = 0
        _ = try run.apply(
            to: try target.connect(),
            onRetry: { _ in
                retries += 1
                do {
                    try target.connect().execute(damage.repair)
                } catch {
                    Issue.record("\(error)")
                }
            })
        #expect(retries == 1)
        try ServerState(target).expect(try ServerState(source), "\(mode)")
        try await target.stop()
        try await source.stop()
    }

    /// A target that was damaged before rows which a temporary table stands beside, and their
    /// replay.
    ///
    /// - Parameter isKilled: so is the source behind them, and goes on; else the table is read.
    private static func damaged(
        by damage: Damage, _ mode: ReplayMode, isKilled: Bool = false
    ) async throws -> (source: SourceServer, target: SourceServer, run: ReplayRun) {
        let (source, middle) = try await Self.source(hasTemporaryTable: true, readsIt: !isKilled)
        if isKilled {
            let process = try #require(source.process)
            process.signal(SIGKILL)
            #expect(await process.waitForEnd(seconds: 60))
            try await source.start()
            try source.connect().execute("INSERT INTO d.other VALUES (100)")
        }
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let gtid = GTID.mariadb(try #require(middle.gtids.first))
        let begin = try Self.run(source, to: .after(.gtid(gtid)))
        _ = try begin.run.apply(to: try target.connect())
        try ReplayRun.removeCheckpoint(try target.connect())
        try target.connect().execute(damage.statement)
        var run = try Self.run(source, from: begin.stop).run
        mode.set(&run)
        run.openSession = { () throws(ServerError) in try target.connect() }
        return (source, target, run)
    }

    @Test("a session that the target ends is opened again, and nothing is applied twice")
    func lostSession() async throws {
        let (source, _) = try await Self.source()
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        var run = try Self.run(source).run
        run.lanes = 3
        run.windowTransactions = 2
        run.reconnectSeconds = 20
        let opened = Atomic(0)
        run.openSession = { () throws(ServerError) in
            let connection = try target.connect()
            // The second and the fourth end the sessions that work.
            if [2, 4].contains(opened.add(1, ordering: .relaxed).newValue) {
                let others = try connection.query(
                    "SELECT id FROM information_schema.PROCESSLIST "
                        + "WHERE id<>CONNECTION_ID() AND command<>'Daemon'")
                for id in others.compactMap({ $0.first ?? nil }) {
                    try connection.execute("KILL CONNECTION \(id)")
                }
            }
            return connection
        }
        _ = try run.apply(to: try target.connect())
        #expect(opened.load(ordering: .relaxed) > 4)
        try ServerState(target).expect(try ServerState(source), "after two lost sessions")
        try await target.stop()
        try await source.stop()
    }

    @Test("a target that is set read-only is told, and a resume goes on when it is not any more")
    func readOnly() async throws {
        let (source, _) = try await Self.source()
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        for server in [source, target] {
            try server.run(
                "SET SESSION sql_log_bin=0; CREATE USER mender IDENTIFIED BY 'x';"
                    + "GRANT ALL ON *.* TO mender;"
                    + "REVOKE SUPER, READ ONLY ADMIN ON *.* FROM mender")
        }
        let stop = try #require(try Replaying.transactions(of: source).dropFirst(4).first)
        let first = try Self.run(source, to: .before(.transaction(stop.id))).run
        _ = try first.apply(to: try target.connect(user: "mender", password: "x"))
        try target.run("SET GLOBAL read_only=ON")
        let rest = try Self.run(source).run
        let failure = try #require(throws: ReplayFailure.self) {
            try rest.apply(to: try target.connect(user: "mender", password: "x"))
        }
        #expect(failure.server?.number == 1290)
        #expect(failure.error.code == .targetFailed)
        try target.run("SET GLOBAL read_only=OFF")
        _ = try rest.apply(to: try target.connect(user: "mender", password: "x"))
        try ServerState(target).expect(try ServerState(source), "when it may be written again")
        try await target.stop()
        try await source.stop()
    }
}
