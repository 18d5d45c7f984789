/// The event that begins a MariaDB transaction: its GTID and how the group will end.
///
///     offset  size  field
///          0     8  sequence number (the server id stands in the header)
///          8     4  domain id
///         12     1  flags
///     then, where the flags say so:
///                8  commit id (group commit)
///            6 + n  XA transaction id: format id 4, lengths of gtrid and bqual 1 + 1, both
///                1  extra flags, and behind them what they announce
///     padded with zeros to 19 bytes
///
/// MariaDB: sql/log_event_server.cc, `Gtid_log_event::write`.
public struct GTIDEvent: Hashable, Sendable {
    public var gtid: MariaDBGTID
    public var flags: Flags
    public var commitID: UInt64?
    public var xaID: XAID?
    public var extraFlags: ExtraFlags
    /// COMMIT ALTER and ROLLBACK ALTER: the sequence number of their START ALTER.
    public var beginAlterSequence: UInt64?
    /// From 11.8 on: the connection that committed.
    public var threadID: UInt32?

    /// How the group is made and ends (MariaDB: sql/log_event.h, `Gtid_log_event::FL_*`).
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// One statement follows and nothing ends the group.
        @inlinable public static var standalone: Self { Self(rawValue: 1) }
        @inlinable public static var groupCommitID: Self { Self(rawValue: 2) }
        /// Only transactional tables were changed: it can be rolled back.
        @inlinable public static var transactional: Self { Self(rawValue: 4) }
        @inlinable public static var allowParallel: Self { Self(rawValue: 8) }
        @inlinable public static var waited: Self { Self(rawValue: 16) }
        @inlinable public static var ddl: Self { Self(rawValue: 32) }
        /// The group ends in XA PREPARE.
        @inlinable public static var preparedXA: Self { Self(rawValue: 64) }
        /// The group is an XA COMMIT or XA ROLLBACK.
        @inlinable public static var completedXA: Self { Self(rawValue: 128) }
    }

    /// The second byte of flags (`Gtid_log_event::FL_*_E1`).
    public struct ExtraFlags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

        @inlinable public static var multiEngine: Self { Self(rawValue: 1) }
        @inlinable public static var beginAlter: Self { Self(rawValue: 2) }
        @inlinable public static var commitAlter: Self { Self(rawValue: 4) }
        @inlinable public static var rollbackAlter: Self { Self(rawValue: 8) }
        @inlinable public static var threadID: Self { Self(rawValue: 16) }

        static let known: Self = [
            .multiEngine, .beginAlter, .commitAlter, .rollbackAlter, .threadID,
        ]
    }

    /// Reads the body.
    ///
    /// Throws `corrupt` where a field leaves it, `unsupported-event` for extra flags that are not
    /// known: what they announce could not be told from what follows.
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        let sequence = try reader.u64()
        let domainID = try reader.u32()
        gtid = MariaDBGTID(domainID: domainID, serverID: event.header.serverID, sequence: sequence)
        flags = Flags(rawValue: try reader.u8())
        if flags.contains(.groupCommitID) { commitID = try reader.u64() }
        if !flags.isDisjoint(with: [.preparedXA, .completedXA]) {
            xaID = try XAID(&reader, lengthWidth: 1)
        }
        extraFlags = ExtraFlags(rawValue: reader.isAtEnd ? 0 : try reader.u8())
        guard extraFlags.isSubset(of: .known) else {
            throw BinlogError(
                .unsupportedEvent, "a GTID event has extra flags \(extraFlags.rawValue)",
                hint: "a newer server may have written this log; take a newer lastgood",
                offset: event.offset)
        }
        if extraFlags.contains(.multiEngine) { try reader.skip(1) }
        if !extraFlags.isDisjoint(with: [.commitAlter, .rollbackAlter]) {
            beginAlterSequence = try reader.u64()
        }
        if extraFlags.contains(.threadID) { threadID = try reader.u32() }
    }
}
