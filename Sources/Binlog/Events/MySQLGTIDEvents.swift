/// The event that begins a MySQL transaction: its GTID, or none, and when it was committed.
///
/// Gtid and Anonymous_gtid (MySQL: libs/mysql/binlog/event/control_events.cpp, `Gtid_event`):
///
///     offset  size  field
///          0     1  flags
///          1    16  UUID of the server
///         17     8  number
///     from 5.7 on:
///         25     1  2
///         26  8, 8  logical clock: last committed, sequence number
///     from 8.0 on:
///         42     7  commit on the server that wrote the log, in microseconds since 1970; its
///                   highest bit: 7 bytes of the commit on the first server follow
///     and lengths and versions that nothing here needs
///
/// Gtid_tagged holds the same as a message of MySQL's serialization: numbered fields.
public struct MySQLGTIDEvent: Hashable, Sendable {
    /// Nil for a transaction without one (`gtid_mode=OFF`).
    public var gtid: MySQLGTID?
    /// When it was committed on the server that wrote the log, in microseconds since 1970.
    public var commitMicroseconds: UInt64?

    /// The same in seconds; nil also for a stamp beyond 2106, which is damage or a clock gone mad.
    public var commitSeconds: UInt32? {
        commitMicroseconds.flatMap { UInt32(exactly: $0 / 1_000_000) }
    }

    /// Throws `corrupt` where a field leaves the body or holds what no server writes.
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        if event.type == .taggedGTID {
            try readTagged(&reader)
            return
        }
        try reader.skip(1)
        let server = try ServerUUID(&reader)
        let number = try reader.u64()
        if event.type == .mysqlGTID {
            gtid = try Self.gtid(MySQLGTID.Source(server: server), number, at: event.offset)
        }
        guard reader.remaining >= 24, try reader.u8() == 2 else { return }
        try reader.skip(16)
        let stamp = try reader.unsigned(width: 7)
        commitMicroseconds = stamp & ~(1 << 55)
    }

    private static func gtid(
        _ source: MySQLGTID.Source, _ number: UInt64, at offset: UInt64
    ) throws(BinlogError) -> MySQLGTID {
        guard (1...MySQLGTID.highestNumber).contains(number) else {
            throw BinlogError(.corrupt, "a GTID has the number \(number)", offset: offset)
        }
        return MySQLGTID(source: source, number: number)
    }

    // MARK: Tagged

    /// The fields' numbers (MySQL: libs/mysql/binlog/event/control_events.h,
    /// `Gtid_event::define_fields`).
    private enum Field: UInt64 {
        case flags, server, number, tag, lastCommitted, sequenceNumber, commit, firstCommit
        case transactionLength, version, firstVersion, ticket
    }

    private mutating func readTagged(_ reader: inout ByteReader) throws(BinlogError) {
        let offset = reader.offset
        let format = try reader.variableLength()
        guard format == 1 else {
            throw BinlogError(
                .unsupportedEvent, "a GTID event is of format \(format)",
                hint: "a newer server may have written this log; take a newer lastgood",
                offset: offset)
        }
        _ = try reader.variableLength()
        let lastNeeded = try reader.variableLength()
        var source = MySQLGTID.Source(server: ServerUUID(high: 0, low: 0))
        var number: UInt64 = 0
        while !reader.isAtEnd {
            let id = try reader.variableLength()
            guard let field = Field(rawValue: id) else {
                // Nobody but its writer knows how long it is, nor what follows.
                guard id > lastNeeded else {
                    throw BinlogError(
                        .unsupportedEvent, "a GTID event has the field \(id)",
                        hint: "a newer server may have written this log; take a newer lastgood",
                        offset: reader.offset)
                }
                break
            }
            switch field {
            case .server: source.server = try Self.server(&reader)
            case .number: number = UInt64(bitPattern: try reader.variableLengthSigned())
            case .tag: source.tag = try Self.tag(&reader)
            case .commit: commitMicroseconds = try reader.variableLength()
            case .flags, .lastCommitted, .sequenceNumber, .firstCommit, .transactionLength,
                .version, .firstVersion, .ticket:
                _ = try reader.variableLength()
            }
        }
        gtid = try Self.gtid(source, number, at: offset)
    }

    private static func server(_ reader: inout ByteReader) throws(BinlogError) -> ServerUUID {
        var halves: [UInt64] = [0, 0]
        for index in 0..<16 {
            halves[index / 8] = halves[index / 8] << 8 | (try reader.variableLength() & 0xFF)
        }
        return ServerUUID(high: halves[0], low: halves[1])
    }

    fileprivate static func tag(_ reader: inout ByteReader) throws(BinlogError) -> String {
        let length = try reader.variableLength()
        guard length <= 32 else {
            throw BinlogError(
                .corrupt, "a GTID's tag is \(length) bytes long", offset: reader.offset)
        }
        let tag = try reader.take(Int(length)).decodedText()
        guard tag.isEmpty || MySQLGTIDSet.isTag(tag) else {
            throw BinlogError(.corrupt, "a GTID's tag is no word", offset: reader.offset)
        }
        return tag
    }
}

/// The GTIDs of all transactions before a MySQL file.
///
///     offset  size  field
///          0     8  number of sources; with 1 in its highest byte each source has a tag, and the
///                   number stands in the 6 bytes below
///     per source:
///               16  UUID
///            1 + n  tag, its length doubled; only where all have one
///                8  number of intervals
///     per interval:
///             8, 8  first number, last number + 1
///
/// MySQL: sql/rpl_gtid_set.cc, `Gtid_set::add_gtid_encoding`, and libs/mysql/gtid.
public struct PreviousGTIDsEvent: Hashable, Sendable {
    public var executed = MySQLGTIDSet()

    /// Throws `corrupt` for a body that does not fit itself, `unsupported-event` for a format that
    /// is not known.
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        let head = try reader.u64()
        let format = head >> 56
        guard format <= 1 else {
            throw BinlogError(
                .unsupportedEvent, "a list of GTIDs is of format \(format)",
                hint: "a newer server may have written this log; take a newer lastgood",
                offset: event.offset)
        }
        let sources = format == 0 ? head : head >> 8 & 0xFFFF_FFFF_FFFF
        for _ in 0..<(try Self.count(sources, of: 24, reader)) {
            var source = MySQLGTID.Source(server: try ServerUUID(&reader))
            if format == 1 { source.tag = try MySQLGTIDEvent.tag(&reader) }
            for _ in 0..<(try Self.count(try reader.u64(), of: 16, reader)) {
                let (begin, end) = (try reader.u64(), try reader.u64())
                guard begin >= 1, begin < end, end <= MySQLGTID.highestNumber + 1 else {
                    throw BinlogError(
                        .corrupt, "a list of GTIDs has the interval \(begin) to \(end)",
                        offset: reader.offset)
                }
                executed.insert(begin...(end - 1), of: source)
            }
        }
        guard reader.isAtEnd else {
            throw BinlogError(
                .corrupt, "a list of GTIDs has bytes behind its end", offset: reader.offset)
        }
    }

    private static func count(
        _ value: UInt64, of bytes: Int, _ reader: borrowing ByteReader
    ) throws(BinlogError) -> Int {
        guard value <= UInt64(reader.remaining / bytes) else {
            throw BinlogError(
                .corrupt, "a list of GTIDs tells of more than it holds", offset: reader.offset)
        }
        return Int(value)
    }
}
