/// One event as it stands in a file: a view, valid until the reader that gave it moves on.
///
/// A compressed event is seen unpacked: `type`, `bytes` and `body` are those of the plain event,
/// `header`, `offset` and `endOffset` those of the one in the file. An event of a transaction that
/// was logged as a whole (`PayloadReader`) has the offsets of the one it stands in.
public struct Event: ~Escapable {
    public let header: EventHeader
    /// What it is, once unpacked.
    public let type: EventType
    /// Offset of the header's first byte in the file.
    public let offset: UInt64
    /// The whole event: header, body and, where the log has them, the 4 bytes of its CRC32.
    public let bytes: RawSpan
    /// Bytes behind the body: 4 where the log has checksums, else 0.
    public let checksumBytes: Int
    /// Offset of the first byte behind the event.
    public let endOffset: UInt64
    /// Whether the file holds it compressed.
    public let isUnpacked: Bool

    /// The caller has checked that `bytes` hold a header and `checksumBytes` more.
    @inlinable
    @_lifetime(copy bytes)
    public init(header: EventHeader, offset: UInt64, bytes: RawSpan, checksumBytes: Int) {
        precondition(bytes.byteCount >= EventHeader.sizeBytes + checksumBytes)
        self.header = header
        type = header.type
        self.offset = offset
        self.bytes = bytes
        self.checksumBytes = checksumBytes
        endOffset = offset &+ UInt64(header.lengthBytes)
        isUnpacked = false
    }

    /// A compressed event that has been unpacked to `plain`, its header included.
    @_lifetime(copy plain)
    public init(header: EventHeader, offset: UInt64, plain: RawSpan) {
        precondition(plain.byteCount >= EventHeader.sizeBytes)
        self.header = header
        type = header.type.plain
        self.offset = offset
        bytes = plain
        checksumBytes = 0
        endOffset = offset &+ UInt64(header.lengthBytes)
        isUnpacked = true
    }

    /// An event out of a payload, which takes `range` of the file.
    @_lifetime(copy bytes)
    public init(header: EventHeader, payloadAt range: Range<UInt64>, bytes: RawSpan) {
        precondition(bytes.byteCount >= EventHeader.sizeBytes)
        self.header = header
        type = header.type
        offset = range.lowerBound
        endOffset = range.upperBound
        self.bytes = bytes
        checksumBytes = 0
        isUnpacked = true
    }

    /// What lies between the header and the checksum.
    @inlinable public var body: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(EventHeader.sizeBytes..<(bytes.byteCount - checksumBytes)) }
    }

    /// The statement whose rows follow, as its client sent it; nil for an event that is no
    /// Annotate_rows or Rows_query (MySQL's has a length in front that is of no use: it is cut to
    /// one byte).
    @inlinable public var annotation: RawSpan? {
        @_lifetime(copy self)
        get {
            switch type {
            case .annotateRows: return body
            case .rowsQuery: return body.extracting(min(1, body.byteCount)...)
            default: return nil
            }
        }
    }

    /// A cursor over the body, which knows its place in the file; in an unpacked event, places
    /// count its plain bytes.
    @inlinable public var reader: ByteReader {
        @_lifetime(copy self)
        get { ByteReader(body, at: offset &+ UInt64(EventHeader.sizeBytes)) }
    }
}
