import Backup
import Binlog
import BinlogFiles
import Recovery
import Replay
import Report
import Server
import SystemPackage

/// Begins a recovery or a replay: plans it, checks what it needs, and only then changes something.
struct RecoveryStarter {
    let command: String
    let backupPath: String?
    let range: RangeOptions
    let options: TargetOptions
    let console: Console

    func run() async throws -> Answer {
        try options.check()
        let planned: PlannedRecovery
        do {
            planned = try PlanMaker(
                range: range, backupPath: backupPath, sourceTimeZone: options.sourceTimeZone,
                console: console
            ).make()
        } catch let ambiguous as AmbiguousStop {
            return ambiguous.answer
        }
        let report = PlanReport(planned.plan, backup: planned.backupReport(path: backupPath))
        var plan = planned.plan
        let address = try options.target.map { url throws(ServerError) in
            try ServerAddress(url: url)
        }
        let checks = TargetChecks(planned, options, console)
        let (findings, databases) = try await checks.run(address)
        if let refused = Self.refusal(findings, allowed: Set(range.allow)) {
            return Answer(result: report.json, warnings: plan.warnings, failures: refused)
        }
        plan.warnings += findings.map(\.warning)
        if let blocked = blocked(plan) {
            return Answer(
                text: report.text, result: report.json, warnings: plan.warnings, failures: [blocked]
            )
        }
        if address != nil { try confirm(report) }
        let folder = try Workdir.new(try options.workdir ?? Workdir.defaultPath(plan))
        let state: RecoveryState
        do {
            state = try await self.state(planned, plan, address, databases, in: folder.path)
            try state.write(folder.path)
        } catch {
            folder.discard()
            throw error
        }
        console.step("the recovery's state is kept in \(folder.path)")
        var run = RecoveryRun(folder, state, planned.logs, console)
        return await run.run(for: command)
    }

    // MARK: Checks

    private func blocked(_ plan: Plan) -> Failure? {
        guard let first = plan.blockers(allowing: Set(range.allow)).first else { return nil }
        return Failure(
            first.code, first.message,
            hint: "lastgood plan shows it; --allow \(first.code) goes on in spite of it")
    }

    /// The blocking findings that are not allowed, as failures.
    private static func refusal(_ findings: [TargetFinding], allowed: Set<String>) -> [Failure]? {
        let blocking = findings.filter { $0.isBlocking && !allowed.contains($0.code.rawValue) }
        guard !blocking.isEmpty else { return nil }
        return blocking.map { Failure($0.code.rawValue, $0.message, hint: $0.hint) }
    }

    /// A given target is changed only after a yes.
    private func confirm(_ report: PlanReport) throws(Failure) {
        if options.yes { return }
        guard console.canAsk else {
            throw .usage(
                "a given target is changed only with --yes, or after asking on a terminal")
        }
        console.note(report.text)
        guard console.ask("Apply this to \(options.target ?? "the target")? [y/N] ") else {
            throw Failure("stopped-by-user", "nothing was changed")
        }
    }

    // MARK: State

    private func state(
        _ planned: PlannedRecovery, _ plan: Plan, _ address: ServerAddress?,
        _ databases: TargetChecks.Databases, in folder: String
    ) async throws -> RecoveryState {
        let target: RecoveryState.Target
        if let address {
            target = .given(
                address, defaultsFile: options.defaultsFile.map { FilePaths.absolute($0) })
        } else {
            target = .scratch(try await scratch(planned, in: folder))
        }
        var plan = plan
        // They were for a forecast.
        plan.tally.tables.forgetDefinitions()
        var state = RecoveryState(
            command: command, logPaths: range.logs.binlogs,
            logBase: planned.logs.base, keyPaths: range.logs.keys.files, plan: plan,
            contained: planned.contained, target: target)
        if let backupPath, let backup = planned.backup {
            state.backupPath = backupPath
            state.backupFingerprint = try InputFingerprint(path: backupPath).description
            state.backupKind = backup.kindName
            state.backupServerVersion = backup.serverVersion
            state.backupPosition = planned.backupPosition?.position
            state.backupGTIDPosition = planned.backupPosition?.gtid
        }
        let files = planned.logs.files.filter { plan.files.contains($0.name) }
        state.logFingerprints = Dictionary(
            try files.map { ($0.name, try InputFingerprint(log: $0.path.string).description) },
            uniquingKeysWith: { first, _ in first })
        state.createdDatabases = databases.absent.sorted()
        state.sharedDatabases = databases.present.sorted()
        state.besideDatabases = databases.beside.sorted()
        state.wishes = RecoveryState.Wishes(
            stopsTarget: options.stopTarget, writesBinlog: options.writeBinlog,
            setsGTIDPosition: options.setGtidPosition,
            expectPath: options.expect,
            isExact: options.exact, lanes: options.lanes, memoryBytes: options.memory?.bytes,
            reconnectSeconds: options.reconnect,
            sourceZone: options.sourceZone)
        return state
    }

    private func scratch(
        _ planned: PlannedRecovery, in folder: String
    ) async throws -> ScratchServerConfiguration {
        var layout: [String] = []
        if case .physical(let backup)? = planned.backup {
            layout = backup.layoutOptions.map { option in
                "--loose-" + option.replacing("_", with: "-")
            }
        }
        let server = try await ScratchServer.prepare(
            workdir: folder, serverID: Self.scratchServerID, program: options.programPath,
            resembling: options.serverOptions(), timeZone: options.sourceTimeZone,
            allowsRoot: range.allow.contains("root-server"), extraArguments: layout)
        return server.configuration
    }

    /// No real server is likely to have it.
    private static let scratchServerID: UInt32 = 4_201_337
}
