internal import Binlog
internal import Recovery
internal import Server

/// The one session on the target that a replay works in.
///
/// It knows what the session's variables are, so that only differences are sent, and keeps every
/// change together with its checkpoint in one transaction.
struct TargetSession: ~Copyable {
    let connection: Connection
    /// The checkpoint as it stands in the target, or will with the open transaction.
    private(set) var checkpoint: Checkpoint

    /// What the session's variables are; nil where row events may have changed them.
    private var state: SessionState?
    /// Every statement may leave the variables otherwise or read what it does not tell of: some
    /// code that the target keeps does, or nobody has looked.
    var mustSetAll = true
    /// What the target keeps that statements may run and whose results no log tells.
    var unsafeCode = UnsafeCode()
    var database: [UInt8]?
    /// A transaction is open.
    private(set) var isOpen = false
    private var sender = RowSender()
    /// Statements that have not been sent, and those whose answers are on the way.
    ///
    /// Everything else waits for them: `settle`.
    private var queue = StatementQueue()
    private var underWay = StatementQueue()
    /// How long the answers to the last text were on average.
    private var answerBytes = 0
    /// For the last answers of a text the session waits on the socket: the next text can go as
    /// soon as they are there.
    private static let awaitedStatements = 8
    let evidence: StepEvidence
    /// The target is nobody else's: its global id may change for the length of a statement.
    var lendsServerID = false
    /// What it gets back, also where a run was killed meanwhile.
    var ownServerID: UInt32?
    /// The target logs what is replayed.
    private var writesBinlog = false
    /// An earlier run was cut off while this step was under way.
    var unsureStep: UInt64?

    init(_ connection: consuming Connection, checkpoint: Checkpoint, evidence: StepEvidence) {
        self.connection = connection
        self.checkpoint = checkpoint
        self.evidence = evidence
        unsureStep = checkpoint.pendingStep
    }

    /// Sets what holds for the whole session.
    ///
    /// - Parameter runsStatements: the target is looked through for code that hangs on its session.
    ///   It may have thousands of tables, and who replays rows only need not wait. Later is too
    ///   late: the definitions stand in Aria tables, and a transaction that has read one takes no
    ///   SAVEPOINT.
    mutating func begin(writesBinlog: Bool, runsStatements: Bool) throws(ReplayFailure) {
        self.writesBinlog = writesBinlog
        if lendsServerID, let ownServerID { try run("SET GLOBAL server_id=\(ownServerID)") }
        do throws(ServerError) {
            pieceBytes = try SessionSetup.apply(
                to: connection, writesBinlog: writesBinlog, marksSteps: evidence == .markers)
        } catch {
            throw ReplayFailure(error)
        }
        guard runsStatements else { return }
        mustSetAll = try look(StoredCode.needsWholeSession)
        unsafeCode = try look(UnsafeCode.init)
    }

    /// Reads what the target keeps, under settings of our own: those of the log's last statement
    /// may say how definitions are written, and what a query means.
    mutating func look<Found>(
        _ body: (borrowing Connection) throws(ServerError) -> Found
    ) throws(ReplayFailure) -> Found {
        try run(SessionSetup.ownSettings)
        state = nil
        return try ReplayFailure.server { () throws(ServerError) in try body(connection) }
    }

    /// How many bytes of row events go in one BINLOG statement, unless a single one is larger.
    private(set) var pieceBytes = SessionSetup.largestPieceBytes

    // MARK: Rows

    /// Takes over a log's format; it is sent before the next rows.
    mutating func use(_ prelude: FormatPrelude) { sender.use(prelude) }

    /// What has gathered must be committed before a format is taken over.
    func mustCommit(before prelude: FormatPrelude) -> Bool {
        prelude.flavor == .mysql && prelude != format
    }

    /// The format that was taken over last.
    var format: FormatPrelude? { sender.format }

    /// Sends whole groups of row events; they become part of the open transaction.
    mutating func send(_ rows: inout RowsBatch) throws(ReplayFailure) {
        rows.close()
        try sendWholeGroups(&rows)
    }

    /// The same for rows that end with a whole group; a group being gathered is not touched.
    mutating func sendWholeGroups(_ rows: inout RowsBatch) throws(ReplayFailure) {
        guard !rows.isEmpty else { return }
        try send(piece: rows.bytes)
        rows.removeAll()
    }

    /// The same for groups that somebody else made.
    mutating func send(piece: [UInt8]) throws(ReplayFailure) {
        try settle()
        try open()
        try leaveTemporaryTables()
        state = nil
        do throws(ServerError) {
            try sender.send(piece, over: connection)
        } catch {
            throw ReplayFailure(ofRows: error)
        }
    }

    /// Whether a table is a sequence of a target whose BINLOG does not take a sequence's rows; no
    /// statement may wait.
    func needsStatements(forSequence map: TableMap) throws(ReplayFailure) -> Bool {
        // Nor does 10.11.19 take one with a part of the columns where it logs what it is given.
        let takesRows = SequenceRow.isTakenAsRow(by: connection.serverVersion) && !writesBinlog
        guard SequenceRow.fits(map), !takesRows else { return false }
        return try ReplayFailure.server { () throws(ServerError) in
            try connection.value(SequenceRow.query(map)) == "1"
        }
    }

    /// Runs statements that stand for rows; they become part of the open transaction.
    mutating func run(
        _ statements: [String], inTransaction: Bool = true
    ) throws(ReplayFailure) {
        if inTransaction { try open() }
        // Their names are UTF-8, whatever statement was the last one.
        try run("SET @@session.character_set_client=utf8mb4")
        try leaveTemporaryTables()
        state = nil
        for statement in statements { try run(statement) }
    }

    // MARK: Temporary tables

    /// It holds temporary tables of the source's connections.
    var holdsTemporaryTables = false

    /// The connection as it was at the newest checkpoint, its temporary tables still there; nil
    /// where it takes no more statements.
    consuming func rolledBack() -> Connection? {
        do throws(ReplayFailure) {
            try execute("ROLLBACK;SET @@session.character_set_client=utf8mb4")
            try leaveTemporaryTables()
            return connection
        } catch {
            return nil
        }
    }

    /// Temporary tables are found by a server's id too, which a session may set: so with MariaDB.
    var keepsServerID: Bool { connection.serverVersion.isMariaDB }

    /// Has names mean the tables that all see.
    private mutating func leaveTemporaryTables() throws(ReplayFailure) {
        guard holdsTemporaryTables else { return }
        try run("SET SESSION pseudo_thread_id=0" + (keepsServerID ? ",server_id=DEFAULT" : ""))
        state = nil
    }

    /// Drops those that are left; they do not commit.
    mutating func drop(_ tables: [TemporaryTables.Table]) throws(ReplayFailure) {
        guard !tables.isEmpty else { return }
        try run("SET @@session.character_set_client=utf8mb4")
        for table in tables {
            let name = SQLText.quoteIdentifier(table.name.table)
            let schema = SQLText.quoteIdentifier(table.name.schema ?? "")
            try run(
                "SET SESSION pseudo_thread_id=\(table.owner.threadID)"
                    + (keepsServerID ? ",server_id=\(table.owner.serverID)" : "") + ";"
                    + "DROP TEMPORARY TABLE IF EXISTS \(schema).\(name)")
        }
        try leaveTemporaryTables()
        state = nil
        holdsTemporaryTables = false
    }

    // MARK: Transactions

    private mutating func open() throws(ReplayFailure) {
        guard !isOpen else { return }
        try ReplayFailure.server { () throws(ServerError) in
            try sender.sendFormat(over: connection)
        }
        // No statement waits here: all belong to an open transaction. The checkpoint's row is
        // locked first: a resume that reads it waits for this session.
        try execute(
            "START TRANSACTION;UPDATE `\(Checkpoint.schema)`.progress SET "
                + "connection_id=CONNECTION_ID() WHERE lane=0")
        isOpen = true
    }

    /// Marks a place to which a transaction that ends in ROLLBACK goes back.
    ///
    /// Where a storage engine that takes part in the open transaction has no such marks, what is
    /// before it is committed first, as `before` says.
    mutating func mark(
        before: Checkpoint, by statement: String = "SAVEPOINT lastgood_transaction"
    ) throws(ReplayFailure) {
        try open()
        queue.mark(by: statement, fallback: before)
    }

    /// Sets the mark before what follows, which the open transaction may refuse as it refuses one.
    mutating func setMark() { queue.writeMark() }

    /// Nobody goes back to the mark.
    mutating func forgetMark() { queue.forgetMark() }

    mutating func rollBackToMark() throws(ReplayFailure) {
        try run("ROLLBACK TO SAVEPOINT lastgood_transaction")
    }

    /// Commits all that was sent, together with how far it reaches.
    mutating func commit(_ newCheckpoint: Checkpoint) throws(ReplayFailure) {
        try settle()
        try commitAlone(newCheckpoint)
    }

    /// The same while others wait.
    private mutating func commitAlone(_ newCheckpoint: Checkpoint) throws(ReplayFailure) {
        if isOpen {
            try execute("\(newCheckpoint.updateStatement);COMMIT")
            isOpen = false
        } else if newCheckpoint != checkpoint {
            try execute(newCheckpoint.updateStatement)
        }
        checkpoint = newCheckpoint
    }

    /// Raises a table's AUTO_INCREMENT counter where it stands below; commits by itself. A table
    /// with a default that the sql_mode refuses could not be altered under it.
    mutating func raiseCounter(
        of name: TargetSchema.Name, to value: UInt64
    ) throws(ReplayFailure) {
        let next = value &+ 1
        let found = try look { (connection) throws(ServerError) in
            try connection.value(
                "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE \(name.condition)")
        }
        guard let found = found.flatMap({ UInt64($0) }), found < next else { return }
        try run(["ALTER TABLE \(name.quoted) AUTO_INCREMENT=\(next)"], inTransaction: false)
    }

    // MARK: Statements

    /// Brings the session to a statement's state and runs it, now or with others that follow.
    ///
    /// - Parameter place: where it stands in the log; a failure may be told later.
    mutating func run(
        _ statement: LoggedStatement, at place: BinlogPosition
    ) throws(ReplayFailure) {
        try open()
        let wanted = state(for: statement)
        let set = wanted.setStatement(from: state)
        let sizeBytes = statement.text.count + (set?.utf8.count ?? 0)
        let mostBytes = min(StatementQueue.wantedBytes, pieceBytes)
        guard sizeBytes <= mostBytes, canWait(statement) else {
            try settle()
            try prepare(statement)
            return try execute(statement)
        }
        if queue.text.count + sizeBytes > mostBytes
            || queue.entries.count >= StatementQueue.wantedStatements
        {
            try sendQueue()
        }
        if let set { queue.add(set.utf8, at: place) }
        state = mustSetAll ? nil : wanted
        queue.add(statement.text, at: place)
    }

    /// Whether nothing but its success is of interest, and all it needs can be said in SQL.
    private func canWait(_ statement: LoggedStatement) -> Bool {
        statement.errorCode == 0 && statement.state.isASCII && !statement.dropsTemporaryTables
            && !statement.dropsSeveralTables && !statement.loads
            && (statement.database == nil || statement.database == database)
            && StatementQueue.takes(statement.text)
    }

    /// Waits until all statements have run; throws what the first said that failed.
    mutating func settle() throws(ReplayFailure) {
        while !queue.isEmpty || !underWay.isEmpty {
            try sendQueue()
            try readAnswers()
        }
    }

    /// Sends what waits; the server works on it while more gathers.
    private mutating func sendQueue() throws(ReplayFailure) {
        try readAnswers()
        queue.writeMark()
        swap(&queue, &underWay)
        queue.removeAll()
        try sendUnderWay()
    }

    private mutating func sendUnderWay() throws(ReplayFailure) {
        guard !underWay.isEmpty else { return }
        do throws(ServerError) {
            try connection.send(bytes: underWay.text)
        } catch {
            throw ReplayFailure(error)
        }
    }

    private mutating func readAnswers() throws(ReplayFailure) {
        while !underWay.isEmpty {
            var summary = ExecutionSummary()
            let ahead = underWay.entries.count - Self.awaitedStatements
            if ahead > 0 { connection.letAnswersGather(bytes: ahead * answerBytes) }
            do throws(ServerError) {
                try connection.readResults(&summary)
            } catch {
                // The first of them that has not been answered.
                let failed = min(summary.statements, underWay.entries.count - 1)
                try goOn(after: error, failed)
                continue
            }
            answerBytes = summary.answerBytes / max(1, summary.statements)
            guard summary.statements == underWay.entries.count else {
                throw ReplayFailure(
                    .targetFailed,
                    "the target ran \(summary.statements) of \(underWay.entries.count) statements "
                        + "without telling of an error")
            }
            underWay.removeAll()
        }
    }

    /// Commits what stands before a mark that cannot be set, and sends what stands behind it.
    private mutating func goOn(after error: ServerError, _ failed: Int) throws(ReplayFailure) {
        let entry = underWay.entries[failed]
        // ER_CHECK_NOT_IMPLEMENTED: so sequences on 11.8.
        guard error.number == 1178, let before = entry.fallback else {
            let failure = ReplayFailure(error)
            let place = underWay.entries[...failed].last { $0.place != nil }?.place
            throw place.map { failure.at($0) } ?? failure
        }
        var rest = StatementQueue()
        swap(&rest, &underWay)
        rest.removeAll(before: failed)
        rest.forgetFirstFallback()
        try commitAlone(before)
        try open()
        swap(&rest, &underWay)
        try sendUnderWay()
    }

    mutating func prepare(_ statement: LoggedStatement) throws(ReplayFailure) {
        let isNewDatabase = statement.database != nil && statement.database != database
        if !statement.state.isASCII
            || isNewDatabase && statement.database?.allSatisfy({ $0 < 0x80 }) == false
        {
            // Names in a log are UTF-8, whatever the statement's own character set is.
            try run("SET @@session.character_set_client=utf8mb4")
            state = nil
        }
        if let wanted = statement.database, isNewDatabase {
            try ReplayFailure.server { () throws(ServerError) in
                try connection.selectDatabase(wanted)
            }
            database = wanted
        }
        let wanted = state(for: statement)
        if let set = wanted.setStatement(from: state) { try run(set) }
        state = mustSetAll ? nil : wanted
    }

    /// The state that a statement needs here.
    private func state(for statement: LoggedStatement) -> SessionState {
        var wanted = statement.state
        if mustSetAll { wanted.usesThreadID = true }
        return wanted
    }

    /// - Parameter isRepeated: a part of it may have been done before a crash.
    mutating func execute(
        _ statement: LoggedStatement, isRepeated: Bool = false
    ) throws(ReplayFailure) {
        let expectation = ExpectedError(code: statement.errorCode)
        if expectation == .undone { try run("SAVEPOINT lastgood_statement") }
        do throws(ServerError) {
            try executeText(statement)
        } catch {
            let isUnknownTable = mayDropUnknown(statement) && [1051, 4091].contains(error.number)
            let isDone =
                isRepeated && statement.errorsOfRepeating?.contains(error.number) == true
            guard isUnknownTable || isDone || expectation.allows(error.number) else {
                throw ReplayFailure(error)
            }
            return
        }
        switch expectation {
        case .none, .any: break
        case .undone: try run("ROLLBACK TO SAVEPOINT lastgood_statement")
        case .same(let code):
            throw ReplayFailure(
                .targetFailed,
                "the statement failed with error \(code) on its server and succeeded here",
                hint: "the target's data differs from the source's")
        }
    }

    /// MySQL drops none of a list if it does not know one.
    private func mayDropUnknown(_ statement: LoggedStatement) -> Bool {
        statement.dropsTemporaryTables
            || statement.dropsSeveralTables && connection.serverVersion.isMariaDB
    }

    /// Under a strict mode a DATA DIRECTORY is an error (1618) where it must be passed over.
    private mutating func executeText(_ statement: LoggedStatement) throws(ServerError) {
        do throws(ServerError) {
            try statement.send(over: connection)
        } catch {
            guard error.number == 1618, let mode = statement.sqlMode else { throw error }
            state = nil
            try connection.execute(
                "SET @@session.sql_mode=\(mode & ~SessionState.strictModes)")
            try connection.execute(bytes: statement.text)
        }
    }

    // MARK: Plain SQL

    mutating func run(_ sql: String) throws(ReplayFailure) {
        try settle()
        try execute(sql)
    }

    private func execute(_ sql: String) throws(ReplayFailure) {
        do throws(ServerError) {
            try connection.execute(sql)
        } catch {
            throw ReplayFailure(error)
        }
    }
}
