public import Binlog

/// What is known of one transaction when its last event has been read.
public struct TransactionFacts: Sendable {
    public var transaction: Transaction
    public var file: String
    /// What it would add to a replay.
    public var tally: PlanTally
    /// The statement asked for, or its first one, secrets masked; nil where it has no text.
    public var statement: String?
    /// The default database that statement ran in; nil where the log does not tell it.
    public var database: String?
    public var matchesStatement = false
    /// It matches if its schema is the typed one, which the log does not tell.
    public var isSchemaUnsure = false
    /// What this version cannot replay.
    public var refusal: BinlogError?
    public var excluded: [ExcludedStatement] = []
    /// Text statements whose result hangs on more than the log holds.
    public var unsafe: [UnsafeStatement] = []
    /// A statement that its server cut off half-way, by its error code.
    public var halfWayError: UInt16?

    public init(_ transaction: Transaction, file: String, tally: PlanTally) {
        self.transaction = transaction
        self.file = file
        self.tally = tally
    }

    public var id: BinlogPosition {
        BinlogPosition(file: file, offset: transaction.beginOffset)
    }

    /// The first byte behind the transaction.
    public var end: BinlogPosition {
        BinlogPosition(file: file, offset: transaction.endOffset)
    }
}

/// A statement of the log that is not run.
public struct ExcludedStatement: Hashable, Sendable, Codable {
    public var id: BinlogPosition
    public var statement: String
    public var reason: String

    public init(id: BinlogPosition, statement: String, reason: String) {
        self.id = id
        self.statement = statement
        self.reason = reason
    }
}

/// A statement whose result hangs on more than the log holds.
public struct UnsafeStatement: Hashable, Sendable {
    public var id: BinlogPosition
    /// The function or the form that makes it so.
    public var reason: String

    public init(id: BinlogPosition, reason: String) {
        self.id = id
        self.reason = reason
    }
}

/// Makes a plan of the transactions behind the start point, fed in log order.
public struct PlanBuilder: Sendable {
    public private(set) var finder: StopFinder
    private let request: StopRequest
    private let start: BinlogPosition
    private let startGTIDPosition: GTIDPosition
    private var position: BinlogPosition
    private var gtidPosition: GTIDPosition
    private var tally = PlanTally()
    private var files: [String] = []
    private var first: TransactionSummary?
    private var last: TransactionSummary?
    private var openXA: [XAID: OpenXA] = [:]
    /// The GTIDs of prepared transactions.
    private var heldGTIDs: [XAID: GTID] = [:]
    /// Rows of prepared XA transactions: they count when it is decided what becomes of them.
    private var heldRows: [XAID: RowCounts] = [:]
    private var excluded: [ExcludedStatement] = []
    private var excludedCount = 0
    private var unsafe: [UnsafeStatement] = []
    private var halfWay: [BinlogPosition] = []
    private var refusal: BinlogError?
    private var stopped = false

    public init(_ request: StopRequest, start: BinlogPosition, gtidPosition: GTIDPosition) {
        self.request = request
        self.start = start
        finder = StopFinder(request)
        startGTIDPosition = gtidPosition
        self.gtidPosition = gtidPosition
        position = start
    }

    /// The stop point has been found; what comes can only make it ambiguous or be told about it.
    public var isDecided: Bool { finder.isDecided }

    /// Nothing that comes can change the plan.
    public var isFinal: Bool {
        guard isDecided else { return false }
        switch request {
        case .before(.statement), .after(.statement), .until, .end: return false
        case .before, .after: return true
        }
    }

    public var replayedTransactions: Int { tally.transactions }

    /// Takes the next transaction.
    public mutating func take(_ facts: TransactionFacts) {
        let verdict = finder.take(facts)
        let rowsBefore = tally.rows
        guard verdict == .replayed else {
            if !stopped, case .before = request { position = facts.id }
            if !stopped, case .until = request { position = facts.id }
            stopped = true
            return
        }
        tally += facts.tally
        if facts.transaction.ending == .xaPrepare { tally.rows = rowsBefore }
        position = facts.end
        if let gtid = facts.transaction.gtid { gtidPosition.record(gtid) }
        if files.last != facts.file { files.append(facts.file) }
        let summary = TransactionSummary(facts)
        if first == nil { first = summary }
        last = summary
        refusal = refusal ?? facts.refusal
        excludedCount += facts.excluded.count
        excluded += facts.excluded.prefix(max(0, StopFinder.listed - excluded.count))
        unsafe += facts.unsafe.prefix(max(0, StopFinder.listed - unsafe.count))
        if facts.halfWayError != nil { halfWay.append(facts.id) }
        takeXA(facts)
    }

    /// Takes several transactions at once; false, and nothing is taken, where one of them may
    /// matter by itself: they are to be taken one by one.
    public mutating func take(_ run: TransactionRun) -> Bool {
        // What stands behind the stop point is told by the first one that does.
        guard stopped || !isDecided, let verdict = finder.take(run) else { return false }
        guard verdict == .replayed else { return true }
        tally += run.tally
        position = run.end
        gtidPosition.record(run.reached)
        if files.last != run.end.file { files.append(run.end.file) }
        if first == nil { first = run.first }
        last = run.last
        return true
    }

    /// Passes over transactions behind the stop point of which none is late; false, and nothing is
    /// taken, where the next one may still matter.
    public mutating func pass(_ range: PassableRange) -> Bool {
        guard stopped, finder.isDecided, !finder.awaitsNext else { return false }
        finder.pass(newestStamp: range.newestCommit, count: range.transactions)
        return true
    }

    private mutating func takeXA(_ facts: TransactionFacts) {
        guard let xaID = facts.transaction.xaID else { return }
        switch facts.transaction.ending {
        case .xaPrepare:
            openXA[xaID] = OpenXA(
                xaID: xaID, id: facts.id, timestamp: facts.transaction.timestamp)
            heldRows[xaID] = facts.tally.rows
            heldGTIDs[xaID] = facts.transaction.gtid
        case .xaCommit:
            if let rows = heldRows.removeValue(forKey: xaID) { tally.rows += rows }
            if openXA.removeValue(forKey: xaID) == nil {
                refusal =
                    refusal
                    ?? BinlogError(
                        .missingXA,
                        "an XA COMMIT stands here whose XA PREPARE is before the start point",
                        hint: "what it changed is neither in the backup nor in the logs replayed; "
                            + "take an older backup", file: facts.file, offset: facts.id.offset)
            }
        case .xaRollback:
            // They are applied and rolled back, like those that a ROLLBACK stands behind.
            openXA.removeValue(forKey: xaID)
            if let rows = heldRows.removeValue(forKey: xaID) { tally.rows += rows }
        default: break
        }
    }

    /// The plan, as far as the log was read.
    ///
    /// Throws what cannot be replayed before the stop point. The caller has dealt with a stop point
    /// that was not found or is ambiguous.
    public func plan() throws(BinlogError) -> Plan {
        if let refusal { throw refusal }
        let kind: StopPoint.Kind =
            switch request {
            case .before: .before
            case .after: .after
            case .until: .until
            case .end: .end
            }
        var reached = gtidPosition
        // What is prepared and not decided is not applied: a replica has to get it.
        for xaID in openXA.keys { if let gtid = heldGTIDs[xaID] { reached.remove(gtid) } }
        let stop = StopPoint(
            kind: kind, transaction: finder.matches.first, position: position,
            gtidPosition: reached)
        return Plan(
            start: start, startGTIDPosition: startGTIDPosition, stop: stop, tally: tally,
            files: files, first: first, last: last,
            openXA: openXA.values.sorted { place(of: $0) < place(of: $1) },
            excluded: excluded, late: finder.late, runningAtStop: finder.runningAtStop,
            warnings: warnings())
    }

    private func place(of transaction: OpenXA) -> (file: Int, offset: UInt64) {
        (files.firstIndex(of: transaction.id.file) ?? 0, transaction.id.offset)
    }

    private func warnings() -> [PlanWarning] {
        var warnings = timeWarnings() + statementWarnings()
        if finder.isSchemaUnsure {
            warnings.append(
                PlanWarning(
                    "schema-unsure",
                    "the statement was logged as rows without its database, and its name is no "
                        + "table's but perhaps a view's: the typed schema cannot be checked; its "
                        + "id says it exactly", blocks: true))
        }
        if !openXA.isEmpty {
            warnings.append(
                PlanWarning(
                    "open-xa",
                    "\(openXA.count) XA transactions are prepared and not decided at the stop "
                        + "point; they are not applied"))
        }
        if excludedCount > 0 {
            warnings.append(
                PlanWarning(
                    "excluded-statements",
                    "\(excludedCount) statements do not belong to the data and are not run"))
        }
        if tally.nonTransactional > 0 {
            warnings.append(
                PlanWarning(
                    "non-transactional",
                    "\(tally.nonTransactional) transactions change tables of engines without "
                        + "transactions: if the target crashes in the middle of one, going on "
                        + "cannot be exact for these tables"))
        }
        if let first = halfWay.first {
            warnings.append(
                PlanWarning(
                    "partial-statement",
                    "\(halfWay.count) statements were cut off half-way on their server, the first "
                        + "in \(first): nothing can tell how far they came", blocks: true))
        }
        return warnings
    }

    private func statementWarnings() -> [PlanWarning] {
        var warnings: [PlanWarning] = []
        if tally.unsafeStatements > 0 {
            let named = unsafe.prefix(5).map { "\($0.id) (\($0.reason))" }.joined(separator: ", ")
            warnings.append(
                PlanWarning(
                    "unsafe-statements",
                    "\(tally.unsafeStatements) statements may do something else when they run "
                        + "again: \(named)" + (tally.unsafeStatements > 5 ? ", …" : "")))
        }
        if !tally.settings.isEmpty {
            let named = tally.settings.sorted { $0.key < $1.key }
                .map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
            warnings.append(
                PlanWarning(
                    "session-defaults",
                    "statements may hang on settings that no log tells, and that the target must "
                        + "have as the source had them: \(named)"))
        }
        return warnings
    }

    private func timeWarnings() -> [PlanWarning] {
        guard case .until = request else { return [] }
        guard isDecided else {
            return [
                PlanWarning(
                    "until-past-end",
                    "the logs end before that time; all of them would be replayed",
                    blocks: true)
            ]
        }
        var warnings: [PlanWarning] = []
        if finder.late.areUnreliable || finder.cutIsSpike {
            let fault =
                finder.cutIsSpike
                ? "the stamp of the cut stands alone in the future"
                : "the stamps run backwards behind the cut"
            warnings.append(
                PlanWarning(
                    "time-order",
                    "\(fault); \(finder.late.count) later transactions are stamped before that time"
                        + otherCut, blocks: true))
        } else if finder.late.count > 0 {
            warnings.append(
                PlanWarning(
                    "late-transactions",
                    "\(finder.late.count) transactions committed behind the cut and are stamped "
                        + "before that time; they are left out"))
        }
        if !finder.runningAtStop.isEmpty {
            warnings.append(
                PlanWarning(
                    "running-at-stop",
                    "\(finder.runningAtStop.count) transactions before the cut still ran at that "
                        + "time"))
        }
        return warnings
    }

    /// The place behind the last transaction stamped before the time that was asked for.
    private var otherCut: String {
        guard let last = finder.late.last else { return "" }
        return "; the other cut is behind the last of them, --after \(last.id), and takes in "
            + "\(finder.late.countUpToLast) transactions more"
    }
}

extension BinlogError.Code {
    /// An XA COMMIT whose prepared part is not in the range of the log.
    public static let missingXA = Self(rawValue: "missing-xa")
}
