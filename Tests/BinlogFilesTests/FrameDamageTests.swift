import Binlog
import BinlogFiles
import TestSupport
import Testing

/// Damage to the frames of a made log's events: what is told of each, and where.
@Suite("damaged frames") struct FrameDamageTests {
    let reading: MadeLogReading

    init() throws { reading = try MadeLogReading() }

    @Test("without damage it is read to its last byte", arguments: MadeLogKind.all)
    func whole(kind: MadeLogKind) throws {
        try reading.expectEnd(kind.log.bytes, .clean, at: kind.log.bytes.count)
    }

    @Test(
        "a wrong checksum; that of the format description counts always",
        arguments: MadeLogKind.all)
    func sums(kind: MadeLogKind) throws {
        let log = kind.log
        for (place, offset) in log.offsets.dropLast().enumerated() where kind.hasSums || place == 0
        {
            try reading.expect(log.bytes(with: .lastByte(place)), .checksumMismatch, at: offset)
        }
    }

    @Test(
        "a byte of a statement or a row: nothing guards it without checksums",
        arguments: MadeLogKind.all)
    func contents(kind: MadeLogKind) throws {
        let log = kind.log
        for type in [EventType.query, kind.flavor == .mariadb ? .writeRowsV1 : .writeRowsV2] {
            let place = log.place(of: type)
            let bytes = log.bytes(with: .bodyByte(log.events[place].body.count - 1, of: place))
            if kind.hasSums {
                try reading.expect(bytes, .checksumMismatch, at: log.offsets[place])
            } else {
                try reading.expectEnd(bytes, .clean, at: bytes.count)
            }
        }
    }

    @Test(
        "a type that no server writes, which a checksum tells from a changed byte",
        arguments: MadeLogKind.all)
    func types(kind: MadeLogKind) throws {
        let unknown = EventType(rawValue: 150)
        var log = kind.log
        let place = log.place(of: .xid)
        try reading.expect(
            log.bytes(with: .type(unknown, of: place)),
            kind.hasSums ? .checksumMismatch : .unknownEvent, at: log.offsets[place])
        log.events.insert(MadeLog.Event(unknown, [1, 2, 3]), at: place)
        try reading.expect(log.bytes, .unknownEvent, at: log.offsets[place])
        log.events[place].flags = .ignorable
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
    }

    @Test("wrong lengths", arguments: MadeLogKind.all)
    func lengths(kind: MadeLogKind) throws {
        let log = kind.log
        for (place, offset) in log.offsets.dropLast().enumerated() {
            func expect(_ length: Int, _ code: BinlogError.Code) throws {
                try reading.expect(
                    log.bytes(with: .length(UInt32(length), of: place)), code, at: offset)
            }
            try expect(0, .corrupt)
            try expect(EventHeader.sizeBytes - 1, .corrupt)
            try expect(0xFFFF_FFF0, .truncated)
            // Room for the header, but not for a checksum behind it.
            try expect(EventHeader.sizeBytes + 1, .corrupt)
            let next = log.offsets[place + 1]
            let isLast = place == log.events.count - 1
            let isGuarded = kind.hasSums || place == 0
            try expect(
                next - offset + 1,
                isLast ? .truncated : isGuarded ? .checksumMismatch : .corrupt)
        }
    }

    @Test("a wrong end position; none is no fault", arguments: MadeLogKind.all)
    func endPositions(kind: MadeLogKind) throws {
        var log = kind.log
        for place in log.events.indices.dropFirst() {
            let end = log.offsets[place + 1]
            for wrong in [end - 1, end + 1, 4, 0xFFFF_FFFF] {
                try reading.expect(
                    log.bytes(with: .endPosition(UInt32(wrong), of: place)), .corrupt,
                    at: log.offsets[place])
            }
        }
        let rotate = log.place(of: .rotate)
        for place in 1...rotate { log.events[place].tellsEnd = false }
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
    }

    @Test("each event doubled or missing", arguments: MadeLogKind.all)
    func doubledAndMissing(kind: MadeLogKind) throws {
        let log = kind.log
        for place in log.events.indices {
            try reading.expect(
                log.bytes(with: .doubled(place)), .corrupt, at: log.offsets[place + 1])
            guard place < log.events.count - 1 else { continue }
            try reading.expect(log.bytes(with: .missing(place)), .corrupt, at: log.offsets[place])
        }
        let last = log.offsets[log.events.count - 1]
        try reading.expectEnd(log.bytes(with: .missing(log.events.count - 1)), .inUse, at: last)
    }

    @Test(
        "an event of a transaction that tells no ends is missed where the transaction ends",
        arguments: MadeLogKind.all)
    func withoutEnds(kind: MadeLogKind) throws {
        var log = kind.log
        let (first, xid) = (log.place(of: .tableMap), log.place(of: .xid))
        for place in first..<xid { log.events[place].tellsEnd = false }
        for place in (first + 1)..<xid {
            let length = log.offsets[place + 1] - log.offsets[place]
            let end = log.offsets[xid]
            try reading.expect(log.bytes(with: .doubled(place)), .corrupt, at: end + length)
        }
        let length = log.offsets[first + 1] - log.offsets[first]
        log.events.remove(at: first + 1)
        log.events[first].tellsEnd = true
        try reading.expect(
            log.bytes(with: .doubled(first)), .corrupt, at: log.offsets[first] + length)
    }

    @Test("a hole of zeros", arguments: MadeLogKind.all)
    func holes(kind: MadeLogKind) throws {
        let log = kind.log
        for (place, offset) in log.offsets.dropLast().enumerated() {
            try reading.expect(log.bytes(with: .zeros(place)), .corrupt, at: offset)
        }
    }

    @Test(
        "a tail of zeros, of garbage, and of something like an event",
        arguments: MadeLogKind.all)
    func tails(kind: MadeLogKind) throws {
        let log = kind.log
        let end = log.bytes.count
        func expect(_ tail: [UInt8], _ code: BinlogError.Code) throws {
            try reading.expect(log.bytes(with: .tail(tail)), code, at: end)
        }
        try expect([UInt8](repeating: 0, count: 4096), .corrupt)
        try expect([UInt8](repeating: 0, count: EventHeader.sizeBytes - 1), .truncated)
        try expect([UInt8](repeating: 0xA5, count: 4096), .truncated)
        var likely = [UInt8](repeating: 1, count: 40)
        likely.replaceSubrange(9..<13, with: [40, 0, 0, 0])
        try expect(likely, kind.hasSums ? .checksumMismatch : .corrupt)
    }

    @Test("a server's mark that it has the file open hides no damage", arguments: MadeLogKind.all)
    func inUse(kind: MadeLogKind) throws {
        var log = kind.log
        log.events.removeLast()
        log.events[0].flags = .inUse
        try reading.expectEnd(log.bytes, .inUse, at: log.bytes.count)
        let xid = log.place(of: .xid)
        let offset = log.offsets[xid]
        try reading.expect(log.bytes(with: .zeros(xid)), .corrupt, at: offset)
        try reading.expect(log.bytes(with: .missing(xid - 1)), .corrupt, at: log.offsets[xid - 1])
        try reading.expect(log.bytes(with: .cut(offset + 5)), .truncated, at: offset)
        let begin = log.offsets[log.events.count - (kind.flavor == .mariadb ? 4 : 5)]
        try reading.expectEnd(log.bytes(with: .cut(offset)), .truncated, at: begin)
        guard kind.hasSums else { return }
        try reading.expect(log.bytes(with: .lastByte(xid)), .checksumMismatch, at: offset)
    }

    @Test(
        "cuts: an event is torn where it begins, a transaction where that begins",
        arguments: MadeLogKind.all)
    func cuts(kind: MadeLogKind) throws {
        let log = kind.log
        let magic = EventFramer.magic.count
        for length in 0..<magic {
            try reading.expect(log.bytes(with: .cut(length)), .notABinaryLog, at: 0)
        }
        try reading.expectEnd(log.bytes(with: .cut(magic)), .truncated, at: magic)
        for (place, offset) in log.offsets.dropLast().enumerated() {
            let length = log.offsets[place + 1] - offset
            for part in [1, EventHeader.sizeBytes - 1, EventHeader.sizeBytes, length - 1] {
                try reading.expect(log.bytes(with: .cut(offset + part)), .truncated, at: offset)
            }
        }
        let rows = log.place(of: kind.flavor == .mariadb ? .writeRowsV1 : .writeRowsV2)
        let begin = log.offsets[kind.flavor == .mariadb ? rows - 2 : rows - 3]
        for place in [rows - 1, rows, rows + 1] {
            try reading.expectEnd(
                log.bytes(with: .cut(log.offsets[place])), .truncated, at: begin)
        }
        let closed = log.offsets[rows + 2]
        try reading.expectEnd(log.bytes(with: .cut(closed)), .inUse, at: closed)
    }
}
