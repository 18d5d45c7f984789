/// What a rows event needs to be read: a table's name and the types of its columns.
///
/// Body of a Table_map event (MariaDB: sql/log_event.h, `Table_map_log_event`):
///
///     offset  size  field
///          0     6  table id, given anew whenever the server opens the table
///          6     2  flags
///          8     1  length s of the schema's name
///          9   s+1  schema, ended by a zero
///                1  length t of the table's name
///              t+1  table, ended by a zero
///              1-9  number of columns n, length-encoded
///                n  column types, `ColumnType`
///              1-9  length m of the metadata, length-encoded
///                m  metadata, `TableColumn.metadata`
///          (n+7)/8  bit set: the column may be NULL
///             rest  optional metadata, `TableMetadata`
///
/// An owned value: names are decoded once, and nothing of the event is kept.
public struct TableMap: Hashable, Sendable {
    /// More columns than any server allows in a table (MariaDB: sql/unireg.h, `MAX_FIELDS`).
    public static let mostColumns = 4096

    public var tableID: UInt64
    public var flags: Flags
    public var schema: String
    public var table: String
    public var schemaBytes: [UInt8]
    public var tableBytes: [UInt8]
    public internal(set) var columns: [TableColumn]
    /// What `binlog_row_metadata` adds; all of it absent under NO_LOG.
    public var metadata: TableMetadata
    /// The layout of an image that holds every column.
    public internal(set) var fullLayout: RowLayout
    /// Whether a column is of a pre-5.6 temporal type, whose width the log does not tell for sure.
    public let hasOldTemporal: Bool

    /// Flags of the event (MariaDB: sql/log_event.h, MySQL: rows_event.h, `enum_flag`).
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16

        public init(rawValue: UInt16) { self.rawValue = rawValue }

        public static let bitLengthExact = Self(rawValue: 0x1)
        /// MySQL: a foreign key of another schema refers to the table.
        public static let referredToBySchema = Self(rawValue: 0x2)
        /// MySQL: the primary key is one that the server made and hides.
        public static let generatedPrimaryKey = Self(rawValue: 0x4)
        /// MariaDB: the table has triggers on the source.
        public static let hasTriggers = Self(rawValue: 0x4000)
    }

    /// Reads a Table_map event whose frame has been checked.
    ///
    /// `flavor` matters for the optional metadata only: MariaDB counts YEAR among the numbers.
    /// Throws `corrupt` for a body that does not fit itself, `unsupported-event` for a column type
    /// whose values have no known length.
    public init(
        _ event: borrowing Event, flavor: FormatDescription.Flavor = .mariadb
    ) throws(BinlogError) {
        try self.init(event.reader, flavor: flavor)
    }

    init(_ body: consuming ByteReader, flavor: FormatDescription.Flavor) throws(BinlogError) {
        var reader = body
        let offset = reader.offset
        tableID = try reader.u48()
        flags = Flags(rawValue: try reader.u16())
        schemaBytes = try Self.name(&reader)
        tableBytes = try Self.name(&reader)
        schema = String(decoding: schemaBytes, as: UTF8.self)
        table = String(decoding: tableBytes, as: UTF8.self)
        columns = try Self.columns(&reader, of: "\(schema).\(table)")
        metadata = try TableMetadata(&reader, columns: columns, flavor: flavor)
        hasOldTemporal = columns.contains { $0.type.isOldTemporal }
        fullLayout = RowLayout(of: columns, isPresent: { _ in true })
        guard reader.isAtEnd else {
            throw BinlogError(.corrupt, "the table map has bytes behind its end", offset: offset)
        }
    }

    private static func name(_ reader: inout ByteReader) throws(BinlogError) -> [UInt8] {
        let length = Int(try reader.u8())
        let name = try reader.take(length).copied()
        guard try reader.u8() == 0 else {
            throw BinlogError(
                .corrupt, "a name in the table map does not end with a zero", offset: reader.offset)
        }
        return name
    }

    private static func columns(
        _ reader: inout ByteReader, of table: String
    ) throws(BinlogError) -> [TableColumn] {
        let count = try reader.lengthEncodedCount()
        guard count <= mostColumns else {
            throw BinlogError(
                .corrupt, "the table map of \(table) tells of \(count) columns",
                offset: reader.offset)
        }
        let types = try reader.take(count)
        let metadataBytes = try reader.lengthEncodedCount()
        var metadata = ByteReader(try reader.take(metadataBytes), at: reader.offset)
        let nullable = try reader.take((count + 7) / 8)
        var columns: [TableColumn] = []
        columns.reserveCapacity(count)
        for index in 0..<count {
            let wireType = ColumnType(rawValue: types.byte(index))
            guard let value = try TableColumn.metadata(of: wireType, &metadata) else {
                throw BinlogError(
                    .unsupportedEvent,
                    "column \(index + 1) of \(table) is of the type \(wireType), "
                        + "which is not supported",
                    offset: reader.offset)
            }
            let type = TableColumn.resolved(wireType, metadata: value)
            guard let width = ColumnWidth.of(type, metadata: value) else {
                throw BinlogError(
                    .corrupt,
                    "column \(index + 1) of \(table) has the type \(type) with metadata \(value)",
                    offset: reader.offset)
            }
            columns.append(
                TableColumn(
                    type: type, metadata: value, isNullable: nullable.isSet(bit: index),
                    width: width))
        }
        guard metadata.isAtEnd else {
            throw BinlogError(
                .corrupt, "the columns' metadata of \(table) is too long", offset: reader.offset)
        }
        return columns
    }
}

extension TableMap {
    /// Tells how many digits behind the second a pre-5.6 temporal column has: the schema knows.
    ///
    /// Does nothing to columns of other types or for more than 6 digits.
    public mutating func setOldFraction(digits: Int, column: Int) {
        guard columns.indices.contains(column), columns[column].type.isOldTemporal,
            let width = ColumnWidth.ofOldTemporal(columns[column].type, digits: digits)
        else { return }
        columns[column].width = width
        columns[column].oldFractionDigits = UInt8(digits)
        fullLayout = RowLayout(of: columns, isPresent: { _ in true })
    }
}

extension RawSpan {
    /// Bit `bit` of a bitmap whose first bit is the lowest of the first byte; the caller has
    /// checked that the bitmap is long enough.
    func isSet(bit: Int) -> Bool { byte(bit >> 3) & (1 << UInt8(bit & 7)) != 0 }
}
