internal import CZstd

/// Gives the events of a MySQL transaction that was logged in one event, compressed.
///
/// Transaction_payload (MySQL: libs/mysql/binlog/event/codecs/binary.cpp, `Transaction_payload`):
/// fields of a type, a length and so many bytes, all length-encoded, up to the type 0, then the
/// payload to the event's end.
///
///     type  field
///        1  bytes of the payload
///        2  algorithm: 0 zstd, 255 none
///        3  bytes of the payload once it is unpacked
///
/// The payload are whole events without checksums, whose end positions are 0.
///
/// One buffer, reused, for one event at a time: what the payload holds altogether takes no memory,
/// and a length that it tells of only as far as its bytes go.
public struct PayloadReader: ~Copyable {
    /// There may be another event.
    public private(set) var isOpen = false

    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var count = 0
    private var stream: OpaquePointer?
    private var isCompressed = false
    /// Bytes of the event that have been used up.
    private var consumed = 0
    /// Unpacked bytes that have not been given.
    private var left: UInt64 = 0

    public init() {}

    deinit {
        buffer.deallocate()
        if let stream { ZSTD_freeDCtx(stream) }
    }

    /// Gives up what is left.
    public mutating func close() { isOpen = false }

    /// Takes up an event whose frame has been checked.
    ///
    /// Throws `corrupt` for fields that do not fit it, `unsupported-event` for an algorithm that is
    /// not known.
    public mutating func begin(_ event: borrowing Event) throws(BinlogError) {
        let head = try PayloadHead(event)
        isCompressed = head.isCompressed
        left = head.plainBytes
        consumed = head.begin
        isOpen = true
        guard isCompressed else { return }
        if stream == nil { stream = ZSTD_createDCtx() }
        guard let stream else { throw Self.unreadable(event, "zstd cannot begin") }
        _ = ZSTD_DCtx_reset(stream, ZSTD_reset_session_only)
    }

    /// Reads the next event of the payload that began with `event`; false behind the last.
    ///
    /// Throws `corrupt` for bytes that are no events of the length that is told, `unknown-event` as
    /// `EventFramer.frame` does.
    public mutating func advance(
        in event: borrowing Event
    ) throws(BinlogError) -> EventHeader? {
        precondition(isOpen)
        count = 0
        guard left > 0 else {
            isOpen = false
            try checkEnd(in: event)
            return nil
        }
        try fill(EventHeader.sizeBytes, in: event)
        var reader = ByteReader(bytes, at: event.offset)
        let header = try EventHeader(&reader)
        guard header.lengthBytes >= EventHeader.sizeBytes,
            Int(header.lengthBytes) <= EventUnpacker.mostBytes
        else {
            throw Self.unreadable(event, "an event in it is \(header.lengthBytes) bytes long")
        }
        try fill(Int(header.lengthBytes), in: event)
        try EventFramer.checkIsKnown(header, at: event.offset)
        return header
    }

    /// The bytes of the event that was read last: header and body.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            // Safe: the buffer lives as long as self, and only mutating members change it.
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: part), borrowing: self)
        }
    }

    /// Has the buffer hold `wanted` bytes of the event being read.
    private mutating func fill(_ wanted: Int, in event: borrowing Event) throws(BinlogError) {
        guard UInt64(wanted - count) <= left else {
            throw Self.unreadable(event, "it ends inside an event")
        }
        left -= UInt64(wanted - count)
        while count < wanted {
            // What a length tells of is not believed before there are bytes for it.
            let part = min(wanted, count + max(count, 256 << 10))
            reserve(part)
            try fillReserved(part, in: event)
        }
    }

    private mutating func fillReserved(
        _ wanted: Int, in event: borrowing Event
    ) throws(BinlogError) {
        let source = event.bytes
        let sourceEnd = source.byteCount - event.checksumBytes
        let begin = consumed
        while count < wanted {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count..<wanted])
            let step = source.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed..<sourceEnd])
                return unsafe isCompressed ? inflate(rest, into: room) : copy(rest, into: room)
            }
            guard let step, step.consumed > 0 || step.produced > 0 else {
                throw Self.unreadable(
                    event, "its bytes cannot be unpacked behind \(consumed - begin)")
            }
            consumed += step.consumed
            count += step.produced
        }
    }

    private struct Step {
        var consumed: Int
        var produced: Int
    }

    private func copy(
        _ source: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> Step {
        let count = min(source.count, room.count)
        unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
        return Step(consumed: count, produced: count)
    }

    /// Nil where the bytes are no zstd stream. Windows over 128 MiB are refused by the library's
    /// default limit; no server makes one.
    private func inflate(
        _ source: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> Step? {
        guard let stream else { return nil }
        var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var output = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
        guard ZSTD_isError(unsafe ZSTD_decompressStream(stream, &output, &input)) == 0 else {
            return nil
        }
        return Step(consumed: unsafe input.pos, produced: unsafe output.pos)
    }

    /// Behind the last event nothing may be left, but for what ends the stream.
    private mutating func checkEnd(in event: borrowing Event) throws(BinlogError) {
        let end = event.bytes.byteCount - event.checksumBytes
        guard isCompressed else {
            guard consumed == end else { throw Self.unreadable(event, "it is longer than told") }
            return
        }
        reserve(1)
        while consumed < end {
            let source = event.bytes
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<1])
            let step = source.withUnsafeBytes { bytes in
                unsafe inflate(
                    UnsafeRawBufferPointer(rebasing: bytes[consumed..<end]), into: room)
            }
            guard let step, step.produced == 0, step.consumed > 0 else {
                throw Self.unreadable(event, "it is longer than told")
            }
            consumed += step.consumed
        }
    }

    private mutating func reserve(_ wanted: Int) {
        guard buffer.count < wanted else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(wanted, 64 << 10), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        buffer.deallocate()
        buffer = larger
    }

    private static func unreadable(
        _ event: borrowing Event, _ reason: String
    ) -> BinlogError {
        BinlogError(
            .corrupt, "the transaction's payload cannot be read: \(reason)", offset: event.offset)
    }
}

/// What stands in front of a payload.
private struct PayloadHead {
    /// Where the payload begins, counted from the event's first byte.
    let begin: Int
    let isCompressed: Bool
    let plainBytes: UInt64

    init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        var algorithm: UInt64 = 255
        var storedBytes: UInt64?
        var plainBytes: UInt64?
        while true {
            let type = try reader.lengthEncoded()
            if type == 0 { break }
            let length = try reader.lengthEncodedCount()
            var field = ByteReader(try reader.take(length), at: reader.offset)
            switch type {
            case 1: storedBytes = try field.lengthEncoded()
            case 2: algorithm = try field.lengthEncoded()
            case 3: plainBytes = try field.lengthEncoded()
            default: break
            }
        }
        guard algorithm == 0 || algorithm == 255 else {
            throw BinlogError(
                .unsupportedEvent, "a transaction is compressed by algorithm \(algorithm)",
                hint: "a newer server may have written this log; take a newer lastgood",
                offset: event.offset)
        }
        let rest = UInt64(reader.remaining)
        guard storedBytes ?? rest == rest else {
            throw BinlogError(
                .corrupt, "a transaction's payload is not as long as it tells",
                offset: event.offset)
        }
        begin = EventHeader.sizeBytes + reader.position
        isCompressed = algorithm == 0
        self.plainBytes = isCompressed ? plainBytes ?? 0 : rest
    }
}
