internal import Synchronization

/// Sessions on one server for several threads, opened as they are needed.
///
/// A server may let in fewer than are wanted: whoever comes then goes without, and the work is done
/// over those that are there. The first session exists from the start, so there is always one; if
/// the server itself has failed, that one tells.
public final class SessionPool: Sendable {
    /// Opens one more session; called from any thread.
    public typealias Open = @Sendable () throws(ServerError) -> Connection

    /// A connection that can be handed from thread to thread; one at a time uses it.
    final class Session: Sendable {
        let connection: Connection

        init(_ connection: consuming Connection) { self.connection = connection }
    }

    private struct State {
        var idle: [Session]
        var count = 1
        var mayGrow = true
    }

    let most: Int
    /// What the server said about itself when the first session began.
    let serverVersion: ServerVersion
    private let open: Open
    private let state: Mutex<State>

    /// With at most so many sessions, the one that is there among them.
    ///
    /// They show values as they are from now on: cells in their own character set, times in UTC,
    /// no padding.
    public init(
        _ first: consuming Connection, most: Int, open: @escaping Open
    ) throws(ServerError) {
        self.most = max(1, most)
        self.open = open
        serverVersion = first.serverVersion
        try first.showValuesAsTheyAre()
        state = Mutex(State(idle: [Session(first)]))
    }

    /// Runs the body with a session that nobody else has; there must be one left.
    public func withSession<Value>(
        _ body: (borrowing Connection) throws(ServerError) -> Value
    ) throws(ServerError) -> Value {
        guard let session = take() else { preconditionFailure("all sessions are in use") }
        defer { giveBack(session) }
        return try body(session.connection)
    }

    /// A session that nobody else has until it is given back; nil where no more can be had.
    func take() -> Session? {
        let (idle, opens) = state.withLock { state -> (Session?, Bool) in
            if let idle = state.idle.popLast() { return (idle, false) }
            guard state.mayGrow, state.count < most else { return (nil, false) }
            state.count += 1
            return (nil, true)
        }
        guard opens else { return idle }
        do throws(ServerError) {
            let connection = try open()
            try connection.showValuesAsTheyAre()
            return Session(connection)
        } catch {
            state.withLock { state in
                state.count -= 1
                state.mayGrow = false
            }
            return nil
        }
    }

    func giveBack(_ session: Session) { state.withLock { $0.idle.append(session) } }
}

extension Connection {
    /// What information_schema says then comes as UTF-8, its own character set.
    ///
    /// Keys of up to 3,072 bytes are sorted by all of them. A result may be read slowly, beside
    /// another server's, and a session may wait for it long.
    func showValuesAsTheyAre() throws(ServerError) {
        try execute(
            "SET sql_mode=0, time_zone='+00:00', character_set_results=NULL, "
                + "max_sort_length=8192, net_write_timeout=86400, wait_timeout=86400")
    }
}
