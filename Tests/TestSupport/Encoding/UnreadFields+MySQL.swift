import Binlog

/// What the reader does not keep of MySQL's own events.
extension UnreadFields {
    mutating func gtidRest(of event: borrowing Event) throws -> EventBody.MySQLGTIDRest {
        var rest = EventBody.MySQLGTIDRest()
        var reader = event.reader
        rest.flags = take(.flagsOfMySQLGTID, [try reader.u8()])[0]
        try reader.skip(24)
        guard reader.remaining >= 17 else { return rest }
        try reader.skip(1)
        rest.logicalClock = take(.logicalClock, try reader.take(16).copied())
        guard reader.remaining >= 7 else { return rest }
        if try reader.unsigned(width: 7) & (1 << 55) != 0 {
            let first = take(.firstCommit, try reader.take(7).copied())
            rest.firstCommit = first.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard !reader.isAtEnd else { return rest }
        var length = ByteWriter()
        length.lengthEncoded(try reader.lengthEncoded())
        rest.transactionLength = take(.transactionLength, length.bytes)
        guard !reader.isAtEnd else { return rest }
        let version = try reader.u32()
        let hasFirst = version & (1 << 31) != 0
        let versions =
            EventBody.integer(UInt64(version), 4) + (hasFirst ? try reader.take(4).copied() : [])
        rest.serverVersions = take(.serverVersions, versions)
        rest.groupTicket = take(.groupTicket, reader.takeRest().copied())
        return rest
    }

    /// The last field that a reader must know, and the fields in their order.
    mutating func taggedFields(
        of event: borrowing Event
    ) throws -> (lastNeeded: UInt64, fields: [EventBody.TaggedField]) {
        var reader = event.reader
        for _ in 0..<2 { _ = try Self.variableLength(&reader) }
        let lastNeeded = try Self.variableLength(&reader)
        _ = take(.orderOfTaggedFields, [0])
        var fields: [EventBody.TaggedField] = []
        while !reader.isAtEnd {
            let number = try Self.variableLength(&reader)
            _ = take(.orderOfTaggedFields, [0])
            switch number {
            case 1: for _ in 0..<16 { _ = try Self.variableLength(&reader) }
            case 3: try reader.skip(Int(try Self.variableLength(&reader)))
            case 2, 6: _ = try Self.variableLength(&reader)
            default:
                let begin = reader.position
                let value = try Self.variableLength(&reader)
                let bytes = [UInt8](repeating: 0, count: reader.position - begin)
                _ = take(Self.field(ofTagged: number), bytes)
                fields.append(EventBody.TaggedField(number, value))
                continue
            }
            fields.append(EventBody.TaggedField(number))
        }
        return (lastNeeded, fields)
    }

    private static func field(ofTagged number: UInt64) -> Field {
        switch number {
        case 0: .flagsOfMySQLGTID
        case 4, 5: .logicalClock
        case 7: .firstCommit
        case 8: .transactionLength
        case 9, 10: .serverVersions
        default: .groupTicket
        }
    }

    private static func variableLength(_ reader: inout ByteReader) throws -> UInt64 {
        let first = try reader.u8()
        let ones = (~first).trailingZeroBitCount
        guard ones < 8 else { return try reader.u64() }
        let rest = ones == 0 ? 0 : try reader.unsigned(width: ones)
        return UInt64(first) >> UInt64(ones + 1) | rest << UInt64(7 - ones)
    }

    /// The types of the fields in front of a payload, the algorithm, and the payload.
    mutating func payloadParts(
        of event: borrowing Event
    ) throws -> (fields: [UInt64], algorithm: UInt64, stream: [UInt8]) {
        var reader = event.reader
        var fields: [UInt64] = []
        var algorithm: UInt64 = 255
        while true {
            let type = try reader.lengthEncoded()
            guard type != 0 else { break }
            _ = take(.orderOfPayloadFields, [0])
            fields.append(type)
            var field = ByteReader(try reader.take(Int(try reader.lengthEncoded())), at: 0)
            if type == 2 { algorithm = try field.lengthEncoded() }
        }
        return (fields, algorithm, reader.takeRest().copied())
    }
}
