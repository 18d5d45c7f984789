/// Rows that were inserted, updated or deleted in one table: a view, valid as long as its event.
///
/// Body (MariaDB: sql/log_event.h, `Rows_log_event`; MySQL: libs/mysql/binlog/event/rows_event.h):
///
///     offset  size  field
///          0     6  table id of the table map to use
///          6     2  flags
///          8   2+n  version 2 only: length of what stands here, these 2 bytes included
///              1-9  number of columns n, length-encoded
///          (n+7)/8  bit set: the images hold the column (updates: the images before)
///          (n+7)/8  updates only: the same for the images after
///             rest  the rows' images, `RowLayout`; updates: before and after in turn
public struct RowsEvent: ~Escapable {
    public let operation: RowOperation
    /// In front of each image after stand, length-encoded, 0 or 1; and with 1 a bit for each JSON
    /// column of the table, set where the image holds changes of its value only (MySQL:
    /// sql/log_event.cc, `Partial_update_rows_log_event`).
    public let isPartial: Bool
    public let tableID: UInt64
    public let flags: Flags
    public let columnCount: Int
    /// Bit set: the images before hold the column. Empty for inserts.
    public let columnsBefore: RawSpan
    /// Bit set: the images after hold the column. Empty for deletes.
    public let columnsAfter: RawSpan
    /// The images of all rows, one behind the other.
    public let rows: RawSpan
    /// Offset of the event in the file.
    public let offset: UInt64
    /// Offset of the first image in the file.
    public let rowsOffset: UInt64

    /// Flags of the event (MariaDB: sql/log_event.h, `Rows_log_event::enum_flag`).
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16

        @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The statement ends here, and with it the life of its table maps.
        @inlinable public static var statementEnd: Self { Self(rawValue: 0x1) }
        @inlinable public static var noForeignKeyChecks: Self { Self(rawValue: 0x2) }
        @inlinable public static var relaxedUniqueChecks: Self { Self(rawValue: 0x4) }
        @inlinable public static var completeRows: Self { Self(rawValue: 0x8) }
        @inlinable public static var noCheckConstraints: Self { Self(rawValue: 0x80) }
    }

    /// Reads a rows event whose frame has been checked.
    ///
    /// Throws `corrupt` for a body that does not fit itself, `unsupported-event` for a type of rows
    /// event that this version does not read. The precondition is that `event.type` is one of rows.
    @_lifetime(copy event)
    public init(_ event: borrowing Event) throws(BinlogError) {
        guard let operation = event.type.rowOperation else {
            throw BinlogError(
                .unsupportedEvent, "\(event.type) events are not supported", offset: event.offset)
        }
        self.operation = operation
        isPartial = event.type == .partialUpdateRows
        offset = event.offset
        var reader = event.reader
        tableID = try reader.u48()
        flags = Flags(rawValue: try reader.u16())
        columnCount = try Self.columnCount(&reader, event.type)
        let bitmapBytes = (columnCount + 7) / 8
        let first = try reader.take(bitmapBytes)
        let none = first.extracting(0..<0)
        switch operation {
        case .insert:
            columnsBefore = none
            columnsAfter = first
        case .delete:
            columnsBefore = first
            columnsAfter = none
        case .update:
            columnsBefore = first
            columnsAfter = try reader.take(bitmapBytes)
        }
        rowsOffset = reader.offset
        rows = reader.takeRest()
    }

    /// Reads what stands between the flags and the bitmaps.
    private static func columnCount(
        _ reader: inout ByteReader, _ type: EventType
    ) throws(BinlogError) -> Int {
        if type.hasExtraRowData {
            let length = Int(try reader.u16())
            guard length >= 2 else {
                throw BinlogError(
                    .corrupt, "the rows event's extra data are \(length) bytes long",
                    offset: reader.offset)
            }
            try reader.skip(length - 2)
        }
        let count = try reader.lengthEncoded()
        guard count <= UInt64(TableMap.mostColumns) else {
            throw BinlogError(
                .corrupt, "the rows event tells of \(count) columns", offset: reader.offset)
        }
        return Int(count)
    }

    /// Passes over all that stands before the images, which is never compressed.
    static func skipHead(_ reader: inout ByteReader, _ type: EventType) throws(BinlogError) {
        try reader.skip(8)
        let bitmapBytes = (try columnCount(&reader, type) + 7) / 8
        try reader.skip(type.plain.rowOperation == .update ? 2 * bitmapBytes : bitmapBytes)
    }
}

extension RowsEvent {
    /// Whether the statement ends with this event.
    public var endsStatement: Bool { flags.contains(.statementEnd) }

    /// An event of no table and no rows, which only ends a statement: servers write it where a
    /// statement's last rows event was left out (MariaDB: sql/log_event_server.cc,
    /// `Rows_log_event::do_apply_event`; the id is as wide as the writer's machine word was).
    public var isDummy: Bool {
        rows.byteCount == 0 && endsStatement
            && (tableID == 0xFFFF_FFFF_FFFF || tableID == 0xFFFF_FFFF || tableID == 0xFF_FFFF)
    }

    /// Whether the images before or after hold every column.
    static func holdsAll(_ bitmap: RawSpan, count: Int) -> Bool {
        let whole = count / 8
        for index in 0..<whole where bitmap.byte(index) != 0xFF { return false }
        let mask = (UInt8(1) << UInt8(count % 8)) - 1
        return count % 8 == 0 || bitmap.byte(whole) & mask == mask
    }
}
