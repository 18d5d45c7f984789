/// The value of a user variable that the next statement reads.
///
///     size  field
///        4  length of the name, n
///        n  name
///        1  1 where the value is NULL and nothing follows
///        1  type: 0 string, 1 double, 2 integer, 4 decimal
///        4  collation id
///        4  length of the value, v
///        v  value
///     rest  flags 1 (1 = unsigned), and from 10.11 on the name of a special type
///
/// MariaDB: sql/log_event.h, `User_var_log_event`.
public struct UserVarEvent: Hashable, Sendable {
    /// The value with its type, to the bit.
    public enum Value: Hashable, Sendable {
        case null
        case string([UInt8], collation: UInt32)
        /// IEEE 754 bits.
        case double(UInt64)
        case integer(UInt64, isUnsigned: Bool)
        /// The exact text, as `-12.340`.
        case decimal(String)
    }

    public var name: [UInt8]
    public var value: Value
    /// A data type beyond the five, such as `point`; empty for none.
    public var typeName: [UInt8]

    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        let nameLength = Int(try reader.u32())
        name = try reader.take(nameLength).copied()
        typeName = []
        guard try reader.u8() == 0 else {
            value = .null
            return
        }
        let type = try reader.u8()
        let collation = try reader.u32()
        let length = Int(try reader.u32())
        let valueOffset = reader.offset
        let bytes = try reader.take(length)
        let flags = reader.isAtEnd ? 0 : try reader.u8()
        typeName = try Self.typeName(&reader)
        switch (type, length) {
        case (0, _): value = .string(bytes.copied(), collation: collation)
        case (1, 8):
            var number = ByteReader(bytes, at: valueOffset)
            value = .double(try number.u64())
        case (2, 8):
            var number = ByteReader(bytes, at: valueOffset)
            value = .integer(try number.u64(), isUnsigned: flags & 1 != 0)
        case (4, 2...):
            value = .decimal(
                try PackedDecimal.text(
                    bytes.extracting(droppingFirst: 2), precision: Int(bytes.byte(0)),
                    scale: Int(bytes.byte(1))))
        default:
            throw BinlogError(
                .corrupt, "a user variable of type \(type) cannot have \(length) bytes",
                offset: event.offset)
        }
    }

    /// Behind the flags: chunks of a kind, and for kind 2 a length and a type's name.
    private static func typeName(_ reader: inout ByteReader) throws(BinlogError) -> [UInt8] {
        guard reader.remaining >= 3 else { return [] }
        return reader.takeRest().copied()
    }
}
