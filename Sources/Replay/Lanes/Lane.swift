internal import Dispatch
internal import Recovery
internal import Server
internal import Synchronization

/// A session beside the first one, which sends its share of a window on a thread of its own.
///
/// Its transaction first writes what it holds into the lane's row of the checkpoint.
final class Lane: @unchecked Sendable {
    // Safe: @unchecked because between `begin` and `finish` only the lane's thread uses the
    // session and the sender, and outside that only the owner does.
    private let connection: Connection
    private var sender = RowSender()
    private let number: Int
    /// It has a transaction open.
    private(set) var isOpen = false
    private let isDone = DispatchSemaphore(value: 0)
    private let outcome = Mutex<Result<RowCounts, ReplayFailure>?>(nil)
    private static let threads = DispatchQueue(label: "lastgood.lanes", attributes: .concurrent)

    /// Throws what the server says, also where its row of the checkpoint cannot be made.
    init(_ connection: consuming Connection, number: Int) throws(ServerError) {
        self.connection = connection
        self.number = number
        try self.connection.execute(
            "SET SESSION sql_log_bin=0,wait_timeout=2147483,autocommit=1,"
                + "innodb_lock_wait_timeout=\(ReplayRun.longestLockWaitSeconds);"
                + "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        try SessionLock.take(self.connection, lane: number)
        try self.connection.execute(Checkpoint.insertStatement(lane: number))
    }

    /// Begins to send some of a window's rows, with what the lane's row is to say of them.
    func begin(_ shares: [WindowDivision.Share], of batch: FoldBatch, _ record: LaneRecord) {
        isOpen = true
        Self.threads.async { [self] in
            let result = Result { () throws(ReplayFailure) in
                sender.use(batch.format)
                try ReplayFailure.server { () throws(ServerError) in
                    try sender.sendFormat(over: connection)
                    _ = try connection.execute(
                        "START TRANSACTION;"
                            + Checkpoint.updateStatement(lane: number, record))
                }
                return try batch.send(shares) { (piece) throws(ReplayFailure) in
                    do throws(ServerError) {
                        try sender.send(piece, over: connection)
                    } catch {
                        throw ReplayFailure(ofRows: error)
                    }
                }
            }
            outcome.withLock { $0 = result }
            isDone.signal()
        }
    }

    /// Waits until everything has been sent.
    func finish() -> Result<RowCounts, ReplayFailure> {
        isDone.wait()
        return outcome.withLock { $0 } ?? .success(RowCounts())
    }

    func commit() throws(ReplayFailure) {
        try ReplayFailure.server { () throws(ServerError) in
            _ = try connection.execute("COMMIT")
        }
        isOpen = false
    }

    /// Undoes what was sent; a session that cannot is lost, and the server undoes it.
    func rollBack() {
        isOpen = false
        do throws(ServerError) {
            try connection.execute("ROLLBACK")
        } catch {
            return
        }
    }
}
