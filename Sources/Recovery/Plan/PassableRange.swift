public import Binlog

/// A range of whole transactions of a file of which it is known that none matters behind a stop
/// point that is decided: none is late for its time, or is the statement a second time.
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

/// The ranges of one file that can be passed over.
public struct PassableRanges: Hashable, Sendable {
    private let ranges: [PassableRange]

    /// - Parameter ranges: ascending, none begins in another.
    public init(_ ranges: [PassableRange]) { self.ranges = ranges }

    public var isEmpty: Bool { ranges.isEmpty }

    /// The range that begins there.
    public func range(at offset: UInt64) -> PassableRange? {
        let index = index(from: offset)
        guard index < ranges.endIndex, ranges[index].range.lowerBound == offset else { return nil }
        return ranges[index]
    }

    /// Where the next one begins at or behind a place; nil where none does.
    public func nextBegin(from offset: UInt64) -> UInt64? {
        let index = index(from: offset)
        return index < ranges.endIndex ? ranges[index].range.lowerBound : nil
    }

    /// Of the first range that does not begin before the place.
    private func index(from offset: UInt64) -> Int {
        var (low, high) = (ranges.startIndex, ranges.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].range.lowerBound < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
