public import Binlog
public import Recovery

/// What an export has written.
public struct ExportSummary: Sendable {
    /// A version of a table.
    public struct Table: Sendable {
        public var name: TableName
        public var version: Int
        public var rows: UInt64
    }

    public internal(set) var counts = RowCounts()
    /// Statements that are no changes of rows: DDL, TRUNCATE and the like.
    public internal(set) var definitions = 0
    /// Statements that stand in the log as texts and may have changed rows.
    public internal(set) var notExported = 0
    /// Transactions whose changes are left out since they were rolled back, wholly or in part.
    public internal(set) var rolledBack = 0
    /// XA transactions whose end stands in no log.
    public internal(set) var undecided = 0
    public internal(set) var tables: [Table] = []
    /// Tables whose columns have the names that somebody else told, and where the logs first define
    /// them anew: on the other side of it these may be other columns' names.
    public internal(set) var redefined: [(table: TableName, position: BinlogPosition)] = []
    private var rows: [TableVersion: UInt64] = [:]

    private struct TableVersion: Hashable {
        var name: TableName
        var version: Int
    }

    mutating func add(_ count: UInt64, _ operation: RowOperation, _ table: ExportedTable) {
        counts.add(count, operation)
        rows[TableVersion(name: table.name, version: table.version), default: 0] += count
    }

    /// How many changes of rows a version of a table had.
    func rows(of table: ExportedTable) -> UInt64 {
        rows[TableVersion(name: table.name, version: table.version)] ?? 0
    }
}
