/// Which tables a replay will fold, told before it from the backup's and the log's CREATE TABLEs.
///
/// A forecast: what the target really holds decides. A table that has several definitions in the
/// course of the log is told by the one that speaks most against folding.
public struct FoldForecast: Sendable {
    public private(set) var foldable: [String] = []
    /// The others, with the reason, by name.
    public private(set) var exact: [String: ExactReason] = [:]

    /// - Parameters:
    ///   - backup: the tables that the backup makes; nil where it cannot be read for that.
    ///   - dependsOnRowOrder: of the plan.
    public init(
        _ logged: LoggedTables, backup: [CreatedTable]?, dependsOnRowOrder: Bool
    ) {
        var history = DefinitionHistory()
        for table in backup ?? [] { history.add(table) }
        for change in logged.definitions { history.take(change) }
        let cascading = history.cascading
        for name in logged.changed.sorted(by: { $0.description < $1.description }) {
            let reason =
                history.reason(name, withoutKey: !dependsOnRowOrder)
                ?? (cascading.contains(name) ? .foreignKeyActions : nil)
                ?? (logged.isComplete ? nil : .schemaUnknown)
            if let reason {
                exact[name.description] = reason
            } else {
                foldable.append(name.description)
            }
        }
    }
}

/// All definitions that tables have in the course of a log.
private struct DefinitionHistory {
    private var definitions: [TableName: [TableDefinition?]] = [:]
    private var neighbours: [TableName: Set<TableName>] = [:]
    private var acting: Set<TableName> = []

    mutating func take(_ change: DefinitionChange) {
        switch change {
        case .created(let table): add(table)
        case .unclear(let name): definitions[name, default: []].append(nil)
        case .copied(let old, let new):
            definitions[new, default: []] += definitions[old] ?? [nil]
            link(old, new)
        }
    }

    mutating func add(_ table: CreatedTable) {
        definitions[table.name, default: []].append(table.definition)
        for reference in table.references {
            link(table.name, reference.table)
            if reference.acts { acting.formUnion([table.name, reference.table]) }
        }
    }

    private mutating func link(_ one: TableName, _ other: TableName) {
        neighbours[one, default: []].insert(other)
        neighbours[other, default: []].insert(one)
    }

    /// Nil where nothing in any of its definitions speaks against folding.
    func reason(_ name: TableName, withoutKey: Bool) -> ExactReason? {
        guard let all = definitions[name] else { return .schemaUnknown }
        let reasons = all.map { definition in
            definition.map { $0.reasonAgainstFolding(withoutKey: withoutKey) } ?? .schemaUnknown
        }
        return reasons.last { $0 != nil } ?? nil
    }

    /// What hangs together, over any foreign key, with one that cascades or sets to NULL.
    var cascading: Set<TableName> {
        var reached = Array(acting)
        var found: Set<TableName> = []
        while let next = reached.popLast() {
            guard found.insert(next).inserted else { continue }
            reached += neighbours[next] ?? []
        }
        return found
    }
}
