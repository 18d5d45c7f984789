import Backup
import Binlog
import BinlogFiles
import Recovery
import Replay
import Report
import Server
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Does a recovery step by step, each one recorded before the next begins.
///
/// A new recovery begins at `preparing`; `resume` takes the state of one that was cut off and goes
/// on with the step it stood in.
struct RecoveryRun: ~Copyable {
    private let workdir: Workdir
    private var state: RecoveryState
    private let logs: LogSet
    private let console: Console

    init(_ workdir: consuming Workdir, _ state: RecoveryState, _ logs: LogSet, _ console: Console) {
        self.workdir = workdir
        self.state = state
        self.logs = logs
        self.console = console
    }

    /// Runs all steps that are left.
    ///
    /// A failure is part of the answer: what was reached is in the state and the target.
    mutating func run(for command: String) async -> Answer {
        Interruption.arm(command, workdir: workdir.path, isJSON: console.isJSON)
        defer { Interruption.disarm() }
        let watch = watchDisk()
        do {
            return try await runSteps()
        } catch {
            let failure = Failure(error)
            if let watch, watch.explains(failure) {
                return answer(failure.becauseOfFullDisk(workdir: workdir.path))
            }
            return answer(failure.halfWay(phase: state.phase, workdir: workdir.path))
        }
    }

    /// What was planned and why it did not come to its end.
    private func answer(_ failure: Failure) -> Answer {
        let report = PlanReport(state.plan, backup: state.backupReport)
        return Answer(
            result: report.json, warnings: state.plan.warnings + state.warnings,
            failures: [failure])
    }

    /// On a full disk the scratch server is killed: whatever waits for it then goes on to the end.
    private func watchDisk() -> DiskWatch? {
        guard case .scratch(let configuration) = state.target else { return nil }
        return DiskWatch(workdir.path) { ScratchServer(configuration).process?.signal(SIGKILL) }
    }

    private mutating func runSteps() async throws -> Answer {
        if state.phase < .replaying {
            try await restore()
            try enter(.replaying)
        } else if case .scratch(let configuration) = state.target, state.phase < .done {
            // A run that was cut off may have told it to end just before: that end is waited for.
            let server = ScratchServer(configuration)
            try await server.stop()
            try await server.start(.speed)
        }
        if state.phase == .replaying {
            do {
                try await replay()
            } catch let failure as Failure
                where failure.code == RecoveryError.Code.unsureRows.rawValue && isScratch
            {
                console.step("\(failure.message); beginning again from the backup")
                try await restore()
                try enter(.replaying)
                try await replay()
            }
            try enter(.finishing)
        }
        return try await finish()
    }

    private var isScratch: Bool {
        if case .scratch = state.target { return true }
        return false
    }

    private mutating func enter(_ phase: RecoveryState.Phase) throws(Failure) {
        state.phase = phase
        try state.write(workdir.path)
    }

    // MARK: Restoring the backup

    private mutating func restore() async throws {
        guard let path = state.backupPath.map(state.absolute) else {
            return try enter(.replaying)
        }
        let isAgain = state.phase == .loading
        state.warnings = []
        try enter(.loading)
        let backup = try BackupSource.open(path)
        guard try InputFingerprint(path: path).description == state.backupFingerprint else {
            throw Failure(
                "plan-changed", "the backup is not the one that the recovery began with",
                file: path)
        }
        switch (state.target, backup) {
        case (.scratch(let configuration), .dump(let dump)):
            let server = ScratchServer(configuration)
            try await server.killNow()
            try await server.removeData()
            console.step("making a private server")
            try await server.makeDataDirectory()
            try await server.start(.speed)
            try await load(dump, optionFile: server.clientFilePath)
            try await loadTimeZones(server)
        case (.scratch(let configuration), .physical(let backup)):
            let server = ScratchServer(configuration)
            try await server.killNow()
            try await server.removeData()
            try await copy(backup, server)
            try await server.start(.speed)
            try await loadTimeZones(server)
        case (.given(let address, let defaultsFile), .dump(let dump)):
            let credentials = try TargetAccess.credentials(address, defaultsFile: defaultsFile)
            if isAgain { try dropCreatedDatabases(address, credentials) }
            let file = try OptionFile.write(
                workdir.clientFilePath, address, credentials)
            try await load(dump, optionFile: file.path)
            try file.remove()
        case (.given, .physical):
            throw Failure.usage(
                "a backup directory cannot go into a running server",
                hint: "start a server on the prepared copy and use 'lastgood replay --target'")
        }
    }

    private mutating func load(_ dump: DumpFile, optionFile: String) async throws {
        let loader = DumpLoader(
            optionFile: optionFile, database: try dump.databaseToCreate(named: nil),
            writeBinlog: state.wishes.writesBinlog)
        var progress = Progress("loading the dump", totalBytes: dump.sizeBytes, console)
        let result = try await loader.load(dump) { done, _ in progress.update(done) }
        progress.end()
        state.warnings += result.warnings.map { PlanWarning($0.code, $0.message) }
        if result.droppedCount > 0 {
            state.warnings.append(
                PlanWarning(
                    "dump-statements-left-out",
                    "\(result.droppedCount) statements of the dump do not belong to the data and "
                        + "were not run, the first: \(result.dropped.first?.statement ?? "")"))
        }
    }

    private mutating func copy(_ backup: PhysicalBackup, _ server: ScratchServer) async throws {
        console.step("copying the backup")
        let copy = try BackupCopy(of: backup, into: server.paths.data)
        if !copy.leftOut.isEmpty {
            state.warnings.append(
                PlanWarning(
                    "links-left-out",
                    "files of the backup that point outside it were left out: "
                        + copy.leftOut.joined(separator: ", ")))
        }
        let user = server.configuration.user
        if let user { try copy.chownTree(userID: user.userID, groupID: user.groupID) }
        console.step("preparing the copy")
        try await copy.prepare(backup, as: user)
    }

    private func loadTimeZones(_ server: ScratchServer) async throws {
        do throws(ServerError) {
            try await server.loadTimeZones()
        } catch {
            // A dump of all databases replaced the accounts.
            guard error.isAccessDenied else { throw error }
            try await server.remakeAccount(.speed)
            try await server.loadTimeZones()
        }
    }

    /// What an earlier load made on a given target goes, and nothing else.
    ///
    /// Throws `load-cut-off` where it wrote to databases that were there before: how much of what
    /// they hold is its own nobody can tell.
    private func dropCreatedDatabases(
        _ address: ServerAddress, _ credentials: Credentials
    ) throws {
        guard state.sharedDatabases.isEmpty else {
            let names = state.sharedDatabases.map { SQLText.quoteIdentifier($0) }
            throw Failure(
                "load-cut-off",
                "the load was cut off, and it wrote to databases that were there before: "
                    + names.joined(separator: ", "),
                hint: "drop what it left in them, and begin again in another --workdir")
        }
        let connection = try Connection(address, credentials)
        // The client of a run that was killed may still be loading.
        try SessionLock.takeOver(connection)
        if !state.wishes.writesBinlog { try connection.execute("SET SESSION sql_log_bin=0") }
        try connection.execute("SET SESSION foreign_key_checks=0")
        for name in state.createdDatabases {
            try connection.execute("DROP DATABASE IF EXISTS \(SQLText.quoteIdentifier(name))")
        }
    }

    // MARK: Replaying

    private mutating func replay() async throws {
        var run = ReplayRun(logs, state.plan, contained: state.contained)
        run.writesBinlog = state.wishes.writesBinlog
        run.isExact = state.wishes.isExact
        run.lanes = state.wishes.lanes
        run.memoryBytes = state.wishes.memoryBytes
        let target = state.target
        run.openSession = { () throws(ServerError) in try TargetAccess.connectAgain(target) }
        switch state.target {
        case .scratch(let configuration):
            run.usesMarkers = true
            run.isPrivate = true
            run.privateServerID = configuration.serverID
            run.loadFolder = configuration.paths.files
        case .given:
            run.loadFolder = FilePaths.absolute(workdir.path)
            run.systemZone = state.wishes.sourceZone
            run.reconnectSeconds = state.wishes.reconnectSeconds ?? 30
        }
        var progress = Progress("replaying", totalBytes: state.plan.tally.bytes, console)
        var retries: [PlanWarning] = []
        let begin = ContinuousClock.now
        do throws(ReplayFailure) {
            state.tally = try run.apply(
                to: try await connect(), onProgress: { progress.update($0.bytes) },
                onRetry: { retries.append(Self.warning(of: $0)) })
            state.warnings += retries
            if let warning = state.tally?.unsafeCalls.warning { state.warnings.append(warning) }
            state.replaySeconds += (ContinuousClock.now - begin) / .seconds(1)
        } catch {
            progress.end()
            state.replaySeconds += (ContinuousClock.now - begin) / .seconds(1)
            var failure = Failure(replay: error, workdir: workdir.path)
            if error.error.code == .unsureRows, !state.createdDatabases.isEmpty {
                let names = state.createdDatabases + [ReplayRun.checkpointSchema]
                failure.hint =
                    "drop the databases "
                    + names.map { SQLText.quoteIdentifier($0) }.joined(separator: ", ")
                    + " and what else the logs made, and begin again in another --workdir"
            }
            do {
                try state.write(workdir.path)
            } catch {
                // What went wrong first is what matters; the state of before still holds.
                console.warn(
                    PlanWarning(
                        "state-not-written", "the recovery's state was not written: \(error)"))
            }
            throw failure
        }
        progress.end()
    }

    private static func warning(of retried: ReplayFailure) -> PlanWarning {
        let error = retried.error
        let place = error.file.map { " at \($0):\(error.offset ?? 0)" } ?? ""
        if error.code == .targetLost {
            return PlanWarning(
                "reconnected", "the target broke off\(place): went on from the last commit")
        }
        return PlanWarning(
            "applied-in-order",
            "the target refused rows\(place) (\(error.message)): they were applied in the source's "
                + "order instead")
    }

    private func connect() async throws(ReplayFailure) -> Connection {
        do {
            return try await TargetAccess.connect(state.target)
        } catch let error as ServerError {
            throw ReplayFailure(error)
        } catch {
            throw ReplayFailure(.targetLost, "\(error)")
        }
    }

    // MARK: Finishing

    private mutating func finish() async throws -> Answer {
        let gtids = state.plan.stop.gtidPosition
        let gtidStatement: String?
        var tables: [TableChecksum]
        do {
            let first = try await TargetAccess.connect(state.target)
            let sessions = try TargetAccess.sessions(first, state.target)
            console.step("reading every table's checksum")
            tables = try TableVerification.tableChecksums(
                sessions, excludingSchemas: [ReplayRun.checkpointSchema])
            let (writesBinlog, setsPosition) = (state.wishes.writesBinlog, state.setsGTIDPosition)
            let statement = gtids.settingStatement
            try sessions.withSession { (connection) throws(ServerError) in
                try ReplayRun.removeCheckpoint(connection, writesBinlog: writesBinlog)
                if setsPosition, let statement { try connection.execute(statement) }
            }
            gtidStatement = setsPosition ? nil : statement
        }
        var verdict = Verdict(equal: nil)
        if let expected = try expected {
            tables = comparable(tables, with: expected)
            verdict = expected.verdict(on: tables)
        }
        let outcome = RecoveryState.Outcome(
            target: try await handOver(),
            tables: tables.map {
                RecoverReport.Table(
                    name: "\($0.schema).\($0.table)", rows: $0.rows, checksum: $0.checksum)
            },
            verdict: verdict, gtidStatement: gtidStatement)
        state.outcome = outcome
        try enter(.done)
        return state.answer(outcome)
    }

    private var expected: ExpectedTables? {
        get throws(Failure) {
            guard let path = state.wishes.expectPath.map(state.absolute) else { return nil }
            return try ExpectedTables(path: path)
        }
    }

    /// The tables that the reference is to tell of: not those of databases that were on a given
    /// target before, that neither the dump nor rows of the log touch, and that the reference does
    /// not name.
    private mutating func comparable(
        _ tables: [TableChecksum], with expected: ExpectedTables
    ) -> [TableChecksum] {
        let touched = Set(state.plan.tally.tables.changed.compactMap(\.schema))
        let found = Set(tables.map(\.schema))
        let others = state.besideDatabases.filter {
            found.contains($0) && !touched.contains($0) && !expected.names(schema: $0)
        }
        guard !others.isEmpty else { return tables }
        state.warnings.append(
            PlanWarning(
                "databases-not-compared",
                "not compared, for they were on the target before and the reference does not name "
                    + "them: " + others.joined(separator: ", ")))
        return tables.filter { !others.contains($0.schema) }
    }

    /// Leaves the target as the user shall find it, and tells how to get in.
    private func handOver() async throws -> RecoverReport.Target {
        let lost = state.plan.stop.lostTable
        switch state.target {
        case .scratch(let configuration):
            let server = ScratchServer(configuration)
            console.step("restarting the server under safe settings")
            try await server.stop()
            try await server.start(.safe)
            let way = try server.handOver(optionFilePath: workdir.clientFilePath)
            if state.wishes.stopsTarget { try await server.stop() }
            return RecoverReport.Target(
                socket: way.socketPath, host: nil, port: nil, datadir: server.paths.data,
                connect: way.connectCommand,
                dump: lost.map { way.dumpCommand(schema: $0.schema, table: $0.table) },
                start: state.wishes.stopsTarget ? try await server.startCommand() : nil)
        case .given(let address, let defaultsFile):
            return TargetAccess.report(address, defaultsFile: defaultsFile, lost: lost)
        }
    }
}

extension Failure {
    /// A replay that stopped, and how to go on.
    init(replay failure: ReplayFailure, workdir: String) {
        self.init(failure.error)
        if failure.losesTemporaryTables {
            let again =
                "begin again from the backup, in another --workdir: temporary tables of the log's "
                + "statements ended with the session"
            hint = (hint.map { "\($0); " } ?? "mend what it says, and ") + again
            return
        }
        if hint == nil || failure.error.code == .targetLost { addResume(workdir: workdir) }
    }

    /// How to go on, behind what helps before.
    private mutating func addResume(workdir: String) {
        if hint?.contains("lastgood resume") == true { return }
        let line = "then: " + ResumeCommand.line(workdir: workdir)
        hint = (hint.map { "\($0); " } ?? "mend what it says, ") + line
    }

    /// The disk of the workdir has no room left, and this is what came of it.
    func becauseOfFullDisk(workdir: String) -> Failure {
        Failure(
            "disk-full", "the disk is full: \(message)",
            hint: "make room, then: " + ResumeCommand.line(workdir: workdir), file: workdir)
    }

    /// The same failure, but one that stopped a recovery half-way where it would say that the
    /// target is unfit: from the load on that is no longer true.
    func halfWay(phase: RecoveryState.Phase, workdir: String) -> Failure {
        let isLost = code == ServerError.Code.connectionLost.rawValue
        guard ExitCode.of(code) == .targetUnfit,
            phase >= .replaying || phase == .loading && isLost
        else { return self }
        var failure = self
        failure.code =
            (isLost ? RecoveryError.Code.targetLost : RecoveryError.Code.targetFailed).rawValue
        if hint == nil || isLost { failure.addResume(workdir: workdir) }
        return failure
    }
}

extension GTIDPosition {
    /// Makes a server one that has come so far, for a replica to go on from there; nil for none.
    fileprivate var settingStatement: String? {
        guard !isEmpty else { return nil }
        return executed.isEmpty
            ? "SET GLOBAL gtid_slave_pos='\(self)'" : "SET GLOBAL gtid_purged='+\(self)'"
    }
}
