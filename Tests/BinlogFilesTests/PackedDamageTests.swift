import Binlog
import BinlogFiles
import TestSupport
import Testing

/// Compressed events and payloads whose checksums are right and whose packed parts are not.
@Suite("damaged packed parts") struct PackedDamageTests {
    let reading: MadeLogReading

    init() throws { reading = try MadeLogReading() }

    // MARK: MariaDB's compressed events

    @Test("a compressed statement", arguments: [FormatDescription.Checksum.crc32, .none])
    func query(checksum: FormatDescription.Checksum) throws {
        var log = MadeLog.sample(.mariadb, checksum)
        let place = log.place(of: .query)
        let head = EventBody.queryHead(threadID: 5, database: [0x64])
        let packed = try PackedBytes.mariadb(Array("CREATE TABLE t (a INT)".utf8))
        log.events[place] = MadeLog.Event(.queryCompressed, head + packed)
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)

        let offset = log.offsets[place]
        func expect(
            at place: Int, _ change: (inout [UInt8]) -> Void,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            var changed = packed
            change(&changed)
            var log = log
            log.events[log.place(of: .queryCompressed)].body = head + changed
            try reading.expect(log.bytes, .corrupt, at: place, sourceLocation: sourceLocation)
        }
        // Another algorithm, no width, a width of 7 bytes.
        for first: UInt8 in [0x91, 0x01, 0x80, 0x87] {
            try expect(at: offset + EventHeader.sizeBytes + head.count) { $0[0] = first }
        }
        // Longer and shorter than told, told of more than zlib can hold, and cut.
        try expect(at: offset) { $0[1] += 1 }
        try expect(at: offset) { $0[1] -= 1 }
        try expect(at: offset) { $0.replaceSubrange(0..<2, with: [0x84, 0xFF, 0xFF, 0xFF, 0xFF]) }
        try expect(at: offset) { $0.removeLast() }
        try expect(at: offset) { $0[$0.count - 1] ^= 1 }
    }

    @Test("compressed rows")
    func rows() throws {
        var log = MadeLog.sample(.mariadb, .crc32)
        let place = log.place(of: .writeRowsV1)
        let head = log.events[place].body.count - 10
        let body = log.events[place].body
        let packed = try PackedBytes.mariadb(Array(body[head...]))
        log.events[place] = MadeLog.Event(.writeRowsCompressed, Array(body[..<head]) + packed)
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
        // A row and a half: what is wrong has a place among the plain bytes.
        let part = try PackedBytes.mariadb(Array(body[head...].dropLast(2)))
        log.events[place].body = Array(body[..<head]) + part
        try reading.expect(
            log.bytes, .corrupt, at: log.offsets[place] + EventHeader.sizeBytes + head + 6)
    }

    // MARK: MySQL's payloads

    /// A log whose last transaction stands in one event, and where that is.
    private func payloadLog(
        algorithm: UInt64, plainBytes: (Int) -> Int = { $0 },
        _ change: (inout [[UInt8]]) -> Void = { _ in }
    ) throws -> (MadeLog, offset: Int) {
        var log = MadeLog.sample(.mysql, .crc32)
        let (begin, xid) = (log.place(of: .tableMap) - 1, log.place(of: .xid))
        var nested = log.events[begin...xid].map { event in
            EventFrame.event(
                EventHeader(
                    timestamp: 1, type: event.type, serverID: 1, lengthBytes: 0, endPosition: 0,
                    flags: []), body: event.body, checksum: .none)
        }
        change(&nested)
        let plain = nested.flatMap(\.self)
        let stream = algorithm == 0 ? try PackedBytes.zstd(plain) : plain
        let body = EventBody.payload(
            algorithm: algorithm, plainBytes: plainBytes(plain.count), stream: stream)
        log.events.replaceSubrange(
            begin...xid, with: [MadeLog.Event(.transactionPayload, body)])
        return (log, log.offsets[begin])
    }

    @Test("a payload, compressed and not", arguments: [0, 255] as [UInt64])
    func payload(algorithm: UInt64) throws {
        func expect(
            _ code: BinlogError.Code = .corrupt, _ change: (inout [[UInt8]]) -> Void,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let (log, offset) = try payloadLog(algorithm: algorithm, change)
            try reading.expect(log.bytes, code, at: offset, sourceLocation: sourceLocation)
        }
        let (whole, _) = try payloadLog(algorithm: algorithm)
        try reading.expectEnd(whole.bytes, .clean, at: whole.bytes.count)
        // Its end is missing; something stands behind it; events that are none.
        try expect { $0.removeLast() }
        try expect { $0.append($0[0]) }
        try expect { $0 += $0 }
        try expect { $0[1].replaceSubrange(9..<13, with: [5, 0, 0, 0]) }
        try expect { $0[1].replaceSubrange(9..<13, with: [0xFF, 0xFF, 0xFF, 0x7F]) }
        try expect { $0[3].removeLast() }
        try expect(.unknownEvent) { $0[1][4] = 150 }
    }

    @Test("what is told in front of a payload")
    func payloadHead() throws {
        for wrong in [-1, 1, -1000, 1 << 40] {
            let (log, offset) = try payloadLog(algorithm: 0, plainBytes: { max(0, $0 + wrong) })
            try reading.expect(log.bytes, .corrupt, at: offset)
        }
        var (log, offset) = try payloadLog(algorithm: 7)
        try reading.expect(log.bytes, .unsupportedEvent, at: offset)
        (log, offset) = try payloadLog(algorithm: 0)
        let place = log.place(of: .transactionPayload)
        log.events[place].body.append(0)
        try reading.expect(log.bytes, .corrupt, at: offset)
        log.events[place].body.removeLast(2)
        try reading.expect(log.bytes, .corrupt, at: offset)
    }
}
