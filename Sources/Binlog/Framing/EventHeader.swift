/// The 19 bytes that begin every event of binlog format 4.
///
///     offset  size  field
///          0     4  timestamp, seconds since 1970 UTC
///          4     1  event type
///          5     4  server id of the server that executed it first
///          9     4  length of the event, header and checksum included
///         13     4  end position: offset of the next event, modulo 2^32; 0 where not told
///         17     2  flags
///
/// MariaDB: sql/log_event.h, `LOG_EVENT_HEADER_LEN`. From 11.8 on, events that went through the
/// transaction cache carry an end position of 0.
public struct EventHeader: Hashable, Sendable {
    /// The length of a header.
    public static let sizeBytes = 19

    public var timestamp: UInt32
    public var type: EventType
    public var serverID: UInt32
    public var lengthBytes: UInt32
    public var endPosition: UInt32
    public var flags: Flags

    @inlinable
    public init(
        timestamp: UInt32, type: EventType, serverID: UInt32, lengthBytes: UInt32,
        endPosition: UInt32, flags: Flags
    ) {
        self.timestamp = timestamp
        self.type = type
        self.serverID = serverID
        self.lengthBytes = lengthBytes
        self.endPosition = endPosition
        self.flags = flags
    }

    /// Reads a header; throws `corrupt` where fewer than 19 bytes are left.
    @inlinable
    public init(_ reader: inout ByteReader) throws(BinlogError) {
        timestamp = try reader.u32()
        type = EventType(rawValue: try reader.u8())
        serverID = try reader.u32()
        lengthBytes = try reader.u32()
        endPosition = try reader.u32()
        flags = Flags(rawValue: try reader.u16())
    }

    /// Header flags (MariaDB: sql/log_event.h, `LOG_EVENT_*_F`).
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16

        @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Format_description only: the file is open, or its server died with it open.
        @inlinable public static var inUse: Self { Self(rawValue: 0x1) }
        /// Query events: what runs needs the session's temporary tables or its number.
        @inlinable public static var threadSpecific: Self { Self(rawValue: 0x4) }
        /// The statement does not depend on the default database.
        @inlinable public static var suppressUse: Self { Self(rawValue: 0x8) }
        /// Made up by the server while sending, not part of the log.
        @inlinable public static var artificial: Self { Self(rawValue: 0x20) }
        /// Written by a replica's I/O thread into its relay log.
        @inlinable public static var relayLog: Self { Self(rawValue: 0x40) }
        /// A reader that does not know the type may pass over the event.
        @inlinable public static var ignorable: Self { Self(rawValue: 0x80) }
    }
}
