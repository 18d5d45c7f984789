/// What a statement's text says that it did: to which tables, how badly, and what is doubtful.
///
/// Names without a schema belong to the statement's default database, which the caller knows. Row
/// counts are not part of it: `limit` and `isWhole` must still be compared with them.
public struct StatementFacts: Sendable, Hashable {
    /// One table that the statement changes; `name` is nil where a whole schema is dropped.
    public struct Table: Sendable, Hashable {
        public var schema: String?
        public var name: String?
        /// The worst first; `[.other]` where the text alone says nothing bad.
        public var kinds: [DestructiveKind]
        public var reasons: [String]
        /// What RENAME called it.
        public var newName: TableName?
    }

    /// How LIMIT bounds the rows that are changed.
    public enum Limit: Sendable, Hashable {
        case rows(UInt64)
        /// Not a plain number.
        case unknown
    }

    public var verb: StatementVerb
    public var tables: [Table]
    public var limit: Limit?
    /// CREATE or DROP TEMPORARY.
    public var isTemporary: Bool
    /// A view, trigger, event or routine: what its body holds is not done.
    public var isDefinition: Bool
    /// The sql_mode is not known and another one reads something else.
    public var isAmbiguous: Bool
    /// False where quotes or comments do not end; then only what stands before that place was read.
    public var isReadable: Bool
    /// CREATE TABLE … SELECT: its rows may follow it.
    public var hasSelect: Bool

    /// Every kind, the worst first.
    public var kinds: [DestructiveKind] { DestructiveKinds(tables.flatMap(\.kinds)).list }

    public var kind: DestructiveKind { kinds.first ?? .other }

    public var isDDL: Bool { verb.isDDL }

    /// It may change rows by what its expressions come to.
    package var evaluates: Bool {
        switch verb {
        case .insert, .replace, .update, .delete, .select, .loadData, .other: true
        case .createTable: hasSelect
        default: false
        }
    }

    init(_ outline: StatementOutline) {
        verb = outline.verb
        isTemporary = outline.isTemporary
        isDefinition = outline.reasons.contains(.definition)
        isAmbiguous = outline.reasons.contains(.ambiguous)
        isReadable = !outline.isUnreadable
        hasSelect = outline.hasSelect
        limit =
            switch outline.limit {
            case .none: nil
            case .rows(let count): .rows(count)
            case .unknown: .unknown
            }
        tables = outline.targets.map { target in
            Table(
                schema: outline.string(target.schema), name: outline.string(target.table),
                kinds: target.kinds.list,
                reasons: target.reasons.texts(detail: outline.string(target.detail) ?? ""),
                newName: outline.string(target.newTable).map {
                    TableName(schema: outline.string(target.newSchema), table: $0)
                })
        }
    }
}
