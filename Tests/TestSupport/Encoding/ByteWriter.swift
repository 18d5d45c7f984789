/// Appends the integers and lengths of the format: what `ByteReader` reads, written.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    public mutating func append(_ span: borrowing RawSpan) {
        span.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    public mutating func u8(_ value: UInt8) { bytes.append(value) }
    public mutating func u16(_ value: UInt16) { unsigned(UInt64(value), width: 2) }
    public mutating func u32(_ value: UInt32) { unsigned(UInt64(value), width: 4) }
    public mutating func u48(_ value: UInt64) { unsigned(value, width: 6) }
    public mutating func u64(_ value: UInt64) { unsigned(value, width: 8) }

    /// The low `width` bytes, the lowest first.
    public mutating func unsigned(_ value: UInt64, width: Int) {
        for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    /// The low `width` bytes, the lowest last.
    public mutating func bigEndian(_ value: UInt64, width: Int) {
        for index in (0..<width).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index)))
        }
    }

    /// A length-encoded integer in the fewest bytes.
    public mutating func lengthEncoded(_ value: UInt64) {
        switch value {
        case 0...250: u8(UInt8(value))
        case 251...0xFFFF:
            u8(252)
            unsigned(value, width: 2)
        case 0x1_0000...0xFF_FFFF:
            u8(253)
            unsigned(value, width: 3)
        default:
            u8(254)
            u64(value)
        }
    }

    /// A length-encoded length and so many bytes.
    public mutating func lengthPrefixed(_ more: [UInt8]) {
        lengthEncoded(UInt64(more.count))
        append(more)
    }

    /// An integer of MySQL's serialization in the fewest bytes: as many trailing ones as bytes
    /// follow, a zero, the value's bits.
    public mutating func variableLength(_ value: UInt64) {
        let bits = max(1, 64 - value.leadingZeroBitCount)
        let width = (bits + 6) / 7
        guard width <= 8 else {
            u8(0xFF)
            u64(value)
            return
        }
        unsigned(value << UInt64(width) | (1 << UInt64(width - 1) - 1), width: width)
    }

    /// The same for an integer with a sign: its lowest bit.
    public mutating func variableLengthSigned(_ value: Int64) {
        let magnitude = value < 0 ? UInt64(-1 - value) : UInt64(value)
        variableLength(magnitude << 1 | (value < 0 ? 1 : 0))
    }

    /// A bitmap whose first bit is the lowest of the first byte; `padding` fills the last byte.
    public mutating func bitmap(_ bits: [Bool], padding: Bool = false) {
        for begin in stride(from: 0, to: bits.count, by: 8) {
            var byte: UInt8 = 0
            for place in 0..<8 where begin + place < bits.count ? bits[begin + place] : padding {
                byte |= 1 << UInt8(place)
            }
            u8(byte)
        }
    }
}
