/// One column as a table map tells it: type, metadata, whether it may be NULL.
public struct TableColumn: Hashable, Sendable {
    /// The type, ENUM and SET told apart from CHAR.
    public var type: ColumnType
    /// What the type needs to read a value, as `metadata(of:_:)` lays it out.
    public var metadata: UInt16
    public var isNullable: Bool
    public var width: ColumnWidth
    /// Digits behind the second of a pre-5.6 temporal column: never told by the log, 0 until
    /// somebody who knows the schema sets them (`TableMap.setOldFraction`).
    public internal(set) var oldFractionDigits: UInt8 = 0

    /// Digits behind the second of a TIME, DATETIME or TIMESTAMP, else 0.
    public var fractionDigits: Int {
        switch type {
        case .timestamp, .dateTime, .time: Int(metadata & 0xFF)
        default: Int(oldFractionDigits)
        }
    }

    /// The longest value in bytes that a CHAR or BINARY column can hold.
    ///
    /// The two high bits of the length stand inverted in bits 4 and 5 of the type byte (MariaDB:
    /// sql/field.cc, `Field_string::save_field_metadata`).
    static func maximumBytes(ofString metadata: UInt16) -> Int {
        Int(metadata & 0xFF) | Int((metadata >> 12 & 0x3) ^ 0x3) << 8
    }

    /// The longest value in bytes of a CHAR, BINARY, VARCHAR or VARBINARY, else nil.
    public var maximumBytes: Int? {
        switch type {
        case .string: Self.maximumBytes(ofString: metadata)
        case .varchar, .compressedVarchar: Int(metadata)
        default: nil
        }
    }
}

extension TableColumn {
    /// Reads the metadata of a column of type `type`: 0, 1 or 2 bytes (MariaDB: sql/rpl_utility.cc,
    /// `table_def::table_def`).
    ///
    /// Low byte and high byte are: CHAR, ENUM, SET: length, type byte; DECIMAL: precision, scale;
    /// BIT: bits beside the whole bytes, whole bytes; VARCHAR: the length; else the one byte.
    static func metadata(
        of type: ColumnType, _ reader: inout ByteReader
    ) throws(BinlogError) -> UInt16? {
        switch type {
        case .tinyBlob, .blob, .mediumBlob, .longBlob, .compressedBlob, .geometry, .json, .vector,
            .float, .double, .timestamp, .dateTime, .time:
            return UInt16(try reader.u8())
        case .string, .enumeration, .set:
            return UInt16(try reader.bigEndian(width: 2))
        case .bit, .varchar, .compressedVarchar, .decimal:
            return try reader.u16()
        case .null, .tinyInt, .smallInt, .int, .bigInt, .mediumInt, .date, .newDate, .year,
            .oldTime, .oldDateTime, .oldTimestamp:
            return 0
        default:
            return nil
        }
    }

    /// The type that stands behind a column of the wire type CHAR.
    static func resolved(_ type: ColumnType, metadata: UInt16) -> ColumnType {
        guard type == .string else { return type }
        let real = ColumnType(rawValue: UInt8(metadata >> 8))
        return real == .enumeration || real == .set ? real : .string
    }
}
