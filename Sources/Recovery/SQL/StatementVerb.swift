/// What a statement begins with, after SET STATEMENT … FOR and the like.
public enum StatementVerb: UInt8, Sendable {
    case select, insert, replace, update, delete, loadData
    case truncateTable, dropTable, dropDatabase, createTable, alterTable, renameTable
    /// CREATE of a view, trigger, event, procedure, function or package: its body is not run.
    case definition
    /// Any other CREATE, DROP, ALTER or RENAME, of views, indexes, sequences, users, …
    case otherDDL
    case begin, commit, rollback, savepoint
    case xaStart, xaEnd, xaPrepare, xaCommit, xaRollback
    case other

    /// Whether it only begins, ends or marks a transaction.
    public var isTransactionControl: Bool {
        switch self {
        case .begin, .commit, .rollback, .savepoint, .xaStart, .xaEnd, .xaPrepare, .xaCommit,
            .xaRollback:
            true
        default: false
        }
    }

    /// Whether it changes definitions, and so commits by itself.
    public var isDDL: Bool {
        switch self {
        case .truncateTable, .dropTable, .dropDatabase, .createTable, .alterTable, .renameTable,
            .definition, .otherDDL:
            true
        default: false
        }
    }

    /// Whether its rows, not its text, say what it did.
    var changesRows: Bool {
        switch self {
        case .insert, .replace, .update, .delete, .loadData: true
        default: false
        }
    }
}
