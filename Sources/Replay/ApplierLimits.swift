internal import Binlog
internal import Recovery

/// When an applier commits, and what it may hold meanwhile.
extension Applier {
    /// When to commit: whichever comes first.
    struct Limits {
        var transactions: UInt64 = 2_000
        var bytes = 8 << 20
        /// The same where tables are folded: what is not, and the memory of what is.
        var exactBytes = 32 << 20
        var memoryBytes = ReplayMemory.defaultBytes
        var windowTransactions = UInt64.max
        var stretchTransactions = UInt64.max
        /// Every rows event goes alone, so that a row that is refused can be named.
        var sendsEachEvent = false
        /// Rows that go in their order are found by the primary key alone.
        var findsByKey = true
    }
}

/// Which stretches it takes, and what it did not fold of them.
extension Applier {
    /// Stretches are taken as a whole, not event by event.
    var takesStretches: Bool { netEffect != nil }

    /// Where a stretch must end, beside the limits that hold for all.
    var stretchEnd: BinlogPosition? { unfinished?.end }

    /// How many transactions a stretch may have.
    var stretchTransactions: UInt64 { min(limits.stretchTransactions, limits.windowTransactions) }

    /// Tables that are not folded, with the reason.
    var exactTables: [String: String] { netEffect?.exactTables.mapValues(\.rawValue) ?? [:] }
}
