internal import Binlog
internal import Recovery

/// How carefully a part of the log is applied.
enum ReplayCare: Hashable {
    /// As the run is set.
    case asSet
    /// In the source's order up to a place: folded, the rows before it were refused.
    case inOrder(until: BinlogPosition)
    /// Event by event, each transaction committed alone, so that the refused row can be named.
    case rowByRow
}

/// What is tried after a failure, and how often.
struct ReplayAttempts {
    private let isExact: Bool
    private let hasSessions: Bool
    private let canReconnect: Bool
    private(set) var care = ReplayCare.asSet
    /// Several sessions may send at the same time.
    private(set) var usesLanes = true
    /// Where the window ended that was refused last.
    private var refusedEnd: BinlogPosition?
    private var lostAt: BinlogPosition?
    private var lostCount = 0

    /// Sessions that break one after the other without anything being committed between them.
    private static let mostLost = 3

    /// - Parameters:
    ///   - hasSessions: a new session can be had, for as long as the target is there.
    ///   - canReconnect: a target that is not there is waited for.
    init(isExact: Bool, hasSessions: Bool, canReconnect: Bool) {
        self.isExact = isExact
        self.hasSessions = hasSessions
        self.canReconnect = canReconnect
    }

    /// Whether to try again in a new session, with the care that stands then.
    mutating func goesOn(after failure: ReplayFailure) -> Bool {
        if failure.error.code == .targetLost {
            lostCount = failure.committed == lostAt ? lostCount + 1 : 1
            lostAt = failure.committed
            return canReconnect && lostCount <= Self.mostLost
        }
        if failure.isLockWait, usesLanes {
            // They may have waited for each other: one alone cannot.
            usesLanes = false
            return hasSessions
        }
        guard failure.isOfRows, care != .rowByRow else { return false }
        if care == .asSet, !isExact, let end = failure.reached, end != refusedEnd {
            refusedEnd = end
            care = .inOrder(until: end)
        } else {
            care = .rowByRow
        }
        return true
    }

    /// Whether there is more to do behind what has been applied.
    mutating func goesOnBehind() -> Bool {
        guard case .inOrder = care else { return false }
        care = .asSet
        return true
    }
}
