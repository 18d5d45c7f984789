public import Binlog
public import Recovery

/// What `plan` shows, and what `recover` and `replay` show first.
public struct PlanReport: Sendable {
    /// The backup a recovery begins with.
    public struct Backup: Sendable {
        public var path: String
        public var kind: String
        public var serverVersion: String?
        public var position: BinlogPosition?
        public var gtidPosition: GTIDPosition?

        public init(
            path: String, kind: String, serverVersion: String?, position: BinlogPosition?,
            gtidPosition: GTIDPosition?
        ) {
            self.path = path
            self.kind = kind
            self.serverVersion = serverVersion
            self.position = position
            self.gtidPosition = gtidPosition
        }
    }

    /// Which tables are folded and which are not.
    public struct Folding: Sendable {
        public var foldable: [String]
        /// The others, with the reason, by name.
        public var exact: [String: String]
        public var isPredicted: Bool

        public init(foldable: [String], exact: [String: String], isPredicted: Bool) {
            self.foldable = foldable
            self.exact = exact
            self.isPredicted = isPredicted
        }
    }

    private let plan: Plan
    private let backup: Backup?
    private let folding: Folding?

    /// - Parameter folding: nil where nothing is known of it.
    public init(_ plan: Plan, backup: Backup?, folding: Folding? = nil) {
        self.plan = plan
        self.backup = backup
        self.folding = folding
    }

    /// Bytes of log that a second of replay is reckoned to take: a rough figure for a first guess.
    static let assumedBytesPerSecond: Double = 20_000_000

    // MARK: JSON

    public var json: JSONValue { .object(members) }

    /// The members of `result`, to which `recover` adds its own.
    public var members: [JSONValue.Member] {
        let tally = plan.tally
        return [
            .init("backup", backup.map(Self.json) ?? .null),
            .init(
                "start",
                ["position": .init(plan.start), "gtid": .init(plan.startGTIDPosition)]),
            .init("stop", stop),
            .init("transactions", .init(tally.transactions)), .init("bytes", .init(tally.bytes)),
            .init("files", .array(plan.files.map { .string($0) })),
            .init("first", Self.json(plan.first)), .init("last", Self.json(plan.last)),
            .init("rows", Self.json(tally.rows)),
            .init("barriers", .init(tally.barriers)),
            .init("foldableTables", .array(folding?.foldable.map { .string($0) } ?? [])),
            .init("exactTables", .array(exactTables.map(Self.json))),
            .init("predicted", .bool(folding?.isPredicted ?? false)),
            .init(
                "statementFormat",
                [
                    "row": .init(tally.rowStatements), "statement": .init(tally.textStatements),
                    "unsafe": .init(tally.unsafeStatements),
                ]),
            .init("openXA", .array(plan.openXA.map(Self.json))),
            .init("lostTail", plan.lostTail.map(Self.json) ?? .null),
            .init("excluded", .array(plan.excluded.map(Self.json))),
            .init("late", .array(plan.late.listed.map { Self.json($0) })),
            .init("runningAtStop", .array(plan.runningAtStop.map { Self.json($0) })),
            .init("estimateSeconds", .double(estimateSeconds)),
        ]
    }

    private var exactTables: [(key: String, value: String)] {
        folding?.exact.sorted { $0.key < $1.key } ?? []
    }

    private static func json(_ table: (key: String, value: String)) -> JSONValue {
        ["table": .string(table.key), "reason": .string(table.value)]
    }

    private var estimateSeconds: Double {
        (Double(plan.tally.bytes) / Self.assumedBytesPerSecond * 10).rounded(.up) / 10
    }

    private var stop: JSONValue {
        [
            "kind": .string(plan.stop.kind.rawValue),
            "id": .init(plan.stop.transaction?.id.description),
            "position": .init(plan.stop.position), "gtid": .init(plan.stop.gtidPosition),
            "timestamp": .time(plan.stop.transaction?.timestamp),
            "statement": .init(plan.stop.transaction?.statement),
        ]
    }

    private static func json(_ backup: Backup) -> JSONValue {
        [
            "path": .string(backup.path), "kind": .string(backup.kind),
            "serverVersion": .init(backup.serverVersion), "position": .init(backup.position),
            "gtid": .init(backup.gtidPosition),
        ]
    }

    static func json(_ summary: TransactionSummary?) -> JSONValue {
        guard let summary else { return .null }
        return [
            "id": .string(summary.id.description), "gtid": .init(summary.gtid),
            "timestamp": .time(summary.timestamp), "bytes": .init(summary.sizeBytes),
            "statement": .init(summary.statement),
        ]
    }

    static func json(_ rows: RowCounts) -> JSONValue {
        [
            "inserted": .init(rows.inserted), "updated": .init(rows.updated),
            "deleted": .init(rows.deleted),
        ]
    }

    private static func json(_ open: OpenXA) -> JSONValue {
        [
            "xid": .string(open.xaID.description), "id": .string(open.id.description),
            "timestamp": .time(open.timestamp),
        ]
    }

    private static func json(_ tail: LostTail) -> JSONValue {
        [
            "position": .init(tail.position), "bytes": .init(tail.bytes),
            "events": .init(UInt64(tail.events)), "seconds": .init(tail.seconds.map(UInt64.init)),
        ]
    }

    private static func json(_ statement: ExcludedStatement) -> JSONValue {
        [
            "id": .string(statement.id.description), "statement": .string(statement.statement),
            "reason": .string(statement.reason),
        ]
    }

    // MARK: Text

    /// For people.
    public var text: String {
        var lines = TextFields()
        if let backup {
            let place = backup.position?.description ?? "no file position"
            let gtid = backup.gtidPosition.map { ", GTID \($0)" } ?? ""
            lines.add("backup", "\(backup.path) (\(backup.kind), taken at \(place)\(gtid))")
        }
        lines.add("start", place(plan.start, plan.startGTIDPosition))
        lines.add("stop", stopText)
        if let first = plan.first { lines.add("first", Self.line(first)) }
        if let last = plan.last { lines.add("last", Self.line(last)) }
        let tally = plan.tally
        lines.add(
            "replay",
            "\(HumanNumber.count(tally.transactions, "transaction")), "
                + "\(HumanNumber.size(bytes: tally.bytes)) in "
                + "\(HumanNumber.count(plan.files.count, "file")) "
                + "(\(plan.files.first ?? "none") to \(plan.files.last ?? "none"))")
        lines.add(
            "rows",
            "\(HumanNumber.count(tally.rows.inserted)) inserted, "
                + "\(HumanNumber.count(tally.rows.updated)) updated, "
                + "\(HumanNumber.count(tally.rows.deleted)) deleted")
        lines.add(
            "statements",
            "\(HumanNumber.count(tally.rowStatements)) as rows, "
                + "\(HumanNumber.count(tally.textStatements)) as text, of which "
                + "\(HumanNumber.count(tally.barriers)) run alone")
        if let folding, folding.isPredicted { addFolding(folding, to: &lines) }
        lines.add("estimate", UTCTime.duration(seconds: estimateSeconds))
        for statement in plan.excluded {
            lines.add("not run", "\(statement.id) \(statement.statement) (\(statement.reason))")
        }
        for open in plan.openXA { lines.add("open XA", "\(open.xaID) prepared in \(open.id)") }
        for late in plan.late.listed.prefix(5) { lines.add("left out", Self.line(late)) }
        return lines.text
    }

    private func addFolding(_ folding: Folding, to lines: inout TextFields) {
        lines.add(
            "folding",
            HumanNumber.count(folding.foldable.count, "table") + ", as predicted")
        let byReason = Dictionary(grouping: folding.exact.keys) { folding.exact[$0] ?? "" }
        for (reason, tables) in byReason.sorted(by: { $0.key < $1.key }) {
            let names = tables.sorted().prefix(Self.namedTables).joined(separator: ", ")
            let rest = tables.count > Self.namedTables ? ", …" : ""
            lines.add("in order", "\(names)\(rest) (\(reason))")
        }
    }

    private static let namedTables = 20

    private var stopText: String {
        let ending = place(plan.stop.position, plan.stop.gtidPosition)
        guard plan.stop.kind != .end, let transaction = plan.stop.transaction else {
            return "at the end of the logs, \(ending)"
        }
        let word = plan.stop.kind == .after ? "after" : "before"
        return "just \(word) \(Self.line(transaction)), at \(ending)"
    }

    private func place(_ position: BinlogPosition, _ gtids: GTIDPosition) -> String {
        gtids.isEmpty ? position.description : "\(position), GTID \(gtids)"
    }

    static func line(_ summary: TransactionSummary) -> String {
        let statement = summary.statement.map { text in
            let oneLine = text.split(whereSeparator: \.isNewline).joined(separator: " ")
            return oneLine.count > 80 ? " \(oneLine.prefix(80))…" : " \(oneLine)"
        }
        return "\(summary.id) \(UTCTime.tableText(seconds: summary.timestamp))\(statement ?? "")"
    }
}

/// The transactions that an ambiguous stop point matches.
public struct CandidatesReport: Sendable {
    private let matches: [TransactionSummary]
    private let count: Int

    public init(_ matches: [TransactionSummary], count: Int) {
        self.matches = matches
        self.count = count
    }

    /// The `result` of the JSON object.
    public var json: JSONValue {
        [
            "candidates": .array(matches.map { PlanReport.json($0) }),
            "candidateCount": .init(count),
        ]
    }

    /// For people.
    public var text: String {
        let lines = matches.map {
            PrintableText.escapeControlCharacters(PlanReport.line($0)) + "\n"
        }
        let rest = count > matches.count ? "and \(count - matches.count) more\n" : ""
        return lines.joined() + rest
    }
}

/// Lines of a name and a text, for people; control characters are escaped.
struct TextFields {
    private(set) var text = ""

    mutating func add(_ name: String, _ value: String) {
        let space = String(repeating: " ", count: max(1, 12 - name.count))
        text += name + space + PrintableText.escapeControlCharacters(value) + "\n"
    }
}
