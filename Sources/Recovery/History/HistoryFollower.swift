public import Binlog

/// What a history is asked for.
public struct HistoryRequest: Sendable {
    /// With its schema.
    public var table: TableName
    /// All of them must hold.
    public var conditions: [ColumnCondition]
    /// What somebody else says of the table; it counts where the log itself tells no names.
    public var definition: TableDefinition?
    /// Changes that are kept, the first ones.
    public var most: Int

    public init(
        table: TableName, conditions: [ColumnCondition], definition: TableDefinition? = nil,
        most: Int
    ) {
        self.table = table
        self.conditions = conditions
        self.definition = definition
        self.most = most
    }
}

/// Follows the rows that meet some conditions through the events of a log.
///
/// A row that has met them is followed by its key, under another key too once an update gives it
/// one, and under another name of the table. Changes count at the end of their transaction; those
/// of one that was rolled back do not.
public struct HistoryFollower: Sendable {
    public internal(set) var history: RowHistory
    /// Grows whenever what is followed changes: what was read ahead under another is void.
    public internal(set) var version = 0

    private let request: HistoryRequest
    var state: State
    /// As the open transaction found it.
    var stateBefore: State
    var group = Group()
    var changes: [RowChange] = []
    var changesBytes = 0
    /// Changes of the open transaction that are counted and not kept.
    var uncounted: UInt64 = 0
    var unresolved: [UnresolvedEvent] = []
    var savepoints = Savepoints<Mark>()
    /// XA transactions that were prepared, and not decided yet.
    private var openXA: Set<XAID> = []
    /// Those that were committed and not prepared in what was read.
    private var unprepared: [Decided] = []
    /// By the slots of the reader's table maps.
    private var sieves: [RowSieve?] = []
    private var buffers = RowSieve.Buffers()
    private var before: [ColumnValue] = []
    private var after: [ColumnValue] = []
    private var statementText: [UInt8]?

    /// What is followed, and what waits for its end.
    struct State: Hashable, Sendable {
        var tables: FollowedTables
        var prepared: [XAID: Prepared] = [:]
        /// Those that hide a followed table, or one that is to come.
        var temporary = TemporaryTables()
        /// How often a followed table's columns may have been defined anew.
        var epoch = 0
    }

    /// Changes of an XA transaction that is prepared.
    struct Prepared: Hashable, Sendable {
        var changes: [RowChange]
        /// Those that are counted and not kept.
        var uncounted: UInt64
    }

    /// An XA transaction that was committed.
    struct Decided: Sendable {
        var xaID: XAID
        var group: Group
    }

    /// What a savepoint of the open transaction goes back to.
    struct Mark: Sendable {
        var changes: Int
        var changesBytes: Int
        var uncounted: UInt64
        var state: State
    }

    struct Group: Sendable {
        var id = BinlogPosition(file: "", offset: 0)
        var timestamp: UInt32 = 0
        var gtid: GTID?
        var serverID: UInt32 = 0
        var threadID: UInt32?
        /// START ALTER, or the ROLLBACK ALTER of one.
        var isNotYet = false
    }

    public init(_ request: HistoryRequest) {
        self.request = request
        history = RowHistory(most: request.most)
        state = State(tables: FollowedTables(request.table))
        stateBefore = state
    }

    /// One that goes on from here and has found nothing yet.
    public var successor: Self {
        var next = self
        next.history = RowHistory(most: request.most)
        next.sieves = []
        next.openXA = []
        next.unprepared = []
        return next
    }

    /// Takes in what a successor found from here on; it must have the version that is here now.
    public mutating func join(_ later: Self) {
        history.add(later.history)
        for decided in later.unprepared where openXA.remove(decided.xaID) == nil {
            unprepared.append(decided)
        }
        openXA.formUnion(later.openXA)
        guard state != later.state else { return }
        state = later.state
        change()
    }

    /// The names under which followed tables stand now.
    public var tables: [TableName] { Array(state.tables.lives.keys) }

    mutating func change() {
        version += 1
        sieves.removeAll(keepingCapacity: true)
    }

    // MARK: Transactions

    /// A transaction begins.
    public mutating func begin(_ transaction: Transaction, id: BinlogPosition) {
        let extra = transaction.head?.extraFlags ?? []
        group = Group(
            id: id, timestamp: transaction.timestamp, gtid: transaction.gtid,
            serverID: transaction.serverID, threadID: transaction.threadID,
            isNotYet: extra.contains(.beginAlter) || extra.contains(.rollbackAlter))
        stateBefore = state
        drop()
    }

    private mutating func drop() {
        changes.removeAll(keepingCapacity: true)
        changesBytes = 0
        uncounted = 0
        unresolved.removeAll(keepingCapacity: true)
        savepoints.removeAll()
        statementText = nil
    }

    /// The transaction is over.
    public mutating func end(_ transaction: Transaction) {
        defer { drop() }
        switch transaction.ending {
        case .xaPrepare: if let id = transaction.xaID { openXA.insert(id) }
        case .xaCommit: decide(transaction.xaID, isCommitted: true)
        case .xaRollback: decide(transaction.xaID, isCommitted: false)
        default: break
        }
        guard !changes.isEmpty || !unresolved.isEmpty || uncounted > 0 else { return }
        // Some logs tell both only inside the transaction, or at its end.
        for index in changes.indices {
            changes[index].threadID = transaction.threadID
            changes[index].timestamp = transaction.timestamp
        }
        for index in unresolved.indices {
            unresolved[index].threadID = transaction.threadID
            unresolved[index].timestamp = transaction.timestamp
        }
        switch transaction.ending {
        case .rollback:
            for change in changes.prefix(1) { unresolved.append(Self.event(change, .rolledBack)) }
            if state != stateBefore {
                state = stateBefore
                self.change()
            }
        case .xaPrepare:
            if let id = transaction.xaID, !changes.isEmpty || uncounted > 0 {
                state.prepared[id] = Prepared(changes: changes, uncounted: uncounted)
                version += 1
            }
        default:
            for change in changes { history.add(change) }
            history.count(uncounted)
        }
        for event in unresolved { history.add(event) }
    }

    private mutating func decide(_ id: XAID?, isCommitted: Bool) {
        guard let id else { return }
        if openXA.remove(id) == nil, isCommitted {
            unprepared.append(Decided(xaID: id, group: group))
        }
        guard let prepared = state.prepared.removeValue(forKey: id) else { return }
        version += 1
        guard isCommitted else { return }
        for change in prepared.changes { history.add(change) }
        history.count(prepared.uncounted)
    }

    /// The logs are over.
    public mutating func finish() {
        let prepared = state.prepared.values.compactMap(\.changes.first).sorted {
            $0.timestamp < $1.timestamp
        }
        for change in prepared { history.add(Self.event(change, .prepared)) }
        state.prepared = [:]
        for decided in unprepared {
            history.add(
                UnresolvedEvent(
                    id: decided.group.id, timestamp: decided.group.timestamp,
                    gtid: decided.group.gtid, threadID: decided.group.threadID, reason: .prepared,
                    statement: nil))
        }
        unprepared = []
        history.numberIncarnations()
        history.markRedefined()
    }

    static func event(
        _ change: RowChange, _ reason: UnresolvedEvent.Reason
    ) -> UnresolvedEvent {
        UnresolvedEvent(
            id: change.id, timestamp: change.timestamp, gtid: change.gtid,
            threadID: change.threadID, reason: reason, statement: change.statement)
    }

    // MARK: Rows

    /// Whether rows of that table are followed.
    public mutating func follows(_ map: TableMap) -> Bool {
        let isFollowed = state.tables[TableName(map)] != nil
        if isFollowed { history.hasMetTable = true }
        return isFollowed
    }

    /// The text beside the rows that follow.
    public mutating func annotate(_ text: RawSpan) {
        statementText = text.withUnsafeBytes { Array($0) }
    }

    /// The statement is over, and with it its text.
    public mutating func endStatement() { statementText = nil }

    /// The statement opened a followed table for writing and told no row of it.
    public mutating func opened() { addUnresolved(.cascade) }

    /// Rows of a followed table.
    ///
    /// - Parameter slot: small and dense; the same map has the same, until `forgetMaps`.
    public mutating func take(
        _ rows: borrowing RowsEvent, _ map: TableMap, slot: Int, _ layouts: RowLayouts
    ) throws(BinlogError) {
        while sieves.count <= slot { sieves.append(nil) }
        let sieve = sieves[slot] ?? makeSieve(map, slot)
        if sieve.isNameless { history.namelessEvents.add(group.id) }
        guard !sieve.isClosed else { return }
        var isIncomplete = false
        var cursor = RowCursor(rows, layouts: layouts)
        var current = sieve
        while try cursor.next() {
            let (before, after) = try current.outcomes(cursor, of: rows, layouts, &buffers)
            switch min(before.best, after.best) {
            case .no: continue
            case .unknown: isIncomplete = true
            case .yes, .guess:
                let oldVersion = version
                try match(cursor, of: rows, current, before: before, after: after)
                if version != oldVersion {
                    while sieves.count <= slot { sieves.append(nil) }
                    current = makeSieve(map, slot)
                }
            }
        }
        if isIncomplete { history.incompleteImages.add(group.id) }
    }

    /// The slots of table maps begin anew.
    public mutating func forgetMaps() { sieves.removeAll(keepingCapacity: true) }

    private mutating func makeSieve(_ map: TableMap, _ slot: Int) -> RowSieve {
        let sieve = RowSieve(
            request.conditions, followed: state.tables[TableName(map)]?.rows ?? [],
            ColumnNames(map, definition: request.definition))
        if let misfit = sieve.misfit {
            history.misfits.insert(misfit)
        } else if !sieve.isNameless {
            history.hasFitted = true
        }
        if sieve.names.areDefined { history.noteDefined(epoch: state.epoch) }
        sieves[slot] = sieve
        return sieve
    }

    private mutating func match(
        _ cursor: borrowing RowCursor, of rows: borrowing RowsEvent, _ sieve: RowSieve,
        before old: RowSieve.Outcome, after new: RowSieve.Outcome
    ) throws(BinlogError) {
        let map = sieve.names.map
        try map.readBefore(cursor, of: rows, into: &before)
        try map.readAfter(cursor, of: rows, into: &after)
        let table = TableName(map)
        if history.hasRoom(behind: changes.count, changesBytes) {
            var change = RowChange(
                id: group.id, operation: rows.operation, timestamp: group.timestamp,
                gtid: group.gtid, threadID: group.threadID, table: table,
                incarnation: state.tables[table]?.incarnation ?? 1,
                columns: Self.columns(rows, sieve.names, before, after),
                isGuess: min(old.best, new.best) == .guess, statement: statement)
            change.isDefinedElsewhere = sieve.names.areDefined
            changes.append(change)
            changesBytes += change.sizeBytes
        } else {
            uncounted += 1
        }
        follow(rows, sieve, table, before: old, after: new)
    }

    /// Keeps the keys under which the row is met next.
    private mutating func follow(
        _ rows: borrowing RowsEvent, _ sieve: RowSieve, _ table: TableName,
        before old: RowSieve.Outcome, after new: RowSieve.Outcome
    ) {
        let names = sieve.names
        let key = names.key ?? request.conditions.compactMap { names.index(of: $0.column) }
        func row(_ first: [ColumnValue], else second: [ColumnValue]) -> [ColumnCondition]? {
            let conditions = key.compactMap { column in
                names.condition(column, first[column], in: rows.rows)
                    ?? names.condition(column, second[column], in: rows.rows)
            }
            return conditions.count == key.count && !key.isEmpty ? conditions : nil
        }
        let oldRow = rows.operation == .insert ? nil : row(before, else: after)
        let newRow = rows.operation == .delete ? oldRow : row(after, else: before)
        let tablesBefore = state.tables
        if let oldRow, let newRow, oldRow != newRow, old.followedIndex != nil {
            state.tables.forget(oldRow, of: table)
        }
        let outcome = rows.operation == .delete ? old.conditions : new.conditions
        if !(sieve.isByKey && outcome <= .guess), let newRow,
            !state.tables.follow(newRow, of: table)
        {
            history.hasTooManyRows = true
        }
        if state.tables != tablesBefore { change() }
    }

    private static func columns(
        _ rows: borrowing RowsEvent, _ names: ColumnNames, _ before: [ColumnValue],
        _ after: [ColumnValue]
    ) -> [RowChange.Column] {
        var columns: [RowChange.Column] = []
        for index in names.map.columns.indices {
            let old = value(before[index], index, names, rows)
            let new = value(after[index], index, names, rows)
            switch rows.operation {
            case .update where new == .absent || old == new: continue
            case .insert where new == .absent, .delete where old == .absent: continue
            default: break
            }
            columns.append(RowChange.Column(name: names[index], before: old, after: new))
        }
        return columns
    }

    private static func value(
        _ value: ColumnValue, _ column: Int, _ names: ColumnNames, _ rows: borrowing RowsEvent
    ) -> RowChange.Value {
        switch value {
        case .absent: .absent
        case .null: .null
        default: .literal(names.map.text(of: value, column: column, in: rows.rows))
        }
    }

    var statement: String? {
        statementText.map { Self.shown($0.span.bytes, mode: nil) }
    }

    /// A statement's text without its secrets, and no more of it than people read.
    static func shown(_ text: RawSpan, mode: SQLMode?) -> String {
        let masked = SecretMask.masked(text, mode: mode)
        let shown = PrintableText.decoded(masked.prefix(mostStatementBytes))
        return masked.count > mostStatementBytes ? shown + " …" : shown
    }

    private static let mostStatementBytes = 4096
}

extension TableName {
    init(_ map: TableMap) { self.init(schema: map.schema, table: map.table) }
}
