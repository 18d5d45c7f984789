/// Reading every user table's row count and checksum from a server.
public enum TableVerification {
    /// Schemas that are the server's own: there on each, and never compared.
    public static let systemSchemas = ["mysql", "information_schema", "performance_schema", "sys"]

    /// The checksums of all base tables and sequences, by schema and name.
    ///
    /// A table with a VIRTUAL column or a temporal column of the format before 5.6 is summed up by
    /// its rows, VIRTUAL columns left out; so is a sequence. Views have no rows of their own. The
    /// session's settings are as before afterwards. Nothing else may write meanwhile.
    public static func tableChecksums(
        _ connection: borrowing Connection, excludingSchemas excluded: [String] = []
    ) throws(ServerError) -> [TableChecksum] {
        try connection.withPlainResults { (connection) throws(ServerError) in
            var checksums: [TableChecksum] = []
            for table in try VerifiedTable.all(connection, excluded: systemSchemas + excluded) {
                checksums.append(try checksum(connection, table))
            }
            return checksums
        }
    }

    private static func checksum(
        _ connection: borrowing Connection, _ table: VerifiedTable
    ) throws(ServerError) -> TableChecksum {
        if table.isSummedByRows {
            var sum = RowSum()
            try connection.forEachRow(table.rowQuery) { (row) throws(ServerError) in sum.add(row) }
            return TableChecksum(
                schema: table.schema, table: table.name, rows: sum.rows, checksum: sum.text)
        }
        let count = try connection.value("SELECT COUNT(*) FROM \(table.source)")
        let rows = try connection.query("CHECKSUM TABLE \(table.quotedName) EXTENDED")
        guard let count = count.flatMap({ UInt64($0) }), let row = rows.first, row.count > 1,
            let checksum = row[1]
        else {
            let warnings = try connection.query("SHOW WARNINGS")
            let reason = warnings.first?.last ?? nil
            throw ServerError(
                .sqlError,
                "the table \(table.schema).\(table.name) has no checksum"
                    + (reason.map { ": \($0)" } ?? ""))
        }
        return TableChecksum(
            schema: table.schema, table: table.name, rows: count, checksum: checksum)
    }
}

/// A table as verification sees it.
struct VerifiedTable: Sendable, Hashable {
    struct Column: Sendable, Hashable {
        var name: String
        var dataType: String
        var columnType: String
        var isVirtual: Bool
        var isRowStart: Bool
    }

    var schema: String
    var name: String
    var type: String
    var columns: [Column] = []

    var isVersioned: Bool { type == "SYSTEM VERSIONED" }

    var isSummedByRows: Bool {
        type == "SEQUENCE"
            || columns.contains { $0.isVirtual || $0.columnType.contains("/* mariadb-5.3 */") }
    }

    var quotedName: String {
        SQLText.quoteIdentifier(schema) + "." + SQLText.quoteIdentifier(name)
    }

    /// The table with its history, which belongs to the state.
    var source: String { quotedName + (isVersioned ? " FOR SYSTEM_TIME ALL" : "") }

    /// The columns that are stored, floats as doubles: a FLOAT's own text has six digits only.
    var rowQuery: String {
        var list = columns.filter { !$0.isVirtual }.map { column in
            let name = SQLText.quoteIdentifier(column.name)
            switch column.dataType {
            case "float", "double": return "CAST(\(name) AS DOUBLE)"
            // The number, too: '' may be a member of its own or the mark of a bad value.
            case "enum", "set": return "\(name), \(name)+0"
            default: return name
            }
        }
        if isVersioned, !columns.contains(where: \.isRowStart) { list += ["ROW_START", "ROW_END"] }
        if list.isEmpty { list = ["NULL"] }
        return "SELECT \(list.joined(separator: ", ")) FROM \(source)"
    }

    static func all(
        _ connection: borrowing Connection, excluded: [String]
    ) throws(ServerError) -> [VerifiedTable] {
        let list = excluded.map(SQLText.quoteString).joined(separator: ", ")
        let tables = try connection.query(
            """
            SELECT table_schema, table_name, table_type FROM information_schema.tables
            WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')
            AND table_schema NOT IN (\(list))
            """)
        let columns = try connection.query(
            """
            SELECT table_schema, table_name, column_name, data_type, column_type, extra,
            generation_expression
            FROM information_schema.columns WHERE table_schema NOT IN (\(list))
            ORDER BY table_schema, table_name, ordinal_position
            """)
        var columnsOf: [String: [Column]] = [:]
        for cells in columns {
            let texts = cells.map { $0 ?? "" }
            guard texts.count == 7 else { continue }
            columnsOf[texts[0] + "\0" + texts[1], default: []].append(
                Column(
                    name: texts[2], dataType: texts[3].lowercased(), columnType: texts[4],
                    isVirtual: texts[5].uppercased().contains("VIRTUAL"),
                    isRowStart: texts[6].uppercased() == "ROW START"))
        }
        return tables.compactMap { cells in
            let texts = cells.map { $0 ?? "" }
            guard texts.count == 3 else { return nil }
            return VerifiedTable(
                schema: texts[0], name: texts[1], type: texts[2],
                columns: columnsOf[texts[0] + "\0" + texts[1]] ?? [])
        }.sorted { ($0.schema, $0.name) < ($1.schema, $1.name) }
    }
}

extension Connection {
    /// Runs the body in a session that shows values as they are: cells in their own character set,
    /// times in UTC, no padding.
    ///
    /// What information_schema says then comes as UTF-8, its own character set.
    func withPlainResults<Value>(
        _ body: (borrowing Connection) throws(ServerError) -> Value
    ) throws(ServerError) -> Value {
        let old = try query("SELECT @@sql_mode, @@time_zone, @@character_set_results")
        let texts = (old.first ?? []).map { $0 ?? "" }
        try execute("SET sql_mode='', time_zone='+00:00', character_set_results=NULL")
        let result: Result<Value, ServerError>
        do throws(ServerError) {
            result = .success(try body(self))
        } catch {
            result = .failure(error)
        }
        if texts.count == 3, !isLost(result) {
            try execute(
                "SET sql_mode=\(SQLText.quoteString(texts[0])),"
                    + " time_zone=\(SQLText.quoteString(texts[1])),"
                    + " character_set_results=\(texts[2].isEmpty ? "NULL" : texts[2])")
        }
        return try result.get()
    }

    private func isLost<Value>(_ result: Result<Value, ServerError>) -> Bool {
        if case .failure(let error) = result { return error.code == .connectionLost }
        return false
    }
}
