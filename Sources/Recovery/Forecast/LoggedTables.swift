/// Which tables a part of the log changes by rows, and what it makes of tables' definitions.
public struct LoggedTables: Hashable, Sendable, Codable {
    public var changed: Set<TableName> = []
    /// In the log's order.
    public private(set) var definitions: [DefinitionChange] = []

    /// More changes of definitions than these are not looked at, and count as unknown.
    private static let mostDefinitions = 100_000
    private(set) var isComplete = true

    public init() {}

    /// Takes what a statement does to a table's definition.
    ///
    /// - Parameter database: the schema of a name without one.
    public mutating func take(
        _ facts: StatementFacts, _ text: RawSpan, mode: SQLMode, database: String?
    ) {
        for change in DefinitionChange.changes(facts, text, mode: mode, database: database) {
            add(change)
        }
    }

    /// Keeps only which tables are changed.
    public mutating func forgetDefinitions() { definitions = [] }

    private mutating func add(_ change: DefinitionChange) {
        guard definitions.count < Self.mostDefinitions else {
            isComplete = false
            return
        }
        definitions.append(change)
    }

    static func += (left: inout Self, right: Self) {
        left.changed.formUnion(right.changed)
        left.isComplete = left.isComplete && right.isComplete
        for change in right.definitions { left.add(change) }
    }
}

/// What a statement makes of a table's definition.
public enum DefinitionChange: Hashable, Sendable, Codable {
    case created(CreatedTable)
    /// It is not known what it is now, as far as folding has to know it.
    case unclear(TableName)
    /// By RENAME or CREATE TABLE … LIKE.
    case copied(TableName, to: TableName)

    static func changes(
        _ facts: StatementFacts, _ text: RawSpan, mode: SQLMode, database: String?
    ) -> [DefinitionChange] {
        guard !facts.isTemporary, !facts.isDefinition else { return [] }
        let names = facts.tables.compactMap { table in
            table.name.map { TableName(schema: table.schema ?? database, table: $0) }
        }
        switch facts.verb {
        case .createTable:
            if let made = CreatedTable(text, mode: mode, database: database) {
                return [.created(made)]
            }
            if let model = CreatedTable.model(text, mode: mode, database: database) {
                return [.copied(model.like, to: model.made)]
            }
            return names.prefix(1).map { .unclear($0) }
        case .renameTable: return renames(facts, database)
        case .alterTable:
            return renames(facts, database)
                + (mayChangeKeys(text, mode) ? names.map { .unclear($0) } : [])
        default: return []
        }
    }

    private static func renames(
        _ facts: StatementFacts, _ database: String?
    ) -> [DefinitionChange] {
        facts.tables.compactMap { table in
            guard let name = table.name, let new = table.newName else { return nil }
            return .copied(
                TableName(schema: table.schema ?? database, table: name),
                to: TableName(schema: new.schema ?? database, table: new.table))
        }
    }

    /// Whether an ALTER TABLE may do more than add plain columns and keys.
    private static func mayChangeKeys(_ text: RawSpan, _ mode: SQLMode) -> Bool {
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: mode, into: &tokens) else { return true }
        let lexemes: Set<SQLLexeme> = [
            .primary, .unique, .foreign, .references, .versioning, .drop, .change, .modify,
            .convert, .engine, .as, .sequence, .period,
        ]
        let words = ["AUTO_INCREMENT", "SERIAL", "COMPRESSED", "CONVERT"]
        return tokens.contains { token in
            if lexemes.contains(token.lexeme) { return true }
            guard token.kind == .word else { return false }
            let word = text.extracting(token.range).withUnsafeBytes {
                String(decoding: $0, as: UTF8.self)
            }
            return words.contains(word.uppercased())
        }
    }
}
