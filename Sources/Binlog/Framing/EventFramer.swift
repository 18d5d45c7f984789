internal import CDeflate

/// Cuts a log's bytes into events and checks each frame: length, checksum, position, type.
///
/// A state machine without I/O. Feed it the bytes at the current offset; it says how many it needs
/// or gives the event. The order of the checks matters: the checksum comes before the type, or a
/// flipped type byte would look like an event that is not supported.
public struct EventFramer: Sendable {
    /// The 4 bytes that begin a binary log.
    public static let magic: [UInt8] = [0xFE, 0x62, 0x69, 0x6E]
    /// The longest event that is believed; servers stop at 1 GiB of row data and a little more.
    public static let longestEventBytes: UInt32 = 0xFFFF_FFFF

    /// What the file's newest Format_description said; nil before the first.
    public private(set) var format: FormatDescription?
    private var checksum = FormatDescription.Checksum.none
    /// Whether `format` is there: a look at it per event would copy it.
    private var hasFormat = false
    /// A replica's relay log: its events keep the positions that they had in their server's log,
    /// which are not compared, and a second Format_description is that server's own.
    public private(set) var isRelayLog = false
    /// Servers up to MySQL 5.5 mark their relay logs by nothing but a Rotate that was made for
    /// sending.
    private var mayBeUnmarkedRelayLog = false

    public init() {}

    /// Goes on behind a Format_description that has been read elsewhere.
    public init(_ format: FormatDescription) { use(format) }

    /// How long the event is whose header `bytes` begins with.
    ///
    /// Throws `corrupt` for a length that no event can have.
    @inlinable
    public static func length(
        headerOf bytes: RawSpan, at offset: UInt64
    ) throws(BinlogError) -> Int {
        var reader = ByteReader(bytes, at: offset)
        try reader.skip(9)
        let length = try reader.u32()
        guard length >= EventHeader.sizeBytes else {
            throw BinlogError(
                .corrupt, "the event's length is \(length), less than its header", offset: offset)
        }
        return Int(length)
    }

    /// Whether the header of a Gtid event seems to stand at `index` of bytes that begin at
    /// `offset`.
    ///
    /// Its length is believable and its end position is right: one place in 2^40 is so by chance.
    public static func beginsTransaction(_ bytes: RawSpan, at index: Int, offset: UInt64) -> Bool {
        guard bytes.byteCount - index >= EventHeader.sizeBytes,
            EventType(rawValue: bytes.byte(index + 4)).beginsTransaction
        else { return false }
        let length = UInt32(
            littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index + 9, as: UInt32.self))
        let end = UInt32(
            littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index + 13, as: UInt32.self))
        guard (38...300).contains(length) else { return false }
        return end == UInt32(truncatingIfNeeded: offset &+ UInt64(index) &+ UInt64(length))
    }

    /// Checks the frame of the event that `bytes` hold exactly and gives a view of it.
    ///
    /// A Format_description is taken over for what follows. Throws `checksum-mismatch`, `corrupt`
    /// (length or end position), `unknown-event` for a type that no server writes and that is not
    /// marked ignorable.
    @_lifetime(copy bytes)
    public mutating func frame(_ bytes: RawSpan, at offset: UInt64) throws(BinlogError) -> Event {
        var reader = ByteReader(bytes, at: offset)
        let header = try EventHeader(&reader)
        guard Int(header.lengthBytes) == bytes.byteCount else {
            throw BinlogError(.corrupt, "the event's length changed", offset: offset)
        }
        if header.type == .formatDescription {
            return try takeFormat(bytes, header: header, at: offset)
        }
        guard hasFormat else {
            if header.type == .startV3 {
                throw BinlogError(
                    .unsupportedEvent, "the log is of version 3, from before MySQL 5.0",
                    offset: offset)
            }
            throw BinlogError(
                .corrupt, "the first event is no format description but \(header.type)",
                offset: offset)
        }
        if checksum == .crc32 { try Self.verifyChecksum(bytes, at: offset) }
        if !isRelayLog { try Self.verifyPosition(header, at: offset) }
        try Self.checkIsKnown(header, at: offset)
        if mayBeUnmarkedRelayLog, header.type == .rotate, header.endPosition == 0 {
            isRelayLog = true
        }
        return Event(
            header: header, offset: offset, bytes: bytes, checksumBytes: checksum.sizeBytes)
    }

    /// Throws `unknown-event` for a type that no server writes and that is not marked ignorable.
    static func checkIsKnown(_ header: EventHeader, at offset: UInt64) throws(BinlogError) {
        guard header.type.support == .unknown, !header.flags.contains(.ignorable) else { return }
        throw BinlogError(
            .unknownEvent, "event type \(header.type.rawValue) is not known",
            hint: "a newer server may have written this log; take a newer lastgood",
            offset: offset)
    }

    /// The Format_description event: it says itself whether it carries a checksum, by its version.
    @_lifetime(copy bytes)
    private mutating func takeFormat(
        _ bytes: RawSpan, header: EventHeader, at offset: UInt64
    ) throws(BinlogError) -> Event {
        let fixedBytes = EventHeader.sizeBytes + 57
        guard bytes.byteCount >= fixedBytes + 5 else {
            throw BinlogError(.corrupt, "the format description is too short", offset: offset)
        }
        let version = bytes.extracting(21..<71).decodedText()
        let carriesChecksum = FormatDescription.carriesChecksum(version)
        if carriesChecksum {
            try Self.verifyFormatChecksum(bytes, at: offset)
        } else if bytes.byteCount > fixedBytes + FormatDescription.mostTypesWithoutChecksum {
            // A flipped byte of the version would switch all checks off.
            throw BinlogError(
                .corrupt,
                "the format description is longer than that of the server that it names",
                offset: offset)
        }
        if !hasFormat { isRelayLog = header.flags.contains(.relayLog) }
        mayBeUnmarkedRelayLog = !carriesChecksum
        if !isRelayLog { try Self.verifyPosition(header, at: offset) }
        let event = Event(
            header: header, offset: offset, bytes: bytes, checksumBytes: carriesChecksum ? 4 : 0)
        use(try FormatDescription(event))
        return event
    }

    private mutating func use(_ newFormat: FormatDescription) {
        format = newFormat
        hasFormat = true
        checksum = newFormat.checksum
    }

    /// The CRC32 over all but the last 4 bytes stands in the last 4 (MariaDB: sql/log_event.cc,
    /// `event_checksum_test`).
    private static func verifyChecksum(_ bytes: RawSpan, at offset: UInt64) throws(BinlogError) {
        let end = bytes.byteCount - 4
        guard end >= EventHeader.sizeBytes else {
            throw BinlogError(.corrupt, "the event is shorter than its checksum", offset: offset)
        }
        let expected = UInt32(
            littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: end, as: UInt32.self))
        let actual = bytes.withUnsafeBytes { unsafe crc32(0, $0.baseAddress, end) }
        guard actual == expected else { throw mismatch(offset) }
    }

    /// The in-use flag is set and cleared in place, so the checksum is computed without it.
    private static func verifyFormatChecksum(
        _ bytes: RawSpan, at offset: UInt64
    ) throws(BinlogError) {
        let end = bytes.byteCount - 4
        let expected = UInt32(
            littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: end, as: UInt32.self))
        let flagByte = 17
        let cleared = bytes.byte(flagByte) & ~UInt8(EventHeader.Flags.inUse.rawValue)
        let actual = bytes.withUnsafeBytes { all in
            let head = unsafe crc32(0, all.baseAddress, flagByte)
            let crc = withUnsafeBytes(of: cleared) { unsafe crc32(head, $0.baseAddress, 1) }
            let rest = flagByte + 1
            return unsafe crc32(crc, all.baseAddress.map { $0 + rest }, end - rest)
        }
        guard actual == expected else { throw mismatch(offset) }
    }

    private static func crc32(_ crc: UInt32, _ bytes: UnsafeRawPointer?, _ count: Int) -> UInt32 {
        unsafe libdeflate_crc32(crc, bytes, count)
    }

    private static func mismatch(_ offset: UInt64) -> BinlogError {
        BinlogError(
            .checksumMismatch, "the event's bytes do not have its checksum",
            hint: "the file is damaged here; take another copy of it", offset: offset)
    }

    /// Every end position that is told must be right: so a doubled or missing event is found even
    /// where nothing guards the bytes.
    private static func verifyPosition(
        _ header: EventHeader, at offset: UInt64
    ) throws(BinlogError) {
        let end = offset &+ UInt64(header.lengthBytes)
        guard header.endPosition == 0 || header.endPosition == UInt32(truncatingIfNeeded: end)
        else {
            throw BinlogError(
                .corrupt,
                "the event says that it ends at \(header.endPosition), but it ends at \(end)",
                hint: "an event was doubled, lost or cut out before this place", offset: offset)
        }
    }
}
