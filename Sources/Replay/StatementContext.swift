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
    func state(
        for query: borrowing QueryEvent, _ status: StatusVariables, timestamp: UInt32,
        keepsMode: Bool
    ) throws -> SessionState {
        var state = values
        try state.apply(
            status, timestamp: timestamp, threadID: query.threadID, writer: writer,
            keepsMode: keepsMode, collations: collations, systemZone: systemZone)
        return state
    }
}
