/// Reads the values of row images into an array that is used again and again.
extension TableMap {
    /// Reads the image before of the row at which `cursor` stands; for inserts all are absent.
    ///
    /// `values` becomes one value a column. Throws `corrupt` where a value does not fit the image.
    public func readBefore(
        _ cursor: borrowing RowCursor, of event: borrowing RowsEvent,
        into values: inout [ColumnValue]
    ) throws(BinlogError) {
        try read(
            cursor.before, holding: event.operation == .insert ? nil : event.columnsBefore,
            of: event, into: &values)
    }

    /// Reads the image after of the row at which `cursor` stands; for deletes all are absent.
    ///
    /// A JSON document of which a partial row logged no change has the value of the image before,
    /// and is absent where that does not hold it. As `readBefore` otherwise.
    public func readAfter(
        _ cursor: borrowing RowCursor, of event: borrowing RowsEvent,
        into values: inout [ColumnValue]
    ) throws(BinlogError) {
        try readLoggedAfter(cursor, of: event, into: &values)
        guard event.isPartial, values.contains(where: \.isUnchangedDocument) else { return }
        var before: [ColumnValue] = []
        try readBefore(cursor, of: event, into: &before)
        for index in values.indices where values[index].isUnchangedDocument {
            values[index] = before[index]
        }
    }

    /// The same, with a change of nothing where the row logged one.
    package func readLoggedAfter(
        _ cursor: borrowing RowCursor, of event: borrowing RowsEvent,
        into values: inout [ColumnValue]
    ) throws(BinlogError) {
        try read(
            cursor.after, holding: event.operation == .delete ? nil : event.columnsAfter,
            of: event, isPartial: event.isPartial, into: &values)
    }

    private func read(
        _ image: Range<Int>, holding bitmap: RawSpan?, of event: borrowing RowsEvent,
        isPartial: Bool = false, into values: inout [ColumnValue]
    ) throws(BinlogError) {
        values.removeAll(keepingCapacity: true)
        guard let bitmap else {
            values.append(contentsOf: repeatElement(.absent, count: columns.count))
            return
        }
        guard event.columnCount == columns.count else {
            throw BinlogError(
                .corrupt, "the rows event and its table map differ in columns",
                offset: event.offset)
        }
        var held = 0
        for index in columns.indices where bitmap.isSet(bit: index) { held += 1 }
        var reader = ByteReader(
            event.rows.extracting(image), at: event.rowsOffset &+ UInt64(image.lowerBound))
        let changes = try PartialColumns(&reader, of: isPartial ? jsonColumns : nil)
        let nulls = try reader.take((held + 7) / 8)
        var ordinal = 0
        var jsonOrdinal = 0
        for index in columns.indices {
            let isJSON = columns[index].type == .json
            defer { if isJSON { jsonOrdinal += 1 } }
            guard bitmap.isSet(bit: index) else {
                values.append(.absent)
                continue
            }
            if nulls.isSet(bit: ordinal) {
                values.append(.null)
            } else if isJSON, changes.contains(jsonOrdinal) {
                values.append(
                    try bytes(of: index, &reader, imageBegin: image.lowerBound, as: .jsonChanges))
            } else {
                values.append(try value(of: index, &reader, imageBegin: image.lowerBound))
            }
            ordinal += 1
        }
        guard reader.isAtEnd else {
            throw BinlogError(
                .corrupt, "a row has bytes behind its last column", offset: reader.offset)
        }
    }

    private func value(
        of index: Int, _ reader: inout ByteReader, imageBegin: Int
    ) throws(BinlogError) -> ColumnValue {
        let column = columns[index]
        let low = Int(column.metadata & 0xFF)
        switch column.type {
        case .null: return .null
        case .tinyInt, .smallInt, .mediumInt, .int, .bigInt:
            let width = Int(column.width.fixedBytes)
            return .integer(
                StoredInteger(
                    bits: try reader.unsigned(width: width), widthBytes: width,
                    isUnsigned: metadata.unsigned.isEmpty ? nil : metadata.unsigned[index]))
        case .float: return .float(Float(bitPattern: try reader.u32()))
        case .double: return .double(Double(bitPattern: try reader.u64()))
        case .decimal:
            let begin = imageBegin + reader.position
            try reader.skip(Int(column.width.fixedBytes))
            return .decimal(
                StoredDecimal(
                    range: begin..<(imageBegin + reader.position), precision: low,
                    scale: Int(column.metadata >> 8)))
        case .bit:
            let bits = try reader.bigEndian(width: Int(column.width.fixedBytes))
            return .bit(bits, width: Int(column.metadata >> 8) * 8 + low)
        case .year:
            let year = Int(try reader.u8())
            return .year(year == 0 ? 0 : 1900 + year)
        case .enumeration:
            return .enumeration(Int(try reader.unsigned(width: low)))
        case .set: return .set(try reader.unsigned(width: low))
        case .date, .newDate: return .date(try CalendarDate(&reader))
        case .time: return .time(try SignedTime(&reader, digits: low))
        case .dateTime: return .dateTime(try CalendarDateTime(&reader, digits: low))
        case .timestamp: return .timestamp(try StoredTimestamp(&reader, digits: low))
        case .oldTime, .oldDateTime, .oldTimestamp: return try oldTemporal(column, &reader)
        case .geometry:
            return try bytes(of: index, &reader, imageBegin: imageBegin, as: .geometry)
        case .compressedBlob, .compressedVarchar:
            return try bytes(of: index, &reader, imageBegin: imageBegin, as: .compressed)
        case .vector: return try bytes(of: index, &reader, imageBegin: imageBegin, as: .vector)
        case .json: return try bytes(of: index, &reader, imageBegin: imageBegin, as: .json)
        default: return try bytes(of: index, &reader, imageBegin: imageBegin, as: .text)
        }
    }

    private func oldTemporal(
        _ column: TableColumn, _ reader: inout ByteReader
    ) throws(BinlogError) -> ColumnValue {
        let digits = column.fractionDigits
        let width = Int(column.width.fixedBytes)
        switch column.type {
        case .oldTime: return .time(try SignedTime(old: &reader, digits: digits, width: width))
        case .oldDateTime:
            return .dateTime(try CalendarDateTime(old: &reader, digits: digits, width: width))
        default:
            return .timestamp(try StoredTimestamp(old: &reader, digits: digits, width: width))
        }
    }

    private func bytes(
        of index: Int, _ reader: inout ByteReader, imageBegin: Int, as kind: StoredBytes.Kind
    ) throws(BinlogError) -> ColumnValue {
        let column = columns[index]
        guard
            let length = Int(exactly: try reader.unsigned(width: Int(column.width.prefixBytes)))
        else { throw BinlogError(.corrupt, "a value is too long", offset: reader.offset) }
        let begin = imageBegin + reader.position
        try reader.skip(length)
        let collation = metadata.collations.isEmpty ? nil : metadata.collations[index]
        let isBinary = column.type == .string && collation == TextEncoding.binaryCollation
        return .bytes(
            StoredBytes(
                range: begin..<(begin + length), kind: kind, collation: collation,
                paddingBytes: isBinary ? max(0, (column.maximumBytes ?? 0) - length) : 0))
    }
}
