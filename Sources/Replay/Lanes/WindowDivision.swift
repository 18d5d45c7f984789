internal import Recovery

/// Which lane sends which of a window's rows.
///
/// Whole tables, as long as that divides the work well enough. A table is parted by ranges of its
/// primary key, and only where it has no other unique key: there two lanes could wait for each
/// other.
struct WindowDivision {
    /// A part of one of the window's folds.
    struct Share: Hashable, Sendable {
        var fold: Int
        var keys: ClosedRange<UInt64>
    }

    /// For each lane what it sends; some may have nothing.
    private(set) var lanes: [[Share]]

    /// - Parameter done: what is not to be sent, since it is in the target.
    init(_ folds: [TableFold], among count: Int, leaving done: [TablePart] = []) {
        lanes = Array(repeating: [], count: count)
        guard count > 1 else {
            lanes[0] = folds.indices.flatMap { Self.rest(of: folds[$0], fold: $0, done) }
            return
        }
        let total = folds.reduce(0) { $0 + $1.weightBytes }
        let most = max(1, total / (2 * count))
        var shares: [(share: Share, weight: Int)] = []
        for (index, fold) in folds.enumerated() where !fold.isEmpty {
            let parts = fold.isDivisible ? (fold.weightBytes + most - 1) / most : 1
            let ranges = fold.keyRanges(parts)
            shares += ranges.map { keys in
                (Share(fold: index, keys: keys), fold.weightBytes / ranges.count)
            }
        }
        var load = [Int](repeating: 0, count: count)
        for (share, weight) in shares.sorted(by: { $0.weight > $1.weight }) {
            let lane = load.indices.min { load[$0] < load[$1] } ?? 0
            lanes[lane].append(share)
            load[lane] += weight
        }
    }

    /// A table without the ranges that are done.
    private static func rest(of fold: TableFold, fold index: Int, _ done: [TablePart]) -> [Share] {
        guard !fold.isEmpty else { return [] }
        let name = TargetSchema.Name(fold.map)
        var rest: [Share] = []
        var next: UInt64? = 0
        let ranges = done.lazy.filter { $0.table == name }.map(\.keys)
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let from = next else { break }
            if from < range.lowerBound {
                rest.append(Share(fold: index, keys: from...(range.lowerBound - 1)))
            }
            next = range.upperBound == .max ? nil : max(from, range.upperBound + 1)
        }
        if let next { rest.append(Share(fold: index, keys: next...(.max))) }
        return rest
    }
}
