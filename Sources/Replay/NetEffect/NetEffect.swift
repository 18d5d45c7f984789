internal import Binlog
internal import Recovery
internal import Server

/// The net effect of a window of the log on all tables that are folded.
struct NetEffect {
    /// Tables that are not folded, and why.
    private(set) var exactTables: [String: ExactReason] = [:]
    /// What is done with the rows of the tables that have been met.
    private(set) var routes: [TargetSchema.Name: StretchRoute] = [:]
    /// No row has been folded that is not in the target.
    private(set) var isEmpty = true
    /// The memory of all folds.
    private(set) var memoryBytes = 0
    private var largestBytes = 0
    /// What the folds may take: when an array grows, the old one stays until all has been copied.
    var memoryToGrowBytes: Int { memoryBytes + largestBytes }

    /// All rows go in the source's order.
    private let foldsNothing: Bool
    private let findsByKey: Bool
    /// Tables that could be folded by their definition, and are not.
    private var givenUp: Set<TargetSchema.Name> = []

    private var folds: [TableFold] = []
    private var foldOfTable: [TargetSchema.Name: Int] = [:]
    /// Tables with rows that went in their order since the last commit.
    private var inOrder: Set<TargetSchema.Name> = []
    private var newestHeader: EventHeader?
    /// Of folds that were sent since the last commit.
    private var sentCounters: [TargetSchema.Name: UInt64] = [:]

    /// - Parameters:
    ///   - findsByKey: rows that go in their order are found by the primary key alone.
    ///   - givenUp: tables whose rows go in their order, until a definition changes.
    init(
        foldsNothing: Bool = false, findsByKey: Bool = true, givenUp: [TargetSchema.Name] = []
    ) {
        self.foldsNothing = foldsNothing
        self.findsByKey = findsByKey
        self.givenUp = Set(givenUp)
    }

    /// Finds out what is done with the rows of tables that have not been met.
    mutating func learn(
        _ maps: [TableMap], _ schema: inout TargetSchema, from session: borrowing TargetSession
    ) throws(ReplayFailure) {
        for map in maps {
            let difference = try ReplayFailure.server { () throws(ServerError) in
                try schema.difference(from: map, session.connection)
            }
            if difference != nil {
                // Whoever applies its rows event by event stops there.
                routes[TargetSchema.Name(map)] = nil
                continue
            }
            guard routes[TargetSchema.Name(map)] == nil else { continue }
            // What goes as statements is applied event by event.
            if try session.needsStatements(forSequence: map) {
                note(.sequence, map)
                continue
            }
            let table = try ReplayFailure.server { () throws(ServerError) in
                findsByKey ? try schema.foundByKey(map, session.connection) : nil
            }
            guard !foldsNothing else {
                routes[TargetSchema.Name(map)] = .exact(table, ignoresForeignKeys: false)
                continue
            }
            let (treatment, mayCascade) = try ReplayFailure.server { () throws(ServerError) in
                let treatment = try schema.treatment(of: map, session.connection)
                return (
                    treatment, try schema.mayCascade(TargetSchema.Name(map), session.connection)
                )
            }
            switch treatment {
            case .folded where givenUp.contains(TargetSchema.Name(map)):
                giveUp(TargetSchema.Name(map))
            case .folded(let table): routes[TargetSchema.Name(map)] = .fold(table)
            case .exact(let reason):
                note(reason, map)
                routes[TargetSchema.Name(map)] = .exact(table, ignoresForeignKeys: !mayCascade)
            }
        }
    }

    private mutating func note(_ reason: ExactReason, _ map: TableMap) {
        guard !foldsNothing else { return }
        exactTables["\(map.schema).\(map.table)"] = reason
    }

    /// From now on, and until a definition changes, the rows of a table go in their order: the
    /// source does not log whole rows.
    mutating func giveUp(_ name: TargetSchema.Name) {
        // What could be folded does not cascade.
        givenUp.insert(name)
        routes[name] = .exact(ignoresForeignKeys: true)
        exactTables[name.text] = .partialImages
    }

    /// A statement ran that may have changed definitions; everything has been sent before it.
    mutating func forgetDefinitions() {
        precondition(isEmpty, "a definition changes under rows that have not been sent")
        routes.removeAll()
        givenUp.removeAll()
    }

    // MARK: Folding

    /// Whether what has gathered must be committed before a stretch is taken: a table's rows go in
    /// their order now, or did until now, or have other columns.
    ///
    /// The stretch may have been folded before its table was given up; the session that folds it
    /// in would wait for the one that sent the rows before.
    func mustGo(before stretch: StretchFold) -> Bool {
        let wasInOrder = stretch.folds.contains { fold in
            !fold.isEmpty && inOrder.contains(TargetSchema.Name(fold.map))
        }
        guard !wasInOrder else { return true }
        guard !isEmpty else { return false }
        let isInOrder = stretch.exactTables.contains { name in
            foldOfTable[name] != nil
        }
        return isInOrder || stretch.folds.contains { conflicts($0) }
    }

    private func conflicts(_ newer: TableFold) -> Bool {
        guard let index = foldOfTable[TargetSchema.Name(newer.map)] else { return false }
        return folds[index].map.columns != newer.map.columns || folds[index].table != newer.table
    }

    /// Takes the folds of a stretch that stands behind everything taken so far.
    ///
    /// Throws `contradiction` as `TableFold.merge` does.
    mutating func take(_ stretch: StretchFold) throws(BinlogError) {
        newestHeader = stretch.newestHeader ?? newestHeader
        inOrder.formUnion(stretch.exactTables)
        for newer in stretch.folds where !newer.isEmpty {
            isEmpty = false
            let name = TargetSchema.Name(newer.map)
            if let index = foldOfTable[name] {
                memoryBytes -= folds[index].memoryBytes
                try folds[index].merge(newer)
            } else {
                foldOfTable[name] = folds.count
                folds.append(newer)
            }
            let bytes = folds[foldOfTable[name] ?? 0].memoryBytes
            memoryBytes += bytes
            largestBytes = max(largestBytes, bytes)
        }
    }

    // MARK: Sending

    /// Sends everything, divided among the sessions; it becomes part of their open transactions.
    ///
    /// Returns the changes sent; they stay in no fold, whatever comes of them.
    mutating func send(
        to session: inout TargetSession, _ lanes: inout LaneGroup, _ window: LaneGroup.Window
    ) throws -> RowCounts {
        guard !isEmpty, let newestHeader else { return RowCounts() }
        for fold in folds { note(fold, in: &sentCounters) }
        let batch = FoldBatch(
            folds: folds, format: session.format, serverID: newestHeader.serverID,
            timestamp: newestHeader.timestamp, pieceBytes: session.pieceBytes)
        forgetFolds()
        var window = window
        window.givenUp = Array(givenUp)
        return try lanes.send(batch, window) { shares in
            try batch.send(shares) { (piece) throws(ReplayFailure) in
                try session.send(piece: piece)
            }
        }
    }

    private mutating func forgetFolds() {
        folds.removeAll()
        foldOfTable.removeAll()
        memoryBytes = 0
        largestBytes = 0
        isEmpty = true
    }

    /// Counters that the target would not reach by the rows that stay.
    var lostCounters: [TargetSchema.Name: UInt64] {
        var counters = sentCounters
        for fold in folds { note(fold, in: &counters) }
        return counters
    }

    /// Everything has been committed, and the counters raised.
    mutating func forgetSent() {
        sentCounters.removeAll()
        inOrder.removeAll()
    }

    private func note(_ fold: TableFold, in counters: inout [TargetSchema.Name: UInt64]) {
        guard let value = fold.lostCounter else { return }
        let name = TargetSchema.Name(fold.map)
        counters[name] = max(counters[name] ?? 0, value)
    }
}
