/// What happened to one table in one minute.
public struct MinuteCounts: Hashable, Sendable {
    public var inserted: UInt64 = 0
    public var updated: UInt64 = 0
    public var deleted: UInt64 = 0
    public var statements: UInt64 = 0
    public var transactions: UInt64 = 0
    /// Of the rows events and texts themselves.
    public var bytes: UInt64 = 0

    public init() {}

    public static func += (left: inout Self, right: Self) {
        left.inserted &+= right.inserted
        left.updated &+= right.updated
        left.deleted &+= right.deleted
        left.statements &+= right.statements
        left.transactions &+= right.transactions
        left.bytes &+= right.bytes
    }
}

/// One table's counts by the minute of the commit stamp, counted from 1970.
///
/// Transactions that were rolled back count where they changed something that stays; XA
/// transactions count where they were prepared.
public struct TableMinutes: Hashable, Sendable {
    public internal(set) var counts: [UInt32: MinuteCounts] = [:]

    mutating func add(_ counts: MinuteCounts, minute: UInt32) {
        self.counts[minute, default: MinuteCounts()] += counts
    }

    mutating func add(_ other: Self) {
        for (minute, counts) in other.counts { add(counts, minute: minute) }
    }
}

extension TableMinutes {
    func write(to writer: inout PackedWriter) {
        var last: UInt32 = 0
        writer.list(counts.keys.sorted()) { writer, minute in
            let counts = counts[minute] ?? MinuteCounts()
            writer.number(minute - last)
            last = minute
            for count in [
                counts.inserted, counts.updated, counts.deleted, counts.statements,
                counts.transactions, counts.bytes,
            ] { writer.number(count) }
        }
    }

    init(_ reader: inout PackedReader) throws(CatalogDamage) {
        var minute: UInt32 = 0
        for _ in 0..<(try reader.number(Int.self)) {
            let (next, isTooLarge) = minute.addingReportingOverflow(try reader.number(UInt32.self))
            guard !isTooLarge else { throw CatalogDamage() }
            minute = next
            var counts = MinuteCounts()
            counts.inserted = try reader.number()
            counts.updated = try reader.number()
            counts.deleted = try reader.number()
            counts.statements = try reader.number()
            counts.transactions = try reader.number()
            counts.bytes = try reader.number()
            self.counts[minute] = counts
        }
    }
}
