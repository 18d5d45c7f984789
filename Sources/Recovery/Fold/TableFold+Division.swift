internal import Binlog

/// Parting the rows of a table by ranges of their keys.
extension TableFold {
    /// Whether the rows of two ranges of keys have nothing to do with each other in the target: the
    /// key's order is that of its numbers, no other key is unique, and every other index is a list
    /// of keys in order.
    public var isDivisible: Bool {
        guard table.identity == .primaryKey, let first = table.key.first else { return false }
        return table.otherUnique.isEmpty && !table.hasWovenIndex
            && map.columns[first].type.isInteger
    }

    /// About how much work it is to send.
    public var weightBytes: Int { 64 * count + imageBytes }

    /// Ranges of `keyRank` that hold about as many rows each, and together all; fewer where there
    /// are not so many different keys.
    public func keyRanges(_ parts: Int) -> [ClosedRange<UInt64>] {
        guard parts > 1 else { return [0...UInt64.max] }
        let ranks = sampleOfRanks(4096).sorted()
        var ranges: [ClosedRange<UInt64>] = []
        var begin: UInt64 = 0
        for part in 1..<parts {
            let cut = ranks[ranks.count * part / parts]
            guard cut > begin else { continue }
            ranges.append(begin...(cut - 1))
            begin = cut
        }
        return ranges + [begin...UInt64.max]
    }
}
