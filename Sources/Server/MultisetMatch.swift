/// Compares two tables in which nothing tells rows apart, whatever their order: how many rows of
/// one have no equal in the other.
struct MultisetMatch {
    /// How many rows may wait for their equal at a time.
    var most = 1 << 20

    /// Reads both to their ends. Nil where they are equal; without counts where too many rows
    /// waited, and only their sums tell that they are not.
    func run(
        _ target: inout RowStream, _ reference: inout RowStream
    ) throws(ServerError) -> RowDifferences? {
        /// By the rows' hashes: how many more the target has.
        var surplus: [UInt64: Int64] = [:]
        var isCounting = true
        var (targetSum, referenceSum) = (RowSum(), RowSum())
        while try !RowStream.areAtEnd(target, reference) {
            if try !target.isAtEnd {
                let hash = RowSum.hash(target.row)
                targetSum.add(hash: hash)
                if isCounting { Self.add(1, hash, &surplus) }
                target.advance()
            }
            if try !reference.isAtEnd {
                let hash = RowSum.hash(reference.row)
                referenceSum.add(hash: hash)
                if isCounting { Self.add(-1, hash, &surplus) }
                reference.advance()
            }
            if surplus.count > most {
                isCounting = false
                surplus = [:]
            }
        }
        guard isCounting else {
            return targetSum == referenceSum ? nil : RowDifferences()
        }
        guard !surplus.isEmpty else { return nil }
        return RowDifferences(
            missing: surplus.values.reduce(0) { $0 + UInt64(max(0, -$1)) },
            extra: surplus.values.reduce(0) { $0 + UInt64(max(0, $1)) })
    }

    private static func add(_ count: Int64, _ hash: UInt64, _ surplus: inout [UInt64: Int64]) {
        let sum = surplus[hash, default: 0] + count
        surplus[hash] = sum == 0 ? nil : sum
    }
}
