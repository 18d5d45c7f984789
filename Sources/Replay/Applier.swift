internal import Binlog
internal import BinlogFiles
internal import Recovery
internal import Server

/// Applies transactions to the target in the log's order, many in one commit.
///
/// Fed event by event, or with the net effect of a stretch. Rows gather in a batch; statements
/// make the batch go first. What a source transaction did stays together: commits fall only between
/// transactions, or around a statement that commits by itself.
struct Applier: ~Copyable {
    private(set) var session: TargetSession
    /// How far everything applied reaches, once the open transaction is committed.
    private(set) var reached: Checkpoint
    let limits: Limits

    /// What is done with stretches; nil where everything is applied event by event.
    private(set) var netEffect: NetEffect?
    private var lanes: LaneGroup
    /// What an earlier run has begun to commit: up to its end nothing else is committed.
    private(set) var unfinished: UnfinishedWindow?
    /// Something has been applied event by event since the last commit.
    private var holdsEvents = false
    private var schema: TargetSchema
    /// Table maps that the target's tables fit.
    private var fitting = FittingMaps()
    /// What has gathered or gone since the last commit beside what is folded.
    private var exactBytes = 0
    /// Grows when definitions may have changed.
    private(set) var definitions = 0
    private var rows = RowsBatch()
    private var registry = TableMapRegistry()
    /// Tables of the statement being read whose rows go as statements.
    private var sequenceIDs: Set<UInt64> = []
    private var judge = StatementJudge()
    private var temporaries: TemporaryTables
    private let loads: LoadFiles
    private var flavor = FormatDescription.Flavor.mariadb
    private var context: StatementContext
    private var uncommittedTransactions: UInt64 = 0
    private var uncommittedBytes = 0
    /// Something of the transaction being read has been sent already.
    private var hasSentPart = false
    /// How much of the batch belongs to transactions before the one being read.
    private var earlierRowBytes = 0
    /// A table of the transaction being read cannot be rolled back on the target.
    private var mapsFixedTable = false
    /// The transaction being read cannot be rolled back, and the checkpoint says so.
    private var isUnsure = false
    /// What the transaction being read adds to the tally.
    private var current = ReplayTally()

    init(
        _ session: consuming TargetSession, collations: CollationCatalog, systemZone: String? = nil,
        isExact: Bool = false, foldsWithoutKey: Bool = false, limits: Limits = Limits(),
        lanes: LaneGroup = LaneGroup(1, open: nil), unfinished: UnfinishedWindow? = nil,
        loads: LoadFiles = LoadFiles(nil), temporaries: TemporaryTables = TemporaryTables()
    ) {
        self.loads = loads
        self.temporaries = temporaries
        schema = TargetSchema(foldsWithoutKey: foldsWithoutKey)
        if !limits.sendsEachEvent {
            netEffect = NetEffect(
                foldsNothing: isExact, findsByKey: limits.findsByKey,
                givenUp: unfinished?.givenUp ?? [])
        }
        self.lanes = lanes
        self.unfinished = unfinished
        reached = session.checkpoint
        self.session = session
        context = StatementContext(collations, systemZone: systemZone)
        self.limits = limits
        self.session.holdsTemporaryTables = !temporaries.isEmpty
    }

    /// Takes a file's Format_description; `isDone` where what follows it was applied before.
    mutating func take(
        format event: borrowing Event, _ format: FormatDescription, in file: String, isDone: Bool
    ) throws {
        if !isDone { try abandon(at: BinlogPosition(file: file, offset: event.offset)) }
        if format.created != 0, !isDone, !temporaries.isEmpty {
            try commit()
            try session.drop(temporaries.takeAll())
            // What is refused behind it can be sent again in any session.
            reached.hasTemporaryTables = false
            try session.commit(reached)
        }
        context.writer = WriterVersion(format.serverVersion)
        flavor = format.flavor
        registry.use(flavor)
        let prelude = FormatPrelude(event, flavor)
        if session.mustCommit(before: prelude) { try commit() }
        session.use(prelude)
    }

    /// Takes an event inside a transaction that does not end it, or the statement that is one.
    mutating func take(_ event: borrowing Event, of transaction: Transaction, in file: String)
        throws
    {
        switch event.type {
        case .tableMap:
            try session.settle()
            let handle = try registry.record(event)
            let tableID = registry[handle].tableID
            try checkFit(of: handle, of: transaction, at: event.offset, in: file)
            if transaction.head == nil, try !schema.rollsBack(registry[handle], session.connection)
            {
                mapsFixedTable = true
            }
            if try session.needsStatements(forSequence: registry[handle]) {
                sequenceIDs.insert(tableID)
            } else {
                rows.add(tableMap: event, tableID: tableID)
            }
        case let type where type.isRows:
            try beginUnsure(transaction)
            if !rows.isEmpty, rows.sizeBytes + event.bytes.byteCount > session.pieceBytes {
                try sendRows()
            }
            try takeRows(event, of: transaction, in: file)
        case .query, .executeLoadQuery: try takeQuery(event, of: transaction, in: file)
        case .beginLoadQuery, .appendBlock: try loads.add(event)
        case .deleteFile: loads.remove(try DeleteFileEvent(event).fileID)
        case .intvar, .rand, .userVar: try context.take(event)
        case let type where type.beginsTransaction: try begin()
        case .annotateRows, .rowsQuery, .transactionPayload: break
        default:
            throw BinlogError(
                event.type.support == .unknown ? .unknownEvent : .unsupportedEvent,
                "\(event.type) events cannot be replayed by this version", file: file,
                offset: event.offset)
        }
    }

    /// Ends the transaction being read; `position` is the first byte behind it.
    mutating func end(
        _ transaction: Transaction, isRolledBack: Bool, at position: BinlogPosition
    ) throws {
        if isRolledBack {
            try sendRows()
            try session.rollBackToMark()
        }
        forgetTransaction()
        current.transactions = 1
        current.bytes = transaction.sizeBytes
        holdsEvents = true
        try add(current, at: position)
    }

    /// The file of a server that died ends inside the transaction being read, if there is one: it
    /// never happened, but on tables that cannot roll back. `position` is behind it.
    private mutating func abandon(at position: BinlogPosition) throws {
        if isUnsure { try sendRows() }
        if hasSentPart { try session.rollBackToMark() }
        _ = rows.split(after: hasSentPart ? 0 : earlierRowBytes)
        current = ReplayTally()
        forgetTransaction()
        guard isUnsure else { return }
        try commit(at: position)
        isUnsure = false
    }

    private mutating func forgetTransaction() {
        session.forgetMark()
        mapsFixedTable = false
        endStatement()
        rows.close()
        context.clear()
        hasSentPart = false
    }

    /// Whole transactions have been taken.
    private mutating func add(_ tally: ReplayTally, at position: BinlogPosition) throws {
        uncommittedTransactions += tally.transactions
        uncommittedBytes += Int(clamping: tally.bytes)
        reached.position = position
        reached.tally += tally
        current = ReplayTally()
        earlierRowBytes = rows.bytes.count
        if isUnsure || isFull { try commit() }
    }

    /// Whether enough has gathered for a commit.
    private var isFull: Bool {
        if let unfinished { return reached.position == unfinished.end }
        guard let netEffect, !netEffect.isEmpty else {
            return uncommittedTransactions >= limits.transactions
                || uncommittedBytes >= limits.bytes
        }
        return exactBytes >= limits.exactBytes
            || netEffect.memoryToGrowBytes >= limits.memoryBytes
            || uncommittedTransactions >= limits.windowTransactions
    }

    /// What has been folded goes before a transaction that is applied event by event: it may end in
    /// ROLLBACK, read any table, or change engines that cannot go back.
    private mutating func begin() throws {
        let mustGo = netEffect?.isEmpty == false || holdsTemporaryTables && !rows.isEmpty
        if mustGo || unfinished != nil { try commit() }
    }

    /// Commits everything up to the newest transaction that has ended.
    mutating func commit() throws {
        precondition(!hasSentPart && current == ReplayTally(), "a commit inside a transaction")
        try commit(at: nil)
        isUnsure = false
    }

    /// The same with the place that a resume begins at, where it is not behind a transaction.
    private mutating func commit(at position: BinlogPosition?) throws {
        try unfinished?.checkEnd(reached.position)
        let lost = netEffect?.lostCounters ?? [:]
        // Raising one commits. Beforehand it is as good, and cannot be lost in a crash.
        let raisesFirst = !session.isOpen
        if raisesFirst { try raise(lost) }
        try session.send(&rows)
        let window = LaneGroup.Window(
            begin: session.checkpoint.position, end: reached.position,
            done: unfinished?.done ?? [])
        if let sent = try netEffect?.send(to: &session, &lanes, window) {
            reached.tally.applied += sent
        }
        earlierRowBytes = 0
        countBatch()
        if let position { reached.position = position }
        try lanes.commit()
        try session.commit(reached)
        unfinished = nil
        if !raisesFirst { try raise(lost) }
        netEffect?.forgetSent()
        holdsEvents = false
        exactBytes = 0
    }

    private mutating func countBatch() {
        if uncommittedTransactions > 0 { reached.tally.batches += 1 }
        uncommittedTransactions = 0
        uncommittedBytes = 0
    }

    private mutating func raise(_ counters: [TargetSchema.Name: UInt64]) throws {
        for (table, value) in counters { try session.raiseCounter(of: table, to: value) }
    }

    /// A transaction on tables that cannot roll back goes alone, and the checkpoint says beforehand
    /// that it is under way: cut off in it, nobody can tell how much of it has been applied.
    /// MariaDB tells with the GTID; else it is told by the target's own tables.
    private mutating func beginUnsure(_ transaction: Transaction) throws {
        guard !isUnsure, !hasSentPart, rows.sizeBytes == earlierRowBytes,
            transaction.head.map({
                $0.flags.isDisjoint(with: [.transactional, .ddl, .standalone])
            }) ?? mapsFixedTable
        else { return }
        // The rows at hand belong to transactions that have ended.
        try session.sendWholeGroups(&rows)
        earlierRowBytes = 0
        countBatch()
        var unsure = reached
        unsure.fingerprint = Checkpoint.unsureRows
        try session.commit(unsure)
        isUnsure = true
    }

    // MARK: Stretches

    /// What is to be done with the tables of a stretch; the rows of `inOrder` go in their order.
    mutating func work(
        on stretch: Stretch, inOrder: Set<TargetSchema.Name> = []
    ) throws -> StretchFeed<StretchOutcome>.Work {
        if !stretch.newTables.isEmpty { try session.settle() }
        try netEffect?.learn(stretch.newTables, &schema, from: session)
        // What could be folded does not cascade.
        let routes = inOrder.reduce(into: netEffect?.routes ?? [:]) { routes, name in
            routes[name] = .exact(ignoresForeignKeys: true)
        }
        let pieceBytes = session.pieceBytes
        return { () throws(BinlogError) in
            try StretchFolder.fold(stretch, routes, pieceBytes: pieceBytes)
        }
    }

    /// The rows of a table go in the source's order from now on.
    mutating func giveUp(_ table: TargetSchema.Name) { netEffect?.giveUp(table) }

    /// Takes what a stretch comes to, which stands behind everything taken so far.
    mutating func take(
        _ fold: StretchFold, of stretch: Stretch, at position: BinlogPosition
    ) throws {
        if netEffect?.mustGo(before: fold) == true { try commit() }
        // A window that lanes share holds nothing that was applied event by event, nor does one
        // that may have to be sent again in this session.
        if holdsEvents, holdsTemporaryTables || fold.folds.contains(where: { !$0.isEmpty }) {
            try commit()
        }
        try unfinished?.checkIsFolded(in: fold)
        for piece in fold.pieces {
            if rows.sizeBytes + piece.count > session.pieceBytes { try session.send(&rows) }
            rows.add(groups: piece)
            exactBytes += piece.count
        }
        try netEffect?.take(fold)
        var tally = ReplayTally()
        tally.transactions = stretch.transactionCount
        tally.bytes = UInt64(stretch.range.count)
        tally.rows = fold.rows
        tally.applied = fold.exactRows
        try add(tally, at: position)
    }

    // MARK: Rows

    /// The server applies rows of another number of columns without a word.
    private mutating func checkFit(
        of handle: TableMapRegistry.Handle, of transaction: Transaction, at offset: UInt64,
        in file: String
    ) throws(ReplayFailure) {
        guard !fitting.contains(handle, registry.generation) else { return }
        let difference = try ReplayFailure.server { () throws(ServerError) in
            try schema.difference(from: registry[handle], session.connection)
        }
        if let difference {
            throw ReplayFailure(
                .columnsDiffer,
                "\(difference); the rows are of transaction \(file):\(transaction.beginOffset)",
                hint: "take the backup that belongs to the log, or make the table as the log has "
                    + "it and resume", file: file, offset: offset)
        }
        // For the list of tables that are not folded.
        try netEffect?.learn([registry[handle]], &schema, from: session)
        fitting.insert(handle, registry.generation)
    }

    private mutating func takeRows(
        _ event: borrowing Event, of transaction: Transaction, in file: String
    ) throws {
        let rowsEvent = try RowsEvent(event)
        if rowsEvent.isDummy { return endStatement() }
        let handle = try registry.table(of: rowsEvent)
        let count = try registry.countRows(in: rowsEvent, of: handle)
        current.rows.add(UInt64(count), rowsEvent.operation)
        current.applied.add(UInt64(count), rowsEvent.operation)
        exactBytes += event.bytes.byteCount
        if sequenceIDs.contains(rowsEvent.tableID) {
            try session.run(SequenceRow.statements(of: rowsEvent, registry[handle]))
            if rowsEvent.endsStatement { rows.close() }
        } else {
            try rows.add(
                rows: event, tableID: rowsEvent.tableID, endsStatement: rowsEvent.endsStatement)
            if limits.sendsEachEvent || holdsTemporaryTables {
                try sendAlone(event, registry[handle], of: transaction, in: file)
            }
        }
        if rowsEvent.endsStatement { endStatement() }
    }

    private mutating func sendAlone(
        _ event: borrowing Event, _ map: TableMap, of transaction: Transaction, in file: String
    ) throws {
        rows.close()
        let group = rows.bytes
        do {
            try sendRows()
        } catch let failure as ReplayFailure where failure.isOfRows {
            let id = BinlogPosition(file: file, offset: transaction.beginOffset)
            let row = RefusedRow(transaction: id, map: map, group: group)
            throw try row.name(failure, event, in: &session)
        }
    }

    private mutating func endStatement() {
        rows.endStatement()
        registry.endStatement()
        sequenceIDs.removeAll(keepingCapacity: true)
    }

    /// Sends what has gathered while a transaction is being read.
    private mutating func sendRows() throws {
        try beginPart()
        try session.send(&rows)
    }

    /// Before the first part of a transaction goes, the ones before it go and a mark is set: it may
    /// end in ROLLBACK.
    private mutating func beginPart() throws {
        guard !hasSentPart else { return }
        try sendEarlierRows()
        hasSentPart = true
    }

    private mutating func sendEarlierRows() throws {
        var own = rows.split(after: earlierRowBytes)
        try session.send(&rows)
        swap(&own, &rows)
        earlierRowBytes = 0
        try session.mark(before: reached)
    }

    // MARK: Statements

    /// No other session can go on from the newest checkpoint: a row that is refused is named at
    /// once.
    private var holdsTemporaryTables: Bool {
        !temporaries.isEmpty || session.checkpoint.hasTemporaryTables
    }

    /// See `Replayer.temporaryTables`. Rows that were folded do not change them; what is applied
    /// event by event may, and no ROLLBACK brings back one that was dropped.
    consuming func temporaryTables() -> TemporaryTables.Session? {
        let canKeep =
            session.checkpoint.hasTemporaryTables && !holdsEvents && !hasSentPart && !isUnsure
        let tables = temporaries
        guard canKeep, let connection = session.rolledBack() else { return nil }
        return TemporaryTables.Session(connection: connection, tables: tables)
    }

    private mutating func takeQuery(
        _ event: borrowing Event, of transaction: Transaction, in file: String
    ) throws {
        let query = try QueryEvent(event)
        let status = try query.statusVariables(flavor)
        let isAlone = transaction.isStandalone
        var policy = judge.policy(
            of: query.text, mode: SQLMode(bits: status.sqlMode ?? 0), isAlone: isAlone,
            hasFile: query.load != nil)
        defer {
            context.clear()
            if let load = query.load { loads.remove(load.fileID) }
        }
        if let facts = judge.facts, facts.isTemporary || !temporaries.isEmpty {
            policy = temporaries.policy(
                policy, facts, isAlone: isAlone,
                of: TemporaryTables.Owner(
                    serverID: event.header.serverID, threadID: query.threadID),
                in: query.database.decodedText())
            if !temporaries.isEmpty { session.holdsTemporaryTables = true }
            reached.hasTemporaryTables = !temporaries.isEmpty
        }
        let unsafe = session.unsafeCode.reason(for: query, judge)
        let id = BinlogPosition(file: file, offset: transaction.beginOffset)
        switch policy {
        case .control, .excluded: return
        case .refused(let what):
            throw BinlogError(
                .unsupportedEvent, "\(what) cannot be replayed by this version", file: file,
                offset: event.offset)
        case .run:
            try beginUnsure(transaction)
            try beginPart()
            try session.send(&rows)
            exactBytes += event.bytes.byteCount
            if judge.facts?.verb == .savepoint { session.setMark() }
            try session.run(
                logged(query, status, event),
                at: BinlogPosition(file: file, offset: event.offset))
            current.statements += 1
            if let unsafe { current.unsafeCalls.add(unsafe, in: id) }
        case .step where event.isUnpacked && !event.header.type.isCompressed:
            // Nothing tells a place within it, and a resume would lose what follows.
            throw BinlogError(
                .unsupportedEvent, "a statement that commits by itself stands in a payload",
                file: file, offset: event.offset)
        case .step(let storesMode):
            // The checkpoint says that the step is next.
            try commit(at: BinlogPosition(file: file, offset: event.offset))
            var done = reached
            done.hasTemporaryTables = !temporaries.isEmpty
            done.position = BinlogPosition(file: file, offset: event.endOffset)
            done.tally.statements += 1
            if let unsafe { done.tally.unsafeCalls.add(unsafe, in: id) }
            try session.runStep(
                logged(query, status, event, isStep: true, storesMode: storesMode), after: done)
            reached = session.checkpoint
            isUnsure = false
            hasSentPart = false
            earlierRowBytes = 0
            netEffect?.forgetDefinitions()
            schema.forget()
            fitting = FittingMaps()
            definitions += 1
        }
    }

    private func logged(
        _ query: borrowing QueryEvent, _ status: StatusVariables, _ event: borrowing Event,
        isStep: Bool = false, storesMode: Bool = false
    ) throws -> LoggedStatement {
        var state = try context.state(
            for: query, status, event.header, isStep: isStep, keepsMode: storesMode,
            findsTemporaryTables: session.holdsTemporaryTables && session.keepsServerID)
        if judge.dropsTemporaryTables, query.isGeneratedByServer { state.useUTF8() }
        // A definition's text names its definer.
        let invoker = isStep && !storesMode ? status.invoker : nil
        return try LoggedStatement(
            query, event, state, judge, isDefinition: storesMode, invoker: invoker, loads: loads)
    }
}
