internal import Binlog
internal import Server

/// A row of a sequence as a statement, for servers that do not survive it in BINLOG.
///
/// MariaDB 10.5 ends with signal 11 (`Rows_log_event::update_sequence`, seen on 10.5.23) unless a
/// replication thread applies the row. A row of all columns is an INSERT, which a sequence takes as
/// its new state; one of two columns comes from `SETVAL`.
enum SequenceRow {
    /// Types of a sequence's columns (MariaDB: sql/sql_sequence.cc, `sequence_structure`).
    private static let columnTypes: [ColumnType] = [
        .bigInt, .bigInt, .bigInt, .bigInt, .bigInt, .bigInt, .tinyInt, .bigInt,
    ]
    private static let nextValue = 0
    private static let cycleCount = 7

    /// Whether a table has the columns of a sequence: the log does not tell what it is.
    static func fits(_ map: TableMap) -> Bool { map.columns.map(\.type) == columnTypes }

    /// The oldest version whose BINLOG takes the rows of sequences.
    static func isTakenAsRow(by version: ServerVersion) -> Bool { version.isAtLeast(10, 11) }

    /// Whether the target's table is a sequence.
    static func query(_ map: TableMap) -> String {
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_TYPE='SEQUENCE' "
            + "AND \(TargetSchema.Name(map).condition)"
    }

    /// Statements that do what the event's rows do.
    static func statements(
        of event: borrowing RowsEvent, _ map: TableMap
    ) throws(BinlogError) -> [String] {
        let name = [map.schema, map.table].map(SQLText.quoteIdentifier).joined(separator: ".")
        var statements: [String] = []
        var values: [ColumnValue] = []
        var cursor = try RowCursor(event, of: map)
        while try cursor.next() {
            try map.readAfter(cursor, of: event, into: &values)
            let numbers = values.map { value in
                if case .integer(let number) = value {
                    String(number.signed)
                } else {
                    nil as String?
                }
            }
            let given = numbers.compactMap(\.self)
            if given.count == columnTypes.count {
                statements.append("INSERT INTO \(name) VALUES (\(given.joined(separator: ",")))")
            } else if let next = numbers[nextValue], let cycle = numbers[cycleCount] {
                statements.append("DO SETVAL(\(name),\(next),0,\(cycle))")
            } else {
                throw BinlogError(
                    .corrupt, "the row of the sequence \(name) lacks its value",
                    offset: event.offset)
            }
        }
        return statements
    }
}
