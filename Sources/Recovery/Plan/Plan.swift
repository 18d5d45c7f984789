public import Binlog

/// What a recovery will do, before anything is changed.
public struct Plan: Hashable, Sendable, Codable {
    /// The first event to replay.
    public var start: BinlogPosition
    /// The last GTID of each domain that the backup already holds, as far as the log tells.
    public var startGTIDPosition: GTIDPosition
    public var stop: StopPoint
    public var tally: PlanTally
    /// The files that hold what is replayed, in order.
    public var files: [String]
    public var first: TransactionSummary?
    public var last: TransactionSummary?
    /// XA transactions that are prepared and not decided at the stop point: not applied.
    public var openXA: [OpenXA]
    /// Statements that are not run, the first ones; a warning counts them all.
    public var excluded: [ExcludedStatement]
    /// For a time: transactions behind the cut that are stamped before it.
    public var late: LateTransactions
    public var runningAtStop: [TransactionSummary]
    public var warnings: [PlanWarning]
    /// What a torn tail of the last file takes with it, where the user allowed that.
    public var lostTail: LostTail?

    /// The warnings that stop a recovery unless `allowed` names them.
    public func blockers(allowing allowed: Set<String>) -> [PlanWarning] {
        warnings.filter { $0.blocks && !allowed.contains($0.code) }
    }
}

/// What a range of the log holds.
public struct PlanTally: Hashable, Sendable, Codable {
    public var transactions = 0
    public var bytes: UInt64 = 0
    public var rows = RowCounts()
    /// Rows events' statements.
    public var rowStatements = 0
    /// Query events that are run as text.
    public var textStatements = 0
    /// Text statements whose result depends on more than the log holds.
    public var unsafeStatements = 0
    /// Those of them that may change rows by what their expressions come to.
    public var evaluatingStatements = 0
    /// A definition among them makes code whose results no log tells.
    public var makesUnsafeCode = false
    /// Settings that text statements may hang on and no log tells, and how many of them do.
    public var settings: [String: Int] = [:]
    /// A text statement may do something else where a table gives its rows in another order.
    public var dependsOnRowOrder = false
    /// DDL and everything else that must run alone.
    public var barriers = 0
    /// The longest packet that a server must take: an event is never sent in parts.
    public private(set) var largestPacketBytes: UInt64 = 0
    /// What the variables take that the next statement reads: they are sent with it.
    private var variableBytes: UInt64 = 0
    public var usesSystemTimeZone = false
    /// Transactions that changed tables of engines without transactions (MyISAM, Aria).
    public var nonTransactional = 0
    /// LOAD DATA statements, and those of them that ended with an error.
    public var loads = 0
    public var failedLoads = 0

    public var tables = LoggedTables()

    public init() {}

    /// How much data the transactions add, guessed low: what they insert beyond what they delete,
    /// and texts, by their share of the log.
    public var growthBytes: UInt64 {
        let text = UInt64(textStatements)
        let changes = rows.inserted + rows.updated + rows.deleted + text
        let added = rows.inserted - min(rows.inserted, rows.deleted) + text
        guard changes > 0 else { return 0 }
        return UInt64(Double(bytes) * (Double(added) / Double(changes)))
    }

    /// Takes in how long an event becomes where it is sent: as base64, but for variables, whose
    /// values are in hexadecimal, and geometries, whose numbers are.
    public mutating func takeSize(of event: borrowing Event) throws(BinlogError) {
        let bytes = UInt64(event.bytes.byteCount)
        switch event.type {
        case .userVar:
            variableBytes += try UserVarEvent(event).typeName.isEmpty ? 2 * bytes : 4 * bytes
            largestPacketBytes = max(largestPacketBytes, variableBytes)
        case .query, .executeLoadQuery:
            largestPacketBytes = max(largestPacketBytes, variableBytes + bytes)
            variableBytes = 0
        default: largestPacketBytes = max(largestPacketBytes, bytes / 3 * 4)
        }
    }

    static func += (left: inout Self, right: Self) {
        left.transactions += right.transactions
        left.bytes += right.bytes
        left.rows += right.rows
        left.rowStatements += right.rowStatements
        left.textStatements += right.textStatements
        left.unsafeStatements += right.unsafeStatements
        left.evaluatingStatements += right.evaluatingStatements
        left.settings.merge(right.settings, uniquingKeysWith: +)
        left.barriers += right.barriers
        left.makesUnsafeCode = left.makesUnsafeCode || right.makesUnsafeCode
        left.largestPacketBytes = max(left.largestPacketBytes, right.largestPacketBytes)
        left.dependsOnRowOrder = left.dependsOnRowOrder || right.dependsOnRowOrder
        left.usesSystemTimeZone = left.usesSystemTimeZone || right.usesSystemTimeZone
        left.nonTransactional += right.nonTransactional
        left.loads += right.loads
        left.failedLoads += right.failedLoads
        left.tables += right.tables
    }
}

extension RowCounts {
    /// Counts rows of one operation.
    public mutating func add(_ count: UInt64, _ operation: RowOperation) {
        switch operation {
        case .insert: inserted &+= count
        case .update: updated &+= count
        case .delete: deleted &+= count
        }
    }
}

/// An XA transaction that was prepared and neither committed nor rolled back.
public struct OpenXA: Hashable, Sendable, Codable {
    public var xaID: XAID
    /// The transaction that prepared it.
    public var id: BinlogPosition
    public var timestamp: UInt32
}

/// Something the user should know before a recovery; one that blocks must be allowed by its code.
public struct PlanWarning: Hashable, Sendable, Codable {
    /// A time's fraction counts for nothing.
    public static let subSecond = "sub-second"

    public var code: String
    public var message: String
    public var blocks: Bool

    public init(_ code: String, _ message: String, blocks: Bool = false) {
        self.code = code
        self.message = message
        self.blocks = blocks
    }
}
