import Backup
import Binlog
import BinlogFiles
import Catalog
import Recovery
import Replay

/// What is to be replayed, from what, as the options say it.
struct PlannedRecovery {
    var logs: LogSet
    var backup: BackupSource?
    var backupPosition: BackupPosition?
    var plan: Plan
    /// Transactions behind the start that the backup holds already.
    var contained: GTIDPosition
}

/// Opens the backup and the logs and makes the plan. Nothing is changed.
struct PlanMaker {
    let range: RangeOptions
    let backupPath: String?
    let sourceTimeZone: String?
    let console: Console

    /// Throws `Failure`: `ambiguous` and `not-found` with what there is, and what is wrong with
    /// backup or logs.
    func make() throws -> PlannedRecovery {
        try range.later.refuse()
        var (request, pattern, warnings) = try range.stop.request()
        let logs = try range.logs.find()
        if Self.tellsMicroseconds(logs) {
            warnings.removeAll { $0.code == PlanWarning.subSecond }
        }
        let backup = try backupPath.map { try BackupSource.open($0) }
        let (start, position) = try startRequest(backup, logs)
        var progress = Progress(
            "reading the logs", totalBytes: logs.files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        let box = ProgressBox(progress)
        let planner = Planner(
            logs, start: start, stop: request, matches: pattern.map(Self.matcher),
            typedTables: pattern?.tables ?? [],
            allowsDamagedTail: range.allow.contains("damaged-tail"),
            passable: passable(logs, request, pattern),
            onProgress: { box.progress.update($0) })
        let outcome = try planner.outcome()
        progress = box.progress
        progress.end()
        switch outcome {
        case .notFound: throw notFound(request)
        case .ambiguous(let matches, let count): throw AmbiguousStop(matches: matches, count: count)
        case .plan(var plan, let contained):
            plan.warnings += warnings + zoneWarnings(plan)
            plan.warnings +=
                try backup?.warnings().map { PlanWarning($0.code, $0.message) } ?? []
            return PlannedRecovery(
                logs: logs, backup: backup, backupPosition: position, plan: plan,
                contained: contained)
        }
    }

    /// What a catalog knows of the logs behind a time, or a statement.
    private func passable(
        _ logs: LogSet, _ request: StopRequest, _ pattern: StatementPattern?
    ) -> [Int: PassableRanges] {
        switch request {
        case .until: break
        case .before(.statement), .after(.statement):
            guard pattern?.key != nil else { return [:] }
        case .before, .after, .end: return [:]
        }
        return range.catalog.view(of: logs, console).entries
            .mapValues { $0.blocks(behind: request, saying: pattern?.key) }.filter {
                !$0.value.isEmpty
            }
    }

    /// Whether the logs tell when a transaction was committed to the microsecond.
    static func tellsMicroseconds(_ logs: LogSet) -> Bool {
        guard let first = logs.files.first else { return false }
        do throws(BinlogError) {
            var reader = try LogReader(first)
            return try reader.advance() && reader.format?.tellsMicroseconds == true
        } catch {
            // What is wrong with it is told when it is read for the plan.
            return false
        }
    }

    private static func matcher(_ pattern: StatementPattern) -> Planner.TextMatcher {
        { text, mode, database in pattern.matches(text, mode: mode, database: database) }
    }

    private func startRequest(
        _ backup: BackupSource?, _ logs: LogSet
    ) throws -> (StartRequest, BackupPosition?) {
        switch try range.start() {
        case .position(let position): return (.position(position, gtidPosition: nil), nil)
        case .gtids(let gtids): return (.gtids(gtids), nil)
        case nil: break
        }
        guard let backup else {
            throw Failure.usage("give --from FILE:OFFSET or --from GTID: where the replay begins")
        }
        let position = try backup.position()
        if let place = position.position {
            return (.position(place, gtidPosition: position.gtid), position)
        }
        guard let gtids = position.gtid else {
            throw Failure(
                "backup-without-position", "the backup does not say where it was taken",
                hint: "give --from FILE:OFFSET or --from GTID", file: backupPath)
        }
        return (.gtids(gtids), position)
    }

    private func zoneWarnings(_ plan: Plan) -> [PlanWarning] {
        guard plan.tally.usesSystemTimeZone, sourceTimeZone == nil else { return [] }
        return [
            PlanWarning(
                "source-time-zone-unknown",
                "statements in the log depend on the source server's system time zone, which no "
                    + "log names; give --source-time-zone", blocks: true)
        ]
    }

    private func notFound(_ request: StopRequest) -> Failure {
        switch request {
        case .before(.statement), .after(.statement):
            Failure(
                "not-found", "no statement behind the backup's position matches",
                hint: "lastgood search PATH lists what destroyed data; --text REGEX finds others")
        case .before(.gtid(let gtid)), .after(.gtid(let gtid)):
            Failure(
                "not-found", "no transaction behind the backup's position has the GTID \(gtid)",
                hint: "lastgood inspect PATH shows the first and last GTID of each file")
        default:
            Failure(
                "not-found", "no transaction behind the backup's position is that one",
                hint:
                    "ids are the FILE:OFFSET of a transaction's first event, as search prints them")
        }
    }
}

/// A progress that a closure can update.
private final class ProgressBox {
    var progress: Progress

    init(_ progress: Progress) { self.progress = progress }
}

/// A stop point that matches several transactions.
struct AmbiguousStop: Error {
    var matches: [TransactionSummary]
    var count: Int
}

extension BackupSource {
    /// `dump` or `physical`, as it stands in JSON.
    var kindName: String {
        switch self {
        case .dump: "dump"
        case .physical: "physical"
        }
    }
}
