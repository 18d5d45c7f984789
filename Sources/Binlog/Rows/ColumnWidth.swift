/// How many bytes a column's value takes in a row image that holds it and where it is not NULL.
public struct ColumnWidth: Hashable, Sendable {
    /// Bytes of the little-endian length that stands before the value; 0 where the width is fixed.
    public var prefixBytes: UInt8
    /// The value's width where it is fixed, else 0.
    public var fixedBytes: UInt32

    /// A value of always `bytes` bytes.
    public static func fixed(_ bytes: Int) -> Self {
        Self(prefixBytes: 0, fixedBytes: UInt32(bytes))
    }

    /// A value behind its length, which takes `bytes` bytes, 1 to 4.
    public static func prefixed(by bytes: Int) -> Self {
        Self(prefixBytes: UInt8(bytes), fixedBytes: 0)
    }
}

extension ColumnWidth {
    /// Bytes of the fraction of a TIME, DATETIME or TIMESTAMP with `digits` digits (MariaDB:
    /// sql/compat56.cc).
    static func fractionBytes(digits: Int) -> Int { (digits + 1) / 2 }

    /// The width of a column, from its type and metadata (MariaDB: sql/rpl_utility.cc,
    /// `table_def::calc_field_size`); nil where the two do not go together or the type is unknown.
    ///
    /// `type` is the one that `TableColumn` has resolved: ENUM and SET are told apart from CHAR.
    static func of(_ type: ColumnType, metadata: UInt16) -> Self? {
        let low = Int(metadata & 0xFF)
        let high = Int(metadata >> 8)
        switch type {
        case .null: return .fixed(0)
        case .tinyInt, .year: return .fixed(1)
        case .smallInt: return .fixed(2)
        case .mediumInt, .date, .newDate, .oldTime: return .fixed(3)
        case .int, .oldTimestamp: return .fixed(4)
        case .bigInt, .oldDateTime: return .fixed(8)
        case .float: return metadata == 4 ? .fixed(4) : nil
        case .double: return metadata == 8 ? .fixed(8) : nil
        case .timestamp: return low <= 6 ? .fixed(4 + fractionBytes(digits: low)) : nil
        case .dateTime: return low <= 6 ? .fixed(5 + fractionBytes(digits: low)) : nil
        case .time: return low <= 6 ? .fixed(3 + fractionBytes(digits: low)) : nil
        case .bit:
            let bytes = high + (low > 0 ? 1 : 0)
            return low <= 7 && (1...8).contains(bytes) ? .fixed(bytes) : nil
        case .decimal:
            return PackedDecimal.byteCount(precision: low, scale: high).map { .fixed($0) }
        case .enumeration: return (1...2).contains(low) ? .fixed(low) : nil
        case .set: return (1...8).contains(low) ? .fixed(low) : nil
        case .varchar, .compressedVarchar: return .prefixed(by: metadata > 255 ? 2 : 1)
        case .string:
            return .prefixed(by: TableColumn.maximumBytes(ofString: metadata) > 255 ? 2 : 1)
        case .blob, .tinyBlob, .mediumBlob, .longBlob, .compressedBlob, .geometry, .json, .vector:
            return (1...4).contains(metadata) ? .prefixed(by: Int(metadata)) : nil
        default: return nil
        }
    }

    /// The width of a column in MariaDB's own pre-5.6 formats for fractions, which the
    /// log does not tell apart from the ones without (MariaDB: sql/field.cc, `Field_*_hires`).
    static func ofOldTemporal(_ type: ColumnType, digits: Int) -> Self? {
        guard (1...6).contains(digits) else { return digits == 0 ? of(type, metadata: 0) : nil }
        switch type {
        case .oldTimestamp: return .fixed(4 + fractionBytes(digits: digits))
        case .oldTime: return .fixed([3, 4, 4, 5, 5, 5, 6][digits])
        case .oldDateTime: return .fixed([8, 6, 6, 7, 7, 7, 8][digits])
        default: return nil
        }
    }
}
