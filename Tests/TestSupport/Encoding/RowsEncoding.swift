public import Binlog

/// Rows events and their images.
extension EventBody {
    /// What stands before the images of a rows event, which is never compressed.
    ///
    /// - Parameters:
    ///   - extra: of version 2, behind the length that counts itself; nil for version 1.
    ///   - bitmaps: which columns the images hold; of an update those before, then those after.
    public static func rowsHead(
        tableID: UInt64, flags: RowsEvent.Flags, extra: [UInt8]? = nil, columnCount: Int,
        bitmaps: [UInt8]
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.u48(tableID)
        writer.u16(flags.rawValue)
        if let extra {
            writer.u16(UInt16(extra.count + 2))
            writer.append(extra)
        }
        writer.lengthEncoded(UInt64(columnCount))
        writer.append(bitmaps)
        return writer.bytes
    }

    /// One row image: the columns that are not absent, behind a bitmap of those that are NULL.
    ///
    /// - Parameters:
    ///   - padding: what fills the bitmap's last byte: ones, and from MySQL 8.0 on zeros.
    ///   - isPartial: in front stands which JSON columns hold changes only.
    ///   - rows: what the ranges of the values point into.
    public static func rowImage(
        _ values: [ColumnValue], of columns: [RowColumn], padding: Bool, isPartial: Bool = false,
        in rows: borrowing RawSpan
    ) throws -> [UInt8] {
        var writer = ByteWriter()
        if isPartial { writePartialColumns(values, columns, &writer) }
        let nulls = values.filter { $0 != .absent }.map { $0 == .null }
        writer.bitmap(nulls, padding: padding)
        for (value, column) in zip(values, columns) {
            try writeValue(value, column, in: rows, &writer)
        }
        return writer.bytes
    }

    private static func writePartialColumns(
        _ values: [ColumnValue], _ columns: [RowColumn], _ writer: inout ByteWriter
    ) {
        let changed = zip(values, columns).filter { $1.type == .json }.map { value, _ in
            if case .bytes(let stored) = value { stored.kind == .jsonChanges } else { false }
        }
        let hasChanges = changed.contains(true)
        writer.lengthEncoded(hasChanges ? 1 : 0)
        if hasChanges { writer.bitmap(changed) }
    }

    private static func writeValue(
        _ value: ColumnValue, _ column: RowColumn, in rows: borrowing RawSpan,
        _ writer: inout ByteWriter
    ) throws {
        switch value {
        case .absent, .null: break
        case .integer(let integer): writer.unsigned(integer.bits, width: integer.widthBytes)
        case .float(let number): writer.u32(number.bitPattern)
        case .double(let number): writer.u64(number.bitPattern)
        case .decimal(let decimal):
            writer.append(
                try DecimalBytes.packed(
                    decimal.text(in: rows), precision: decimal.precision, scale: decimal.scale))
        case .bit(let bits, let width): writer.bigEndian(bits, width: (width + 7) / 8)
        case .year(let year): writer.u8(UInt8(max(0, year - 1900)))
        case .date(let date): writer.unsigned(TemporalBytes.bits(of: date), width: 3)
        case .time(let time): writer.append(TemporalBytes.stored(time, in: column))
        case .dateTime(let moment): writer.append(TemporalBytes.stored(moment, in: column))
        case .timestamp(let moment): writer.append(TemporalBytes.stored(moment, in: column))
        case .enumeration(let number):
            writer.unsigned(UInt64(number), width: Int(column.metadata & 0xFF))
        case .set(let bits): writer.unsigned(bits, width: Int(column.metadata & 0xFF))
        case .bytes(let stored):
            writer.unsigned(UInt64(stored.range.count), width: column.prefixBytes)
            writer.append(rows.extracting(stored.range))
        }
    }
}

/// What is needed of a column to write its values.
public struct RowColumn: Hashable, Sendable {
    public var type: ColumnType
    public var metadata: UInt16
    /// Bytes of the length before a value.
    public var prefixBytes: Int
    /// Digits behind the second.
    public var fractionDigits: Int
    /// Of a value of a fixed width.
    public var fixedBytes: Int

    public init(_ column: TableColumn) {
        type = column.type
        metadata = column.metadata
        prefixBytes = Int(column.width.prefixBytes)
        fractionDigits = column.fractionDigits
        fixedBytes = Int(column.width.fixedBytes)
    }
}

/// The packed form of a DECIMAL, from its digits.
public enum DecimalBytes {
    private static let bytesForDigits = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4]

    /// Throws for digits that the type does not hold.
    public static func packed(_ text: String, precision: Int, scale: Int) throws -> [UInt8] {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        // A value without digits before the point is printed with a zero there.
        let whole = parts[0] == "0" ? "" : String(parts[0])
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        let room = precision - scale
        guard whole.utf8.count <= room, fraction.utf8.count == scale else {
            throw TestFailure("\(text) is no DECIMAL(\(precision),\(scale))")
        }
        var digits = String(repeating: "0", count: room - whole.utf8.count) + whole + fraction
        var widths = [room % 9] + [Int](repeating: 9, count: room / 9)
        widths += [Int](repeating: 9, count: scale / 9) + [scale % 9]
        var writer = ByteWriter()
        for width in widths {
            let group = UInt64(digits.prefix(width)) ?? 0
            digits.removeFirst(width)
            writer.bigEndian(group, width: bytesForDigits[width])
        }
        var bytes = writer.bytes
        if isNegative { bytes = bytes.map { ~$0 } }
        bytes[0] ^= 0x80
        return bytes
    }
}
