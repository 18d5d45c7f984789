/// A cursor over the bytes of one event, which cannot leave them.
///
/// All integers of the format are little-endian unless a type says otherwise. Every read checks the
/// bounds first and throws `BinlogError.Code.corrupt` with the file offset; nothing is copied.
/// This is the only file of the module with unchecked loads.
public struct ByteReader: ~Escapable {
    @usableFromInline let bytes: RawSpan
    @usableFromInline var cursor: Int
    /// The file offset of the first byte.
    public let baseOffset: UInt64

    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, at baseOffset: UInt64) {
        self.bytes = bytes
        self.baseOffset = baseOffset
        self.cursor = 0
    }

    /// The next byte to read, counted from the first byte.
    @inlinable public var position: Int { cursor }

    /// How many bytes are left.
    @inlinable public var remaining: Int { bytes.byteCount - cursor }

    @inlinable public var isAtEnd: Bool { cursor == bytes.byteCount }

    /// The file offset of the next byte.
    @inlinable public var offset: UInt64 { baseOffset &+ UInt64(cursor) }

    /// Passes over `count` bytes.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func skip(_ count: Int) throws(BinlogError) {
        guard count >= 0, count <= remaining else { throw overrun(count) }
        cursor += count
    }

    /// The next `count` bytes as a view.
    @inlinable
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    public mutating func take(_ count: Int) throws(BinlogError) -> RawSpan {
        guard count >= 0, count <= remaining else { throw overrun(count) }
        let begin = cursor
        cursor += count
        // Safe: 0 <= begin and begin + count <= byteCount, checked above.
        return unsafe bytes.extracting(unchecked: begin..<(begin + count))
    }

    /// All bytes that are left, as a view.
    @inlinable
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    public mutating func takeRest() -> RawSpan {
        let begin = cursor
        cursor = bytes.byteCount
        // Safe: begin never exceeds byteCount.
        return unsafe bytes.extracting(unchecked: begin..<bytes.byteCount)
    }

    /// The next byte.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func u8() throws(BinlogError) -> UInt8 { try load(UInt8.self) }

    /// The next 2 bytes.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func u16() throws(BinlogError) -> UInt16 {
        UInt16(littleEndian: try load(UInt16.self))
    }

    /// The next 4 bytes.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func u32() throws(BinlogError) -> UInt32 {
        UInt32(littleEndian: try load(UInt32.self))
    }

    /// The next 8 bytes.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func u64() throws(BinlogError) -> UInt64 {
        UInt64(littleEndian: try load(UInt64.self))
    }

    /// A little-endian unsigned integer of 6 bytes.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func u48() throws(BinlogError) -> UInt64 {
        guard remaining >= 6 else { throw overrun(6) }
        return UInt64(try u32()) | UInt64(try u16()) << 32
    }

    /// A little-endian unsigned integer of `width` bytes, 1 to 8.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func unsigned(width: Int) throws(BinlogError) -> UInt64 {
        precondition((1...8).contains(width))
        guard width <= remaining else { throw overrun(width) }
        var value: UInt64 = 0
        for index in 0..<width {
            // Safe: cursor + index < cursor + width <= byteCount, checked above.
            let byte = unsafe bytes.unsafeLoad(
                fromUncheckedByteOffset: cursor + index, as: UInt8.self)
            value |= UInt64(byte) << UInt64(8 * index)
        }
        cursor += width
        return value
    }

    /// A big-endian unsigned integer of `width` bytes, 1 to 8.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func bigEndian(width: Int) throws(BinlogError) -> UInt64 {
        precondition((1...8).contains(width))
        guard width <= remaining else { throw overrun(width) }
        var value: UInt64 = 0
        for index in 0..<width {
            // Safe: cursor + index < cursor + width <= byteCount, checked above.
            let byte = unsafe bytes.unsafeLoad(
                fromUncheckedByteOffset: cursor + index, as: UInt8.self)
            value = value << 8 | UInt64(byte)
        }
        cursor += width
        return value
    }

    /// A length-encoded integer: one byte up to 250, or 0xFC, 0xFD, 0xFE and 2, 3, 8 bytes
    /// (MariaDB: sql-common/pack.c, net_field_length).
    @inlinable
    @_lifetime(self: copy self)
    public mutating func lengthEncoded() throws(BinlogError) -> UInt64 {
        let first = try u8()
        switch first {
        case 0...250: return UInt64(first)
        case 252: return try unsigned(width: 2)
        case 253: return try unsigned(width: 3)
        case 254: return try unsigned(width: 8)
        default:
            throw BinlogError(
                .corrupt, "a length begins with the byte \(first), which is no length",
                offset: offset &- 1)
        }
    }

    /// An integer of MySQL's serialization: the first byte's trailing ones tell how many bytes
    /// follow it, the value stands above them and, up to 7 of them, a zero (MySQL:
    /// libs/mysql/serialization/readme.md, "Variable-length integers").
    @_lifetime(self: copy self)
    mutating func variableLength() throws(BinlogError) -> UInt64 {
        let first = try u8()
        let ones = (~first).trailingZeroBitCount
        guard ones < 8 else { return try u64() }
        let rest = ones == 0 ? 0 : try unsigned(width: ones)
        return UInt64(first) >> UInt64(ones + 1) | rest << UInt64(7 - ones)
    }

    /// The same for an integer with a sign: its lowest bit.
    @_lifetime(self: copy self)
    mutating func variableLengthSigned() throws(BinlogError) -> Int64 {
        let bits = try variableLength()
        let magnitude = Int64(bitPattern: bits >> 1)
        return bits & 1 == 0 ? magnitude : -1 - magnitude
    }

    /// A length-encoded integer that counts bytes or elements of this event.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func lengthEncodedCount() throws(BinlogError) -> Int {
        let value = try lengthEncoded()
        guard value <= UInt64(bytes.byteCount) else {
            throw BinlogError(
                .corrupt, "a length of \(value) is more than the event holds", offset: offset)
        }
        return Int(value)
    }

    @inlinable
    @_lifetime(self: copy self)
    mutating func load<Value: BitwiseCopyable>(_ type: Value.Type) throws(BinlogError) -> Value {
        let size = MemoryLayout<Value>.size
        guard size <= remaining else { throw overrun(size) }
        // Safe: cursor + size <= byteCount, checked above; every bit pattern is an integer.
        let value = unsafe bytes.unsafeLoadUnaligned(
            fromUncheckedByteOffset: cursor, as: Value.self)
        cursor += size
        return value
    }

    @usableFromInline
    func overrun(_ count: Int) -> BinlogError {
        BinlogError(
            .corrupt, "a field of \(count) bytes does not fit: the event has \(remaining) left",
            offset: offset)
    }
}

extension RawSpan {
    /// The byte at `index`, which the caller has checked.
    @inlinable
    func byte(_ index: Int) -> UInt8 { unsafeLoad(fromByteOffset: index, as: UInt8.self) }

    /// Whether both are as long and hold the same bytes.
    public func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var index = 0
        while index + 8 <= byteCount {
            // Safe: index + 8 <= byteCount, of both.
            let left = unsafe unsafeLoadUnaligned(
                fromUncheckedByteOffset: index, as: UInt64.self)
            let right = unsafe other.unsafeLoadUnaligned(
                fromUncheckedByteOffset: index, as: UInt64.self)
            guard left == right else { return false }
            index += 8
        }
        while index < byteCount {
            guard byte(index) == other.byte(index) else { return false }
            index += 1
        }
        return true
    }

    /// A copy of the bytes, for what must outlive the event.
    @inlinable
    public func copied() -> [UInt8] {
        withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// The bytes as UTF-8 text, with U+FFFD for what is not.
    @inlinable
    public func decodedText() -> String {
        withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
