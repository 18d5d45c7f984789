public import Binlog

/// The net effect on a table whose rows are told apart by a key, from images of all columns.
struct KeyedRows: Sendable {
    struct Row: RowPresence {
        /// The first image, kept only where it is needed beside its key.
        var first = Place()
        var last = Place()
        /// How many bytes from `last.begin` on may be written over.
        var lastRoom: UInt32 = 0
        var wasPresent: Bool
        var isPresent: Bool
    }

    private(set) var rows = RowTable<Row>()
    private let name: String
    private let key: [Int]
    private let otherUnique: [Int]
    private let keepsFirst: Bool
    private let layout: RowLayout
    private let fixedKey: Range<Int>?
    /// A key whose place in the image has to be searched.
    private var keyBytes: [UInt8] = []

    init(_ table: FoldedTable, _ map: TableMap) {
        name = "\(map.schema).\(map.table)"
        key = table.key
        otherUnique = table.otherUnique
        keepsFirst = !table.otherUnique.isEmpty || table.identity != .primaryKey
        layout = map.fullLayout
        let isFirst = table.key == Array(0..<table.key.count)
        let isNeverNull = table.key.allSatisfy { !map.columns[$0].isNullable }
        fixedKey = isFirst && isNeverNull ? layout.fixedRange(ofFirst: table.key.count) : nil
    }

    // MARK: Folding

    /// Takes the rows of an event whose images hold every column; returns their number.
    mutating func fold(
        _ event: borrowing RowsEvent, _ layouts: RowLayouts
    ) throws(BinlogError) -> Int {
        let rows = event.rows
        return try layouts.forEachRow(in: event) { (before, after) throws(BinlogError) in
            let offset = event.rowsOffset &+ UInt64(before.lowerBound)
            switch event.operation {
            case .insert: try insert(rows.extracting(after), offset)
            case .delete: try delete(rows.extracting(before), offset)
            case .update:
                try update(rows.extracting(before), rows.extracting(after), offset)
            }
        }
    }

    private mutating func insert(_ image: RawSpan, _ offset: UInt64) throws(BinlogError) {
        let index = try entry(of: image, offset, wasPresent: false)
        guard !rows.entries[index].state.isPresent else {
            throw .contradiction(name, .isThere, offset)
        }
        setLast(index, image)
    }

    private mutating func delete(_ image: RawSpan, _ offset: UInt64) throws(BinlogError) {
        let index = try entry(of: image, offset, wasPresent: true)
        guard rows.entries[index].state.isPresent else {
            throw .contradiction(name, .isMissing, offset)
        }
        rows.entries[index].state.isPresent = false
    }

    private mutating func update(
        _ before: RawSpan, _ after: RawSpan, _ offset: UInt64
    ) throws(BinlogError) {
        let index = try entry(of: before, offset, wasPresent: true)
        guard rows.entries[index].state.isPresent else {
            throw .contradiction(name, .isMissing, offset)
        }
        if try key(of: after, offset, is: rows.entries[index].key) {
            setLast(index, after)
        } else {
            rows.entries[index].state.isPresent = false
            try insert(after, offset)
        }
    }

    private mutating func key(
        of image: RawSpan, _ offset: UInt64, is place: Place
    ) throws(BinlogError) -> Bool {
        if let fixedKey, fixedKey.upperBound <= image.byteCount {
            return image.extracting(fixedKey).withUnsafeBytes { rows.bytes(of: place, are: $0) }
        }
        try readKey(of: image, offset)
        return keyBytes.withUnsafeBytes { rows.bytes(of: place, are: $0) }
    }

    private mutating func readKey(of image: RawSpan, _ offset: UInt64) throws(BinlogError) {
        keyBytes.removeAll(keepingCapacity: true)
        try layout.appendValues(of: key, in: image, at: offset, to: &keyBytes)
    }

    /// The entry of an image's row; a new one is as the first change says that it was.
    private mutating func entry(
        of image: RawSpan, _ offset: UInt64, wasPresent: Bool
    ) throws(BinlogError) -> Int {
        if let fixedKey, fixedKey.upperBound <= image.byteCount {
            return image.extracting(fixedKey).withUnsafeBytes {
                entry($0, RowHash.of($0), image, wasPresent)
            }
        }
        try readKey(of: image, offset)
        // The key is moved out, since the rows are changed while it is looked at.
        var key: [UInt8] = []
        swap(&key, &keyBytes)
        defer { swap(&key, &keyBytes) }
        return key.withUnsafeBytes { entry($0, RowHash.of($0), image, wasPresent) }
    }

    private mutating func entry(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ image: RawSpan, _ wasPresent: Bool
    ) -> Int {
        let slot: Int
        switch rows.find(key, hash) {
        case .found(let index): return index
        case .free(let free): slot = free
        }
        let place = rows.append(key)
        let first = wasPresent && keepsFirst ? rows.append(image) : Place()
        let row = Row(first: first, wasPresent: wasPresent, isPresent: wasPresent)
        return rows.add(RowTable.Entry(hash: hash, key: place, state: row), slot)
    }

    private mutating func setLast(_ index: Int, _ image: RawSpan) {
        image.withUnsafeBytes { setLast(index, $0) }
    }

    private mutating func setLast(_ index: Int, _ image: UnsafeRawBufferPointer) {
        let count = UInt32(image.count)
        rows.entries[index].state.isPresent = true
        guard count <= rows.entries[index].state.lastRoom else {
            rows.entries[index].state.last = rows.append(image)
            rows.entries[index].state.lastRoom = count
            return
        }
        rows.entries[index].state.last.count = count
        rows.overwrite(rows.entries[index].state.last, image)
    }

    // MARK: Putting two together

    /// Takes what stands in the log behind everything folded so far.
    mutating func merge(_ newer: borrowing KeyedRows) throws(BinlogError) {
        for entry in newer.rows.entries {
            let isFine = newer.rows.arena.withUnsafeBytes {
                merge(entry, UnsafeRawBufferPointer($0))
            }
            guard isFine else {
                throw .contradiction(name, entry.state.wasPresent ? .isMissing : .isThere, nil)
            }
        }
    }

    private mutating func merge(
        _ newer: RowTable<Row>.Entry, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        func part(_ place: Place) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[place.range])
        }
        let state = newer.state
        switch rows.find(part(newer.key), newer.hash) {
        case .free(let slot):
            var entry = newer
            entry.key = rows.append(part(newer.key))
            entry.state.first = state.first.count > 0 ? rows.append(part(state.first)) : Place()
            entry.state.last = state.isPresent ? rows.append(part(state.last)) : Place()
            entry.state.lastRoom = entry.state.last.count
            _ = rows.add(entry, slot)
        case .found(let index):
            guard rows.entries[index].state.isPresent == state.wasPresent else { return false }
            if state.isPresent { setLast(index, part(state.last)) }
            rows.entries[index].state.isPresent = state.isPresent
        }
        return true
    }

    // MARK: The result

    /// Nil where nothing is left to be done.
    func change(_ entry: RowTable<Row>.Entry) throws(BinlogError) -> NetChanges.Kind? {
        switch (entry.state.wasPresent, entry.state.isPresent) {
        case (false, false): return nil
        case (false, true): return .insert
        case (true, false): return .delete
        case (true, true):
            // Without a last image nothing has changed it.
            guard entry.state.lastRoom > 0 else { return nil }
            return try changesOtherKey(entry.state) ? .replace : .update
        }
    }

    /// Whether an update changes a column of another unique key: the row then goes out and comes
    /// in again, so that no order of updates can make two rows meet.
    func changesOtherKey(_ row: Row) throws(BinlogError) -> Bool {
        guard !otherUnique.isEmpty else { return false }
        var before: [UInt8] = []
        var after: [UInt8] = []
        let bytes = rows.arena.span.bytes
        try layout.appendValues(
            of: otherUnique, in: bytes.extracting(row.first.range), at: 0, marksNulls: true,
            to: &before)
        try layout.appendValues(
            of: otherUnique, in: bytes.extracting(row.last.range), at: 0, marksNulls: true,
            to: &after)
        return before != after
    }
}

/// Whether a row was there first and is there now.
protocol RowPresence: Sendable {
    var wasPresent: Bool { get }
    var isPresent: Bool { get }
}

/// What a log says of a row and cannot be.
enum Contradiction: String {
    case isThere = "is there already"
    case isMissing = "is not there"
}

extension BinlogError {
    static func contradiction(
        _ table: String, _ what: Contradiction, _ offset: UInt64?
    ) -> BinlogError {
        BinlogError(
            .contradiction, "by the log before it, a row of \(table) \(what.rawValue)",
            hint: "the source changed rows that its log does not hold", offset: offset)
    }
}

extension BinlogError.Code {
    /// The log says of a row what cannot be, by what it said before.
    public static let contradiction = Self(rawValue: "contradiction")
}
