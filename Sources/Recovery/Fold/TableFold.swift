public import Binlog

/// The net effect of a table's row changes: for each row what it was first and what it is now.
///
///     first absent or present, now absent or present:
///         absent  → present   an insert of the last image
///         present → present   an update to the last image
///         present → absent    a delete
///         absent  → absent    nothing
///
/// Rows are told apart by the stored bytes of the primary key: two that a collation calls equal
/// are never there together, and deletes go first. Only images that hold every column are taken.
public struct TableFold: Sendable {
    public let table: FoldedTable
    /// The newest map of the table; all maps of one fold have the same columns.
    public private(set) var map: TableMap
    /// The bytes of the newest Table_map event, without its checksum.
    public private(set) var mapEvent: [UInt8]

    private var entries: [Entry] = []
    /// Open addressing: the entry's number plus 1, or 0. Its size is a power of two.
    private var slots: [UInt32] = []
    /// Keys and images, each where its entry says.
    private var arena: [UInt8] = []
    private var keyBytes: [UInt8] = []
    private let fixedKey: Range<Int>?

    /// A row.
    struct Entry {
        var hash: UInt64
        var key: Place
        /// The first image, kept only where other unique keys are to be compared with it.
        var first: Place
        var last: Place
        /// How many bytes from `last.begin` on may be written over.
        var lastRoom: UInt32
        var wasPresent: Bool
        var isPresent: Bool
    }

    /// A piece of the arena.
    struct Place {
        var begin = 0
        var count: UInt32 = 0

        var range: Range<Int> { begin..<(begin + Int(count)) }
    }

    public init(_ table: FoldedTable, _ map: TableMap, mapEvent: [UInt8]) {
        self.table = table
        self.map = map
        self.mapEvent = mapEvent
        let isFirst = table.key == Array(0..<table.key.count)
        let isNeverNull = table.key.allSatisfy { !map.columns[$0].isNullable }
        fixedKey =
            isFirst && isNeverNull ? map.fullLayout.fixedRange(ofFirst: table.key.count) : nil
    }

    /// How many rows have been touched.
    public var count: Int { entries.count }

    public var isEmpty: Bool { entries.isEmpty }

    /// The memory it takes, in bytes.
    public var memoryBytes: Int {
        arena.capacity + entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * 4
    }

    /// Takes over a newer map of the same columns.
    public mutating func use(_ map: TableMap, mapEvent: [UInt8]) {
        self.map = map
        self.mapEvent = mapEvent
    }

    /// Forgets all rows, and keeps the memory.
    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        arena.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
    }

    // MARK: Folding

    /// Takes the rows of an event; the number of rows, or nil where its images do not hold every
    /// column: then nothing is taken.
    ///
    /// Throws `contradiction` where the log inserts a row that is there or changes one that is
    /// not, `corrupt` where the rows do not fit.
    public mutating func fold(
        _ event: borrowing RowsEvent, _ layouts: RowLayouts
    ) throws(BinlogError) -> Int? {
        guard layouts.holdAllColumns(of: map) else { return nil }
        var cursor = RowCursor(event, layouts: layouts)
        var rows = 0
        while try cursor.next() {
            rows += 1
            let offset = event.rowsOffset &+ UInt64(cursor.before.lowerBound)
            switch event.operation {
            case .insert: try insert(event.rows.extracting(cursor.after), offset)
            case .delete: try delete(event.rows.extracting(cursor.before), offset)
            case .update:
                try update(
                    event.rows.extracting(cursor.before), event.rows.extracting(cursor.after),
                    offset)
            }
        }
        return rows
    }

    private mutating func insert(_ image: RawSpan, _ offset: UInt64) throws(BinlogError) {
        let index = try entry(of: image, offset, wasPresent: false)
        guard !entries[index].isPresent else { throw contradiction("is there already", offset) }
        setLast(index, image)
    }

    private mutating func delete(_ image: RawSpan, _ offset: UInt64) throws(BinlogError) {
        let index = try entry(of: image, offset, wasPresent: true)
        guard entries[index].isPresent else { throw contradiction("is not there", offset) }
        entries[index].isPresent = false
    }

    private mutating func update(
        _ before: RawSpan, _ after: RawSpan, _ offset: UInt64
    ) throws(BinlogError) {
        let index = try entry(of: before, offset, wasPresent: true)
        guard entries[index].isPresent else { throw contradiction("is not there", offset) }
        try readKey(of: after, offset)
        if keyIs(entries[index].key) {
            setLast(index, after)
        } else {
            entries[index].isPresent = false
            try insert(after, offset)
        }
    }

    private func contradiction(_ what: String, _ offset: UInt64) -> BinlogError {
        BinlogError(
            .contradiction,
            "by the log before it, a row of \(map.schema).\(map.table) \(what)",
            hint: "the source changed rows that its log does not hold", offset: offset)
    }

    /// Whether the key at hand is that of a place.
    private func keyIs(_ place: Place) -> Bool {
        guard keyBytes.count == Int(place.count) else { return false }
        return arena.withUnsafeBytes { all in
            keyBytes.withUnsafeBytes { key in
                let other = UnsafeRawBufferPointer(rebasing: all[place.range])
                return other.elementsEqual(key)
            }
        }
    }

    private mutating func readKey(of image: RawSpan, _ offset: UInt64) throws(BinlogError) {
        keyBytes.removeAll(keepingCapacity: true)
        if let fixedKey, fixedKey.upperBound <= image.byteCount {
            image.extracting(fixedKey).withUnsafeBytes { keyBytes.append(contentsOf: $0) }
        } else {
            try map.fullLayout.appendValues(of: table.key, in: image, at: offset, to: &keyBytes)
        }
    }

    /// The entry of an image's row; a new one is as the first change says that it was.
    private mutating func entry(
        of image: RawSpan, _ offset: UInt64, wasPresent: Bool
    ) throws(BinlogError) -> Int {
        try readKey(of: image, offset)
        if entries.count &* 4 >= slots.count &* 3 { grow() }
        let hash = Self.hash(keyBytes)
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].hash == hash, keyIs(entries[index].key) { return index }
            slot = (slot &+ 1) & mask
        }
        slots[slot] = UInt32(entries.count + 1)
        let key = append(keyBytes)
        let keepsFirst = wasPresent && !table.otherUnique.isEmpty
        let first = keepsFirst ? append(image) : Place()
        entries.append(
            Entry(
                hash: hash, key: key, first: first, last: Place(), lastRoom: 0,
                wasPresent: wasPresent, isPresent: wasPresent))
        return entries.count - 1
    }

    private mutating func setLast(_ index: Int, _ image: RawSpan) {
        let count = UInt32(image.byteCount)
        entries[index].isPresent = true
        guard count <= entries[index].lastRoom else {
            entries[index].last = append(image)
            entries[index].lastRoom = count
            return
        }
        entries[index].last.count = count
        let range = entries[index].last.range
        arena.withUnsafeMutableBytes { all in
            image.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: all[range]).copyMemory(from: $0)
            }
        }
    }

    private mutating func append(_ bytes: [UInt8]) -> Place {
        let place = Place(begin: arena.count, count: UInt32(bytes.count))
        arena.append(contentsOf: bytes)
        return place
    }

    private mutating func append(_ bytes: RawSpan) -> Place {
        let place = Place(begin: arena.count, count: UInt32(bytes.byteCount))
        bytes.withUnsafeBytes { arena.append(contentsOf: $0) }
        return place
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: max(1024, slots.count * 2))
        let mask = slots.count - 1
        for index in entries.indices {
            var slot = Int(truncatingIfNeeded: entries[index].hash) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = UInt32(index + 1)
        }
    }

    /// 8 bytes at a time, mixed by multiplying; a source can choose its keys, but not to be slow.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        var hash = UInt64(bytes.count) ^ 0x9E37_79B9_7F4A_7C15
        let span = bytes.span.bytes
        var index = 0
        while index + 8 <= span.byteCount {
            let word = span.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            hash = mix(hash ^ word)
            index += 8
        }
        var rest: UInt64 = 0
        while index < span.byteCount {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        return mix(hash ^ rest)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}

/// Reading the result.
extension TableFold {
    /// What is left to do for a row.
    enum NetChange { case none, insert, update, delete, replace }

    func change(_ entry: Entry) throws(BinlogError) -> NetChange {
        switch (entry.wasPresent, entry.isPresent) {
        case (false, false): return .none
        case (false, true): return .insert
        case (true, false): return .delete
        case (true, true):
            // Without a last image nothing has changed it.
            guard entry.lastRoom > 0 else { return .none }
            return try changesOtherKey(entry) ? .replace : .update
        }
    }

    /// Whether an update changes a column of another unique key: the row then goes out and comes
    /// in again, so that no order of updates can make two rows meet.
    private func changesOtherKey(_ entry: Entry) throws(BinlogError) -> Bool {
        guard !table.otherUnique.isEmpty else { return false }
        var before: [UInt8] = []
        var after: [UInt8] = []
        let bytes = arena.span.bytes
        try map.fullLayout.appendValues(
            of: table.otherUnique, in: bytes.extracting(entry.first.range), at: 0,
            marksNulls: true, to: &before)
        try map.fullLayout.appendValues(
            of: table.otherUnique, in: bytes.extracting(entry.last.range), at: 0,
            marksNulls: true, to: &after)
        return before != after
    }

    /// The entries in the order of their keys, which the storage engine likes.
    func sortedEntries() -> [Entry] {
        let first = table.key.first.map { map.columns[$0] }
        let keyed = entries.indices.map { index in
            (prefix: sortPrefix(entries[index].key, first), index: index)
        }
        return keyed.sorted { $0.prefix < $1.prefix }.map { entries[$0.index] }
    }

    private func sortPrefix(_ place: Place, _ column: TableColumn?) -> UInt64 {
        guard let column else { return 0 }
        return withBytes(place) { key in
            if column.type.isInteger {
                return Self.littleEndian(key.prefix(Int(column.width.fixedBytes)))
            }
            return key.dropFirst(Int(column.width.prefixBytes)).prefix(8)
                .reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private static func littleEndian(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes {
            value |= UInt64(byte) << shift
            shift += 8
        }
        return value
    }

    /// The highest AUTO_INCREMENT value of rows that were inserted and are gone again, where no row
    /// that stays has a higher one: on the source it moved the counter all the same.
    public var lostCounter: UInt64? {
        guard let counter = table.counter else { return nil }
        var lost: UInt64 = 0
        var kept: UInt64 = 0
        for entry in entries where !entry.wasPresent {
            let value = counterValue(entry.key, counter)
            if entry.isPresent { kept = max(kept, value) } else { lost = max(lost, value) }
        }
        return lost > kept ? lost : nil
    }

    /// A negative value counts as none.
    private func counterValue(_ place: Place, _ counter: FoldedTable.Counter) -> UInt64 {
        withBytes(place) { key in
            var rest = key[...]
            for ordinal in table.key[..<counter.keyIndex] {
                let width = map.columns[ordinal].width
                let prefix = Int(width.prefixBytes)
                let length =
                    prefix == 0
                    ? Int(width.fixedBytes) : prefix + Int(Self.littleEndian(rest.prefix(prefix)))
                rest = rest.dropFirst(length)
            }
            let column = map.columns[table.key[counter.keyIndex]]
            guard column.type.isInteger else { return 0 }
            let width = Int(column.width.fixedBytes)
            let value = Self.littleEndian(rest.prefix(width))
            let isNegative = !counter.isUnsigned && value >> (8 * UInt64(width) - 1) & 1 == 1
            return isNegative ? 0 : value
        }
    }

    /// The image of a piece of the arena.
    func withBytes<Result>(
        _ place: Place, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try arena.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[place.range])) }
    }
}

extension BinlogError.Code {
    /// The log says of a row what cannot be, by what it said before.
    public static let contradiction = Self(rawValue: "contradiction")
}
