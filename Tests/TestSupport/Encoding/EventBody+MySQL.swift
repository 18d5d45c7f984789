public import Binlog

/// The events that begin a MySQL transaction and a MySQL file.
extension EventBody {
    /// What a Gtid event of MySQL tells beside its GTID and the moment of its commit.
    public struct MySQLGTIDRest: Hashable, Sendable {
        public var flags: UInt8 = 0
        /// Last committed and sequence number; nil where the event ends before them.
        public var logicalClock: [UInt8]?
        /// The commit on the first server, in microseconds, where it was another moment.
        public var firstCommit: UInt64?
        /// The length of the transaction, length-encoded.
        public var transactionLength: [UInt8] = []
        /// Of the server that wrote the log and, where that is another, of the first.
        public var serverVersions: [UInt8] = []
        public var groupTicket: [UInt8] = []

        public init() {}
    }

    /// Gtid and, for nil, Anonymous_gtid.
    public static func mysqlGTID(
        _ gtid: MySQLGTID?, commitMicroseconds: UInt64?, rest: MySQLGTIDRest = MySQLGTIDRest()
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.u8(rest.flags)
        writer.append(gtid.map { uuid($0.source.server) } ?? [UInt8](repeating: 0, count: 16))
        writer.u64(gtid?.number ?? 0)
        guard let clock = rest.logicalClock else { return writer.bytes }
        writer.u8(2)
        writer.append(clock)
        guard let commitMicroseconds else { return writer.bytes }
        let mark: UInt64 = rest.firstCommit == nil ? 0 : 1 << 55
        writer.unsigned(commitMicroseconds | mark, width: 7)
        if let first = rest.firstCommit { writer.unsigned(first, width: 7) }
        writer.append(rest.transactionLength + rest.serverVersions + rest.groupTicket)
        return writer.bytes
    }

    /// A field of a Gtid_tagged event that its typed form does not hold.
    public struct TaggedField: Hashable, Sendable {
        public var number: UInt64
        /// Nil for the fields that the typed form holds.
        public var value: UInt64?

        public init(_ number: UInt64, _ value: UInt64? = nil) {
            (self.number, self.value) = (number, value)
        }
    }

    /// Gtid_tagged: a message of MySQL's serialization with these fields, in this order.
    public static func taggedGTID(
        _ gtid: MySQLGTID, commitMicroseconds: UInt64?, lastNeeded: UInt64, fields: [TaggedField]
    ) -> [UInt8] {
        var message = ByteWriter()
        message.variableLength(lastNeeded)
        for field in fields {
            message.variableLength(field.number)
            switch field.number {
            case 1: for byte in uuid(gtid.source.server) { message.variableLength(UInt64(byte)) }
            case 2: message.variableLengthSigned(Int64(gtid.number))
            case 3:
                message.variableLength(UInt64(gtid.source.tag.utf8.count))
                message.append(gtid.source.tag.utf8)
            case 6: message.variableLength(commitMicroseconds ?? 0)
            default: message.variableLength(field.value ?? 0)
            }
        }
        // The size in front counts itself.
        var head = ByteWriter()
        var size = 0
        while size != head.bytes.count + message.bytes.count {
            size = head.bytes.count + message.bytes.count
            head = ByteWriter()
            head.variableLength(1)
            head.variableLength(UInt64(size))
        }
        return head.bytes + message.bytes
    }

    /// Transaction_payload: its fields in this order, then the payload.
    public static func payload(
        fields: [UInt64] = [2, 3, 1], algorithm: UInt64, plainBytes: Int, stream: [UInt8]
    ) -> [UInt8] {
        var writer = ByteWriter()
        for type in fields {
            let value: UInt64 =
                switch type {
                case 1: UInt64(stream.count)
                case 2: algorithm
                default: UInt64(plainBytes)
                }
            var field = ByteWriter()
            field.lengthEncoded(value)
            writer.lengthEncoded(type)
            writer.lengthPrefixed(field.bytes)
        }
        writer.lengthEncoded(0)
        writer.append(stream)
        return writer.bytes
    }

    /// Previous_gtids; once a source has a tag, each tells one.
    public static func previousGTIDs(_ executed: MySQLGTIDSet) -> [UInt8] {
        let sources = intervals(of: executed)
        let hasTags = sources.contains { !$0.0.tag.isEmpty }
        var writer = ByteWriter()
        writer.u64(hasTags ? 1 << 56 | UInt64(sources.count) << 8 | 1 : UInt64(sources.count))
        for (source, ranges) in sources {
            writer.append(uuid(source.server))
            if hasTags {
                writer.variableLength(UInt64(source.tag.utf8.count))
                writer.append(source.tag.utf8)
            }
            writer.u64(UInt64(ranges.count))
            for range in ranges {
                writer.u64(range.lowerBound)
                writer.u64(range.upperBound + 1)
            }
        }
        return writer.bytes
    }

    /// The set as its own text tells it, source by source.
    private static func intervals(
        of executed: MySQLGTIDSet
    ) -> [(MySQLGTID.Source, [ClosedRange<UInt64>])] {
        var found: [(MySQLGTID.Source, [ClosedRange<UInt64>])] = []
        for part in executed.description.split(separator: ",") {
            let words = part.split(separator: ":")
            guard let server = words.first.flatMap({ ServerUUID($0) }) else { continue }
            var source = MySQLGTID.Source(server: server)
            for word in words.dropFirst() {
                let ends = word.split(separator: "-").compactMap { UInt64($0) }
                guard let first = ends.first, let last = ends.last else {
                    source.tag = String(word)
                    continue
                }
                if found.last?.0 != source { found.append((source, [])) }
                found[found.count - 1].1.append(first...last)
            }
        }
        return found
    }

    private static func uuid(_ server: ServerUUID) -> [UInt8] {
        let digits = Array(server.description.utf8.filter { $0 != UInt8(ascii: "-") })
        return stride(from: 0, to: digits.count, by: 2).map { index in
            UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0
        }
    }
}
