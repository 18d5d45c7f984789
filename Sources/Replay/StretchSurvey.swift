internal import Binlog
internal import BinlogFiles
internal import Recovery

/// Reads a stretch for a plan; needs nothing but its bytes, so that several can be read at once.
struct StretchSurvey: ~Copyable {
    private let file: String
    private let mark: StopMark?
    private let matches: Planner.TextMatcher?
    private let flavor: FormatDescription.Flavor
    private var registry: TableMapRegistry
    private var judge = StatementJudge()
    /// Table maps below this one have been taken down.
    private var knownSlots = 0
    private var generation = 0
    private var tally = PlanTally()
    private var mayMatch = false
    private var first: TransactionSummary?
    private var stamps: ClosedRange<UInt32>?
    private var latestEnd: Int64 = 0

    // Of the transaction being read.
    private var beginOffset: UInt64 = 0
    private var gtid: GTID?
    private var timestamp: UInt32 = 0
    private var firstText: [UInt8] = []
    private var firstMode: SQLMode?
    private var database: [UInt8]?

    private init(
        _ file: String, _ flavor: FormatDescription.Flavor, _ stop: StopRequest,
        _ matches: Planner.TextMatcher?
    ) {
        self.file = file
        self.flavor = flavor
        registry = TableMapRegistry(flavor: flavor)
        self.matches = matches
        switch stop {
        case .before(let mark), .after(let mark): self.mark = mark
        case .until, .end: mark = nil
        }
    }

    /// What is known of the transactions of a stretch, nil where one of them must be looked at by
    /// itself; `matches` tells whether a text is the statement that is asked for.
    ///
    /// Throws what is wrong with the log, with the offset.
    static func run(
        of stretch: Stretch, file: String, _ stop: StopRequest, _ matches: Planner.TextMatcher?
    ) throws(BinlogError) -> TransactionRun? {
        var survey = StretchSurvey(file, stretch.format.flavor, stop, matches)
        var isPlain = true
        try stretch.read { (event) throws(BinlogError) in
            isPlain = try survey.take(event)
            return isPlain
        }
        guard isPlain else { return nil }
        survey.tally.transactions = Int(clamping: stretch.transactionCount)
        survey.tally.bytes = UInt64(stretch.range.count)
        let end = stretch.range.upperBound
        let last = survey.summary(endOffset: end)
        return TransactionRun(
            tally: survey.tally, reached: stretch.reached, first: survey.first ?? last, last: last,
            end: BinlogPosition(file: file, offset: end),
            stamps: survey.stamps ?? last.timestamp...last.timestamp, latestEnd: survey.latestEnd,
            mayMatch: survey.mayMatch)
    }

    /// False where there is more to tell of it than a run of transactions holds.
    private mutating func take(_ event: borrowing Event) throws(BinlogError) -> Bool {
        try tally.takeSize(of: event)
        switch event.type {
        case let type where type.beginsTransaction: try begin(event)
        case .annotateRows, .rowsQuery:
            if let text = event.annotation { takeText(text, nil, nil) }
        case .tableMap:
            try takeMap(event)
            if database == nil { database = try TransactionReader.schema(of: event) }
        case let type where type.isRows:
            try tally.take(RowsEvent(event), &registry)
        case .query: return try takeQuery(QueryEvent(event))
        case .userVar: return try UserVarEvent(event).canBeSet
        default: break
        }
        return true
    }

    private mutating func takeQuery(_ query: borrowing QueryEvent) throws(BinlogError) -> Bool {
        noteEnd(after: query.executionSeconds)
        guard query.control == .none else { return true }
        let status = try query.statusVariables(flavor)
        let mode = SQLMode(bits: status.sqlMode ?? 0)
        switch judge.policy(of: query.text, mode: mode, isAlone: false) {
        case .control:
            if judge.dropsTemporaryTables { takeText(query.text, mode, query.database) }
            return true
        case .run: break
        case .step, .excluded, .refused: return false
        }
        guard !ExpectedError.halfWay.contains(query.errorCode) else { return false }
        let risk = judge.risk(of: query.text)
        guard risk.unsafe == nil else { return false }
        takeText(query.text, mode, query.database)
        tally.take(judge, status, risk)
        return true
    }

    private mutating func takeMap(_ event: borrowing Event) throws(BinlogError) {
        let handle = try registry.record(event)
        if registry.generation != generation {
            knownSlots = 0
            generation = registry.generation
        }
        guard handle.slot >= knownSlots else { return }
        knownSlots = handle.slot + 1
        tally.tables.changed.insert(TableName(registry[handle]))
    }

    private mutating func begin(_ event: borrowing Event) throws(BinlogError) {
        if first == nil, beginOffset != 0 { first = summary(endOffset: event.offset) }
        registry.endStatement()
        beginOffset = event.offset
        timestamp = event.header.timestamp
        if event.type == .gtid {
            gtid = .mariadb(try GTIDEvent(event).gtid)
        } else {
            let head = try MySQLGTIDEvent(event)
            gtid = head.gtid.map { .mysql($0) }
            timestamp = head.commitSeconds ?? timestamp
        }
        firstText.removeAll(keepingCapacity: true)
        firstMode = nil
        database = nil
        if case .gtid(let wanted) = mark, wanted == gtid { mayMatch = true }
        let known = stamps ?? timestamp...timestamp
        stamps = min(known.lowerBound, timestamp)...max(known.upperBound, timestamp)
        noteEnd(after: 0)
    }

    private mutating func noteEnd(after seconds: UInt32) {
        // As with `Transaction.executionSeconds`, nonsense counts for nothing.
        let duration = seconds < 86_400 ? Int64(seconds) : 0
        latestEnd = max(latestEnd, Int64(timestamp) + duration)
    }

    private mutating func takeText(_ text: RawSpan, _ mode: SQLMode?, _ database: RawSpan?) {
        if firstText.isEmpty {
            firstMode = mode
            self.database = TransactionReader.copied(database)
            TransactionReader.keep(text, in: &firstText)
        }
        if let matches, !mayMatch, matches(text, mode, database) { mayMatch = true }
    }

    private func summary(endOffset: UInt64) -> TransactionSummary {
        TransactionSummary(
            id: BinlogPosition(file: file, offset: beginOffset), gtid: gtid, timestamp: timestamp,
            sizeBytes: endOffset - beginOffset,
            statement: firstText.isEmpty ? nil : TransactionReader.shown(firstText, firstMode),
            database: firstText.isEmpty
                ? nil : database.map { String(decoding: $0, as: UTF8.self) })
    }
}
