public import Binlog

/// Finds matches in a log that is fed to it unit by unit, in log order.
///
/// For each transaction group: `beginGroup`, then its statements (`statement` for a Query event;
/// `annotate`, `tableMap` and `rows` for a row statement), then `endGroup`. Matches come out of
/// `takeMatches` when it is certain how a group ended: those of a prepared XA transaction only with
/// its XA COMMIT or XA ROLLBACK, or with `finish`. Texts are views: nothing is kept of a text that
/// makes no match. Per group at most 8 MiB of texts are kept, per text at most 64 KiB.
public struct SearchMatcher: Sendable {
    /// A table, as `register` knows it.
    public struct TableHandle: Sendable, Hashable {
        let index: Int32

        /// Small and dense; one table keeps its number.
        public var number: Int { Int(index) }
    }

    /// What is known at the first event of a transaction group.
    public struct GroupBegin: Sendable {
        /// Which part of a two-phase ALTER the group is; only COMMIT ALTER did something.
        public enum Alter: Sendable { case none, start, commit, rollback }

        /// The first event of the group.
        public var id: BinlogPosition
        public var timestamp: UInt32
        public var gtid: GTID?
        public var serverID: UInt32
        public var threadID: UInt32?
        public var alter: Alter

        public init(
            id: BinlogPosition, timestamp: UInt32, gtid: GTID? = nil, serverID: UInt32 = 0,
            threadID: UInt32? = nil, alter: Alter = .none
        ) {
            self.id = id
            self.timestamp = timestamp
            self.gtid = gtid
            self.serverID = serverID
            self.threadID = threadID
            self.alter = alter
        }
    }

    /// How a group ended.
    ///
    /// An id may be nil where the group's own text names it (`XA END …`, `XA COMMIT …`); after
    /// such a text, `.commit` means what the text says.
    public enum GroupEnd: Sendable {
        case commit, rollback
        case xaPrepared(XATransactionID?)
        case xaCommit(XATransactionID?)
        case xaRollback(XATransactionID?)
    }

    /// What a rows event did to its rows.
    public enum RowChange: Sendable { case insert, update, delete }

    /// What is known of one table, and its part in the group being read.
    struct Table {
        var name: TableName
        var schemaBytes: [UInt8]
        var nameBytes: [UInt8]
        /// Names of columns that may be NULL; nil where the log does not tell.
        var nullableColumns: Set<String>?
        var passesFilter: Bool
        /// The group in which the fields below were set.
        var group: UInt64 = 0
        var sum = TableSum()
    }

    /// The changes of one table in one group.
    struct TableSum {
        var counts = RowCounts()
        var isDeleteReported = false
        var isUpdateReported = false
        /// The last candidate that emptied the table.
        var emptied = -1
        /// Of the statement with which a sum passed the threshold.
        var text: SearchText?
        var timestamp: UInt32 = 0
        /// The number of the row statement that it grew by last.
        var lastStatement: UInt64 = 0
        /// ROLLBACK TO has undone a part of it.
        var isUndone = false
    }

    /// How much of a group stands before a savepoint.
    struct Mark {
        var candidates: Int
        var refills: Int
        var summedStatements: UInt64
    }

    /// Matches of XA transactions that are prepared and not yet decided.
    struct HeldXA {
        var order: UInt64
        var matches: [SearchMatch]
    }

    static let keptTextsSizeBytes = 8 << 20
    static let heldMatches = 65_536

    let filter: SearchFilter
    var tables: [Table] = []
    private var handles: [TableName: Int32] = [:]
    private var matches: [SearchMatch] = []
    private var held: [XATransactionID: HeldXA] = [:]
    private var heldCount = 0
    var temporaryTables = TemporaryTables()

    // The group being read.
    var group = GroupBegin(id: BinlogPosition(file: "", offset: 0), timestamp: 0)
    var groupNumber: UInt64 = 0
    /// Nothing of this group can match; its XA and temporary-table statements still count.
    var isGroupSkipped = false
    var candidates: [SearchCandidate] = []
    /// Those of the group.
    var savepoints = Savepoints<Mark>()
    /// What `insertedLater` of candidates was before it grew, since the first savepoint.
    var refills: [(candidate: Int, before: UInt64)] = []
    /// Row statements of the group that were summed.
    var summedStatements: UInt64 = 0
    var summedTables: [Int32] = []
    var keptSizeBytes = 0
    var xaVerb = StatementVerb.other
    var xaID: XATransactionID?

    // The row statement being read.
    var rowStatement = RowStatement()
    var queries = StatementClassifier()

    public init(filter: SearchFilter = SearchFilter()) { self.filter = filter }

    /// The handle of a table; call it once per table map that is new and keep the result with it.
    ///
    /// `nullableColumns` are the names of its columns that may be NULL, nil where the log has no
    /// names.
    public mutating func register(
        schema: String, table: String, nullableColumns: Set<String>? = nil
    ) -> TableHandle {
        let name = TableName(schema: schema, table: table)
        if let known = handles[name] {
            tables[Int(known)].nullableColumns = nullableColumns
            return TableHandle(index: known)
        }
        let passes =
            filter.tables.isEmpty
            || filter.tables.contains {
                $0.table == table && ($0.schema == nil || $0.schema == schema)
            }
        tables.append(
            Table(
                name: name, schemaBytes: Array(schema.utf8), nameBytes: Array(table.utf8),
                nullableColumns: nullableColumns, passesFilter: passes))
        let handle = Int32(clamping: tables.count - 1)
        handles[name] = handle
        return TableHandle(index: handle)
    }

    /// The table that `register` gave the handle for.
    public func name(of handle: TableHandle) -> TableName { tables[Int(handle.index)].name }

    /// The matches found since the last call, in the order in which they became certain.
    public mutating func takeMatches() -> [SearchMatch] {
        if matches.isEmpty { return [] }
        var taken: [SearchMatch] = []
        swap(&taken, &matches)
        return taken
    }

    /// Whether what comes next can be matched without what has been: no XA transaction is prepared
    /// with matches, and no temporary table is known.
    public var isIndependent: Bool { held.isEmpty && temporaryTables.isEmpty }

    /// A server start stands in the log: its temporary tables are gone.
    public mutating func serverRestarted() { temporaryTables.removeAll() }

    /// The first event of a group.
    public mutating func beginGroup(_ group: GroupBegin) {
        discardGroup()
        self.group = group
        groupNumber += 1
        isGroupSkipped =
            (filter.serverID.map { $0 != group.serverID } ?? false)
            || (filter.gtid.map { $0 != group.gtid } ?? false)
            || group.alter == .start
    }

    private mutating func discardGroup() {
        rowStatement.reset()
        candidates.removeAll(keepingCapacity: true)
        savepoints.removeAll()
        refills.removeAll()
        for index in summedTables { tables[Int(index)].sum.text = nil }
        summedTables.removeAll(keepingCapacity: true)
        keptSizeBytes = 0
        xaVerb = .other
        xaID = nil
    }

    /// The last event of a group; `end` is the position behind it.
    public mutating func endGroup(_ ending: GroupEnd, at end: BinlogPosition) {
        finishRowStatement()
        addSums()
        switch ending {
        case .commit where xaVerb == .xaCommit:
            decide(xaID, isRolledBack: false, end)
        case .commit where xaVerb == .xaRollback:
            decide(xaID, isRolledBack: true, end)
        case .commit: emit(isRolledBack: group.alter == .rollback, end)
        case .rollback: emit(isRolledBack: true, end)
        case .xaPrepared(let id): hold(id ?? xaID, end)
        case .xaCommit(let id): decide(id ?? xaID, isRolledBack: false, end)
        case .xaRollback(let id): decide(id ?? xaID, isRolledBack: true, end)
        }
        discardGroup()
    }

    /// The log is over: XA transactions still prepared become matches that say so.
    public mutating func finish() {
        for entry in held.values.sorted(by: { $0.order < $1.order }) {
            emitUndecided(entry.matches)
        }
        held.removeAll()
        heldCount = 0
    }

    // MARK: From candidates to matches

    private mutating func emit(isRolledBack: Bool, _ end: BinlogPosition) {
        let keepsRolledBack = filter.wantsOther || filter.keepsDefinitions
        if candidates.isEmpty || (isRolledBack && !keepsRolledBack) { return }
        for candidate in candidates {
            let match = match(candidate, end)
            append(isRolledBack ? Self.rolledBack(match) : match)
        }
    }

    private mutating func append(_ match: SearchMatch) {
        if filter.accepts(match) { matches.append(match) }
    }

    private static func rolledBack(_ match: SearchMatch) -> SearchMatch {
        var match = match
        match.kind = .other
        match.kinds = [.other]
        match.reasons.insert(contentsOf: StatementReasons.rolledBack.texts(), at: 0)
        return match
    }

    private func match(_ candidate: SearchCandidate, _ end: BinlogPosition) -> SearchMatch {
        var reasons = candidate.reasons
        let deleted = candidate.rows?.deleted ?? 0
        if candidate.insertedLater > 0, candidate.insertedLater.addingCapped(deleted / 2) >= deleted
        {
            reasons.insert(.refilled)
        }
        if reasons.contains(.undone) { reasons.remove(.refilled) }
        if candidate.errorCode != 0 { reasons.insert(.failed) }
        let kinds = candidate.kinds.list
        return SearchMatch(
            id: group.id, kind: kinds[0], kinds: kinds, schema: candidate.schema,
            table: candidate.table, newName: candidate.newName, timestamp: candidate.timestamp,
            groupTimestamp: group.timestamp, gtid: group.gtid, serverID: group.serverID,
            threadID: candidate.threadID ?? group.threadID, begin: group.id, end: end,
            rows: candidate.rows, statement: candidate.text?.text,
            statementSizeBytes: candidate.text?.sizeBytes ?? 0,
            reasons: reasons.texts(detail: candidate.detail) + candidate.notes,
            errorCode: candidate.errorCode, executionSeconds: candidate.executionSeconds,
            isDefinition: candidate.isDefinition)
    }

    // MARK: XA

    private mutating func hold(_ id: XATransactionID?, _ end: BinlogPosition) {
        let found = candidates.map { match($0, end) }
        guard let id else {
            emitUndecided(found)
            return
        }
        if let earlier = held.removeValue(forKey: id) {
            heldCount -= earlier.matches.count
            emitUndecided(earlier.matches)
        }
        if found.isEmpty { return }
        guard heldCount + found.count <= Self.heldMatches else {
            emitUndecided(found)
            return
        }
        heldCount += found.count
        held[id] = HeldXA(order: groupNumber, matches: found)
    }

    private mutating func decide(
        _ id: XATransactionID?, isRolledBack: Bool, _ end: BinlogPosition
    ) {
        if let id, let entry = held.removeValue(forKey: id) {
            heldCount -= entry.matches.count
            for match in entry.matches {
                append(isRolledBack ? Self.rolledBack(match) : match)
            }
        }
        // XA COMMIT … ONE PHASE ends the group that holds the changes themselves.
        emit(isRolledBack: isRolledBack, end)
    }

    private mutating func emitUndecided(_ undecided: [SearchMatch]) {
        for var match in undecided {
            match.reasons.insert(contentsOf: StatementReasons.undecidedXA.texts(), at: 0)
            append(match)
        }
    }

    // MARK: Texts

    /// Takes what is kept of a text; nil once the group's texts are too many.
    mutating func keep(_ text: SQLText, mode: SQLMode?, sizeBytes: Int) -> SearchText? {
        let size = min(text.count, SearchText.keptSizeBytes)
        guard keptSizeBytes + size <= Self.keptTextsSizeBytes else { return nil }
        keptSizeBytes += size
        return SearchText(text, mode: mode, sizeBytes: sizeBytes)
    }
}
