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

    private(set) var entries: [Entry] = []
    /// Open addressing: the upper half of the hash, and the entry's number plus 1, or 0.
    ///
    /// Its size is a power of two.
    private var slots: [UInt64] = []
    /// Keys and images, each where its entry says; never as much as 4 GiB.
    private var arena: [UInt8] = []
    /// A key whose place in the image has to be searched.
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
        var begin: UInt32 = 0
        var count: UInt32 = 0

        var range: Range<Int> { Int(begin)..<(Int(begin) + Int(count)) }
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

    /// The bytes of all images and keys that it keeps.
    var imageBytes: Int { arena.count }

    /// The memory it takes, in bytes.
    public var memoryBytes: Int {
        arena.capacity + entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * 8
    }

    /// Takes over a newer map of the same columns.
    public mutating func use(_ map: TableMap, mapEvent: [UInt8]) {
        self.map = map
        self.mapEvent = mapEvent
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
        guard layouts.holdAllColumns else { return nil }
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
        if try key(of: after, offset, is: entries[index].key) {
            setLast(index, after)
        } else {
            entries[index].isPresent = false
            try insert(after, offset)
        }
    }

    private func contradiction(_ what: String, _ offset: UInt64?) -> BinlogError {
        BinlogError(
            .contradiction,
            "by the log before it, a row of \(map.schema).\(map.table) \(what)",
            hint: "the source changed rows that its log does not hold", offset: offset)
    }

    private mutating func key(
        of image: RawSpan, _ offset: UInt64, is place: Place
    ) throws(BinlogError) -> Bool {
        if let fixedKey, fixedKey.upperBound <= image.byteCount {
            return image.extracting(fixedKey).withUnsafeBytes { bytes(of: place, are: $0) }
        }
        try readKey(of: image, offset)
        return keyBytes.withUnsafeBytes { bytes(of: place, are: $0) }
    }

    private func bytes(of place: Place, are other: UnsafeRawBufferPointer) -> Bool {
        guard other.count == Int(place.count) else { return false }
        return withBytes(place) { own in
            var index = 0
            while index < own.count {
                guard own[index] == other[index] else { return false }
                index += 1
            }
            return true
        }
    }

    private mutating func readKey(of image: RawSpan, _ offset: UInt64) throws(BinlogError) {
        keyBytes.removeAll(keepingCapacity: true)
        try map.fullLayout.appendValues(of: table.key, in: image, at: offset, to: &keyBytes)
    }

    /// The entry of an image's row; a new one is as the first change says that it was.
    private mutating func entry(
        of image: RawSpan, _ offset: UInt64, wasPresent: Bool
    ) throws(BinlogError) -> Int {
        if let fixedKey, fixedKey.upperBound <= image.byteCount {
            return image.extracting(fixedKey).withUnsafeBytes {
                entry($0, Self.hash($0), image, wasPresent)
            }
        }
        try readKey(of: image, offset)
        // The key is moved out, since the fold is changed while it is looked at.
        var key: [UInt8] = []
        swap(&key, &keyBytes)
        defer { swap(&key, &keyBytes) }
        return key.withUnsafeBytes { entry($0, Self.hash($0), image, wasPresent) }
    }

    private mutating func entry(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ image: RawSpan, _ wasPresent: Bool
    ) -> Int {
        let slot: Int
        switch find(key, hash) {
        case .found(let index): return index
        case .free(let free): slot = free
        }
        let keyPlace = append(key)
        let keepsFirst = wasPresent && !table.otherUnique.isEmpty
        let first = keepsFirst ? append(image) : Place()
        return add(
            Entry(
                hash: hash, key: keyPlace, first: first, last: Place(), lastRoom: 0,
                wasPresent: wasPresent, isPresent: wasPresent), slot)
    }

    private enum Search { case found(Int), free(Int) }

    /// Looks for a key; makes room for one more entry first.
    private mutating func find(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Search {
        if entries.count &* 4 >= slots.count &* 3 { grow() }
        let mask = slots.count - 1
        let mark = hash & Self.markBits
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] & Self.markBits == mark {
                let index = Int(truncatingIfNeeded: slots[slot] & ~Self.markBits) - 1
                if entries[index].hash == hash, bytes(of: entries[index].key, are: key) {
                    return .found(index)
                }
            }
            slot = (slot &+ 1) & mask
        }
        return .free(slot)
    }

    private static let markBits: UInt64 = 0xFFFF_FFFF_0000_0000

    private mutating func add(_ entry: Entry, _ slot: Int) -> Int {
        entries.append(entry)
        slots[slot] = entry.hash & Self.markBits | UInt64(entries.count)
        return entries.count - 1
    }

    private mutating func setLast(_ index: Int, _ image: RawSpan) {
        image.withUnsafeBytes { setLast(index, $0) }
    }

    private mutating func setLast(_ index: Int, _ image: UnsafeRawBufferPointer) {
        let count = UInt32(image.count)
        entries[index].isPresent = true
        guard count <= entries[index].lastRoom else {
            entries[index].last = append(image)
            entries[index].lastRoom = count
            return
        }
        entries[index].last.count = count
        let range = entries[index].last.range
        arena.withUnsafeMutableBytes { all in
            UnsafeMutableRawBufferPointer(rebasing: all[range]).copyMemory(from: image)
        }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) -> Place {
        let place = Place(begin: UInt32(arena.count), count: UInt32(bytes.count))
        arena.append(contentsOf: bytes)
        return place
    }

    private mutating func append(_ bytes: RawSpan) -> Place { bytes.withUnsafeBytes { append($0) } }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: max(1024, slots.count * 2))
        let mask = slots.count - 1
        for index in entries.indices {
            let hash = entries[index].hash
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = hash & Self.markBits | UInt64(index + 1)
        }
    }

    /// 8 bytes at a time, mixed by multiplying; a source can choose its keys, but not to be slow.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(bytes.count) ^ 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index + 8 <= bytes.count {
            hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < bytes.count {
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

/// Putting two together.
extension TableFold {
    /// Takes the net effect of what stands in the log behind everything folded so far.
    ///
    /// Throws `contradiction` where one says of a row what the other excludes. Both must be of the
    /// same table with the same columns.
    public mutating func merge(_ newer: borrowing TableFold) throws(BinlogError) {
        precondition(map.columns == newer.map.columns && table == newer.table)
        use(newer.map, mapEvent: newer.mapEvent)
        for entry in newer.entries {
            let isFine = newer.arena.withUnsafeBytes { merge(entry, UnsafeRawBufferPointer($0)) }
            guard isFine else {
                throw contradiction(
                    entry.wasPresent ? "is changed and not there" : "is there already", nil)
            }
        }
    }

    private mutating func merge(_ newer: Entry, _ bytes: UnsafeRawBufferPointer) -> Bool {
        func part(_ place: Place) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[place.range])
        }
        switch find(part(newer.key), newer.hash) {
        case .free(let slot):
            var entry = newer
            entry.key = append(part(newer.key))
            entry.first = newer.first.count > 0 ? append(part(newer.first)) : Place()
            entry.last = newer.isPresent ? append(part(newer.last)) : Place()
            entry.lastRoom = entry.last.count
            _ = add(entry, slot)
        case .found(let index):
            guard entries[index].isPresent == newer.wasPresent else { return false }
            if newer.isPresent { setLast(index, part(newer.last)) }
            entries[index].isPresent = newer.isPresent
        }
        return true
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

    /// What is left to do for the rows in a range of keys, in the order of the keys, which the
    /// storage engine likes.
    func sortedChanges(in keys: ClosedRange<UInt64>) throws(BinlogError) -> [RankedChange] {
        let first = firstKeyColumn
        var changes: [RankedChange] = []
        for index in entries.indices {
            let change = try change(entries[index])
            guard change != .none else { continue }
            let rank = rank(of: entries[index].key, first)
            guard keys.contains(rank) else { continue }
            changes.append(RankedChange(rank: rank, entry: UInt32(index), change: change))
        }
        changes.sort { $0.rank < $1.rank }
        return changes
    }

    struct RankedChange {
        var rank: UInt64
        /// Its place in `entries`.
        var entry: UInt32
        var change: NetChange
    }

    /// The ranks of some of the rows, evenly taken, at most so many.
    func sampleOfRanks(_ most: Int) -> [UInt64] {
        let first = firstKeyColumn
        return stride(from: 0, to: entries.count, by: max(1, entries.count / most)).map { index in
            rank(of: entries[index].key, first)
        }
    }

    private var firstKeyColumn: TableColumn? { table.key.first.map { map.columns[$0] } }

    /// A number that orders keys about as the storage engine does.
    private func rank(of place: Place, _ column: TableColumn?) -> UInt64 {
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
