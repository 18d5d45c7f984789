import Binlog
import TestSupport

/// Made-up bodies of events: a table `t.u` of 13 columns, of nearly every width.
enum SampleEvents {
    private static let types: [UInt8] = [3, 8, 246, 16, 19, 18, 17, 254, 254, 15, 252, 13, 5]
    private static let metadataBytes: [UInt8] = [
        10, 2, 2, 1, 3, 6, 0, 254, 40, 247, 2, 44, 1, 4, 8,
    ]

    /// Signs, a collation, names of all columns, labels of the ENUM, a primary key.
    static let metadata: [UInt8] = {
        var bytes: [UInt8] = [1, 1, 0b0010_0000, 2, 3, 45, 2, 63, 4, 26]
        for letter in UInt8(ascii: "a")...UInt8(ascii: "m") { bytes += [1, letter] }
        return bytes + [6, 5, 2, 1, 0x78, 1, 0x79, 8, 1, 0, 10, 1, 45]
    }()

    static func tableMap(id: UInt8 = 18, metadata: [UInt8] = []) -> [UInt8] {
        var body: [UInt8] = [id, 0, 0, 0, 0, 0, 1, 0, 1, 0x74, 0, 1, 0x75, 0]
        body.append(UInt8(types.count))
        body += types
        body.append(UInt8(metadataBytes.count))
        body += metadataBytes
        return body + [0xFE, 0x1F] + metadata
    }

    private static let image: [UInt8] = [
        0, 0xE0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0x80, 0x80, 0, 0, 7, 0x32, 1, 0xFF,
        0x80, 0x10, 0x83, 0x03, 0xE8, 0x99, 0xB9, 0x04, 0x31, 0x05, 0, 0, 6, 0, 0, 0, 1,
        2, 0x61, 0x62, 1, 0, 3, 0, 0x61, 0x62, 0x63, 2, 0, 0, 0, 0xFF, 0,
        126, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F,
    ]

    /// Every second row has NULLs in all columns but the first.
    static func rows(_ operation: RowOperation, rowCount: Int, id: UInt8 = 18) -> [UInt8] {
        let nulls: [UInt8] = [0xFE, 0xFF, 1, 0, 0, 0]
        var bytes: [UInt8] = [id, 0, 0, 0, 0, 0, 1, 0, UInt8(types.count), 0xFF, 0xFF]
        if operation == .update { bytes += [0xFF, 0xFF] }
        for row in 0..<rowCount {
            for _ in 0..<(operation == .update ? 2 : 1) {
                bytes += row % 2 == 0 ? image : nulls
            }
        }
        return bytes
    }

    /// Puts a header around a body and hands it over as an event.
    static func withEvent<Value>(
        _ type: EventType, _ body: [UInt8], _ use: (borrowing Event) throws -> Value
    ) rethrows -> Value {
        let bytes = [UInt8](repeating: 0, count: EventHeader.sizeBytes) + body
        let header = EventHeader(
            timestamp: 0, type: type, serverID: 1, lengthBytes: UInt32(bytes.count),
            endPosition: 0, flags: [])
        return try use(
            Event(header: header, offset: 4, bytes: bytes.span.bytes, checksumBytes: 0))
    }

    static func type(_ operation: RowOperation) -> EventType {
        switch operation {
        case .insert: .writeRowsV1
        case .update: .updateRowsV1
        case .delete: .deleteRowsV1
        }
    }

    /// Reads everything that a reader of logs would: the map, the count, every value, every text.
    static func walk(map: [UInt8], rows: [UInt8], _ operation: RowOperation) throws {
        var registry = TableMapRegistry()
        try withEvent(.tableMap, map) { event in _ = try registry.record(event) }
        try withEvent(type(operation), rows) { event in
            let rows = try RowsEvent(event)
            let handle = try registry.table(of: rows)
            let count = try registry.countRows(in: rows, of: handle)
            let map = registry[handle]
            var cursor = try RowCursor(rows, of: map)
            var values: [ColumnValue] = []
            var walked = 0
            while try cursor.next() {
                walked += 1
                try map.readBefore(cursor, of: rows, into: &values)
                for (index, value) in values.enumerated() {
                    _ = map.text(of: value, column: index, in: rows.rows)
                }
                try map.readAfter(cursor, of: rows, into: &values)
                for (index, value) in values.enumerated() {
                    _ = map.text(of: value, column: index, in: rows.rows)
                }
            }
            if count != walked { throw TestFailure("\(count) rows counted, \(walked) walked") }
        }
    }
}
