internal import Binlog
public import Recovery

/// Both sides of a cut, in both forms.
public struct LocateReport: Sendable {
    private let before: TransactionSummary?
    private let after: TransactionSummary?
    private let finder: StopFinder
    private let paths: [String]

    /// - Parameters:
    ///   - before: the last transaction before the cut; nil where there is none, or no cut.
    ///   - after: the first one behind it.
    ///   - finder: it has taken all transactions that matter.
    ///   - paths: the logs, as the user wrote them.
    public init(
        before: TransactionSummary?, after: TransactionSummary?, _ finder: StopFinder,
        paths: [String]
    ) {
        self.before = before
        self.after = after
        self.finder = finder
        self.paths = paths
    }

    /// Whether the logs hold it.
    public var isFound: Bool { after != nil }

    private var isUnreliable: Bool { finder.late.areUnreliable || finder.cutIsSpike }

    /// The `result` of the JSON object.
    public var json: JSONValue {
        [
            "cut": .init(after?.id.description), "before": PlanReport.json(before),
            "after": PlanReport.json(after), "reliable": .bool(!isUnreliable),
            "late": .array(finder.late.listed.map { PlanReport.json($0) }),
            "lateTotal": .init(finder.late.count),
            "runningAtStop": .array(finder.runningAtStop.map { PlanReport.json($0) }),
        ]
    }

    /// The transactions as people read them.
    public var text: String {
        var lines: [String] = []
        if let before { lines.append("before   " + Self.line(before)) }
        if let after { lines.append("after    " + Self.line(after)) }
        for late in finder.late.listed.prefix(5) { lines.append("late     " + Self.line(late)) }
        let more = finder.late.count - 5
        if more > 0 { lines.append("         and \(HumanNumber.count(more)) more late ones") }
        for running in finder.runningAtStop.prefix(5) {
            lines.append("running  " + Self.line(running))
        }
        let text = lines.map { PrintableText.escapeControlCharacters($0) + "\n" }.joined()
        guard let after else {
            return before == nil
                ? "these logs do not hold it\n" : text + "these logs end before it\n"
        }
        let logs = paths.map { ShellText.quoted($0) }.joined(separator: " ")
        return text + "\nto see what a recovery to the place between would do:\n"
            + "  lastgood plan --backup BACKUP --binlogs \(logs) --before \(after.id)\n"
    }

    private static func line(_ summary: TransactionSummary) -> String {
        "\(summary.id)  \(UTCTime.tableText(seconds: summary.timestamp))"
            + (summary.gtid.map { "  GTID \($0)" } ?? "")
            + (summary.statement.map { "  \(RowChange.oneLine($0))" } ?? "")
    }

    /// What speaks against the cut.
    public var warnings: [PlanWarning] {
        guard isUnreliable else { return [] }
        return [
            PlanWarning(
                "time-order",
                finder.cutIsSpike
                    ? "the stamp of the cut stands alone in the future"
                    : "the stamps run backwards behind the cut: see the late transactions")
        ]
    }
}
