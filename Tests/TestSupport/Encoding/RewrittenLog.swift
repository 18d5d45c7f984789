public import Binlog
public import BinlogFiles

/// A log file written anew from what the reader gives of it, event by event.
public struct RewrittenLog: Sendable {
    /// An event as it was written, and what it is.
    public struct Written: Sendable {
        public var type: EventType
        public var bytes: [UInt8]
    }

    public private(set) var events: [Written] = []
    /// What could not be written from the reader's values.
    public var unread: UnreadFields { rewriter.unread }
    private var rewriter = EventRewriter()
    private let key: LogCipher.Key?
    private var cipher: LogCipher?
    private var offset = UInt64(EventFramer.magic.count)
    private var checksum = FormatDescription.Checksum.none
    private var payload: Payload?

    /// A Transaction_payload whose events are being written.
    private struct Payload {
        var header: EventHeader
        var fields: [UInt64]
        var algorithm: UInt64
        /// The stream as it was read.
        var stream: [UInt8]
        var nested: [UInt8] = []
    }

    /// Reads the file to its end and writes it.
    public init(_ file: LogFile, key: LogCipher.Key?) throws {
        self.key = key
        var reader = try LogReader(file)
        while try reader.advance() {
            checksum = reader.format?.checksum ?? .none
            try take(reader.event)
        }
        try finishPayload()
    }

    /// The whole file.
    public var bytes: [UInt8] { events.reduce(EventFramer.magic) { $0 + $1.bytes } }

    private mutating func take(_ event: borrowing Event) throws {
        if event.isUnpacked, !event.header.type.isCompressed {
            let body = try rewriter.body(of: event)
            payload?.nested += EventFrame.event(event.header, body: body, checksum: .none)
            return
        }
        try finishPayload()
        if event.type == .transactionPayload {
            let parts = try rewriter.unread.payloadParts(of: event)
            payload = Payload(
                header: event.header, fields: parts.fields, algorithm: parts.algorithm,
                stream: parts.stream)
            return
        }
        let isFormat = event.type == .formatDescription
        try add(
            event.header, body: rewriter.body(of: event),
            checksum: isFormat ? (event.checksumBytes == 4 ? .crc32 : .none) : checksum)
        if event.type == .startEncryption, !event.header.flags.contains(.ignorable) {
            guard let key else { throw TestFailure("no key is known") }
            cipher = LogCipher(key, nonce: try StartEncryptionEvent(event).nonce)
        }
    }

    private mutating func add(
        _ header: EventHeader, body: [UInt8], checksum: FormatDescription.Checksum
    ) throws {
        let plain = EventFrame.event(header, body: body, checksum: checksum)
        let bytes = try cipher?.encrypted(plain, at: offset) ?? plain
        events.append(Written(type: header.type, bytes: bytes))
        offset += UInt64(bytes.count)
    }

    /// The stream is made anew, and kept as it was read only where both hold the same.
    private mutating func finishPayload() throws {
        guard let payload else { return }
        self.payload = nil
        var stream = payload.nested
        if payload.algorithm == 0 {
            stream = try PackedBytes.zstd(payload.nested)
            let isOther = stream != payload.stream
            if isOther,
                PackedBytes.unpackedZstd(payload.stream, count: payload.nested.count)
                    == payload.nested
            {
                stream = rewriter.unread.take(.zstdStream, payload.stream)
            }
        }
        let body = EventBody.payload(
            fields: payload.fields, algorithm: payload.algorithm,
            plainBytes: payload.nested.count, stream: stream)
        try add(payload.header, body: body, checksum: checksum)
    }
}
