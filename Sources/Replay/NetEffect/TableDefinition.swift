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
        var isNullable: Bool
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
            "SELECT INDEX_NAME,COLUMN_NAME,SUB_PART IS NOT NULL,INDEX_TYPE,NULLABLE "
                + "FROM information_schema.STATISTICS WHERE \(place) AND NON_UNIQUE=0 "
                + "ORDER BY INDEX_NAME,SEQ_IN_INDEX") where row.count == 5
        {
            uniqueParts.append(
                KeyPart(
                    key: row[0] ?? "", column: row[1] ?? "", isPrefix: row[2] == "1",
                    isHash: row[3] == "HASH", isNullable: row[4] == "YES"))
        }
    }

    private func ordinals(_ parts: [KeyPart]) -> [Int] {
        let names = Set(parts.map(\.column))
        return columns.indices.filter { names.contains(columns[$0].defined.name) }
    }

    private var counter: Int? { columns.firstIndex(where: \.isCounter) }

    private var uniqueKeys: [String: [KeyPart]] { Dictionary(grouping: uniqueParts, by: \.key) }

    /// The key by whose stored bytes two rows are told apart: the primary key, else one whose
    /// columns are never NULL, with the counter in it if there is one.
    private var key: (name: String, identity: FoldedTable.Identity, ordinals: [Int])? {
        let fit = uniqueKeys.filter { _, parts in
            parts.allSatisfy { !$0.isPrefix && !$0.isHash && !$0.isNullable }
        }.mapValues { ordinals($0) }
        if let primary = fit["PRIMARY"] { return ("PRIMARY", .primaryKey, primary) }
        let names = fit.keys.sorted()
        let withCounter = names.first { name in
            counter.map { fit[name]?.contains($0) == true } ?? true
        }
        guard let name = withCounter ?? names.first, let ordinals = fit[name] else { return nil }
        return (name, .uniqueKey, ordinals)
    }

    /// Nil where nothing speaks against it.
    ///
    /// - Parameter withoutKey: a table may be folded whose rows only all columns tell apart.
    func reasonAgainstFolding(withoutKey: Bool) -> ExactReason? {
        if columns.isEmpty { return .missing }
        if type == "SEQUENCE" { return .sequence }
        if type == "SYSTEM VERSIONED" { return .versioned }
        if engine != "InnoDB" { return .engine }
        if uniqueParts.contains(where: { $0.isHash }) { return .longUnique }
        if columns.contains(where: \.isVirtual) { return .virtualColumn }
        let key = self.key
        if let counter, key?.ordinals.contains(counter) != true { return .counter }
        guard key == nil else { return nil }
        guard withoutKey else { return .rowOrder }
        // The target may have compressed the same value into other bytes.
        if columns.contains(where: { $0.defined.type.contains("COMPRESSED") }) {
            return .compressed
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
        guard let (name, identity, key) = key else {
            return FoldedTable(columnCount: columns.count, identity: .wholeRow, key: [])
        }
        let counter = counter.flatMap { column in
            key.firstIndex(of: column).map {
                FoldedTable.Counter(keyIndex: $0, isUnsigned: columns[column].isUnsigned)
            }
        }
        return FoldedTable(
            columnCount: columns.count, identity: identity, key: key,
            otherUnique: ordinals(uniqueParts.filter { $0.key != name }), counter: counter)
    }
}
