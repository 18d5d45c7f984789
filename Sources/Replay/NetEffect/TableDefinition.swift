internal import Binlog
internal import Recovery
internal import Server

/// A table's definition, from the target's information_schema.
struct TableDefinition {
    private struct Column {
        var defined: DefinedColumn
        var isCounter: Bool
        var isUnsigned: Bool
        var isVirtual: Bool
    }

    private struct KeyPart {
        var key: String
        var column: String
        var isPrefix: Bool
        var isHash: Bool
    }

    private var engine = ""
    private var type = ""
    private var columns: [Column] = []
    private var uniqueParts: [KeyPart] = []

    init(_ name: TargetSchema.Name, _ connection: borrowing Connection) throws(ServerError) {
        let place = name.condition
        for row in try connection.query(
            "SELECT IFNULL(ENGINE,''),TABLE_TYPE FROM information_schema.TABLES WHERE \(place)")
        where row.count == 2 {
            engine = row[0] ?? ""
            type = row[1] ?? ""
        }
        for row in try connection.query(
            "SELECT COLUMN_NAME,COLUMN_TYPE,EXTRA,CHARACTER_OCTET_LENGTH "
                + "FROM information_schema.COLUMNS WHERE \(place) ORDER BY ORDINAL_POSITION")
        where row.count == 4 {
            let extra = (row[2] ?? "").uppercased()
            columns.append(
                Column(
                    defined: DefinedColumn(
                        name: row[0] ?? "", type: row[1] ?? "",
                        octetLength: row[3].flatMap { Int($0) }),
                    isCounter: extra.contains("AUTO_INCREMENT"),
                    isUnsigned: (row[1] ?? "").contains("unsigned"),
                    isVirtual: extra.contains("VIRTUAL")))
        }
        for row in try connection.query(
            "SELECT INDEX_NAME,COLUMN_NAME,SUB_PART IS NOT NULL,INDEX_TYPE "
                + "FROM information_schema.STATISTICS WHERE \(place) AND NON_UNIQUE=0 "
                + "ORDER BY INDEX_NAME,SEQ_IN_INDEX") where row.count == 4
        {
            uniqueParts.append(
                KeyPart(
                    key: row[0] ?? "", column: row[1] ?? "", isPrefix: row[2] == "1",
                    isHash: row[3] == "HASH"))
        }
    }

    private var primary: [KeyPart] { uniqueParts.filter { $0.key == "PRIMARY" } }

    private func ordinals(_ parts: [KeyPart]) -> [Int] {
        let names = Set(parts.map(\.column))
        return columns.indices.filter { names.contains(columns[$0].defined.name) }
    }

    /// Nil where nothing speaks against it.
    var reasonAgainstFolding: ExactReason? {
        if columns.isEmpty { return .missing }
        if type == "SEQUENCE" { return .sequence }
        if type == "SYSTEM VERSIONED" { return .versioned }
        if engine != "InnoDB" { return .engine }
        if primary.isEmpty { return .noPrimaryKey }
        if primary.contains(where: \.isPrefix) { return .prefixKey }
        if uniqueParts.contains(where: { $0.isHash }) { return .longUnique }
        if columns.contains(where: \.isVirtual) { return .virtualColumn }
        let key = ordinals(primary)
        if let counter = columns.firstIndex(where: \.isCounter), !key.contains(counter) {
            return .counter
        }
        return nil
    }

    /// What makes it another table than that of the log's rows, for people; nil where nothing is
    /// proved.
    func difference(from map: TableMap) -> String? {
        // A table that is not there is the server's own error; the rows of a sequence are a form of
        // their own.
        guard !columns.isEmpty, type != "SEQUENCE" else { return nil }
        let isVersioned = type == "SYSTEM VERSIONED"
        // A unique key over a hash has a hidden column that holds it, behind the others; a history
        // may have two that tell its times.
        let hashKeys = Set(uniqueParts.filter(\.isHash).map(\.key)).count
        return map.difference(
            from: columns.map(\.defined), mostHidden: hashKeys + (isVersioned ? 2 : 0),
            comparesTypes: !isVersioned)
    }

    var folded: FoldedTable {
        let key = ordinals(primary)
        let counter = columns.firstIndex(where: \.isCounter).flatMap { column in
            key.firstIndex(of: column).map {
                FoldedTable.Counter(keyIndex: $0, isUnsigned: columns[column].isUnsigned)
            }
        }
        return FoldedTable(
            columnCount: columns.count, key: key,
            otherUnique: ordinals(uniqueParts.filter { $0.key != "PRIMARY" }),
            counter: counter)
    }
}
