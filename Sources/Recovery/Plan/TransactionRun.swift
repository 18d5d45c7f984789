public import Binlog

/// What is known of several transactions in a row that are committed, and of which nothing is to be
/// told one by one.
public struct TransactionRun: Sendable {
    /// What they would add to a replay.
    public var tally: PlanTally
    /// The last GTID of each domain among them.
    public var reached: GTIDPosition
    public var first: TransactionSummary
    public var last: TransactionSummary
    /// The first byte behind them.
    public var end: BinlogPosition
    /// The least and the largest stamp, and the latest end that a stamp and a duration tell.
    public var stamps: ClosedRange<UInt32>
    public var latestEnd: Int64
    /// One of them may be the stop point that is asked for by a statement or a GTID.
    public var mayMatch: Bool

    public init(
        tally: PlanTally, reached: GTIDPosition, first: TransactionSummary,
        last: TransactionSummary, end: BinlogPosition, stamps: ClosedRange<UInt32>,
        latestEnd: Int64, mayMatch: Bool
    ) {
        self.tally = tally
        self.reached = reached
        self.first = first
        self.last = last
        self.end = end
        self.stamps = stamps
        self.latestEnd = latestEnd
        self.mayMatch = mayMatch
    }

    /// Whether a transaction's id lies among theirs.
    func holds(_ id: BinlogPosition) -> Bool {
        id.file == end.file && id.offset >= first.id.offset && id.offset < end.offset
    }
}
