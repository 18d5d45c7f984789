internal import Recovery
internal import Server

/// Statements that commit by themselves: each runs exactly once, whenever a replay is cut off.
extension TargetSession {
    /// Runs a statement that commits by itself, exactly once.
    ///
    /// The checkpoint first says that it is about to run, with what tells afterwards whether it
    /// did: a marker in the target's own log, or what the target's definitions were before.
    mutating func runStep(
        _ logged: LoggedStatement, after done: Checkpoint
    ) throws(ReplayFailure) {
        var statement = logged
        try settle()
        if statement.grantedRole != nil {
            try look { (connection) throws(ServerError) in
                try statement.findInvoker(on: connection)
            }
        }
        let step = checkpoint.stepsDone + 1
        let isUnsure = unsureStep == step
        let hasRun = isUnsure ? try hasRun(statement) : false
        unsureStep = nil
        if StoredCode.needsWholeSession(after: statement) { mustSetAll = true }
        if !hasRun {
            // Before the definitions are looked at: what is made here is no sign of the step.
            if let invoker = statement.invoker {
                try prepare(statement)
                try settle()
                try ReplayFailure.server { () throws(ServerError) in
                    try invoker.makeProcedure(running: statement.text, on: connection)
                }
            }
            var pending = checkpoint
            pending.pendingStep = step
            pending.fingerprint = try fingerprint(before: statement)
            try commit(pending)
            try prepare(statement)
            if evidence == .markers { try run("SET SESSION sql_log_bin=1,gtid_seq_no=\(step)") }
            do throws(ReplayFailure) {
                try withEventServerID(of: statement) { (session) throws(ReplayFailure) in
                    try session.execute(statement, isRepeated: isUnsure)
                }
            } catch {
                forget(refused: step, after: error)
                throw error
            }
            // MySQL's CREATE TABLE … START TRANSACTION waits for its rows, which may go without it.
            if !connection.serverVersion.isMariaDB { try run("COMMIT") }
            database = nil
            if evidence == .markers { try run("SET SESSION sql_log_bin=0") }
        }
        if let removal = statement.procedureRemoval { try run(removal) }
        var after = done
        after.pendingStep = nil
        after.fingerprint = nil
        after.stepsDone = step
        try commit(after)
        if unsafeCode.mayChange(by: statement) {
            unsafeCode = try look(UnsafeCode.init)
        }
    }

    /// What the server refused has not run, whatever is mended before the next attempt.
    private mutating func forget(refused step: UInt64, after failure: ReplayFailure) {
        guard evidence == .definitions, failure.server != nil, failure.error.code != .targetLost
        else { return }
        var before = checkpoint
        before.pendingStep = nil
        before.fingerprint = nil
        do throws(ReplayFailure) {
            try commit(before)
        } catch {
            // Then the next attempt asks what became of it.
            unsureStep = step
        }
    }

    /// Whether the step that an earlier run was cut off in ran, and whole.
    private mutating func hasRun(_ statement: LoggedStatement) throws(ReplayFailure) -> Bool {
        if evidence == .definitions, statement.errorsOfRepeating != nil { return false }
        let (evidence, checkpoint) = (evidence, checkpoint)
        let hasRun = try look { (connection) throws(ServerError) in
            try evidence.hasRun(statement, checkpoint, connection)
        }
        guard hasRun, evidence == .definitions, let made = statement.madeAnew else { return hasRun }
        // It may be there without all of its rows.
        let name = TargetSchema.Name(made, in: statement.database)
        try run(["DROP TABLE IF EXISTS \(name.quoted)"], inTransaction: false)
        return false
    }

    /// What to store before a step; nil where the target's log tells enough.
    private mutating func fingerprint(
        before statement: LoggedStatement
    ) throws(ReplayFailure) -> String? {
        guard evidence == .definitions else { return nil }
        if statement.renamesSeveral, !connection.serverVersion.hasAtomicDDL {
            return Checkpoint.unsureRows
        }
        let found = try look(SchemaFingerprint.read)
        for table in statement.swapped {
            let name = TargetSchema.Name(table, in: statement.database)
            let engine = try look { (connection) throws(ServerError) in
                try connection.value(
                    "SELECT ENGINE FROM information_schema.TABLES WHERE \(name.condition)")
            }
            // Only InnoDB numbers its tables: the others may look alike. A name that only stands
            // between two others has no table.
            if let engine, engine != "InnoDB" { return Checkpoint.unsureRows }
        }
        return found
    }

    /// The server takes an event's originator from its global id, which a private server may lend.
    private mutating func withEventServerID(
        of statement: LoggedStatement,
        _ body: (inout TargetSession) throws(ReplayFailure) -> Void
    ) throws(ReplayFailure) {
        guard lendsServerID, let id = statement.eventServerID else { return try body(&self) }
        let found = try ReplayFailure.server { () throws(ServerError) in
            try connection.value("SELECT @@global.server_id")
        }
        let own = ownServerID.map(String.init) ?? found
        try run("SET GLOBAL server_id=\(id)")
        let result = Result { () throws(ReplayFailure) in try body(&self) }
        if let own { try run("SET GLOBAL server_id=\(own)") }
        try result.get()
    }
}
