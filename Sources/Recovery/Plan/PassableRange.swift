public import Binlog

/// A range of whole transactions of a file of which it is known that none is late for the time at
/// which a recovery stops.
public struct PassableRange: Hashable, Sendable {
    public var range: Range<UInt64>
    /// How many transactions are in it.
    public var transactions: Int
    /// The largest of their commit stamps, in seconds since 1970.
    public var newestCommit: UInt32
    /// What the file has come to at its end.
    public var reached: GTIDPosition

    public init(
        range: Range<UInt64>, transactions: Int, newestCommit: UInt32, reached: GTIDPosition
    ) {
        self.range = range
        self.transactions = transactions
        self.newestCommit = newestCommit
        self.reached = reached
    }
}
