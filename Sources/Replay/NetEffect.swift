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

    /// Where the rows of a table map go.
    enum Route { case exact, fold(Int) }

    /// No row has been folded that is not in the target.
    var isEmpty: Bool { folds.allSatisfy(\.isEmpty) }

    var memoryBytes: Int { folds.reduce(0) { $0 + $1.memoryBytes } }

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
        routes.indices.contains(handle.slot) ? routes[handle.slot] ?? .exact : .exact
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
            return .exact
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
        try folds[index].fold(event, layouts)
    }

    /// What has been sent since this was asked last.
    mutating func takeApplied() -> RowCounts {
        defer { applied = RowCounts() }
        return applied
    }

    /// From now on, and until a definition changes, the rows of a table go in their order: the
    /// source does not log whole rows.
    mutating func giveUp(_ map: TableMap) {
        partial.insert(TargetSchema.Name(map))
        routes.removeAll(keepingCapacity: true)
        exactTables["\(map.schema).\(map.table)"] = .partialImages
    }

    /// A statement ran that may have changed definitions; everything has been sent before it.
    mutating func forgetDefinitions() {
        precondition(isEmpty, "a definition changes under rows that have not been sent")
        schema.forget()
        routes.removeAll(keepingCapacity: true)
        folds.removeAll()
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
            folds[index].removeAll()
        }
    }

    /// Counters that the target would not reach by the rows that stay.
    var lostCounters: [(table: TargetSchema.Name, value: UInt64)] {
        folds.compactMap { fold in
            fold.lostCounter.map { (TargetSchema.Name(fold.map), $0) }
        }
    }

    /// A table whose rows were folded so far, as an event that goes before its rows.
    func mapEvent(_ index: Int) -> [UInt8] { folds[index].mapEvent }
}
