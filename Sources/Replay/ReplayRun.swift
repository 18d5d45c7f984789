public import Binlog
public import BinlogFiles
internal import Dispatch
public import Recovery
public import Server

/// A planned replay onto a target: begun, or gone on with where an earlier run stopped.
///
///     let run = ReplayRun(logs, plan, contained: contained)
///     let tally = try run.apply(to: Connection(address, credentials)) { print($0.transactions) }
///     try ReplayRun.removeCheckpoint(Connection(address, credentials))
///
/// Everything applied is recorded in the target itself, in a schema `lastgood_recovery` that stays
/// until `removeCheckpoint`. After any error `apply` can be called again with a new connection.
public struct ReplayRun: Sendable {
    private let logs: LogSet
    private let plan: Plan
    private let contained: GTIDPosition
    /// Rows and statements are written to the target's own binary log too.
    public var writesBinlog = false
    /// Everything is applied in the source's order, nothing folded.
    public var isExact = false
    /// Tables without a key are folded, which changes the order of their rows; at first so where no
    /// statement of the plan may depend on that.
    public var foldsWithoutKey: Bool
    /// What is folded goes to the target after at most so many transactions; nil: when it is a
    /// matter of memory. The result is the same.
    public var windowTransactions: UInt64?
    /// As many transactions at most are folded by one thread before the next takes over; nil: when
    /// it is a matter of bytes. The result is the same.
    public var stretchTransactions: UInt64?
    /// How many sessions at most send what has been folded; nil: as many as the machine has
    /// processors, where there is enough to send. With `writesBinlog` it is one. The result is the
    /// same.
    public var lanes: Int?
    /// Opens one more session on the target, as the account of the first; without it there is only
    /// that one.
    public var openSession: (@Sendable () throws(ServerError) -> Connection)?
    /// How long a target that broke off the connection is waited for, with `openSession`; then
    /// the replay goes on from the last commit. 0: not at all.
    public var reconnectSeconds = 0
    /// How much memory folding may take, up to 128 MB beside it and what many lanes have on the
    /// way included; nil: `ReplayMemory.defaultBytes`.
    public var memoryBytes: Int?
    /// The target is a scratch server whose log holds nothing but markers.
    public var usesMarkers = false
    /// The target belongs to this replay alone: events keep the id of the server that made them,
    /// which the target takes from a global setting.
    public var isPrivate = false
    /// The private target's own id, which it gets back; nil: the one that it has.
    public var privateServerID: UInt32?
    /// Where the files of the log's LOAD DATA statements go for a moment: with `isPrivate` the
    /// folder of the target's `secure_file_priv`, else one of the replay's own, whose files are
    /// sent by LOCAL.
    public var loadFolder: String?
    /// The source's system time zone, for a target that runs in another; its zone tables are
    /// needed.
    public var systemZone: String?

    /// - Parameter contained: transactions behind the start point that the backup holds already.
    public init(_ logs: LogSet, _ plan: Plan, contained: GTIDPosition) {
        self.logs = logs
        self.plan = plan
        self.contained = contained
        foldsWithoutKey = !plan.tally.dependsOnRowOrder
    }

    /// Applies what is left of the plan; `onProgress` is told how far it has read.
    ///
    /// Throws `target-failed` with the place in the log, `columns-differ` where a table of the
    /// target is not that of the log's rows, `target-lost`, `unsure-rows` where an earlier run was
    /// cut off in a change that cannot be rolled back, and what is wrong with the logs; the target
    /// then stands at the last commit. With `openSession`, rows that the target refuses are applied
    /// again in smaller and smaller parts until the failure names the one row, its table and its
    /// transaction; in the same session while temporary tables of the log are there.
    ///
    /// `onRetry` is told of each failure after which the run goes on.
    public func apply(
        to connection: consuming Connection, onProgress: (ReplayTally) -> Void = { _ in },
        onRetry: (ReplayFailure) -> Void = { _ in }
    ) throws(ReplayFailure) -> ReplayTally {
        var attempts = ReplayAttempts(
            isExact: isExact, hasSessions: openSession != nil,
            canReconnect: openSession != nil && reconnectSeconds > 0)
        var cause: ReplayFailure?
        var kept: TemporaryTables.Session?
        var outcome = attempt(connection, attempts, &kept, onProgress)
        while true {
            let failure: ReplayFailure?
            switch outcome {
            case .success(let tally):
                guard attempts.goesOnBehind() else { return tally }
                failure = nil
            case .failure(let reason):
                guard attempts.goesOn(after: reason) else {
                    // What made the session end is of more interest.
                    throw reason.error.code == .temporaryTablesLost ? cause ?? reason : reason
                }
                failure = reason
                cause = reason
            }
            if let failure { onRetry(failure) }
            outcome = try again(after: failure, attempts, &kept, onProgress)
        }
    }

    /// In the session that holds temporary tables, where there is one, else in a new one.
    private func again(
        after failure: ReplayFailure?, _ attempts: ReplayAttempts,
        _ kept: inout TemporaryTables.Session?, _ onProgress: (ReplayTally) -> Void
    ) throws(ReplayFailure) -> Result<ReplayTally, ReplayFailure> {
        if let held = kept.take() {
            return attempt(held.connection, tables: held.tables, attempts, &kept, onProgress)
        }
        guard let session = nextSession(waits: failure?.error.code == .targetLost) else {
            throw failure ?? ReplayFailure(.targetLost, "the target takes no more sessions")
        }
        return attempt(session, attempts, &kept, onProgress)
    }

    /// Nobody else should hold a lock for long. Sessions of this replay that wait for each other
    /// would wait for ever: then one does it alone.
    static let longestLockWaitSeconds = 60

    /// Nil where none is to be had, if wished only after a while.
    private func nextSession(waits: Bool) -> Connection? {
        guard let openSession else { return nil }
        let end = ContinuousClock.now + .seconds(waits ? reconnectSeconds : 0)
        while true {
            do throws(ServerError) {
                return try openSession()
            } catch {
                guard ContinuousClock.now < end else { return nil }
                _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(250))
            }
        }
    }

    private func attempt(
        _ connection: consuming Connection, tables: TemporaryTables = TemporaryTables(),
        _ attempts: ReplayAttempts, _ kept: inout TemporaryTables.Session?,
        _ onProgress: (ReplayTally) -> Void
    ) -> Result<ReplayTally, ReplayFailure> {
        do {
            return .success(try run(connection, tables, attempts, &kept, onProgress))
        } catch {
            return .failure(ReplayFailure(wrapping: error))
        }
    }

    /// - Parameters:
    ///   - tables: what the connection holds of an earlier attempt.
    ///   - kept: gets the connection where the next attempt must go on in it.
    private func run(
        _ connection: consuming Connection, _ tables: TemporaryTables, _ attempts: ReplayAttempts,
        _ kept: inout TemporaryTables.Session?, _ onProgress: (ReplayTally) -> Void
    ) throws -> ReplayTally {
        let care = attempts.care
        let (checkpoint, unfinished) = try prepareCheckpoint(connection, tables)
        try connection.execute(
            "SET SESSION innodb_lock_wait_timeout=\(Self.longestLockWaitSeconds)")
        guard unfinished == nil || !isExact && care == .asSet else {
            throw ReplayFailure(
                .stateDamaged, "an earlier run was cut off between two commits of folded rows",
                hint: "go on without exact mode")
        }
        let collations = try Self.collations(connection)
        var stop = plan.stop.position
        if case .inOrder(let end) = care { stop = end }
        let job = try ReplayJob(
            logs, start: plan.start, stop: stop, resumeAt: checkpoint.position,
            contained: contained)
        var session = TargetSession(
            connection, checkpoint: checkpoint,
            evidence: usesMarkers ? .markers : .definitions)
        session.lendsServerID = isPrivate
        session.ownServerID = privateServerID
        try session.begin(
            writesBinlog: writesBinlog, runsStatements: plan.tally.textStatements > 0)
        let lanes = LaneGroup(
            writesBinlog || !attempts.usesLanes ? 1 : lanes, open: openSession)
        let memory = ReplayMemory.Division(
            memoryBytes: memoryBytes ?? ReplayMemory.defaultBytes, processors: Processors.count,
            lanes: lanes.count)
        var replayer = Replayer(
            job,
            Applier(
                session, collations: collations, systemZone: systemZone,
                isExact: isExact || care != .asSet, foldsWithoutKey: foldsWithoutKey,
                limits: limits(care, memory),
                lanes: lanes, unfinished: unfinished, loads: LoadFiles(loadMethod),
                temporaries: tables),
            mostStretches: memory.stretches)
        let result = Result { () throws(ReplayFailure) in
            try replayer.run(onProgress: onProgress)
        }
        kept = replayer.temporaryTables()
        return try result.get()
    }

    private var loadMethod: LoadFiles.Method? {
        loadFolder.map { isPrivate ? .byServer(folder: $0) : .bySession(folder: $0) }
    }

    private func limits(
        _ care: ReplayCare, _ memory: ReplayMemory.Division
    ) -> Applier.Limits {
        var limits = Applier.Limits()
        limits.windowTransactions = windowTransactions ?? .max
        limits.stretchTransactions = stretchTransactions ?? .max
        limits.memoryBytes = memory.foldBytes
        // The target's own log gets what is sent; and what was refused once goes as it was logged.
        limits.findsByKey = !writesBinlog && care == .asSet
        if care == .rowByRow {
            limits.transactions = 1
            limits.sendsEachEvent = true
        }
        return limits
    }

    /// Makes the checkpoint, or reads the one of an earlier run after ending that run's session.
    private func prepareCheckpoint(
        _ connection: borrowing Connection, _ tables: TemporaryTables
    ) throws -> (Checkpoint, UnfinishedWindow?) {
        if !writesBinlog { try connection.execute("SET SESSION sql_log_bin=0") }
        // The server may still be undoing what an earlier run's session did.
        try connection.execute("SET SESSION innodb_lock_wait_timeout=3600")
        if try Checkpoint.exists(connection) {
            try SessionLock.takeOver(connection)
            for lane in try Checkpoint.lanes(connection) {
                try SessionLock.takeOver(connection, lane: lane)
                try SessionLock.release(connection, lane: lane)
            }
            try connection.execute("START TRANSACTION")
            let found = try Checkpoint.read(connection)
            let records = try Checkpoint.laneRecords(connection)
            try connection.execute("COMMIT")
            if let found {
                guard found.fingerprint != Checkpoint.unsureRows else {
                    throw Self.unsure(found.position)
                }
                let isAtStop = found.position == plan.stop.position
                guard !found.hasTemporaryTables || !tables.isEmpty || isAtStop else {
                    throw Self.withoutTemporaryTables(found.position)
                }
                return (found, UnfinishedWindow(records, reached: found.position))
            }
        } else {
            try SessionLock.take(connection)
        }
        let checkpoint = Checkpoint(position: plan.start)
        try connection.execute("\(Checkpoint.creation);\(checkpoint.insertStatement)")
        return (checkpoint, nil)
    }

    private static func unsure(_ position: BinlogPosition) -> ReplayFailure {
        ReplayFailure(
            .unsureRows,
            "the replay was cut off in a change of tables that cannot roll back (MyISAM, Aria): "
                + "how much of it was applied is not known",
            hint: "drop what was recovered and the database `\(checkpointSchema)`, and begin again "
                + "from the backup", file: position.file, offset: position.offset)
    }

    private static func withoutTemporaryTables(_ position: BinlogPosition) -> ReplayFailure {
        ReplayFailure(
            .temporaryTablesLost,
            "the replay was cut off while temporary tables of the log's statements were there, and "
                + "they are lost",
            hint: "drop what was recovered and the database `\(checkpointSchema)`, and begin again "
                + "from the backup",
            file: position.file, offset: position.offset)
    }

    /// Drops the schema with the checkpoint: the replay is done.
    public static func removeCheckpoint(
        _ connection: borrowing Connection, writesBinlog: Bool = false
    ) throws(ServerError) {
        if !writesBinlog { try connection.execute("SET SESSION sql_log_bin=0") }
        try connection.execute(Checkpoint.removal)
    }

    /// The schema the checkpoint lives in: left out of every comparison.
    public static let checkpointSchema = Checkpoint.schema

    private static func collations(_ connection: borrowing Connection) throws -> CollationCatalog {
        var entries: [UInt32: CollationCatalog.Entry] = [:]
        for row in try collationRows(connection) {
            guard row.count == 3, let id = row[0].flatMap({ UInt32($0) }), let set = row[1],
                let name = row[2]
            else { continue }
            entries[id] = CollationCatalog.Entry(characterSet: set, collation: name)
        }
        return CollationCatalog(entries)
    }

    /// From 10.10 on a collation may belong to several character sets, each with an id of its own.
    private static func collationRows(
        _ connection: borrowing Connection
    ) throws(ServerError) -> [[String?]] {
        if connection.serverVersion.isMariaDB, connection.serverVersion.isAtLeast(10, 10, 1) {
            return try connection.query(
                "SELECT ID,CHARACTER_SET_NAME,FULL_COLLATION_NAME "
                    + "FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY")
        }
        return try connection.query(
            "SELECT ID,CHARACTER_SET_NAME,COLLATION_NAME FROM information_schema.COLLATIONS")
    }
}
