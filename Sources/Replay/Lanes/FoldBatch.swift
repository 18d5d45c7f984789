internal import Binlog
internal import Recovery
internal import Synchronization

/// The net effect of a window, ready to be sent by several at once.
struct FoldBatch: Sendable {
    let folds: [TableFold]
    let format: FormatPrelude?
    let serverID: UInt32
    let timestamp: UInt32
    let pieceBytes: Int
    /// Set when one of those that send has failed: the others need not go on.
    let isCancelled = Flag()

    final class Flag: Sendable {
        private let value = Atomic(false)

        var isSet: Bool { value.load(ordering: .relaxed) }

        func set() { value.store(true, ordering: .relaxed) }
    }

    /// Gives all pieces of some shares to `body`; returns the changes in them.
    ///
    /// Throws what `body` throws, what is wrong with a row, and `cancelled`.
    func send(
        _ shares: [WindowDivision.Share], _ body: ([UInt8]) throws(ReplayFailure) -> Void
    ) throws(ReplayFailure) -> RowCounts {
        var counts = RowCounts()
        do {
            for share in shares {
                var writer = FoldWriter(
                    pieceBytes: pieceBytes, serverID: serverID, timestamp: timestamp,
                    flavor: format?.flavor ?? .mariadb)
                try writer.write(folds[share.fold], share.keys) { piece in
                    if isCancelled.isSet {
                        throw ReplayFailure(.cancelled, "another session on the target failed")
                    }
                    try body(piece)
                }
                counts += writer.counts
            }
        } catch {
            isCancelled.set()
            throw ReplayFailure(wrapping: error)
        }
        return counts
    }

    /// The tables and ranges of some shares.
    func parts(_ shares: [WindowDivision.Share]) -> [TablePart] {
        shares.map { TablePart(table: TargetSchema.Name(folds[$0.fold].map), keys: $0.keys) }
    }
}

extension RecoveryError.Code {
    /// Given up because of what another failure says.
    static let cancelled = Self(rawValue: "cancelled")
}
