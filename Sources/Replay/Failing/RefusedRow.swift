internal import Binlog
internal import Recovery
internal import Server

/// Finds the one row of an event that the target refuses, and names it.
struct RefusedRow {
    /// The transaction's id.
    let transaction: BinlogPosition
    let map: TableMap
    /// What was refused: table maps, and the event behind them.
    let group: [UInt8]

    /// The failure with the row's table and key; with the table alone where no single row is
    /// refused.
    func name(
        _ failure: ReplayFailure, _ event: borrowing Event, in session: inout TargetSession
    ) throws -> ReplayFailure {
        let rows = try RowsEvent(event)
        var cursor = try RowCursor(rows, of: map)
        while try cursor.next() {
            let row =
                rows.operation == .insert
                ? cursor.after
                : cursor.before.lowerBound..<max(cursor.before.upperBound, cursor.after.upperBound)
            do throws(ReplayFailure) {
                try session.send(piece: single(row, of: rows, event))
            } catch {
                guard error.isOfRows else { throw error }
                var values: [ColumnValue] = []
                if rows.operation == .insert {
                    try map.readAfter(cursor, of: rows, into: &values)
                } else {
                    try map.readBefore(cursor, of: rows, into: &values)
                }
                let key = try keyText(values, in: rows.rows, session.connection)
                return said(error, rows.operation, key: key)
            }
        }
        return said(failure, rows.operation, key: nil)
    }

    /// The group with one row of the event.
    private func single(
        _ row: Range<Int>, of rows: borrowing RowsEvent, _ event: borrowing Event
    ) -> [UInt8] {
        let headBytes = Int(rows.rowsOffset - event.offset)
        let begin = group.count - (event.bytes.byteCount - event.checksumBytes)
        var single = Array(group[..<(begin + headBytes)])
        rows.rows.extracting(row).withUnsafeBytes { single.append(contentsOf: $0) }
        let length = single.count - begin
        for index in 0..<4 {
            single[begin + 9 + index] = UInt8(truncatingIfNeeded: length >> (8 * index))
        }
        return single
    }

    private func said(
        _ failure: ReplayFailure, _ operation: RowOperation, key: String?
    ) -> ReplayFailure {
        let verb =
            switch operation {
            case .insert: "inserted"
            case .update: "updated"
            case .delete: "deleted"
            }
        let table = PrintableText.escapeControlCharacters(TargetSchema.Name(map).text)
        let row = key.map { "the row (\($0)) of \(table)" } ?? "rows of \(table)"
        var named = failure
        named.isOfRows = false
        named.error.message =
            "\(row) cannot be \(verb) by the transaction \(transaction): \(failure.error.message)"
        return named
    }

    /// The columns of the primary key with their values; of all columns where there is none.
    private func keyText(
        _ values: [ColumnValue], in rows: RawSpan, _ connection: borrowing Connection
    ) throws(ServerError) -> String? {
        let columns = try connection.query(
            "SELECT COLUMN_NAME,COLUMN_KEY='PRI' FROM information_schema.COLUMNS "
                + "WHERE \(TargetSchema.Name(map).condition) ORDER BY ORDINAL_POSITION")
        guard columns.count == values.count else { return nil }
        let hasKey = columns.contains { $0.last == "1" }
        var words: [String] = []
        for (index, column) in columns.enumerated() where !hasKey || column.last == "1" {
            if case .absent = values[index] { continue }
            guard words.count < Self.mostColumns else {
                words.append("…")
                break
            }
            let value = map.text(of: values[index], column: index, in: rows)
            let name = column.first.flatMap { $0 } ?? ""
            words.append("\(name)=\(value.prefix(Self.mostCharacters))")
        }
        return PrintableText.escapeControlCharacters(words.joined(separator: ", "))
    }

    private static let mostColumns = 8
    private static let mostCharacters = 120
}
