/// One column's value in a row image.
///
/// Long values are not copied: they are ranges into `RowsEvent.rows` and mean nothing without it.
public enum ColumnValue: Hashable, Sendable {
    /// The image does not hold the column (row images other than FULL).
    case absent
    case null
    case integer(StoredInteger)
    case float(Float)
    case double(Double)
    case decimal(StoredDecimal)
    /// The bits, and how many of them the column's whole width has.
    case bit(UInt64, width: Int)
    /// 0, or 1901 to 2155.
    case year(Int)
    case date(CalendarDate)
    case time(SignedTime)
    case dateTime(CalendarDateTime)
    case timestamp(StoredTimestamp)
    /// The label's number, from 1 on; 0 is the empty text that stands for a wrong value.
    case enumeration(Int)
    /// Bit n is set where the value holds label n + 1.
    case set(UInt64)
    case bytes(StoredBytes)
}

extension ColumnValue {
    /// A JSON document that an update logged no change of.
    var isUnchangedDocument: Bool {
        guard case .bytes(let stored) = self else { return false }
        return stored.kind == .jsonChanges && stored.range.isEmpty
    }
}

/// An integer as it is stored: without `binlog_row_metadata` the log does not tell its sign.
public struct StoredInteger: Hashable, Sendable {
    /// The stored bits, zeros above them.
    public var bits: UInt64
    /// 1, 2, 3, 4 or 8.
    public var widthBytes: Int
    /// Nil where the log does not tell.
    public var isUnsigned: Bool?

    public init(bits: UInt64, widthBytes: Int, isUnsigned: Bool?) {
        self.bits = bits
        self.widthBytes = widthBytes
        self.isUnsigned = isUnsigned
    }

    /// The value of a column that is not UNSIGNED.
    public var signed: Int64 {
        let shift = UInt64(64 - 8 * min(max(widthBytes, 1), 8))
        return Int64(bitPattern: bits << shift) >> Int64(shift)
    }

    /// The value of a column that is UNSIGNED.
    public var unsigned: UInt64 { bits }
}

extension StoredInteger: CustomStringConvertible {
    /// The value; where the sign is not told and matters, both: `-1 (255)`.
    public var description: String {
        switch isUnsigned {
        case true?: "\(unsigned)"
        case false?: "\(signed)"
        case nil: signed < 0 ? "\(signed) (\(unsigned))" : "\(signed)"
        }
    }
}

/// A DECIMAL in its packed form; `text(in:)` gives its exact digits.
public struct StoredDecimal: Hashable, Sendable {
    /// Where it lies in `RowsEvent.rows`.
    public var range: Range<Int>
    public var precision: Int
    public var scale: Int

    /// The exact value, with `scale` digits behind the point.
    ///
    /// Throws `corrupt` where a group of digits is too large for its place. `rows` must be the
    /// bytes that the value was read from.
    public func text(in rows: RawSpan) throws(BinlogError) -> String {
        try PackedDecimal.text(rows.extracting(range), precision: precision, scale: scale)
    }
}

/// Text or bytes as they are stored.
public struct StoredBytes: Hashable, Sendable {
    /// What the bytes are, as far as the table map tells.
    public enum Kind: UInt8, Sendable {
        /// CHAR, VARCHAR, TEXT or their binary kin: `collation` tells which.
        case text
        /// An SRID of 4 bytes, then well-known binary.
        case geometry
        /// A COMPRESSED column of MariaDB, packed: `plainBytes(in:)` unpacks it.
        case compressed
        /// MySQL's VECTOR: 4-byte floats.
        case vector
        /// MySQL's JSON in its binary form.
        case json
        /// What an update changes in a JSON value, where it logged that alone.
        case jsonChanges
    }

    /// Where they lie in `RowsEvent.rows`.
    public var range: Range<Int>
    public var kind: Kind
    /// The collation's number (63 is binary); nil where the log does not tell.
    public var collation: UInt16?
    /// Zero bytes that a BINARY(n), INET6 or UUID has behind the stored ones: row images drop them.
    ///
    /// Always 0 where the collation is not told: BINARY cannot be told from CHAR then.
    public var paddingBytes: Int

    /// The value's bytes, padding included: a copy.
    public func copied(from rows: RawSpan) -> [UInt8] {
        var bytes = rows.extracting(range).copied()
        if paddingBytes > 0 { bytes += repeatElement(0, count: paddingBytes) }
        return bytes
    }

    /// The value's bytes as SQL sees them: JSON as its text, a COMPRESSED column's unpacked.
    ///
    /// Of changes of a JSON value the stored bytes. Throws `corrupt` for what no server stores.
    public func plainBytes(in rows: RawSpan) throws(BinlogError) -> [UInt8] {
        switch kind {
        case .json: Array(try BinaryJSON.text(rows.extracting(range)).utf8)
        case .compressed: try CompressedValue.plain(rows.extracting(range))
        case .text, .geometry, .vector, .jsonChanges: copied(from: rows)
        }
    }
}
