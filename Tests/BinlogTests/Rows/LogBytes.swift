import Binlog

/// A whole log in memory, cut into events for a test.
struct LogBytes {
    var bytes: [UInt8]

    /// Hands every event over, checked; throws what the framer or the closure throws.
    func forEachEvent(_ body: (borrowing Event) throws -> Void) throws {
        var framer = EventFramer()
        let span = bytes.span.bytes
        var offset = EventFramer.magic.count
        while offset < span.byteCount {
            let rest = span.extracting(offset..<span.byteCount)
            let length = try EventFramer.length(headerOf: rest, at: UInt64(offset))
            let event = try framer.frame(rest.extracting(0..<length), at: UInt64(offset))
            try body(event)
            offset += length
        }
    }

    /// Hands every rows event over with its map, as a reader of logs would.
    func forEachRowsEvent(_ body: (borrowing RowsEvent, TableMap) throws -> Void) throws {
        var registry = TableMapRegistry()
        try forEachEvent { event in
            switch event.type {
            case .tableMap: try registry.record(event)
            case .gtid, .query, .xid: registry.endStatement()
            case let type where type.rowOperation != nil:
                let rows = try RowsEvent(event)
                if !rows.isDummy {
                    let handle = try registry.table(of: rows)
                    try body(rows, registry[handle])
                }
                if rows.endsStatement { registry.endStatement() }
            default: break
            }
        }
    }

    /// Every row of the tables that `isWanted` chooses, read and in log order.
    func rows(where isWanted: (TableMap) -> Bool) throws -> [LogRow] {
        var found: [LogRow] = []
        try forEachRowsEvent { event, map in
            guard isWanted(map) else { return }
            var cursor = try RowCursor(event, of: map)
            while try cursor.next() {
                var row = LogRow(operation: event.operation, map: map, data: event.rows.copied())
                try map.readBefore(cursor, of: event, into: &row.before)
                try map.readAfter(cursor, of: event, into: &row.after)
                found.append(row)
            }
        }
        return found
    }
}

/// One row change, with what its values point into.
struct LogRow {
    var operation: RowOperation
    var map: TableMap
    var data: [UInt8]
    var before: [ColumnValue] = []
    var after: [ColumnValue] = []

    /// The value as text like an SQL literal.
    func text(_ value: ColumnValue, column: Int) -> String {
        map.text(of: value, column: column, in: data.span.bytes)
    }
}
