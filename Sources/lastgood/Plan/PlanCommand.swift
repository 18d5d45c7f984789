import ArgumentParser
import Backup
import Binlog
import Recovery
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
            let report = PlanReport(
                plan, backup: planned.backupReport(path: backup),
                folding: target.exact ? nil : try planned.forecast(console))
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

extension PlannedRecovery {
    /// How much of a dump's text is looked through for its tables.
    private static let forecastBytes: UInt64 = 1 << 30

    /// Which tables a replay will fold, as far as the backup tells.
    func forecast(_ console: Console) throws -> PlanReport.Folding {
        var created: [CreatedTable]?
        if case .dump(let dump)? = backup {
            console.step("reading the definitions in the dump")
            created = try dump.definitions(limitBytes: Self.forecastBytes)
        }
        let forecast = FoldForecast(
            plan.tally.tables, backup: created, dependsOnRowOrder: plan.tally.dependsOnRowOrder)
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
