internal import Binlog
internal import Recovery

/// What the log tells around a statement of the session that it ran in.
struct StatementContext {
    private let collations: CollationCatalog
    private let systemZone: String?
    /// Who wrote the log: what its events leave out hangs on that.
    var writer = WriterVersion(0, 0, 0)
    /// Intvar, Rand and User_var events before a statement.
    private var values = SessionState()

    init(_ collations: CollationCatalog, systemZone: String?) {
        self.collations = collations
        self.systemZone = systemZone
    }

    /// Takes an event that says something of the next statement; any other says nothing.
    mutating func take(_ event: borrowing Event) throws {
        switch event.type {
        case .intvar: values.apply(try IntvarEvent(event))
        case .rand: values.apply(try RandEvent(event))
        case .userVar: try values.apply(try UserVarEvent(event), collations: collations)
        default: break
        }
    }

    /// The statement has run, or there is none.
    mutating func clear() { values = SessionState() }

    /// The session as a statement needs it.
    ///
    /// - Parameters:
    ///   - isStep: it commits by itself.
    ///   - keepsMode: what it makes keeps its sql_mode.
    ///   - findsTemporaryTables: the session holds some, which are found by a server's id too.
    func state(
        for query: borrowing QueryEvent, _ status: StatusVariables, _ header: EventHeader,
        isStep: Bool, keepsMode: Bool, findsTemporaryTables: Bool
    ) throws -> SessionState {
        var state = values
        try state.apply(
            status, timestamp: header.timestamp, threadID: query.threadID, writer: writer,
            keepsMode: keepsMode, collations: collations, systemZone: systemZone)
        // The server marks what calls CONNECTION_ID() or has a temporary table, in a default, a
        // trigger or a function as well, but not what reads the variable.
        state.usesThreadID =
            isStep || header.flags.contains(.threadSpecific)
            || StoredCode.mayReadThreadID(query.text)
        if findsTemporaryTables, state.usesThreadID {
            state.temporaryTablesServerID = header.serverID
        }
        return state
    }
}
