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
    /// Row changes that were sent to the target: fewer than `rows` where they were folded.
    public var applied = RowCounts()
    public var unsafeCalls = UnsafeCalls()
    /// Tables of this run that were not folded, with the reason; not kept in the checkpoint.
    public var exactTables: [String: String] = [:]

    public init() {}

    static func += (left: inout Self, right: Self) {
        left.transactions += right.transactions
        left.rows += right.rows
        left.applied += right.applied
        left.statements += right.statements
        left.bytes += right.bytes
        left.batches += right.batches
        left.unsafeCalls += right.unsafeCalls
    }

    /// Eleven decimal numbers separated by spaces, and the named statements in lines of their own.
    var encoded: String {
        let numbers = [
            transactions, rows.inserted, rows.updated, rows.deleted, statements, bytes, batches,
            applied.inserted, applied.updated, applied.deleted, unsafeCalls.count,
        ].map(String.init).joined(separator: " ")
        return ([numbers] + unsafeCalls.named).joined(separator: "\n")
    }

    init?(encoded: String) {
        let lines = encoded.split(separator: "\n").map { String($0) }
        let numbers = lines.first?.split(separator: " ").map { UInt64($0) } ?? []
        guard numbers.count == 11, !numbers.contains(nil) else { return nil }
        let values = numbers.compactMap(\.self)
        unsafeCalls = UnsafeCalls(count: values[10], named: Array(lines.dropFirst()))
        transactions = values[0]
        rows.inserted = values[1]
        rows.updated = values[2]
        rows.deleted = values[3]
        statements = values[4]
        bytes = values[5]
        batches = values[6]
        applied = RowCounts(inserted: values[7], updated: values[8], deleted: values[9])
    }
}
