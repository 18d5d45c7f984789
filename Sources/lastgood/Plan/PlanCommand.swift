import ArgumentParser
import Backup
import Binlog
import Recovery
import Replay
import Report
import Server

/// `lastgood plan`: what a recovery would do; nothing is changed.
struct PlanCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a recovery would do, and change nothing.",
        discussion: """
            Reads the backup's position and the logs behind it, finds the stop point, and tells \
            what would be replayed and which warnings would stop a recovery.

              lastgood plan --backup full.sql.zst --binlogs /backup/binlogs \\
                --before 'DROP TABLE shop.orders'
            """)

    @Option(help: ArgumentHelp("A dump, or a mariadb-backup directory.", valueName: "path"))
    var backup: String

    @OptionGroup var range: RangeOptions
    @OptionGroup var target: TargetOptions
    @OptionGroup var common: CommonOptions

    func answer(_ console: Console) async throws -> Answer {
        try target.check()
        let maker = PlanMaker(
            range: range, backupPath: backup, sourceTimeZone: target.sourceTimeZone,
            console: console)
        do {
            let planned = try maker.make()
            var plan = planned.plan
            plan.warnings += try await targetWarnings(planned, console)
            let runsCode = plan.tally.evaluatingStatements > 0
            let folds = !target.exact && planned.tellsTables
            let made = try folds || runsCode ? planned.definitions(console) : nil
            if runsCode { try plan.takeStoredCode(planned, made, console) }
            let report = PlanReport(
                plan, backup: planned.backupReport(path: backup),
                folding: target.exact ? nil : planned.forecast(made))
            return Answer(text: report.text, result: report.json, warnings: plan.warnings)
        } catch let ambiguous as AmbiguousStop {
            return ambiguous.answer
        }
    }

    /// What recover would find on the target; a plan is worth having without a server too.
    private func targetWarnings(
        _ planned: PlannedRecovery, _ console: Console
    ) async throws -> [PlanWarning] {
        let address = try target.target.map { url throws(ServerError) in
            try ServerAddress(url: url)
        }
        do {
            return try await TargetChecks(planned, target, console).run(address).0.map(\.warning)
        } catch let error as ServerError {
            return [PlanWarning(error.code.rawValue, error.message, blocks: true)]
        }
    }
}

extension AmbiguousStop {
    /// The candidates, so that one of them can be named.
    var answer: Answer {
        let report = CandidatesReport(matches, count: count)
        return Answer(
            text: report.text, result: report.json,
            failures: [
                Failure(
                    "ambiguous", "the stop point matches \(count) transactions",
                    hint:
                        "name one of them by its id, as in --before "
                        + (matches.first?.id.description ?? "ID")
                )
            ])
    }
}

extension Plan {
    /// Takes in which statements run stored code that is unsafe, and what of it cannot be told.
    fileprivate mutating func takeStoredCode(
        _ planned: PlannedRecovery, _ made: BackupDefinitions?, _ console: Console
    ) throws {
        let calls = try planned.unsafeCalls(made, console)
        tally.unsafeStatements += Int(clamping: calls.count)
        if let warning = calls.planWarning { warnings.append(warning) }
        guard let unread = made?.unread, !unread.isEmpty else { return }
        let statements = tally.evaluatingStatements
        warnings.append(
            PlanWarning(
                "code-not-read",
                "\(statements) statement\(statements == 1 ? " runs" : "s run") as text and "
                    + "may run stored code of which a plan cannot tell whether it is unsafe: "
                    + unread.joined(separator: ", ") + "; recover counts what runs such code"))
    }
}

extension PlannedRecovery {
    /// How much of a dump's text is looked through for what it makes.
    private static let lookedThroughBytes: UInt64 = 1 << 30

    /// What the backup makes, as far as it tells without a server; nil where it does not.
    func definitions(_ console: Console) throws -> BackupDefinitions? {
        guard let backup else { return nil }
        console.step("reading the definitions in the backup")
        return try backup.definitions(limitBytes: Self.lookedThroughBytes)
    }

    /// The statements that run code of the backup or the logs whose results no log tells; the logs
    /// are read once more where there is such code.
    func unsafeCalls(_ made: BackupDefinitions?, _ console: Console) throws -> UnsafeCalls {
        let code = UnsafeCode(made?.code ?? [])
        guard !code.isEmpty || plan.tally.makesUnsafeCode else { return UnsafeCalls() }
        var survey = try UnsafeCodeSurvey(logs, plan, contained: contained, code: code)
        var progress = Progress(
            "looking for unsafe code", totalBytes: plan.tally.bytes, console)
        defer { progress.end() }
        return try survey.run { progress.update($0) }
    }

    /// The backup's definitions tell of tables.
    var tellsTables: Bool { if case .dump? = backup { true } else { false } }

    /// Which tables a replay will fold, as far as the backup tells.
    func forecast(_ made: BackupDefinitions?) -> PlanReport.Folding {
        let forecast = FoldForecast(
            plan.tally.tables, backup: tellsTables ? made?.tables : nil,
            dependsOnRowOrder: plan.tally.dependsOnRowOrder)
        return PlanReport.Folding(
            foldable: forecast.foldable, exact: forecast.exact.mapValues(\.rawValue),
            isPredicted: true)
    }

    /// The backup as reports show it.
    func backupReport(path: String?) -> PlanReport.Backup? {
        guard let backup, let path else { return nil }
        return PlanReport.Backup(
            path: path, kind: backup.kindName, serverVersion: backup.serverVersion,
            position: backupPosition?.position, gtidPosition: backupPosition?.gtid)
    }
}
