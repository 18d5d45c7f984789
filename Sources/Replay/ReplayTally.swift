internal import Binlog
public import Recovery

/// What a replay has done so far.
public struct ReplayTally: Hashable, Sendable, Codable {
    public var transactions: UInt64 = 0
    public var rows = RowCounts()
    public var statements: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Commits on the target.
    public var batches: UInt64 = 0

    public init() {}

    static func += (left: inout Self, right: Self) {
        left.transactions += right.transactions
        left.rows.add(right.rows.inserted, .insert)
        left.rows.add(right.rows.updated, .update)
        left.rows.add(right.rows.deleted, .delete)
        left.statements += right.statements
        left.bytes += right.bytes
        left.batches += right.batches
    }

    /// Seven decimal numbers separated by spaces.
    var encoded: String {
        [transactions, rows.inserted, rows.updated, rows.deleted, statements, bytes, batches]
            .map(String.init).joined(separator: " ")
    }

    init?(encoded: String) {
        let numbers = encoded.split(separator: " ").map { UInt64($0) }
        guard numbers.count == 7, !numbers.contains(nil) else { return nil }
        let values = numbers.compactMap(\.self)
        transactions = values[0]
        rows.inserted = values[1]
        rows.updated = values[2]
        rows.deleted = values[3]
        statements = values[4]
        bytes = values[5]
        batches = values[6]
    }
}
