internal import Binlog
internal import BinlogFiles

/// XA transactions that are prepared and wait for their second phase.
///
/// What one changed takes effect at its XA COMMIT, so only its place is kept; its events are read
/// again then.
struct HeldXA {
    struct Held: Hashable {
        var place: LogPlace
        var transaction: Transaction
    }

    private(set) var byID: [XAID: Held] = [:]

    mutating func hold(_ transaction: Transaction, at place: LogPlace) {
        guard let xaID = transaction.xaID else { return }
        byID[xaID] = Held(place: place, transaction: transaction)
    }

    /// Takes out what an XA COMMIT or XA ROLLBACK decides; nil where it was prepared before the
    /// start point.
    mutating func decide(_ transaction: Transaction) -> Held? {
        transaction.xaID.flatMap { byID.removeValue(forKey: $0) }
    }
}
