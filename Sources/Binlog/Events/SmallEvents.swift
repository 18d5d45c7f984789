// Events of a few fields: Rotate, Xid, Intvar, Rand, Gtid_list, Binlog_checkpoint, Annotate_rows,
// Incident, Start_encryption.

/// The last event of a file that another file follows: position 8 bytes, name of the next file.
public struct RotateEvent: ~Escapable {
    /// Where to go on in the next file, always 4 in a log.
    public let position: UInt64
    public let nextFile: RawSpan

    @_lifetime(copy event)
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        position = try reader.u64()
        nextFile = reader.takeRest()
    }
}

/// The commit of a transaction in InnoDB or another engine with two-phase commit.
public struct XidEvent: Hashable, Sendable {
    public var xid: UInt64

    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        xid = try reader.u64()
    }
}

/// An id that the next statement uses: type 1 byte, value 8.
public struct IntvarEvent: Hashable, Sendable {
    /// Which of the two ids it is.
    public enum Kind: UInt8, Sendable {
        /// What `LAST_INSERT_ID()` returns.
        case lastInsertID = 1
        /// The first AUTO_INCREMENT value it gives out.
        case insertID = 2
    }

    public var kind: Kind
    public var value: UInt64

    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        let type = try reader.u8()
        guard let kind = Kind(rawValue: type) else {
            throw BinlogError(
                .corrupt, "an Intvar event has the type \(type)", offset: event.offset)
        }
        self.kind = kind
        value = try reader.u64()
    }
}

/// The two seeds of `RAND()` for the next statement.
public struct RandEvent: Hashable, Sendable {
    public var seed1: UInt64
    public var seed2: UInt64

    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        seed1 = try reader.u64()
        seed2 = try reader.u64()
    }
}

/// The last GTIDs before this file: count in the low 28 bits of 4 bytes, then domain 4, server 4,
/// sequence 8 each.
///
/// A domain may stand in it several times, with other servers; the last one is the newest.
public struct GTIDListEvent: Hashable, Sendable {
    public var gtids: [MariaDBGTID]

    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        let count = Int(try reader.u32() & 0x0FFF_FFFF)
        guard reader.remaining >= count * 16 else {
            throw BinlogError(
                .corrupt, "a GTID list of \(count) does not fit its event", offset: event.offset)
        }
        gtids = []
        gtids.reserveCapacity(count)
        for _ in 0..<count {
            let domain = try reader.u32()
            let server = try reader.u32()
            gtids.append(
                MariaDBGTID(domainID: domain, serverID: server, sequence: try reader.u64()))
        }
    }

    /// How far the log had come when the file began.
    public var position: GTIDPosition { GTIDPosition(gtids) }
}

extension GTIDPosition {
    /// What a file's list of GTIDs, of either kind of server, says that stands before it; nil for
    /// an event that is no such list.
    public init?(listedIn event: borrowing Event) throws(BinlogError) {
        switch event.type {
        case .gtidList: self = try GTIDListEvent(event).position
        case .previousGTIDs: self = GTIDPosition(try PreviousGTIDsEvent(event).executed)
        default: return nil
        }
    }
}

/// The oldest file that crash recovery would need: length 4, name.
public struct BinlogCheckpointEvent: ~Escapable {
    public let file: RawSpan

    @_lifetime(copy event)
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        file = try reader.take(Int(try reader.u32()))
    }
}

/// The server's note that events are missing: number 2, length 1, message.
public struct IncidentEvent: Hashable, Sendable {
    public var number: UInt16
    public var message: String

    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        number = try reader.u16()
        message = reader.isAtEnd ? "" : try reader.take(Int(try reader.u8())).decodedText()
    }
}

/// All events behind it are encrypted, unless it is marked ignorable: then it is left over from an
/// encrypted log that a server has sent in plain (MariaDB: sql/log_event.h,
/// `Start_encryption_log_event`).
///
///     offset  size  field
///          0     1  scheme, 1
///          1     4  version of the key
///          5    12  nonce, the first part of every event's IV
public struct StartEncryptionEvent: Hashable, Sendable {
    public var keyVersion: UInt32
    public var nonce: [UInt8]

    /// Throws `unsupported-event` for a scheme that is not known.
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        let scheme = try reader.u8()
        guard scheme == 1 else {
            throw BinlogError(
                .unsupportedEvent, "encryption scheme \(scheme) is not supported, only 1",
                offset: event.offset)
        }
        keyVersion = try reader.u32()
        nonce = try reader.take(12).copied()
    }
}
