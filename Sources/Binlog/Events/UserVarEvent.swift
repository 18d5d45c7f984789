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
///     rest  chunks: 0 signed, 1 unsigned; from 10.11 on 2, a length, the name of a geometry's type
///
/// MariaDB: sql/log_event.h, `User_var_log_event`, and sql/log_event_data_type.h.
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
    /// The type of a geometry, such as `point`; empty for all else.
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
        var isUnsigned = false
        while !reader.isAtEnd {
            switch try reader.u8() {
            case 0: isUnsigned = false
            case 1: isUnsigned = true
            case 2: typeName = try reader.take(Int(try reader.u8())).copied()
            case let chunk:
                throw BinlogError(
                    .unsupportedEvent, "a user variable has the unknown field \(chunk)",
                    hint: "a newer server may have written this log; take a newer lastgood",
                    offset: event.offset)
            }
        }
        switch (type, length) {
        case (0, _): value = .string(bytes.copied(), collation: collation)
        case (1, 8):
            var number = ByteReader(bytes, at: valueOffset)
            value = .double(try number.u64())
        case (2, 8):
            var number = ByteReader(bytes, at: valueOffset)
            value = .integer(try number.u64(), isUnsigned: isUnsigned)
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
}
