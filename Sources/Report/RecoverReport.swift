public import Recovery

/// What a recovery did, behind what it had planned.
public struct RecoverReport: Sendable {
    /// A table of the recovered state.
    public struct Table: Sendable, Codable {
        public var name: String
        public var rows: UInt64
        public var checksum: String

        public init(name: String, rows: UInt64, checksum: String) {
            self.name = name
            self.rows = rows
            self.checksum = checksum
        }
    }

    /// How to get in.
    public struct Target: Sendable, Codable {
        public var socket: String?
        public var host: String?
        public var port: Int?
        public var datadir: String?
        public var connect: String
        /// Takes the lost table out; nil where the stop point names none.
        public var dump: String?
        /// Starts the server again; nil where it runs.
        public var start: String?
        public var isRunning: Bool { start == nil }

        public init(
            socket: String?, host: String?, port: Int?, datadir: String?, connect: String,
            dump: String?, start: String?
        ) {
            self.socket = socket
            self.host = host
            self.port = port
            self.datadir = datadir
            self.connect = connect
            self.dump = dump
            self.start = start
        }
    }

    /// What was applied.
    public struct Replayed: Sendable {
        public var transactions: UInt64
        public var rows: RowCounts
        public var statements: UInt64
        public var bytes: UInt64
        public var batches: UInt64
        public var seconds: Double
        /// Row changes that were sent to the target.
        public var applied: RowCounts
        /// Nothing was folded.
        public var isExact: Bool

        public init(
            transactions: UInt64, rows: RowCounts, statements: UInt64, bytes: UInt64,
            batches: UInt64, seconds: Double, applied: RowCounts, isExact: Bool
        ) {
            self.applied = applied
            self.isExact = isExact
            self.transactions = transactions
            self.rows = rows
            self.statements = statements
            self.bytes = bytes
            self.batches = batches
            self.seconds = seconds
        }
    }

    private let plan: PlanReport
    private let replayed: Replayed
    private let target: Target
    private let tables: [Table]
    private let verdict: Verdict
    private let gtidStatement: String?

    public init(
        _ plan: PlanReport, replayed: Replayed, target: Target, tables: [Table],
        verdict: Verdict, gtidStatement: String?
    ) {
        self.plan = plan
        self.replayed = replayed
        self.target = target
        self.tables = tables
        self.verdict = verdict
        self.gtidStatement = gtidStatement
    }

    /// The `result` of the JSON object.
    public var json: JSONValue {
        .object(
            plan.members + [
                .init("mode", replayed.isExact ? "exact" : "net-effect"),
                .init(
                    "replayed",
                    [
                        "transactions": .init(replayed.transactions),
                        "rows": PlanReport.json(replayed.rows),
                        "statements": .init(replayed.statements), "bytes": .init(replayed.bytes),
                        "seconds": .double(replayed.seconds),
                    ]),
                .init(
                    "applied",
                    [
                        "rows": PlanReport.json(replayed.applied),
                        "batches": .init(replayed.batches),
                    ]),
                .init(
                    "target",
                    [
                        "socket": .init(target.socket), "host": .init(target.host),
                        "port": .init(target.port), "datadir": .init(target.datadir),
                        "connect": .string(target.connect), "dump": .init(target.dump),
                        "running": .bool(target.isRunning), "start": .init(target.start),
                    ]),
                .init(
                    "verification",
                    VerificationReport.json(tables, verdict)),
                .init("gtidStatement", .init(gtidStatement)),
            ])
    }

    /// For people.
    public var text: String {
        var text = plan.text + "\n"
        var lines = TextFields()
        lines.add(
            "replayed",
            "\(HumanNumber.count(replayed.transactions, "transaction")), "
                + "\(HumanNumber.size(bytes: replayed.bytes)) in "
                + UTCTime.duration(seconds: replayed.seconds))
        text += lines.text + "\n"
        text += VerificationReport.text(tables, verdict)
        if let start = target.start {
            text += "\nThe server has been stopped, as you asked. Start it again with\n\n  "
            text += start + "\n"
        }
        text += "\nThe recovered state is at\n\n  " + target.connect + "\n"
        if let dump = target.dump { text += "\nTake the lost table out with\n\n  " + dump + "\n" }
        if let gtidStatement {
            text += "\nTo replicate from the stop point on, run\n\n  " + gtidStatement + "\n"
        }
        return text
    }
}
