/// The named lock that the one session working on a target holds while it lives.
///
/// A process that was killed leaves its session behind: the server goes on with the statement it is
/// in, a DDL or a COMMIT perhaps. The lock finds that session whatever its number is by now, and is
/// free only when it has ended for good. A restarted server knows neither session nor lock.
public enum SessionLock {
    /// The name of the lock, the same for every run.
    public static let name = "lastgood_recovery"

    /// The call that takes it, as an SQL expression: 1 when it was got.
    public static func taking(seconds: Int) -> String { "GET_LOCK('\(name)',\(seconds))" }

    /// Ends the session of an earlier run, if there is one, and waits until it is gone.
    ///
    /// Throws `sqlError` where it does not end within an hour: it may be rolling back.
    public static func takeOver(_ connection: borrowing Connection) throws(ServerError) {
        let holder = try connection.value("SELECT IS_USED_LOCK('\(name)')")
        if let holder = holder.flatMap({ UInt64($0) }), holder != connection.connectionID {
            do throws(ServerError) {
                try connection.execute("KILL CONNECTION \(holder)")
            } catch {
                // 1094: it is gone already.
                guard error.number == 1094 else { throw error }
            }
        }
        try take(connection, waitingSeconds: 3600)
    }

    /// Waits for the lock and takes it; it is held until the session ends.
    ///
    /// Throws `sqlError` where another session keeps it.
    public static func take(
        _ connection: borrowing Connection, waitingSeconds: Int = 60
    ) throws(ServerError) {
        guard try connection.value("SELECT \(taking(seconds: waitingSeconds))") == "1" else {
            throw ServerError(
                .sqlError, "another session of lastgood works on this server",
                hint: "wait for it, or end the session that holds the lock '\(name)'")
        }
    }
}
