import Binlog

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
    /// A match was typed with a schema that the log does not tell.
    public private(set) var isSchemaUnsure = false

    private var lastStamp: UInt32?
    private var spikeStamp: UInt32?

    /// How many transactions a list names at most.
    public static let listed = 100

    public init(_ request: StopRequest) { self.request = request }

    /// Takes the next transaction.
    public mutating func take(_ facts: TransactionFacts) -> Verdict {
        let wasDecided = isDecided
        switch request {
        case .until(let time):
            takeTime(facts, until: time)
            return isDecided ? .leftOut : .replayed
        case .end: return .replayed
        case .before(let mark):
            if isMarked(mark, facts) { record(facts) }
            return isDecided ? .leftOut : .replayed
        case .after(let mark):
            if isMarked(mark, facts) { record(facts) }
            return wasDecided ? .leftOut : .replayed
        }
    }

    /// Takes several transactions at once; nil, and nothing is taken, where one of them may matter
    /// by itself.
    mutating func take(_ run: TransactionRun) -> Verdict? {
        switch request {
        case .until(let time):
            guard takeTime(run, until: time) else { return nil }
        case .before(.transaction(let id)), .after(.transaction(let id)):
            guard !run.holds(id) else { return nil }
        case .before, .after:
            guard !run.mayMatch else { return nil }
        case .end: break
        }
        return isDecided ? .leftOut : .replayed
    }

    /// The next transaction says whether the cut's stamp is a clock's fault.
    public var awaitsNext: Bool { spikeStamp != nil }

    /// Takes transactions that are known to be none that matter: before the stop point is decided,
    /// or behind it and not late.
    public mutating func pass(newestStamp: UInt32, count: Int) {
        if isDecided, case .until = request { late.pass(newestStamp, count: count) }
    }

    private mutating func takeTime(_ run: TransactionRun, until time: StopTime) -> Bool {
        if isDecided {
            guard spikeStamp == nil, Int64(run.stamps.lowerBound) >= time.secondBehind else {
                return false
            }
            late.pass(run.stamps.upperBound, count: run.tally.transactions)
        } else {
            guard Int64(run.stamps.upperBound) < time.seconds, run.latestEnd < time.seconds else {
                return false
            }
        }
        lastStamp = run.last.timestamp
        return true
    }

    private func isMarked(_ mark: StopMark, _ facts: TransactionFacts) -> Bool {
        switch mark {
        case .transaction(let id): id == facts.id
        case .gtid(let gtid): facts.transaction.gtid == gtid
        case .statement: facts.matchesStatement
        }
    }

    private mutating func record(_ facts: TransactionFacts) {
        isDecided = true
        isSchemaUnsure = isSchemaUnsure || facts.isSchemaUnsure
        matchCount += 1
        if matches.count < Self.listed { matches.append(TransactionSummary(facts)) }
    }

    private mutating func takeTime(_ facts: TransactionFacts, until time: StopTime) {
        let stamp = facts.transaction.timestamp
        defer { lastStamp = stamp }
        guard isDecided else {
            if time.isReached(by: facts.transaction) {
                record(facts)
                let isAhead = lastStamp.map { Int64(stamp) - Int64($0) > Self.spikeSeconds } ?? true
                if isAhead { spikeStamp = stamp }
            } else if facts.transaction.commitMicroseconds == nil,
                // Where the commit is told, it had ended.
                Int64(stamp) + Int64(facts.transaction.executionSeconds) >= time.seconds,
                runningAtStop.count < Self.listed
            {
                runningAtStop.append(TransactionSummary(facts))
            }
            return
        }
        if let spike = spikeStamp {
            cutIsSpike = Int64(spike) - Int64(stamp) > Self.spikeSeconds
            spikeStamp = nil
        }
        late.take(facts, until: time)
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
    /// The last of them: behind it lies the other place where a time can be cut.
    public private(set) var last: TransactionSummary?
    /// How many transactions that other cut takes in beside those up to the first one.
    public private(set) var countUpToLast = 0
    /// Transactions from the cut on; the first is the one that decided it.
    private var countFromCut = 1
    private var runningMaximum: UInt32 = 0
    private var inARow = 0

    /// Takes transactions that are not stamped before the cut, by their largest stamp.
    mutating func pass(_ stamp: UInt32, count: Int) {
        countFromCut += count
        runningMaximum = max(runningMaximum, stamp)
        inARow = 0
    }

    mutating func take(_ facts: TransactionFacts, until time: StopTime) {
        let stamp = facts.transaction.timestamp
        countFromCut += 1
        runningMaximum = max(runningMaximum, stamp)
        guard !time.isReached(by: facts.transaction) else {
            inARow = 0
            return
        }
        count += 1
        last = TransactionSummary(facts)
        countUpToLast = countFromCut
        if listed.count < StopFinder.listed { listed.append(TransactionSummary(facts)) }
        let isFarBelow = Int64(stamp) + 1 < max(Int64(runningMaximum), time.seconds)
        inARow = isFarBelow ? inARow + 1 : 0
        if inARow >= 3 { areUnreliable = true }
    }
}
