public import Binlog

/// Row events whose images before hold only the primary key, by which a target finds the row: it
/// compares nothing else, and there is less to decode.
///
/// The images after stay whole. A column that changed on the source without being logged stands in
/// them all the same.
public struct NarrowRows: Sendable {
    private let layout: RowLayout
    private let key: [Int]
    private let keyColumns: KeyColumns

    /// Nil where the log does not tell a key's values for sure; the table has a primary key.
    public init?(_ table: FoldedTable, _ map: TableMap) {
        guard table.columnCount == map.columns.count, !map.hasOldTemporal,
            table.key.allSatisfy({ !map.columns[$0].isNullable })
        else { return nil }
        layout = map.fullLayout
        key = table.key
        keyColumns = KeyColumns(table, map)
    }

    /// Writes an event over what `bytes` hold, without its checksum; false where it is to go as it
    /// is: an insert, images that lack columns.
    ///
    /// Throws `corrupt` where the rows do not fit.
    public func write(
        _ event: borrowing Event, _ rows: borrowing RowsEvent, _ layouts: RowLayouts,
        over bytes: inout [UInt8]
    ) throws(BinlogError) -> Bool {
        guard rows.operation != .insert, layouts.holdAllColumns else { return false }
        bytes.removeAll(keepingCapacity: true)
        writeHead(event, rows, &bytes)
        _ = try layouts.forEachRow(in: rows) { (before, after) throws(BinlogError) in
            bytes += keyColumns.nulls
            try layout.appendValues(
                of: key, in: rows.rows.extracting(before),
                at: rows.rowsOffset &+ UInt64(before.lowerBound), to: &bytes)
            append(rows.rows.extracting(after), to: &bytes)
        }
        for index in 0..<4 {
            bytes[9 + index] = UInt8(truncatingIfNeeded: bytes.count >> (8 * index))
        }
        return true
    }

    /// All that stands before the rows.
    private func writeHead(
        _ event: borrowing Event, _ rows: borrowing RowsEvent, _ bytes: inout [UInt8]
    ) {
        let bitmapBytes = rows.columnsBefore.byteCount + rows.columnsAfter.byteCount
        let headBytes = Int(rows.rowsOffset - rows.offset) - bitmapBytes
        append(event.bytes.extracting(first: headBytes), to: &bytes)
        // The flags stand behind the header and the 6 bytes of the table id.
        bytes[EventHeader.sizeBytes + 6] &= ~UInt8(RowsEvent.Flags.completeRows.rawValue)
        bytes += keyColumns.bitmap
        append(rows.columnsAfter, to: &bytes)
    }

    private func append(_ part: RawSpan, to bytes: inout [UInt8]) {
        part.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
}

/// The columns of a table's primary key, as what an image holds.
struct KeyColumns: Sendable {
    /// A bit for each column of the table.
    let bitmap: [UInt8]
    /// What stands in front of the key's values: none of them is NULL.
    let nulls: [UInt8]

    init(_ table: FoldedTable, _ map: TableMap) {
        var bitmap = [UInt8](repeating: 0, count: (map.columns.count + 7) / 8)
        for ordinal in table.key { bitmap[ordinal / 8] |= 1 << UInt8(ordinal % 8) }
        self.bitmap = bitmap
        let count = table.key.count
        // Servers write the bitmap's other bits as ones.
        nulls = (0..<(count + 7) / 8).map { index in
            let bits = min(8, count - 8 * index)
            return bits == 8 ? 0 : 0xFF << UInt8(bits)
        }
    }
}
