internal import Binlog

/// The net effect on a table with a primary key from images that do not hold every column
/// (`binlog_row_image` MINIMAL, NOBLOB, FULL_NODUP).
///
/// What is known of a row is merged column by column. A column that is in none of its images has
/// its default in a row that was inserted, and is as it was in one that was updated.
struct PartialRows: Sendable {
    struct Row: RowPresence {
        /// What has been written to it, as an image that holds only those columns.
        var image = Place()
        var columns = 0
        /// How many bytes from `image.begin` on may be written over.
        var room: UInt32 = 0
        var wasPresent: Bool
        var isPresent: Bool
        /// It is there because it was inserted here.
        var isInserted = false
        /// A column of another unique key has changed; all columns are known then.
        var changesOtherKey = false
    }

    private(set) var rows = RowTable<Row>()
    private(set) var sets: ColumnSets
    private let name: String
    private let key: [Int]
    private let otherUnique: [Int]

    // Of the row being folded.
    private var keyBytes: [UInt8] = []
    private var before = ImageValues()
    private var after = ImageValues()
    private var known = ImageValues()
    private var merged: [UInt8] = []

    init(_ table: FoldedTable, _ map: TableMap) {
        name = "\(map.schema).\(map.table)"
        key = table.key
        otherUnique = table.otherUnique
        sets = ColumnSets(map, key: table.key)
    }

    /// What images of all columns have come to.
    init(_ table: FoldedTable, _ map: TableMap, _ keyed: borrowing KeyedRows) throws(BinlogError) {
        self.init(table, map)
        let whole = sets.whole()
        for entry in keyed.rows.entries {
            let old = entry.state
            var row = Row(wasPresent: old.wasPresent, isPresent: old.isPresent)
            row.isInserted = !old.wasPresent && old.isPresent
            let isWritten = old.isPresent && old.lastRoom > 0
            if isWritten {
                row.image = keyed.rows.withBytes(old.last) { rows.append($0) }
                row.columns = whole
                row.room = row.image.count
                if old.wasPresent { row.changesOtherKey = try keyed.changesOtherKey(old) }
            }
            let new = row
            keyed.rows.withBytes(entry.key) { _ = entryIndex($0, entry.hash, new) }
        }
    }

    // MARK: Folding

    /// Takes the rows of an event; returns their number, or nil where they can only be applied
    /// in the log's order: then some may have been taken.
    ///
    /// So it is where a row changes a key and not all of it is known: it cannot go out and come in
    /// again.
    mutating func fold(
        _ event: borrowing RowsEvent, _ layouts: RowLayouts
    ) throws(BinlogError) -> Int? {
        let columnsBefore = event.operation == .insert ? 0 : sets.number(of: event.columnsBefore)
        let columnsAfter = event.operation == .delete ? 0 : sets.number(of: event.columnsAfter)
        guard sets[event.operation == .insert ? columnsAfter : columnsBefore].holdsKey else {
            return nil
        }
        var cursor = RowCursor(event, layouts: layouts)
        var count = 0
        while try cursor.next() {
            count += 1
            let offset = event.rowsOffset &+ UInt64(cursor.before.lowerBound)
            switch event.operation {
            case .insert:
                try insert(event.rows.extracting(cursor.after), columnsAfter, offset)
            case .delete:
                try delete(event.rows.extracting(cursor.before), columnsBefore, offset)
            case .update:
                let isTaken = try update(
                    event.rows.extracting(cursor.before), columnsBefore,
                    event.rows.extracting(cursor.after), columnsAfter, offset)
                guard isTaken else { return nil }
            }
        }
        return count
    }

    private mutating func insert(
        _ image: RawSpan, _ columns: Int, _ offset: UInt64
    ) throws(BinlogError) {
        try after.read(image, sets[columns], offset)
        try readKey(after, image, columns, offset)
        let index = entryOfKey(wasPresent: false)
        guard !rows.entries[index].state.isPresent else {
            throw .contradiction(name, .isThere, offset)
        }
        image.withUnsafeBytes { setInserted(index, $0, columns) }
    }

    private mutating func delete(
        _ image: RawSpan, _ columns: Int, _ offset: UInt64
    ) throws(BinlogError) {
        let index = try present(image, columns, offset)
        rows.entries[index].state.isPresent = false
    }

    /// The entry of the row that an image before tells, which must be there.
    private mutating func present(
        _ image: RawSpan, _ columns: Int, _ offset: UInt64
    ) throws(BinlogError) -> Int {
        try before.read(image, sets[columns], offset)
        try readKey(before, image, columns, offset)
        let index = entryOfKey(wasPresent: true)
        guard rows.entries[index].state.isPresent else {
            throw .contradiction(name, .isMissing, offset)
        }
        return index
    }

    /// False where the row's change can only be applied in the log's order.
    private mutating func update(
        _ imageBefore: RawSpan, _ columnsBefore: Int, _ imageAfter: RawSpan, _ columnsAfter: Int,
        _ offset: UInt64
    ) throws(BinlogError) -> Bool {
        let index = try present(imageBefore, columnsBefore, offset)
        try after.read(imageAfter, sets[columnsAfter], offset)
        let movesKey = changes(key, imageBefore, columnsBefore, imageAfter, columnsAfter)
        let changesOtherKey = changes(
            otherUnique, imageBefore, columnsBefore, imageAfter, columnsAfter)
        let row = rows.entries[index].state
        var columns = try merge(into: row, imageAfter, columnsAfter, offset)
        if movesKey || changesOtherKey {
            if !row.isInserted, !sets[columns].isWhole, sets[columnsBefore].isWhole {
                overlay(imageBefore, columnsBefore, imageAfter, columnsAfter)
                columns = columnsBefore
            }
            guard row.isInserted || sets[columns].isWhole else { return false }
        }
        if movesKey {
            rows.entries[index].state.isPresent = false
            try insertMerged(columns, offset)
        } else {
            rows.entries[index].state.columns = columns
            if changesOtherKey { rows.entries[index].state.changesOtherKey = true }
            setMerged(index)
        }
        return true
    }

    /// Whether the image after holds one of some columns with another value than the image before,
    /// or with one that this does not hold.
    private func changes(
        _ ordinals: [Int], _ imageBefore: RawSpan, _ columnsBefore: Int, _ imageAfter: RawSpan,
        _ columnsAfter: Int
    ) -> Bool {
        for column in ordinals where sets[columnsAfter].places[column] != nil {
            let isEqual = after.equals(
                before, column: column, imageAfter, sets[columnsAfter], imageBefore,
                sets[columnsBefore])
            if !isEqual { return true }
        }
        return false
    }

    /// The row that `merged` holds comes in under the key that it has.
    private mutating func insertMerged(_ columns: Int, _ offset: UInt64) throws(BinlogError) {
        // What is looked at stands outside while the rows are changed.
        var image: [UInt8] = []
        var values = ImageValues()
        swap(&image, &merged)
        swap(&values, &known)
        defer {
            swap(&image, &merged)
            swap(&values, &known)
        }
        try values.read(image.span.bytes, sets[columns], offset)
        try readKey(values, image.span.bytes, columns, offset)
        let index = entryOfKey(wasPresent: false)
        guard !rows.entries[index].state.isPresent else {
            throw .contradiction(name, .isThere, offset)
        }
        image.withUnsafeBytes { setInserted(index, $0, columns) }
    }

    // MARK: Putting two together

    /// Takes what stands in the log behind everything folded so far.
    mutating func merge(_ newer: borrowing PartialRows) throws(BinlogError) {
        let numbers = newer.sets.sets.map { sets.number(of: $0.bitmap) }
        let bytes = newer.rows.arena.span.bytes
        for entry in newer.rows.entries {
            let state = entry.state
            let columns = numbers.isEmpty ? 0 : numbers[state.columns]
            let image = bytes.extracting(state.image.range)
            let index = entryIndex(of: bytes.extracting(entry.key.range), entry.hash, state)
            guard rows.entries[index].state.isPresent == state.wasPresent else {
                throw .contradiction(name, state.wasPresent ? .isMissing : .isThere, nil)
            }
            if !state.isPresent {
                rows.entries[index].state.isPresent = false
            } else if state.isInserted {
                image.withUnsafeBytes { setInserted(index, $0, columns) }
            } else if image.byteCount > 0 {
                try after.read(image, sets[columns], 0)
                let row = rows.entries[index].state
                rows.entries[index].state.columns = try merge(into: row, image, columns, 0)
                if state.changesOtherKey { rows.entries[index].state.changesOtherKey = true }
                setMerged(index)
            }
        }
    }

    private mutating func entryIndex(of key: RawSpan, _ hash: UInt64, _ newer: Row) -> Int {
        let new = Row(wasPresent: newer.wasPresent, isPresent: newer.wasPresent)
        return key.withUnsafeBytes { entryIndex($0, hash, new) }
    }

    // MARK: The result

    /// Nil where nothing is left to be done.
    func change(_ row: Row) -> NetChanges.Kind? {
        switch (row.wasPresent, row.isPresent) {
        case (false, false): nil
        case (false, true): .insert
        case (true, false): .delete
        case (true, true):
            // Without an image nothing has changed it.
            row.isInserted || row.changesOtherKey
                ? .replace : row.image.count > 0 ? .update : nil
        }
    }

    // MARK: Images

    /// Leaves in `merged` what is known of a row with a newer image over it, and tells its columns;
    /// `after` has the newer image's values.
    private mutating func merge(
        into row: Row, _ image: RawSpan, _ columns: Int, _ offset: UInt64
    ) throws(BinlogError) -> Int {
        let union = row.image.count > 0 ? sets.union(row.columns, columns) : columns
        guard union != columns else {
            merged.removeAll(keepingCapacity: true)
            image.withUnsafeBytes { merged.append(contentsOf: $0) }
            return columns
        }
        // What is changed stands outside while the rows are looked at.
        var output: [UInt8] = []
        var values = ImageValues()
        swap(&output, &merged)
        swap(&values, &known)
        try write(row, image, columns, union, offset, &values, &output)
        swap(&output, &merged)
        swap(&values, &known)
        return union
    }

    private func write(
        _ row: Row, _ image: RawSpan, _ columns: Int, _ union: Int, _ offset: UInt64,
        _ values: inout ImageValues, _ output: inout [UInt8]
    ) throws(BinlogError) {
        let older = rows.arena.span.bytes.extracting(row.image.range)
        try values.read(older, sets[row.columns], offset)
        Self.write(
            sets[union], older, sets[row.columns], values, image, sets[columns], after, &output)
    }

    /// Leaves in `merged` an image before of all columns with the image after over it.
    private mutating func overlay(
        _ imageBefore: RawSpan, _ columnsBefore: Int, _ imageAfter: RawSpan, _ columnsAfter: Int
    ) {
        Self.write(
            sets[columnsBefore], imageBefore, sets[columnsBefore], before, imageAfter,
            sets[columnsAfter], after, &merged)
    }

    /// Writes an image of `union` with the values of the newer image, and of the older for columns
    /// that the newer lacks.
    private static func write(
        _ union: ColumnSets.Columns, _ older: RawSpan, _ olderColumns: ColumnSets.Columns,
        _ olderValues: ImageValues, _ newer: RawSpan, _ newerColumns: ColumnSets.Columns,
        _ newerValues: ImageValues, _ output: inout [UInt8]
    ) {
        output.removeAll(keepingCapacity: true)
        // Servers write the bitmap's other bits as ones.
        output.append(contentsOf: repeatElement(0xFF, count: union.layout.nullBytes))
        for (place, column) in union.ordinals.enumerated() {
            if let newerPlace = newerColumns.places[column] {
                append(newerValues.ranges[newerPlace], of: newer, at: place, to: &output)
            } else if let olderPlace = olderColumns.places[column] {
                append(olderValues.ranges[olderPlace], of: older, at: place, to: &output)
            }
        }
    }

    /// Appends a value of an image to another one, where it is the one at `place`.
    private static func append(
        _ range: Range<Int>?, of image: RawSpan, at place: Int, to output: inout [UInt8]
    ) {
        guard let range else { return }
        output[place / 8] &= ~(1 << UInt8(place % 8))
        image.extracting(range).withUnsafeBytes { output.append(contentsOf: $0) }
    }

    private mutating func setInserted(
        _ index: Int, _ image: UnsafeRawBufferPointer, _ columns: Int
    ) {
        rows.entries[index].state.isPresent = true
        rows.entries[index].state.isInserted = true
        rows.entries[index].state.changesOtherKey = false
        rows.entries[index].state.columns = columns
        setImage(index, image)
    }

    private mutating func setMerged(_ index: Int) {
        var image: [UInt8] = []
        swap(&image, &merged)
        defer { swap(&image, &merged) }
        image.withUnsafeBytes { setImage(index, $0) }
    }

    private mutating func setImage(_ index: Int, _ image: UnsafeRawBufferPointer) {
        let room = rows.entries[index].state.room
        guard image.count > Int(room) else {
            rows.entries[index].state.image.count = UInt32(image.count)
            rows.overwrite(rows.entries[index].state.image, image)
            return
        }
        rows.entries[index].state.image = rows.append(image)
        // An image that grows again and again must not leave all its sizes behind.
        let spare = room > 0 ? image.count : 0
        rows.reserve(spare)
        rows.entries[index].state.room = UInt32(image.count + spare)
    }

    // MARK: Entries

    private mutating func readKey(
        _ values: ImageValues, _ image: RawSpan, _ columns: Int, _ offset: UInt64
    ) throws(BinlogError) {
        keyBytes.removeAll(keepingCapacity: true)
        for column in key {
            guard let place = sets[columns].places[column], let range = values.ranges[place] else {
                throw BinlogError(.corrupt, "a key column is NULL", offset: offset)
            }
            image.extracting(range).withUnsafeBytes { keyBytes.append(contentsOf: $0) }
        }
    }

    /// The entry of `keyBytes`; a new one is as the first change says that it was.
    private mutating func entryOfKey(wasPresent: Bool) -> Int {
        var key: [UInt8] = []
        swap(&key, &keyBytes)
        defer { swap(&key, &keyBytes) }
        let new = Row(wasPresent: wasPresent, isPresent: wasPresent)
        return key.withUnsafeBytes { entryIndex($0, RowHash.of($0), new) }
    }

    private mutating func entryIndex(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ new: Row
    ) -> Int {
        switch rows.find(key, hash) {
        case .found(let index): return index
        case .free(let slot):
            let place = rows.append(key)
            return rows.add(RowTable.Entry(hash: hash, key: place, state: new), slot)
        }
    }
}
