internal import Binlog
internal import BinlogFiles
internal import Recovery
internal import Server

/// The sessions over which a window's rows are divided, beside the first one.
///
/// All send before any commits; the first session commits last, and its commit is the window's.
struct LaneGroup {
    /// Opens one more session on the target.
    typealias Opener = @Sendable () throws(ServerError) -> Connection

    /// Fewer rows are not worth a second session.
    static let leastRows = 20_000
    private static let mostByDefault = 8

    private var lanes: [Lane] = []
    private let open: Opener?
    /// How many sessions there are at most, the first one included.
    let count: Int
    private let leastRows: Int
    /// The target has refused a session, and is not asked again.
    private var isRefused = false

    /// - Parameter count: how many sessions send, the first one included; nil: as many as the
    ///   machine has processors, where there is enough to send.
    init(_ count: Int?, open: Opener?) {
        self.open = open
        self.count = open == nil ? 1 : count ?? min(Processors.count, Self.mostByDefault)
        leastRows = count == nil ? Self.leastRows : 1
    }

    /// Sends a batch, `first` what falls to the first session; nothing is committed yet.
    ///
    /// Throws the first failure; then nothing of the batch is left in any session but the first.
    mutating func send(
        _ batch: FoldBatch, _ window: Window,
        first: ([WindowDivision.Share]) throws -> RowCounts
    ) throws -> RowCounts {
        let rows = batch.folds.reduce(0) { $0 + $1.count }
        if window.done.isEmpty, rows >= leastRows { try grow() }
        let sessions = window.done.isEmpty && rows >= leastRows ? 1 + lanes.count : 1
        let division = WindowDivision(batch.folds, among: sessions, leaving: window.done)
        let others = Array(lanes[..<(sessions - 1)])
        for (lane, shares) in zip(others, division.lanes.dropFirst()) {
            lane.begin(shares, of: batch, window.record(of: batch.parts(shares)))
        }
        let own = Result { try first(division.lanes[0]) }
        if case .failure = own { batch.isCancelled.set() }
        let outcomes = others.map { $0.finish() }
        do {
            return try Self.sum(own, outcomes)
        } catch {
            for lane in others { lane.rollBack() }
            throw error
        }
    }

    /// The window that is being sent.
    struct Window {
        var begin: BinlogPosition
        var end: BinlogPosition
        /// What is in the target already.
        var done: [TablePart] = []
        var givenUp: [TargetSchema.Name] = []

        func record(of parts: [TablePart]) -> LaneRecord {
            LaneRecord(begin: begin, end: end, parts: parts, givenUp: givenUp)
        }
    }

    /// Commits what the other sessions have sent; the first one's commit must follow.
    func commit() throws(ReplayFailure) {
        for lane in lanes where lane.isOpen { try lane.commit() }
    }

    /// All changes, or the failure that the others follow from.
    private static func sum(
        _ own: Result<RowCounts, any Error>, _ others: [Result<RowCounts, ReplayFailure>]
    ) throws -> RowCounts {
        let all = [own.mapError { ReplayFailure(wrapping: $0) }] + others
        var counts = RowCounts()
        var cancelled: ReplayFailure?
        for outcome in all {
            do throws(ReplayFailure) {
                counts += try outcome.get()
            } catch {
                guard error.error.code == .cancelled else { throw error }
                cancelled = error
            }
        }
        if let cancelled { throw cancelled }
        return counts
    }

    /// Opens the sessions that are missing; a server that has no room for more gets fewer.
    private mutating func grow() throws(ReplayFailure) {
        guard let open, !isRefused else { return }
        while lanes.count < count - 1 {
            do throws(ServerError) {
                lanes.append(try Lane(try open(), number: lanes.count + 1))
            } catch {
                // Too many connections, of the server or of the account.
                guard [1040, 1203, 1226].contains(error.number) else {
                    throw ReplayFailure(error)
                }
                isRefused = true
                return
            }
        }
    }
}
