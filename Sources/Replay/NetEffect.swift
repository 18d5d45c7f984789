internal import Binlog
internal import Recovery

/// The net effect of a window of the log on all tables that are folded.
struct NetEffect {
    /// Row changes sent to the target so far.
    private(set) var applied = RowCounts()
    /// Tables that are not folded, and why.
    private(set) var exactTables: [String: ExactReason] = [:]

    private var schema = TargetSchema()
    private var folds: [TableFold] = []
    private var foldOfTable: [TargetSchema.Name: Int] = [:]
    /// What is done with the tables of the registry's handles, by slot.
    private var routes: [Route?] = []
    private var routesGeneration = 0
    private var partial: Set<TargetSchema.Name> = []
    /// Of folds that were sent since the last commit.
    private var sentCounters: [TargetSchema.Name: UInt64] = [:]

    /// Where the rows of a table map go.
    enum Route {
        /// In the source's order. Foreign keys that only refuse are not checked: the rows they
        /// speak of may wait in a fold, and the source has checked them.
        case exact(ignoresForeignKeys: Bool)
        case fold(Int)
    }

    /// No row has been folded that is not in the target.
    private(set) var isEmpty = true

    /// The memory of all folds.
    private(set) var memoryBytes = 0

    /// Where the rows of a map go that has just been recorded.
    mutating func route(
        _ handle: TableMapRegistry.Handle, _ registry: borrowing TableMapRegistry,
        _ event: borrowing Event, _ session: inout TargetSession
    ) throws -> Route {
        if routesGeneration != registry.generation {
            routes.removeAll(keepingCapacity: true)
            routesGeneration = registry.generation
        }
        while routes.count <= handle.slot { routes.append(nil) }
        if let known = routes[handle.slot] { return known }
        let route = try newRoute(registry[handle], event, &session)
        routes[handle.slot] = route
        return route
    }

    /// The route of a map that has been recorded in this statement.
    func route(of handle: TableMapRegistry.Handle) -> Route {
        let known = routes.indices.contains(handle.slot) ? routes[handle.slot] : nil
        return known ?? .exact(ignoresForeignKeys: false)
    }

    private mutating func newRoute(
        _ map: TableMap, _ event: borrowing Event, _ session: inout TargetSession
    ) throws -> Route {
        let name = TargetSchema.Name(map)
        let treatment =
            partial.contains(name)
            ? .exact(.partialImages) : try schema.treatment(of: map, session.connection)
        switch treatment {
        case .exact(let reason):
            exactTables["\(map.schema).\(map.table)"] = reason
            let mayCascade = try schema.mayCascade(name, session.connection)
            return .exact(ignoresForeignKeys: !mayCascade)
        case .folded(let table):
            var mapEvent: [UInt8] = []
            RowsBatch.append(event, to: &mapEvent)
            if let index = foldOfTable[name], folds[index].table == table,
                folds[index].map.columns == map.columns
            {
                folds[index].use(map, mapEvent: mapEvent)
                return .fold(index)
            }
            // The columns changed without a statement that says so: what there is goes first.
            if !isEmpty { try send(to: &session, event.header) }
            foldOfTable[name] = folds.count
            folds.append(TableFold(table, map, mapEvent: mapEvent))
            return .fold(folds.count - 1)
        }
    }

    /// Folds the rows of an event; nil where its images do not hold every column.
    mutating func fold(
        _ event: borrowing RowsEvent, _ layouts: RowLayouts, into index: Int
    ) throws(BinlogError) -> Int? {
        let before = folds[index].memoryBytes
        let count = try folds[index].fold(event, layouts)
        memoryBytes += folds[index].memoryBytes - before
        if count != nil { isEmpty = false }
        return count
    }

    /// What has been sent since this was asked last.
    mutating func takeApplied() -> RowCounts {
        defer { applied = RowCounts() }
        return applied
    }

    /// From now on, and until a definition changes, the rows of a table go in their order: the
    /// source does not log whole rows.
    mutating func giveUp(_ handle: TableMapRegistry.Handle, _ map: TableMap) {
        partial.insert(TargetSchema.Name(map))
        routes.removeAll(keepingCapacity: true)
        while routes.count < handle.slot { routes.append(nil) }
        // What could be folded does not cascade.
        routes.append(.exact(ignoresForeignKeys: true))
        exactTables["\(map.schema).\(map.table)"] = .partialImages
    }

    /// A statement ran that may have changed definitions; everything has been sent before it.
    mutating func forgetDefinitions() {
        precondition(isEmpty, "a definition changes under rows that have not been sent")
        schema.forget()
        routes.removeAll(keepingCapacity: true)
        folds.removeAll()
        memoryBytes = 0
        foldOfTable.removeAll()
        partial.removeAll()
    }

    /// Sends everything; it becomes part of the open transaction.
    ///
    /// - Parameter header: whose server and time the events bear.
    mutating func send(to session: inout TargetSession, _ header: EventHeader) throws {
        for index in folds.indices where !folds[index].isEmpty {
            var writer = FoldWriter(
                pieceBytes: session.pieceBytes, serverID: header.serverID,
                timestamp: header.timestamp)
            try writer.write(folds[index]) { try session.send(piece: $0) }
            applied += writer.counts
            note(folds[index], in: &sentCounters)
            folds[index].removeAll()
        }
        isEmpty = true
    }

    /// Counters that the target would not reach by the rows that stay.
    var lostCounters: [TargetSchema.Name: UInt64] {
        var counters = sentCounters
        for fold in folds where !fold.isEmpty { note(fold, in: &counters) }
        return counters
    }

    /// They have been raised.
    mutating func forgetCounters() { sentCounters.removeAll() }

    private func note(_ fold: TableFold, in counters: inout [TargetSchema.Name: UInt64]) {
        guard let value = fold.lostCounter else { return }
        let name = TargetSchema.Name(fold.map)
        counters[name] = max(counters[name] ?? 0, value)
    }

    /// A table whose rows were folded so far, as an event that goes before its rows.
    func mapEvent(_ index: Int) -> [UInt8] { folds[index].mapEvent }
}
