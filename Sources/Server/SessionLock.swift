/// The named locks that the sessions working on a target hold while they live, one each.
///
/// A process that was killed leaves its session behind: the server goes on with the statement it is
/// in, a DDL or a COMMIT perhaps. The lock finds that session whatever its number is by now, and is
/// free only when it has ended for good. A restarted server knows neither session nor lock.
public enum SessionLock {
    /// The name of the first session's lock, the same for every run.
    public static let name = "lastgood_recovery"

    /// The call that takes it, as an SQL expression: 1 when it was got.
    public static func taking(seconds: Int) -> String { taking(seconds: seconds, lane: 0) }

    private static func taking(seconds: Int, lane: Int) -> String {
        "GET_LOCK('\(name(lane))',\(seconds))"
    }

    private static func name(_ lane: Int) -> String { lane == 0 ? name : "\(name)_\(lane)" }

    /// Ends the session of an earlier run, if there is one, and waits until it is gone.
    ///
    /// Throws `sqlError` where it does not end within an hour: it may be rolling back.
    public static func takeOver(
        _ connection: borrowing Connection, lane: Int = 0
    ) throws(ServerError) {
        let holder = try connection.value("SELECT IS_USED_LOCK('\(name(lane))')")
        if let holder = holder.flatMap({ UInt64($0) }), holder != connection.connectionID {
            do throws(ServerError) {
                try connection.execute("KILL CONNECTION \(holder)")
            } catch {
                // 1094: it is gone already.
                guard error.number == 1094 else { throw error }
            }
        }
        try take(connection, waitingSeconds: 3600, lane: lane)
    }

    /// Waits for the lock and takes it; it is held until the session ends.
    ///
    /// Throws `sqlError` where another session keeps it.
    public static func take(
        _ connection: borrowing Connection, waitingSeconds: Int = 60, lane: Int = 0
    ) throws(ServerError) {
        let call = taking(seconds: waitingSeconds, lane: lane)
        guard try connection.value("SELECT \(call)") == "1" else {
            throw ServerError(
                .sqlError, "another session of lastgood works on this server",
                hint: "wait for it, or end the session that holds the lock '\(name(lane))'")
        }
    }

    /// Gives a lock back, so that another session can take it.
    public static func release(
        _ connection: borrowing Connection, lane: Int
    ) throws(ServerError) {
        try connection.execute("DO RELEASE_LOCK('\(name(lane))')")
    }
}
