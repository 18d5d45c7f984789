public import Recovery
public import Server

/// A table's definition, from the target's information_schema.
extension TableDefinition {
    /// What a server says of a table; nil where it has none of that name.
    public static func onServer(
        _ table: TableName, _ connection: borrowing Connection
    ) throws(ServerError) -> TableDefinition? {
        let name = TargetSchema.Name(
            schema: Array((table.schema ?? "").utf8), table: Array(table.table.utf8))
        let definition = try TableDefinition(of: name, connection)
        return definition.columns.isEmpty ? nil : definition
    }

    init(of name: TargetSchema.Name, _ connection: borrowing Connection) throws(ServerError) {
        self.init()
        let place = name.condition
        for row in try connection.query(
            "SELECT IFNULL(ENGINE,''),TABLE_TYPE FROM information_schema.TABLES "
                + "WHERE \(place) AND TABLE_TYPE<>'TEMPORARY'")
        where row.count == 2 {
            engine = row[0] ?? ""
            kind =
                switch row[1] {
                case "SEQUENCE": .sequence
                case "SYSTEM VERSIONED": .systemVersioned
                default: .table
                }
        }
        for row in try connection.query(
            "SELECT COLUMN_NAME,COLUMN_TYPE,EXTRA,CHARACTER_OCTET_LENGTH,CHARACTER_SET_NAME "
                + "FROM information_schema.COLUMNS WHERE \(place) ORDER BY ORDINAL_POSITION")
        where row.count == 5 {
            let extra = (row[2] ?? "").uppercased()
            columns.append(
                Column(
                    DefinedColumn(
                        name: row[0] ?? "", type: row[1] ?? "",
                        octetLength: row[3].flatMap { Int($0) }, characterSet: row[4]),
                    isCounter: extra.contains("AUTO_INCREMENT"),
                    isUnsigned: (row[1] ?? "").contains("unsigned"),
                    isVirtual: extra.contains("VIRTUAL")))
        }
        for row in try connection.query(
            "SELECT INDEX_NAME,COLUMN_NAME,SUB_PART IS NOT NULL,INDEX_TYPE,NULLABLE "
                + "FROM information_schema.STATISTICS WHERE \(place) AND NON_UNIQUE=0 "
                + "ORDER BY INDEX_NAME,SEQ_IN_INDEX") where row.count == 5
        {
            uniqueParts.append(
                KeyPart(
                    key: row[0] ?? "", column: row[1] ?? "", isPrefix: row[2] == "1",
                    // A part without a name is an expression (MySQL).
                    isHash: row[3] == "HASH" || row[1] == nil, isNullable: row[4] == "YES"))
        }
        hasWovenIndex = try !connection.query(
            "SELECT 1 FROM information_schema.STATISTICS WHERE \(place) "
                + "AND INDEX_TYPE NOT IN ('BTREE','HASH') LIMIT 1"
        ).isEmpty
    }
}
