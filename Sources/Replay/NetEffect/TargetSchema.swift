internal import Binlog
internal import Recovery
internal import Server

/// What is known of the target's tables, as far as folding has to know it.
///
/// Read when a table is first met, and again after each statement that may have changed it.
struct TargetSchema {
    /// How the rows of a table are applied.
    enum Treatment: Hashable {
        case folded(FoldedTable)
        /// In the source's order, because of something that folding is not proved for.
        case exact(ExactReason)
    }

    struct Name: Hashable {
        var schema: [UInt8]
        var table: [UInt8]

        init(schema: [UInt8], table: [UInt8]) {
            self.schema = schema
            self.table = table
        }

        init(_ map: TableMap) { self.init(schema: map.schemaBytes, table: map.tableBytes) }

        /// A table that a statement names; `database` is its default one.
        init(_ table: TableName, in database: [UInt8]?) {
            self.init(
                schema: table.schema.map { Array($0.utf8) } ?? database ?? [],
                table: Array(table.table.utf8))
        }

        /// For people.
        var text: String {
            "\(String(decoding: schema, as: UTF8.self)).\(String(decoding: table, as: UTF8.self))"
        }

        /// Selects its rows in a table of information_schema.
        ///
        /// The names are literals: the server looks a table up by them then, while it goes through
        /// all tables for any other expression and finds those that only a collation calls equal.
        var condition: String {
            "TABLE_SCHEMA=_utf8mb4 \(SQLText.hexLiteral(schema)) AND "
                + "TABLE_NAME=_utf8mb4 \(SQLText.hexLiteral(table))"
        }

        var quoted: String {
            [schema, table].map { SQLText.quoteIdentifier(String(decoding: $0, as: UTF8.self)) }
                .joined(separator: ".")
        }
    }

    /// Tables without a key are folded.
    let foldsWithoutKey: Bool
    private var treatments: [Name: Treatment] = [:]
    private var definitions: [Name: TableDefinition] = [:]
    private var cascading: Set<Name>?

    init(foldsWithoutKey: Bool) { self.foldsWithoutKey = foldsWithoutKey }

    /// A statement ran that may have changed definitions.
    mutating func forget() {
        treatments.removeAll(keepingCapacity: true)
        definitions.removeAll(keepingCapacity: true)
        cascading = nil
    }

    /// What makes the target's table another one than that of the log's rows, for people; nil where
    /// nothing is proved.
    mutating func difference(
        from map: TableMap, _ connection: borrowing Connection
    ) throws(ServerError) -> String? {
        try definition(of: Name(map), connection).difference(from: map)
    }

    private mutating func definition(
        of name: Name, _ connection: borrowing Connection
    ) throws(ServerError) -> TableDefinition {
        if let known = definitions[name] { return known }
        let definition = try TableDefinition(of: name, connection)
        definitions[name] = definition
        return definition
    }

    /// Whether the target's table takes part in transactions; one that is not there is an error
    /// elsewhere.
    mutating func rollsBack(
        _ map: TableMap, _ connection: borrowing Connection
    ) throws(ServerError) -> Bool {
        let engine = try definition(of: Name(map), connection).engine.lowercased()
        return ["", "innodb", "rocksdb", "tokudb", "ndbcluster"].contains(engine)
    }

    /// See `TableDefinition.foundByKey`.
    mutating func foundByKey(
        _ map: TableMap, _ connection: borrowing Connection
    ) throws(ServerError) -> FoldedTable? {
        try definition(of: Name(map), connection).foundByKey
    }

    mutating func treatment(
        of map: TableMap, _ connection: borrowing Connection
    ) throws(ServerError) -> Treatment {
        let name = Name(map)
        if let known = treatments[name] { return known }
        let treatment = try read(name, connection)
        treatments[name] = treatment
        return treatment
    }

    private mutating func read(
        _ name: Name, _ connection: borrowing Connection
    ) throws(ServerError) -> Treatment {
        let definition = try definition(of: name, connection)
        if let reason = definition.reasonAgainstFolding(withoutKey: foldsWithoutKey) {
            return .exact(reason)
        }
        guard try !mayCascade(name, connection) else { return .exact(.foreignKeyActions) }
        return .folded(definition.folded)
    }

    /// Whether the storage engine may change rows of the table, or by the table's rows those of
    /// others, that no log speaks of.
    mutating func mayCascade(
        _ name: Name, _ connection: borrowing Connection
    ) throws(ServerError) -> Bool {
        if let cascading { return cascading.contains(name) }
        let related = try ForeignKeys.cascading(connection)
        cascading = related
        return related.contains(name)
    }
}

/// Foreign keys of the whole target.
private enum ForeignKeys {
    /// The tables whose rows the storage engine may change beside what the log says: all that hang
    /// together, over any foreign key, with one that cascades or sets to NULL.
    static func cascading(
        _ connection: borrowing Connection
    ) throws(ServerError) -> Set<TargetSchema.Name> {
        var neighbours: [TargetSchema.Name: Set<TargetSchema.Name>] = [:]
        var reached: [TargetSchema.Name] = []
        for row in try connection.query(
            "SELECT CONSTRAINT_SCHEMA,TABLE_NAME,UNIQUE_CONSTRAINT_SCHEMA,REFERENCED_TABLE_NAME,"
                + "UPDATE_RULE,DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS")
        where row.count == 6 {
            let words = row.map { Array(($0 ?? "").utf8) }
            let child = TargetSchema.Name(schema: words[0], table: words[1])
            let parent = TargetSchema.Name(schema: words[2], table: words[3])
            neighbours[child, default: []].insert(parent)
            neighbours[parent, default: []].insert(child)
            let harmless = ["RESTRICT", "NO ACTION"]
            if !harmless.contains(row[4] ?? "") || !harmless.contains(row[5] ?? "") {
                reached += [child, parent]
            }
        }
        var found: Set<TargetSchema.Name> = []
        while let next = reached.popLast() {
            guard found.insert(next).inserted else { continue }
            reached += neighbours[next] ?? []
        }
        return found
    }
}
