internal import CDeflate

/// A value of a COMPRESSED column, as MariaDB packs it.
///
///     offset  size  field
///          0     1  0 where the plain bytes follow; else 0x80 | n, and 0x08 for a stream without
///                   zlib's head and sum
///          1     n  length of the plain bytes, 1 to 4 bytes, big-endian
///        1+n  rest  the stream
///
/// An empty value is no byte at all (MariaDB: sql/field.cc, `Field_longstr::uncompress`, and
/// sql/field_comp.cc).
enum CompressedValue {
    /// The plain bytes; a length that the stream cannot hold takes no memory.
    ///
    /// Throws `corrupt` for bytes that no server writes.
    static func plain(_ bytes: RawSpan) throws(BinlogError) -> [UInt8] {
        guard bytes.byteCount > 0 else { return [] }
        var reader = ByteReader(bytes, at: 0)
        let head = try reader.u8()
        if head == 0 { return reader.takeRest().copied() }
        let lengthBytes = Int(head & 0x07)
        guard head & 0xF0 == 0x80, (1...4).contains(lengthBytes) else { throw damage() }
        let told = try reader.bigEndian(width: lengthBytes)
        let stream = reader.takeRest()
        guard told <= UInt64(stream.byteCount) * UInt64(EventUnpacker.mostTimes),
            told <= UInt64(EventUnpacker.mostBytes), let count = Int(exactly: told),
            let plain = inflate(stream, to: count, hasHead: head & 0x08 == 0)
        else { throw damage() }
        return plain
    }

    /// Nil where the stream is not one, or not exactly so long.
    private static func inflate(_ stream: RawSpan, to count: Int, hasHead: Bool) -> [UInt8]? {
        guard let decompressor = libdeflate_alloc_decompressor() else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        var isWhole = false
        let plain = [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            let result = stream.withUnsafeBytes { source in
                unsafe hasHead
                    ? libdeflate_zlib_decompress(
                        decompressor, source.baseAddress, source.count, room.baseAddress, count,
                        nil)
                    : libdeflate_deflate_decompress(
                        decompressor, source.baseAddress, source.count, room.baseAddress, count,
                        nil)
            }
            isWhole = result == LIBDEFLATE_SUCCESS
            filled = isWhole ? count : 0
        }
        return isWhole ? plain : nil
    }

    private static func damage() -> BinlogError {
        BinlogError(.corrupt, "a compressed value cannot be unpacked")
    }
}
