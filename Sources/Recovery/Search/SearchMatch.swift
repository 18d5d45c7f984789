public import Binlog

/// Rows that a statement inserted, updated and deleted in one table.
public struct RowCounts: Sendable, Hashable, Codable {
    public var inserted: UInt64
    public var updated: UInt64
    public var deleted: UInt64

    public init(inserted: UInt64 = 0, updated: UInt64 = 0, deleted: UInt64 = 0) {
        self.inserted = inserted
        self.updated = updated
        self.deleted = deleted
    }

    public var isEmpty: Bool { inserted == 0 && updated == 0 && deleted == 0 }

    public static func += (left: inout Self, right: Self) {
        left.inserted = left.inserted.addingCapped(right.inserted)
        left.updated = left.updated.addingCapped(right.updated)
        left.deleted = left.deleted.addingCapped(right.deleted)
    }
}

extension UInt64 {
    /// The sum, or the greatest value: counts come from a file and may be anything.
    @inline(__always)
    func addingCapped(_ other: UInt64) -> UInt64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}

/// One statement and table that a search found.
public struct SearchMatch: Sendable, Hashable {
    /// The first event of the transaction that holds the change; for XA, of the prepared one.
    public var id: BinlogPosition
    /// The worst of `kinds`.
    public var kind: DestructiveKind
    /// All that the statement did to the table, the worst first.
    public var kinds: [DestructiveKind]
    public var schema: String?
    /// Nil for a whole schema, or a statement that names no table.
    public var table: String?
    /// What a RENAME calls the table from then on.
    public var newName: TableName?
    /// Seconds since 1970 as the statement's own event has it.
    public var timestamp: UInt32
    /// Seconds since 1970 of the group's first event: when its committing statement began.
    public var groupTimestamp: UInt32
    public var gtid: GTID?
    public var serverID: UInt32
    /// Nil where the log does not tell.
    public var threadID: UInt32?
    /// The first byte of the transaction.
    public var begin: BinlogPosition
    /// Behind the last byte of the transaction.
    public var end: BinlogPosition
    /// Nil where the log does not tell, as for statements and DDL.
    public var rows: RowCounts?
    /// The text with its secrets masked, at most 64 KiB of it; nil where the log holds none.
    public var statement: String?
    /// The length of the whole text in the log.
    public var statementSizeBytes: Int
    public var reasons: [String]
    /// The error with which the statement ended on the source, 0 for none.
    public var errorCode: UInt16
    /// How long the statement ran; nil where the log does not tell, as for rows.
    public var executionSeconds: UInt32?
    /// It changes definitions, and so committed by itself.
    public var isDefinition: Bool

    public init(
        id: BinlogPosition, kind: DestructiveKind, kinds: [DestructiveKind], schema: String?,
        table: String?, newName: TableName?, timestamp: UInt32, groupTimestamp: UInt32,
        gtid: GTID?, serverID: UInt32, threadID: UInt32?, begin: BinlogPosition,
        end: BinlogPosition, rows: RowCounts?, statement: String?, statementSizeBytes: Int,
        reasons: [String], errorCode: UInt16, executionSeconds: UInt32? = nil,
        isDefinition: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.kinds = kinds
        self.schema = schema
        self.table = table
        self.newName = newName
        self.timestamp = timestamp
        self.groupTimestamp = groupTimestamp
        self.gtid = gtid
        self.serverID = serverID
        self.threadID = threadID
        self.begin = begin
        self.end = end
        self.rows = rows
        self.statement = statement
        self.statementSizeBytes = statementSizeBytes
        self.reasons = reasons
        self.errorCode = errorCode
        self.executionSeconds = executionSeconds
        self.isDefinition = isDefinition
    }

    /// The reasons as one text; nil where there are none.
    public var reason: String? { reasons.isEmpty ? nil : reasons.joined(separator: "; ") }
}
