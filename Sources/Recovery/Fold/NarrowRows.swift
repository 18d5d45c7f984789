public import Binlog

/// Row events without what a target need not be told: of images before only the primary key, by
/// which it finds the row, of images after only the columns that change.
///
/// The rows stay what they were, in their order; there is less to decode.
public struct NarrowRows: Sendable {
    private let layout: RowLayout
    private let columnCount: Int
    private let key: [Int]
    private let keyColumns: KeyColumns

    /// Nil for a table whose rows go as they are, by `FoldedTable.mayOmitColumns`.
    public init?(_ table: FoldedTable, _ map: TableMap) {
        guard table.mayOmitColumns, map.columns.count <= 64 else { return nil }
        layout = map.fullLayout
        columnCount = map.columns.count
        key = table.key
        keyColumns = KeyColumns(table, map)
    }

    /// Writes an event over what `bytes` hold, without its checksum; false where it is to go as it
    /// is: an insert, images that lack columns, an update of nothing.
    ///
    /// Throws `corrupt` where the rows do not fit.
    public func write(
        _ event: borrowing Event, _ rows: borrowing RowsEvent, _ layouts: RowLayouts,
        over bytes: inout [UInt8]
    ) throws(BinlogError) -> Bool {
        guard rows.operation != .insert, layouts.holdAllColumns else { return false }
        let changed = try changedColumns(rows, layouts)
        guard rows.operation == .delete || changed != 0 else { return false }
        let ordinals = (0..<columnCount).filter { changed >> UInt64($0) & 1 == 1 }
        bytes.removeAll(keepingCapacity: true)
        writeHead(event, rows, ordinals, &bytes)
        var cursor = RowCursor(rows, layouts: layouts)
        while try cursor.next() {
            let offset = rows.rowsOffset &+ UInt64(cursor.before.lowerBound)
            bytes += keyColumns.nulls
            let before = rows.rows.extracting(cursor.before)
            try layout.appendValues(of: key, in: before, at: offset, to: &bytes)
            guard rows.operation == .update else { continue }
            let after = rows.rows.extracting(cursor.after)
            try layout.appendImage(of: ordinals, from: after, at: offset, to: &bytes)
        }
        for index in 0..<4 {
            bytes[9 + index] = UInt8(truncatingIfNeeded: bytes.count >> (8 * index))
        }
        return true
    }

    private func changedColumns(
        _ rows: borrowing RowsEvent, _ layouts: RowLayouts
    ) throws(BinlogError) -> UInt64 {
        guard rows.operation == .update else { return 0 }
        var changed: UInt64 = 0
        var cursor = RowCursor(rows, layouts: layouts)
        while try cursor.next() {
            changed |= try layout.changedColumns(
                from: rows.rows.extracting(cursor.before), to: rows.rows.extracting(cursor.after),
                at: rows.rowsOffset &+ UInt64(cursor.before.lowerBound))
        }
        return changed
    }

    /// All that stands before the rows.
    private func writeHead(
        _ event: borrowing Event, _ rows: borrowing RowsEvent, _ ordinals: [Int],
        _ bytes: inout [UInt8]
    ) {
        let bitmapBytes = rows.columnsBefore.byteCount + rows.columnsAfter.byteCount
        let headBytes = Int(rows.rowsOffset - rows.offset) - bitmapBytes
        event.bytes.extracting(first: headBytes).withUnsafeBytes { bytes.append(contentsOf: $0) }
        // The flags stand behind the header and the 6 bytes of the table id.
        bytes[EventHeader.sizeBytes + 6] &= ~UInt8(RowsEvent.Flags.completeRows.rawValue)
        bytes += keyColumns.bitmap
        if rows.operation == .update {
            bytes += KeyColumns.bitmap(of: ordinals, columnCount: columnCount)
        }
    }
}

/// The columns of a table's primary key, as what an image holds.
struct KeyColumns: Sendable {
    /// A bit for each column of the table.
    let bitmap: [UInt8]
    /// What stands in front of the key's values: none of them is NULL.
    let nulls: [UInt8]

    init(_ table: FoldedTable, _ map: TableMap) {
        let count = table.key.count
        bitmap = Self.bitmap(of: table.key, columnCount: map.columns.count)
        // Servers write the bitmap's other bits as ones.
        nulls = (0..<(count + 7) / 8).map { index in
            let bits = min(8, count - 8 * index)
            return bits == 8 ? 0 : 0xFF << UInt8(bits)
        }
    }

    static func bitmap(of ordinals: [Int], columnCount: Int) -> [UInt8] {
        var bitmap = [UInt8](repeating: 0, count: (columnCount + 7) / 8)
        for ordinal in ordinals { bitmap[ordinal / 8] |= 1 << UInt8(ordinal % 8) }
        return bitmap
    }
}
