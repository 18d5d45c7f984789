/// Two servers compared table by table, and row by row where their checksums do not agree.
public struct TableComparison: Sendable {
    /// The tables of the target.
    public var found: [TableChecksum]
    /// The tables that are not equal, by schema and name.
    public var differences: [TableDifference]
}

extension TableVerification {
    /// Compares a target with a reference; both are read at the same time.
    ///
    /// Checksums alone make no difference: another version, or a column that is stored in another
    /// way, gives other figures for equal rows. So rows decide, and say which they are.
    public static func compare(
        _ target: SessionPool, with reference: SessionPool,
        excludingSchemas excluded: [String] = []
    ) throws(ServerError) -> TableComparison {
        let readings = [
            try ChecksumReading(target, excluded: excluded),
            try ChecksumReading(reference, excluded: excluded),
        ]
        let threads = readings[0].threads
        try Workers.run(threads + readings[1].threads) { (index) throws(ServerError) in
            let side = index < threads ? 0 : 1
            do throws(ServerError) {
                try readings[side].work()
            } catch {
                readings[1 - side].stop()
                throw error
            }
        }
        let found = readings[0].checksums
        let decision = RowDecision(readings, target, reference)
        try Workers.run(decision.threads) { (_) throws(ServerError) in try decision.work() }
        return TableComparison(found: found, differences: decision.differences)
    }
}

/// The reading of rows of tables whose checksums do not agree, which several threads share.
private final class RowDecision: Sendable {
    private struct Pair: Sendable {
        var difference: TableDifference
        /// Nil where one of the tables is not there.
        var comparison: RowComparison?
    }

    private let pairs: [Pair]
    private let target: SessionPool
    private let reference: SessionPool
    /// Nil of those that are equal after all.
    private let list: WorkList<TableDifference?>
    let threads: Int

    init(_ readings: [ChecksumReading], _ target: SessionPool, _ reference: SessionPool) {
        // Each make writes its types in its own way.
        let isOneMake = target.serverVersion.flavor == reference.serverVersion.flavor
        let pairs = Self.pairs(readings, comparingTypes: isOneMake)
        self.pairs = pairs
        self.target = target
        self.reference = reference
        let sizes = pairs.map { $0.comparison?.sizeBytes ?? 0 }
        list = WorkList(order: pairs.indices.sorted { sizes[$0] > sizes[$1] })
        threads = min(target.most, reference.most, pairs.count)
    }

    /// Tables whose checksums are not equal, or that have other columns whatever their checksum is.
    private static func pairs(_ readings: [ChecksumReading], comparingTypes: Bool) -> [Pair] {
        let references = Dictionary(
            readings[1].tables.map { ([$0.schema, $0.name], $0) }, uniquingKeysWith: { $1 })
        var comparisons: [[String]: RowComparison] = [:]
        for table in readings[0].tables {
            let name = [table.schema, table.name]
            comparisons[name] = references[name].map {
                RowComparison(table, $0, comparesTypes: comparingTypes)
            }
        }
        var pairs = TableDifference.compare(
            found: readings[0].checksums, expected: readings[1].checksums
        ).map { difference in
            let name = [difference.schema, difference.table]
            return Pair(difference: difference, comparison: comparisons.removeValue(forKey: name))
        }
        pairs += comparisons.values.filter { !$0.differingColumns.isEmpty }.map { comparison in
            let difference = TableDifference(
                schema: comparison.target.schema, table: comparison.target.name, kind: .columns)
            return Pair(difference: difference, comparison: comparison)
        }
        return pairs.sorted {
            ($0.difference.schema, $0.difference.table)
                < ($1.difference.schema, $1.difference.table)
        }
    }

    /// By schema and name, when all threads are done.
    var differences: [TableDifference] { list.outcomes.compactMap(\.self) }

    /// Decides tables until none is left; without a session on each side there is nothing to do.
    func work() throws(ServerError) {
        do throws(ServerError) {
            // Whoever has one of the first has waited for no one, so at least one gets both.
            guard let one = target.take() else { return }
            defer { target.giveBack(one) }
            guard let other = reference.take() else { return }
            defer { reference.giveBack(other) }
            while let index = list.next() {
                list.finish(index, try decide(pairs[index], one, other))
            }
        } catch {
            list.stop()
            throw error
        }
    }

    private func decide(
        _ pair: Pair, _ one: SessionPool.Session, _ other: SessionPool.Session
    ) throws(ServerError) -> TableDifference? {
        var difference = pair.difference
        guard let comparison = pair.comparison else { return difference }
        difference.columns = comparison.differingColumns
        if comparison.hasSameColumns { difference.rows = try comparison.run(one, other) }
        if difference.rows == nil {
            guard !difference.columns.isEmpty else { return nil }
            difference.kind = .columns
        } else if difference.kind != .rowCount {
            difference.kind = .checksum
        }
        return difference
    }
}
