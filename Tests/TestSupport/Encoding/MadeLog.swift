public import Binlog

/// A log made by the encoder alone: an array of events, to be read as it is or with a fault.
///
/// What is changed in `events` comes out with right lengths, positions and checksums, as from a
/// server that meant it; a `Fault` is what becomes of a file's bytes behind its server's back.
///
///     var log = MadeLog.sample(.mariadb, .crc32)
///     log.events[log.place(of: .xid)].type = EventType(rawValue: 150)
///     let bytes = log.bytes(with: .zeros(3))
public struct MadeLog: Sendable {
    public var events: [Event] = []
    /// What the Format_description says that guards the events behind it.
    public var checksum: FormatDescription.Checksum
    /// What the events behind a Start_encryption are encrypted with.
    public var cipher: LogCipher?

    /// One event, of which only the frame is not there yet.
    public struct Event: Sendable {
        public var type: EventType
        public var body: [UInt8]
        public var flags: EventHeader.Flags = []
        /// Its header tells where it ends; false as from MariaDB 11.8 inside a transaction.
        public var tellsEnd = true

        public init(_ type: EventType, _ body: [UInt8]) { (self.type, self.body) = (type, body) }
    }

    /// What is wrong with a file. Events are counted from 0, the format description.
    public enum Fault: Sendable {
        /// The last byte of an event is another: of its checksum, where it has one.
        case lastByte(Int)
        /// A byte of an event's body is another.
        case bodyByte(Int, of: Int)
        /// The type is another, and the checksum stays.
        case type(EventType, of: Int)
        /// An event tells of another length.
        case length(UInt32, of: Int)
        /// An event tells of another end, and its checksum is right.
        case endPosition(UInt32, of: Int)
        case doubled(Int)
        case missing(Int)
        /// An event's bytes are zeros.
        case zeros(Int)
        /// Bytes behind the last event.
        case tail([UInt8])
        /// The file is so many bytes long.
        case cut(Int)
    }

    public init(checksum: FormatDescription.Checksum) { self.checksum = checksum }

    /// Where the first event of a type stands in `events`; the type must be there.
    public func place(of type: EventType) -> Int {
        guard let place = events.firstIndex(where: { $0.type == type }) else {
            preconditionFailure("no \(type) event")
        }
        return place
    }

    /// Where each event begins in the file, and where the last one ends.
    public var offsets: [Int] {
        encoded.reduce(into: [EventFramer.magic.count]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    /// Where the first event of a type begins in the file.
    public func offset(of type: EventType) -> Int { offsets[place(of: type)] }

    /// The whole file.
    public var bytes: [UInt8] { Self.file(encoded) }

    private static func file(_ events: [[UInt8]]) -> [UInt8] {
        EventFramer.magic + events.joined()
    }

    private var encoded: [[UInt8]] {
        var offset = EventFramer.magic.count
        var encoded: [[UInt8]] = []
        var isEncrypted = false
        for event in events {
            let isFormat = event.type == .formatDescription
            let sum = isFormat ? FormatDescription.Checksum.crc32 : checksum
            let end = offset + EventHeader.sizeBytes + event.body.count + sum.sizeBytes
            let header = EventHeader(
                timestamp: 1_700_000_000, type: event.type, serverID: 1, lengthBytes: 0,
                endPosition: event.tellsEnd ? UInt32(end) : 0, flags: event.flags)
            let plain = EventFrame.event(header, body: event.body, checksum: sum)
            encoded.append(isEncrypted ? encrypted(plain, at: offset) : plain)
            if event.type == .startEncryption { isEncrypted = cipher != nil }
            offset = end
        }
        return encoded
    }

    private func encrypted(_ event: [UInt8], at offset: Int) -> [UInt8] {
        do {
            return try cipher?.encrypted(event, at: UInt64(offset)) ?? event
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// The whole file with a fault.
    public func bytes(with fault: Fault) -> [UInt8] {
        var parts = encoded
        switch fault {
        case .lastByte(let place): parts[place][parts[place].count - 1] ^= 0x10
        case .bodyByte(let index, let place): parts[place][EventHeader.sizeBytes + index] ^= 0x10
        case .type(let type, let place): parts[place][4] = type.rawValue
        case .length(let length, let place):
            parts[place].replaceSubrange(9..<13, with: EventBody.integer(UInt64(length), 4))
        case .endPosition(let end, let place):
            parts[place].replaceSubrange(13..<17, with: EventBody.integer(UInt64(end), 4))
            if checksum == .crc32 { EventFrame.reseal(&parts[place]) }
        case .doubled(let place): parts.insert(parts[place], at: place)
        case .missing(let place): parts.remove(at: place)
        case .zeros(let place): parts[place] = [UInt8](repeating: 0, count: parts[place].count)
        case .tail(let bytes): parts.append(bytes)
        case .cut(let count): return Array(Self.file(parts).prefix(count))
        }
        return Self.file(parts)
    }
}

/// Small logs to begin with.
extension MadeLog {
    /// A whole file: a CREATE TABLE, an INSERT of two rows of the table `d.t (a INT)`, a Rotate.
    public static func sample(
        _ flavor: FormatDescription.Flavor, _ checksum: FormatDescription.Checksum
    ) -> MadeLog {
        var log = MadeLog(checksum: checksum)
        let isMariaDB = flavor == .mariadb
        log.events = [
            .format(isMariaDB ? "11.8.6-MariaDB-log" : "9.7.4", checksum),
            isMariaDB
                ? Event(.gtidList, EventBody.gtidList([])) : Event(.previousGTIDs, previous),
            .gtid(1, flavor, flags: [.standalone, .ddl]),
            .query("CREATE TABLE t (a INT)", flavor),
            .gtid(2, flavor, flags: .transactional),
        ]
        if !isMariaDB { log.events.append(.query("BEGIN", flavor)) }
        log.events += [
            .tableMap,
            .insert([7, 8], flavor),
            Event(.xid, EventBody.xid(9)),
            Event(.rotate, EventBody.rotate(nextFile: Array("bin.000002".utf8))),
        ]
        return log
    }

    private static let previous = EventBody.previousGTIDs(MySQLGTIDSet())
}

extension MadeLog.Event {
    /// A Format_description of a server of that version.
    public static func format(
        _ serverVersion: String, _ checksum: FormatDescription.Checksum
    ) -> Self {
        let lengths = [UInt8](repeating: 0, count: serverVersion.contains("MariaDB") ? 171 : 42)
        return Self(
            .formatDescription,
            EventBody.formatDescription(
                serverVersion: serverVersion, created: 0, postHeaderLengths: lengths,
                checksum: checksum))
    }

    /// The event that begins a transaction, by its number.
    public static func gtid(
        _ number: UInt64, _ flavor: FormatDescription.Flavor, flags: GTIDEvent.Flags
    ) -> Self {
        switch flavor {
        case .mariadb:
            Self(
                .gtid,
                EventBody.gtid(
                    MariaDBGTID(domainID: 0, serverID: 1, sequence: number), flags: flags))
        case .mysql:
            Self(
                .mysqlGTID,
                EventBody.mysqlGTID(
                    MySQLGTID("3e11fa47-71ca-11e1-9e33-c80aa9429562:\(number)"),
                    commitMicroseconds: nil))
        }
    }

    /// A statement in the database `d`.
    public static func query(
        _ text: String, _ flavor: FormatDescription.Flavor, status: [UInt8] = []
    ) -> Self {
        let head = EventBody.queryHead(threadID: 5, status: status, database: Array("d".utf8))
        return Self(.query, head + Array(text.utf8))
    }

    /// The table `d.t (a INT)`.
    public static var tableMap: Self {
        Self(
            .tableMap,
            EventBody.tableMap(
                id: 18, schema: Array("d".utf8), table: Array("t".utf8),
                columns: [WrittenColumn(.int)]))
    }

    /// Rows of that table: version 1 from MariaDB, version 2 from MySQL.
    public static func insert(_ values: [UInt32], _ flavor: FormatDescription.Flavor) -> Self {
        let isMariaDB = flavor == .mariadb
        let head = EventBody.rowsHead(
            tableID: 18, flags: .statementEnd, extra: isMariaDB ? nil : [], columnCount: 1,
            bitmaps: [0xFF])
        var images: [UInt8] = []
        for value in values { images += [0xFE] + EventBody.integer(UInt64(value), 4) }
        return Self(isMariaDB ? .writeRowsV1 : .writeRowsV2, head + images)
    }
}
