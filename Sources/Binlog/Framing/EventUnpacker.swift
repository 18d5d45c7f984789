internal import CDeflate

/// Turns compressed events into the plain ones that they stand for.
///
/// A MariaDB server with `log_bin_compress` packs the text of a Query event and the row images of a
/// rows event; what stands before them stays as it is (MariaDB: sql/log_event.cc,
/// `query_event_uncompress`, `row_log_event_uncompress`, `binlog_buf_uncompress`):
///
///     offset  size  field
///          0     1  0x80 | algorithm << 4 | n; the only algorithm is 0, zlib
///          1     n  length of the plain bytes, 1 to 4 bytes, big-endian
///        1+n  rest  a zlib stream
///
/// One buffer, reused; it is never larger than the largest event unpacked. What an event says of
/// its plain length is believed only as far as zlib can reach, so that no input takes more memory
/// than 1032 times its own size, or than `mostBytes`.
public struct EventUnpacker: ~Copyable {
    /// The longest plain event that is made; a server stops at 1 GiB of row data and a little more.
    public static let mostBytes = 2 << 30
    /// No zlib stream holds more than so many times its own bytes.
    static let mostTimes = 1032

    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var count = 0
    private var decompressor: OpaquePointer?

    public init() {}

    deinit {
        buffer.deallocate()
        if let decompressor { libdeflate_free_decompressor(decompressor) }
    }

    /// Unpacks a compressed event whose frame has been checked.
    ///
    /// Throws `corrupt` for bytes that are no zlib stream of the length that is told.
    public mutating func unpack(_ event: borrowing Event) throws(BinlogError) {
        precondition(event.type.isCompressed)
        let packed = try PackedPart(event)
        let headBytes = packed.begin
        let plainBytes = headBytes + packed.plainBytes
        reserve(plainBytes)
        let body = event.bytes
        let filled = body.withUnsafeBytes { source in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<headBytes]))
            return unsafe inflate(
                UnsafeRawBufferPointer(rebasing: source[packed.stream]),
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[headBytes..<plainBytes]))
        }
        guard filled else {
            throw BinlogError(
                .corrupt, "the event's compressed bytes cannot be unpacked", offset: event.offset)
        }
        buffer[4] = event.type.plain.rawValue
        buffer.storeBytes(
            of: UInt32(plainBytes).littleEndian, toByteOffset: 9, as: UInt32.self)
        count = plainBytes
    }

    /// The bytes of the event that was unpacked last: header and body, no checksum.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            // Safe: the buffer lives as long as self, and only mutating members change it.
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: part), borrowing: self)
        }
    }

    /// How long an event is once it is unpacked; its own length for one that is not compressed.
    ///
    /// Throws `corrupt` as `unpack` does, but does not look at the stream.
    public static func plainBytes(of event: borrowing Event) throws(BinlogError) -> Int {
        guard event.type.isCompressed else { return event.bytes.byteCount }
        let packed = try PackedPart(event)
        return packed.begin + packed.plainBytes
    }

    private mutating func reserve(_ wanted: Int) {
        guard buffer.count < wanted else { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: max(wanted, 64 << 10), alignment: 16)
    }

    /// False where the stream is not one, or not exactly as long as `output`.
    private mutating func inflate(
        _ stream: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        if decompressor == nil { decompressor = libdeflate_alloc_decompressor() }
        guard let decompressor else { return false }
        // Without a place for the actual length it must be exactly that of `output`.
        let result = unsafe libdeflate_zlib_decompress(
            decompressor, stream.baseAddress, stream.count, output.baseAddress, output.count, nil)
        return result == LIBDEFLATE_SUCCESS
    }
}

/// Where the compressed part of an event lies, counted from the event's first byte.
private struct PackedPart {
    /// Where the length stands, and where the plain bytes go.
    let begin: Int
    let stream: Range<Int>
    let plainBytes: Int

    init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        if event.type == .queryCompressed {
            try reader.skip(8)
            let databaseBytes = Int(try reader.u8())
            try reader.skip(2)
            let statusBytes = Int(try reader.u16())
            try reader.skip(statusBytes + databaseBytes + 1)
        } else {
            try RowsEvent.skipHead(&reader, event.type)
        }
        begin = EventHeader.sizeBytes + reader.position
        let first = try reader.u8()
        let lengthBytes = Int(first & 0x07)
        guard first & 0xF8 == 0x80, (1...4).contains(lengthBytes) else {
            throw BinlogError(
                .corrupt, "the compressed part begins with the byte \(first)",
                offset: reader.offset &- 1)
        }
        let told = try reader.bigEndian(width: lengthBytes)
        let streamBegin = EventHeader.sizeBytes + reader.position
        stream = streamBegin..<(streamBegin + reader.remaining)
        guard told <= UInt64(EventUnpacker.mostBytes - begin),
            told <= UInt64(stream.count) * UInt64(EventUnpacker.mostTimes)
        else {
            throw BinlogError(
                .corrupt,
                "the event's \(stream.count) compressed bytes cannot hold the \(told) that it "
                    + "tells of", offset: event.offset)
        }
        plainBytes = Int(told)
    }
}
