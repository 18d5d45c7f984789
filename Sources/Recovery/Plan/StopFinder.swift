public import Binlog

/// Finds the stop point among transactions that come in log order.
///
/// A state machine without I/O: `take` every transaction behind the start point. The stop is known
/// as soon as a transaction decides it; what comes later can only make it ambiguous (statements)
/// or add to what is told about it (times).
public struct StopFinder: Sendable {
    /// What a transaction is to the recovery.
    public enum Verdict: Sendable { case replayed, leftOut }

    private let request: StopRequest
    /// The transactions that the request matches; the first `listed` ones.
    public private(set) var matches: [TransactionSummary] = []
    public private(set) var matchCount = 0
    /// Transactions behind a time's cut that are stamped before it.
    public private(set) var late = LateTransactions()
    /// Transactions before a time's cut that were still running at that time.
    public private(set) var runningAtStop: [TransactionSummary] = []
    /// The cut's own stamp lies alone in the future.
    public private(set) var cutIsSpike = false
    public private(set) var isDecided = false

    private var lastStamp: UInt32?
    private var spikeStamp: UInt32?

    /// How many transactions a list names at most.
    public static let listed = 100

    public init(_ request: StopRequest) { self.request = request }

    /// Takes the next transaction; `statementMatches` tells whether one of its statements is the
    /// one that was asked for.
    public mutating func take(
        _ transaction: Transaction, file: String, statement: String?, statementMatches: Bool
    ) -> Verdict {
        let wasDecided = isDecided
        let isMatch = matches(transaction, file: file, statementMatches: statementMatches)
        switch request {
        case .until(let seconds):
            takeTime(transaction, file: file, statement: statement, until: seconds)
            return isDecided ? .leftOut : .replayed
        case .end: return .replayed
        case .before:
            if isMatch { record(transaction, file: file, statement: statement) }
            return isDecided ? .leftOut : .replayed
        case .after:
            if isMatch { record(transaction, file: file, statement: statement) }
            return wasDecided ? .leftOut : .replayed
        }
    }

    private func matches(
        _ transaction: Transaction, file: String, statementMatches: Bool
    ) -> Bool {
        guard case .before(let mark) = request else {
            guard case .after(let mark) = request else { return false }
            return isMarked(mark, transaction, file, statementMatches)
        }
        return isMarked(mark, transaction, file, statementMatches)
    }

    private func isMarked(
        _ mark: StopMark, _ transaction: Transaction, _ file: String, _ statementMatches: Bool
    ) -> Bool {
        switch mark {
        case .transaction(let id): id.file == file && id.offset == transaction.beginOffset
        case .gtid(let gtid): transaction.gtid == gtid
        case .statement: statementMatches
        }
    }

    private mutating func record(_ transaction: Transaction, file: String, statement: String?) {
        isDecided = true
        matchCount += 1
        if matches.count < Self.listed {
            matches.append(TransactionSummary(transaction, file: file, statement: statement))
        }
    }

    private mutating func takeTime(
        _ transaction: Transaction, file: String, statement: String?, until seconds: Int64
    ) {
        let stamp = transaction.timestamp
        defer { lastStamp = stamp }
        guard isDecided else {
            if Int64(stamp) >= seconds {
                record(transaction, file: file, statement: statement)
                let isAhead = lastStamp.map { Int64(stamp) - Int64($0) > Self.spikeSeconds } ?? true
                if isAhead { spikeStamp = stamp }
            } else if Int64(stamp) + Int64(transaction.executionSeconds) >= seconds {
                if runningAtStop.count < Self.listed {
                    runningAtStop.append(
                        TransactionSummary(transaction, file: file, statement: statement))
                }
            }
            return
        }
        if let spike = spikeStamp {
            cutIsSpike = Int64(spike) - Int64(stamp) > Self.spikeSeconds
            spikeStamp = nil
        }
        late.take(transaction, file: file, statement: statement, until: seconds)
    }

    /// How far a stamp must stand out to be taken for a clock's fault.
    static let spikeSeconds: Int64 = 60
}

/// Transactions that committed behind a time's cut and are stamped before it.
///
/// Healthy servers write a few: the stamp is the start of the committing statement. They are
/// unreliable where three or more in a row lie more than a second below the running maximum.
public struct LateTransactions: Hashable, Sendable, Codable {
    public private(set) var count = 0
    public private(set) var listed: [TransactionSummary] = []
    public private(set) var areUnreliable = false
    private var runningMaximum: UInt32 = 0
    private var inARow = 0

    mutating func take(
        _ transaction: Transaction, file: String, statement: String?, until seconds: Int64
    ) {
        let stamp = transaction.timestamp
        runningMaximum = max(runningMaximum, stamp)
        guard Int64(stamp) < seconds else {
            inARow = 0
            return
        }
        count += 1
        if listed.count < StopFinder.listed {
            listed.append(TransactionSummary(transaction, file: file, statement: statement))
        }
        let isFarBelow = Int64(stamp) + 1 < max(Int64(runningMaximum), seconds)
        inARow = isFarBelow ? inARow + 1 : 0
        if inARow >= 3 { areUnreliable = true }
    }
}
