public import Binlog

/// The net effect of a table's row changes: for each row what it was first and what it is now.
///
///     first absent or present, now absent or present:
///         absent  → present   an insert of the last image
///         present → present   an update to the last image
///         present → absent    a delete
///         absent  → absent    nothing
///
/// Rows are told apart by the stored bytes of a key: two that a collation calls equal are never
/// there together, and deletes go first. Without a key those of equal images are counted.
public struct TableFold: Sendable {
    public let table: FoldedTable
    /// The newest map of the table; all maps of one fold have the same columns.
    public private(set) var map: TableMap
    /// The bytes of the newest Table_map event, without its checksum.
    public private(set) var mapEvent: [UInt8]

    /// Holds the rows as long as all images have every column.
    private var keyed: KeyedRows
    /// Holds all rows once an image lacked a column.
    private var partial: PartialRows?
    /// Holds the rows of a table without a key.
    private var bag: RowBag?

    /// What came of folding an event.
    public enum Step: Hashable, Sendable {
        /// So many rows were taken.
        case rows(Int)
        /// The images lack columns, and those of this table must not: nothing was taken.
        case lacksColumns
        /// A row's change can only be applied in the log's order: the fold is of no more use.
        case needsOrder
    }

    public init(_ table: FoldedTable, _ map: TableMap, mapEvent: [UInt8]) {
        self.table = table
        self.map = map
        self.mapEvent = mapEvent
        keyed = KeyedRows(table, map)
        bag = table.identity == .wholeRow ? RowBag() : nil
    }

    /// No row has been touched.
    public var isEmpty: Bool { count == 0 && partial == nil }

    /// How many rows have been touched.
    public var count: Int {
        keyed.rows.entries.count + (partial?.rows.entries.count ?? 0)
            + (bag?.rows.entries.count ?? 0)
    }

    /// The bytes of all images and keys that it keeps.
    var imageBytes: Int {
        keyed.rows.arena.count + (partial?.rows.arena.count ?? 0) + (bag?.rows.arena.count ?? 0)
    }

    /// The memory it takes, in bytes.
    public var memoryBytes: Int {
        keyed.rows.memoryBytes + (partial?.rows.memoryBytes ?? 0) + (bag?.rows.memoryBytes ?? 0)
    }

    /// Takes over a newer map of the same columns.
    public mutating func use(_ map: TableMap, mapEvent: [UInt8]) {
        self.map = map
        self.mapEvent = mapEvent
    }

    // MARK: Folding

    /// Takes the rows of an event.
    ///
    /// Throws `contradiction` where the log inserts a row that is there or changes one that is
    /// not, `corrupt` where the rows do not fit.
    public mutating func fold(
        _ event: borrowing RowsEvent, _ layouts: RowLayouts
    ) throws(BinlogError) -> Step {
        let isWhole = layouts.holdAllColumns
        if isWhole, partial == nil, bag == nil { return .rows(try keyed.fold(event, layouts)) }
        if let count = try bag(isWhole, event, layouts) { return .rows(count) }
        guard table.identity == .primaryKey else { return .lacksColumns }
        try takePartialImages()
        guard let count = try partial?.fold(event, layouts) else { return .needsOrder }
        return .rows(count)
    }

    private mutating func bag(
        _ isWhole: Bool, _ event: borrowing RowsEvent, _ layouts: RowLayouts
    ) throws(BinlogError) -> Int? {
        isWhole ? try bag?.fold(event, layouts) : nil
    }

    /// From here on images may lack columns.
    private mutating func takePartialImages() throws(BinlogError) {
        guard partial == nil else { return }
        partial = try PartialRows(table, map, keyed)
        keyed = KeyedRows(table, map)
    }

    /// Takes the net effect of what stands in the log behind everything folded so far.
    ///
    /// Throws `contradiction` where one says of a row what the other excludes. Both must be of the
    /// same table with the same columns.
    public mutating func merge(_ newer: borrowing TableFold) throws(BinlogError) {
        precondition(map.columns == newer.map.columns && table == newer.table)
        use(newer.map, mapEvent: newer.mapEvent)
        if let rows = newer.bag {
            bag?.merge(rows)
        } else if partial == nil, newer.partial == nil {
            try keyed.merge(newer.keyed)
        } else {
            try takePartialImages()
            if let rows = newer.partial {
                try partial?.merge(rows)
            } else {
                try partial?.merge(try PartialRows(table, map, newer.keyed))
            }
        }
    }
}

/// Reading the result.
extension TableFold {
    /// What is left to be done to the rows in a range of keys, in the order of the keys, which the
    /// storage engine likes; rows without a key stand at the beginning of the range of all.
    func netChanges(in keys: ClosedRange<UInt64>) throws(BinlogError) -> NetChanges {
        var result = NetChanges(bytes: [], columnSets: [Self.allColumns(of: map)])
        if let bag {
            result.bytes = bag.rows.arena
            if keys.contains(0) { result.changes = Self.changes(of: bag) }
            return result
        }
        if let partial {
            result.bytes = partial.rows.arena
            result.columnSets = partial.sets.sets.map(\.bitmap)
            result.changes = changes(of: partial, in: keys)
        } else {
            result.bytes = keyed.rows.arena
            result.changes = try changes(of: keyed, in: keys)
        }
        result.changes.sort { ($0.columns, $0.rank) < ($1.columns, $1.rank) }
        return result
    }

    private static func allColumns(of map: TableMap) -> [UInt8] {
        [UInt8](repeating: 0xFF, count: (map.columns.count + 7) / 8)
    }

    private static func changes(of bag: RowBag) -> [NetChanges.Change] {
        bag.rows.entries.lazy.filter { $0.state != 0 }.map { entry in
            NetChanges.Change(
                kind: entry.state > 0 ? .insert : .delete, before: entry.key, after: entry.key,
                times: abs(entry.state))
        }
    }

    private func changes(
        of keyed: KeyedRows, in keys: ClosedRange<UInt64>
    ) throws(BinlogError) -> [NetChanges.Change] {
        let ranks = KeyRank(table, map)
        let isWholeBefore = table.identity != .primaryKey
        var changes: [NetChanges.Change] = []
        for entry in keyed.rows.entries {
            guard let kind = try keyed.change(entry) else { continue }
            let rank = keyed.rows.withBytes(entry.key) { ranks.rank(of: $0) }
            guard keys.contains(rank) else { continue }
            changes.append(
                NetChanges.Change(
                    rank: rank, kind: kind,
                    before: isWholeBefore ? entry.state.first : entry.key,
                    after: entry.state.last))
        }
        return changes
    }

    private func changes(
        of partial: PartialRows, in keys: ClosedRange<UInt64>
    ) -> [NetChanges.Change] {
        let ranks = KeyRank(table, map)
        var changes: [NetChanges.Change] = []
        for entry in partial.rows.entries {
            guard let kind = partial.change(entry.state) else { continue }
            let rank = partial.rows.withBytes(entry.key) { ranks.rank(of: $0) }
            guard keys.contains(rank) else { continue }
            changes.append(
                NetChanges.Change(
                    rank: rank, kind: kind, before: entry.key, after: entry.state.image,
                    columns: kind == .delete ? 0 : entry.state.columns))
        }
        return changes
    }

    /// The ranks of some of the rows, evenly taken, at most so many.
    func sampleOfRanks(_ most: Int) -> [UInt64] {
        if let partial { return sampleOfRanks(most, partial.rows) }
        return sampleOfRanks(most, keyed.rows)
    }

    private func sampleOfRanks<Row>(_ most: Int, _ rows: RowTable<Row>) -> [UInt64] {
        let ranks = KeyRank(table, map)
        let count = rows.entries.count
        return stride(from: 0, to: count, by: max(1, count / most)).map { index in
            rows.withBytes(rows.entries[index].key) { ranks.rank(of: $0) }
        }
    }
}

/// A number that orders keys about as the storage engine does.
private struct KeyRank {
    private let width: ColumnWidth?
    private let isInteger: Bool

    init(_ table: FoldedTable, _ map: TableMap) {
        let column = table.key.first.map { map.columns[$0] }
        width = column?.width
        isInteger = column?.type.isInteger ?? false
    }

    func rank(of key: UnsafeRawBufferPointer) -> UInt64 {
        guard let width else { return 0 }
        if isInteger { return littleEndian(key.prefix(Int(width.fixedBytes))) }
        return key.dropFirst(Int(width.prefixBytes)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

private func littleEndian(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    for byte in bytes {
        value |= UInt64(byte) << shift
        shift += 8
    }
    return value
}

/// AUTO_INCREMENT counters.
extension TableFold {
    /// The highest AUTO_INCREMENT value of rows that were inserted and are gone again, where no row
    /// that stays has a higher one: on the source it moved the counter all the same.
    public var lostCounter: UInt64? {
        guard let counter = table.counter else { return nil }
        if let partial { return lostCounter(counter, partial.rows) }
        return lostCounter(counter, keyed.rows)
    }

    private func lostCounter<Row: RowPresence>(
        _ counter: FoldedTable.Counter, _ rows: RowTable<Row>
    ) -> UInt64? {
        var lost: UInt64 = 0
        var kept: UInt64 = 0
        for entry in rows.entries where !entry.state.wasPresent {
            let value = rows.withBytes(entry.key) { counterValue($0, counter) }
            if entry.state.isPresent { kept = max(kept, value) } else { lost = max(lost, value) }
        }
        return lost > kept ? lost : nil
    }

    /// A negative value counts as none.
    private func counterValue(
        _ key: UnsafeRawBufferPointer, _ counter: FoldedTable.Counter
    ) -> UInt64 {
        var rest = key[...]
        for ordinal in table.key[..<counter.keyIndex] {
            let width = map.columns[ordinal].width
            let prefix = Int(width.prefixBytes)
            let length =
                prefix == 0
                ? Int(width.fixedBytes) : prefix + Int(littleEndian(rest.prefix(prefix)))
            rest = rest.dropFirst(length)
        }
        let column = map.columns[table.key[counter.keyIndex]]
        guard column.type.isInteger else { return 0 }
        let width = Int(column.width.fixedBytes)
        let value = littleEndian(rest.prefix(width))
        let isNegative = !counter.isUnsigned && value >> (8 * UInt64(width) - 1) & 1 == 1
        return isNegative ? 0 : value
    }
}
