/// A table as verification sees it.
struct VerifiedTable: Sendable, Hashable {
    struct Column: Sendable, Hashable {
        var name: String
        var dataType: String
        var columnType: String
        /// Nil where the values are no text.
        var characterSet: String?
        var isVirtual = false
        /// Computed from other columns, and stored.
        var isStoredGenerated = false
        var isRowStart = false
        var isRowEnd = false
    }

    var schema: String
    var name: String
    var type: String
    var sizeBytes: UInt64 = 0
    var columns: [Column] = []
    /// The names of the columns that tell any two rows apart and are never NULL; empty for none.
    var key: [String] = []

    var isVersioned: Bool { type == "SYSTEM VERSIONED" }

    var isSummedByRows: Bool {
        type == "SEQUENCE"
            || columns.contains { $0.isVirtual || $0.columnType.contains("/* mariadb-5.3 */") }
    }

    /// Its checksum is the server's, which does not read STORED columns: their bytes are what was
    /// last in the buffer (seen on 10.5.23, 10.11.19 and 11.8.6).
    var hasUnsteadyChecksum: Bool {
        !isSummedByRows && columns.contains(where: \.isStoredGenerated)
    }

    var quotedName: String {
        SQLText.quoteIdentifier(schema) + "." + SQLText.quoteIdentifier(name)
    }

    /// The table with its history, which belongs to the state.
    var source: String { quotedName + (isVersioned ? " FOR SYSTEM_TIME ALL" : "") }

    /// The columns that are stored, hidden times of a versioned row included.
    var storedColumns: [Column] {
        let stored = columns.filter { !$0.isVirtual }
        guard isVersioned, !columns.contains(where: \.isRowStart) else { return stored }
        return stored
            + ["ROW_START", "ROW_END"].map {
                Column(name: $0, dataType: "timestamp", columnType: "timestamp(6)")
            }
    }

    /// The columns of the key; nil where there is none, or one of them is not stored.
    ///
    /// Of a versioned row there are many, each with another end.
    var keyColumns: [Column]? {
        guard !key.isEmpty else { return nil }
        var names = key
        if isVersioned {
            let end = columns.first(where: \.isRowEnd)?.name ?? "ROW_END"
            if !names.contains(end) { names.append(end) }
        }
        let stored = Dictionary(storedColumns.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let found = names.compactMap { stored[$0] }
        return found.count == names.count ? found : nil
    }

    /// What a row is compared and summed up by: the values of its stored columns.
    var valueExpressions: [String] {
        let list = storedColumns.flatMap(\.valueExpressions)
        return list.isEmpty ? ["NULL"] : list
    }
}

extension VerifiedTable.Column {
    var quotedName: String { SQLText.quoteIdentifier(name) }

    /// What tells the value exactly: floats as doubles, since a FLOAT's own text has six digits.
    var valueExpressions: [String] {
        switch dataType {
        case "float", "double": ["CAST(\(quotedName) AS DOUBLE)"]
        // The number, too: '' may be a member of its own or the mark of a bad value.
        case "enum", "set": [quotedName, "\(quotedName)+0"]
        default: [quotedName]
        }
    }

    /// The type and character set without comments and names that each version has of its own.
    var plainType: String {
        var plain = ""
        var rest = columnType[...]
        while let begin = rest.firstRange(of: "/*") {
            plain += rest[..<begin.lowerBound]
            let end = rest[begin.upperBound...].firstRange(of: "*/")
            rest = rest[(end?.upperBound ?? rest.endIndex)...]
        }
        plain += rest
        let words = plain.split(separator: " ").joined(separator: " ")
        return words + " " + (characterSet == "utf8" ? "utf8mb3" : characterSet ?? "")
    }
}

extension VerifiedTable {
    /// All tables and sequences, by schema and name.
    static func all(
        _ connection: borrowing Connection, excluded: [String]
    ) throws(ServerError) -> [VerifiedTable] {
        let list = excluded.map(SQLText.quoteString).joined(separator: ", ")
        let columns = try columns(connection, excluded: list)
        let keys = try keys(connection, excluded: list)
        let tables = try connection.query(
            """
            SELECT table_schema, table_name, table_type,
            IFNULL(data_length, 0) + IFNULL(index_length, 0)
            FROM information_schema.tables
            WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')
            AND table_schema NOT IN (\(list))
            """)
        return tables.compactMap { cells in
            let texts = cells.map { $0 ?? "" }
            guard texts.count == 4 else { return nil }
            let name = texts[0] + "\0" + texts[1]
            return VerifiedTable(
                schema: texts[0], name: texts[1], type: texts[2],
                sizeBytes: UInt64(texts[3]) ?? 0, columns: columns[name] ?? [],
                key: keys[name] ?? [])
        }.sorted { ($0.schema, $0.name) < ($1.schema, $1.name) }
    }

    private static func columns(
        _ connection: borrowing Connection, excluded: String
    ) throws(ServerError) -> [String: [Column]] {
        var columns: [String: [Column]] = [:]
        let rows = try connection.query(
            """
            SELECT table_schema, table_name, column_name, data_type, column_type, extra,
            generation_expression, character_set_name
            FROM information_schema.columns WHERE table_schema NOT IN (\(excluded))
            ORDER BY table_schema, table_name, ordinal_position
            """)
        for cells in rows where cells.count == 8 {
            let texts = cells.map { $0 ?? "" }
            let (extra, expression) = (texts[5].uppercased(), texts[6].uppercased())
            var column = Column(
                name: texts[2], dataType: texts[3].lowercased(), columnType: texts[4],
                characterSet: cells[7], isVirtual: extra.contains("VIRTUAL"),
                isRowStart: expression == "ROW START", isRowEnd: expression == "ROW END")
            // The times of a versioned row are called so, too.
            column.isStoredGenerated =
                extra.contains("STORED") && !column.isRowStart && !column.isRowEnd
            columns[texts[0] + "\0" + texts[1], default: []].append(column)
        }
        return columns
    }

    /// The primary keys, else the first unique ones without NULL, of whole columns.
    ///
    /// A unique key of the kind HASH compares a hash first: no order comes of it.
    private static func keys(
        _ connection: borrowing Connection, excluded: String
    ) throws(ServerError) -> [String: [String]] {
        let rows = try connection.query(
            """
            SELECT table_schema, table_name, index_name, column_name,
            index_name = 'PRIMARY'
                OR sub_part IS NULL AND nullable <> 'YES' AND index_type <> 'HASH', sub_part IS NULL
            FROM information_schema.statistics
            WHERE non_unique = 0 AND table_schema NOT IN (\(excluded))
            ORDER BY table_schema, table_name, index_name <> 'PRIMARY', index_name, seq_in_index
            """)
        var keys: [String: [(name: String, columns: [String], isFit: Bool)]] = [:]
        for cells in rows where cells.count == 6 {
            let texts = cells.map { $0 ?? "" }
            let isFit = texts[4] == "1" && texts[5] == "1" && cells[3] != nil
            let table = texts[0] + "\0" + texts[1]
            if let last = keys[table]?.indices.last, keys[table]?[last].name == texts[2] {
                keys[table]?[last].columns.append(texts[3])
                if !isFit { keys[table]?[last].isFit = false }
            } else {
                keys[table, default: []].append((texts[2], [texts[3]], isFit))
            }
        }
        return keys.compactMapValues { $0.first(where: \.isFit)?.columns }
    }
}
