internal import Binlog
internal import BinlogFiles
internal import Recovery

/// What a stretch of the log comes to.
struct StretchFold: Sendable {
    /// The tables that are folded, each once.
    var folds: [TableFold] = []
    /// The rows of all others in the source's order: whole groups, each piece fit to be sent.
    var pieces: [[UInt8]] = []
    var exactTables: Set<TargetSchema.Name> = []
    /// All row changes of the stretch, and those of them that are not folded.
    var rows = RowCounts()
    var exactRows = RowCounts()
    var newestHeader: EventHeader?
}

/// What is done with a table's rows.
enum StretchRoute: Sendable {
    case fold(FoldedTable)
    /// In the source's order, by the primary key of a table that allows it. Foreign keys that only
    /// refuse are not checked: the rows they speak of may wait in a fold, and the source has
    /// checked them.
    case exact(FoldedTable? = nil, ignoresForeignKeys: Bool)
}

/// What came of folding a stretch.
enum StretchOutcome: Sendable {
    case folded(StretchFold)
    /// A table that was to be folded has rows that must go in their order; lasting where it is
    /// because its images lack columns, else it may be folded again behind the stretch.
    case cannotFold(TargetSchema.Name, isLasting: Bool)
    /// It holds something that has to be applied event by event.
    case isUnfit
}

/// Folds a stretch; needs nothing but its bytes, so that several can be folded at the same time.
struct StretchFolder: ~Copyable {
    private let routes: [TargetSchema.Name: StretchRoute]
    private let pieceBytes: Int
    private var registry: TableMapRegistry
    /// What is done with the rows of the registry's handles, by slot.
    private var slots: [Slot?] = []
    private var generation = 0
    private var foldOfTable: [TargetSchema.Name: Int] = [:]
    private var rows = RowsBatch()
    /// The newest event without what the target need not be told.
    private var narrowed: [UInt8] = []
    private var result = StretchFold()

    private enum Slot {
        case fold(Int)
        case exact(NarrowRows?, ignoresForeignKeys: Bool)
    }

    private init(
        _ routes: [TargetSchema.Name: StretchRoute], pieceBytes: Int,
        _ flavor: FormatDescription.Flavor
    ) {
        registry = TableMapRegistry(flavor: flavor)
        self.routes = routes
        self.pieceBytes = pieceBytes
    }

    /// - Parameter pieceBytes: how large a piece of rows in the source's order gets, unless a
    ///   single event is larger.
    ///
    /// Throws a contradiction of the log, with the offset. Damage is told by whoever reads event by
    /// event: it may be a crash's torn tail.
    static func fold(
        _ stretch: Stretch, _ routes: [TargetSchema.Name: StretchRoute], pieceBytes: Int
    ) throws(BinlogError) -> StretchOutcome {
        do throws(BinlogError) {
            return try foldUndamaged(stretch, routes, pieceBytes: pieceBytes)
        } catch {
            guard error.code == .contradiction else { return .isUnfit }
            throw error
        }
    }

    private static func foldUndamaged(
        _ stretch: Stretch, _ routes: [TargetSchema.Name: StretchRoute], pieceBytes: Int
    ) throws(BinlogError) -> StretchOutcome {
        var folder = StretchFolder(routes, pieceBytes: pieceBytes, stretch.format.flavor)
        var obstacle: Obstacle?
        try stretch.read { (event) throws(BinlogError) in
            obstacle = try folder.take(event)
            return obstacle == nil
        }
        switch obstacle {
        case nil: break
        case .table(let table, let isLasting): return .cannotFold(table, isLasting: isLasting)
        case .unfit: return .isUnfit
        }
        folder.finishPiece()
        return .folded(folder.result)
    }

    /// What keeps the stretch from being folded.
    private enum Obstacle {
        case table(TargetSchema.Name, isLasting: Bool)
        case unfit
    }

    private mutating func take(_ event: borrowing Event) throws(BinlogError) -> Obstacle? {
        switch event.type {
        case .tableMap: return try takeMap(event)
        case let type where type.isRows:
            return try takeRows(RowsEvent(event), event)
        case let type where type.beginsTransaction: endStatement()
        default: break
        }
        return nil
    }

    private mutating func takeMap(_ event: borrowing Event) throws(BinlogError) -> Obstacle? {
        result.newestHeader = event.header
        let handle = try registry.record(event)
        if registry.generation != generation {
            slots.removeAll(keepingCapacity: true)
            generation = registry.generation
        }
        while slots.count <= handle.slot { slots.append(nil) }
        if slots[handle.slot] == nil { slots[handle.slot] = newSlot(registry[handle], event) }
        switch slots[handle.slot] {
        case .fold: return nil
        case .exact:
            rows.add(tableMap: event, tableID: registry[handle].tableID)
            return nil
        case nil: return .unfit
        }
    }

    /// Nil where the table is not as it was thought to be.
    private mutating func newSlot(_ map: TableMap, _ event: borrowing Event) -> Slot? {
        let name = TargetSchema.Name(map)
        switch routes[name] {
        case nil: return nil
        case .exact(let table, let ignores):
            result.exactTables.insert(name)
            let narrow = table.flatMap { table in
                table.columnCount == map.columns.count ? NarrowRows(table, map) : nil
            }
            return .exact(narrow, ignoresForeignKeys: ignores)
        case .fold(let table):
            guard table.columnCount == map.columns.count else { return nil }
            var mapEvent: [UInt8] = []
            RowsBatch.append(event, to: &mapEvent)
            if let index = foldOfTable[name] {
                guard result.folds[index].map.columns == map.columns else { return nil }
                result.folds[index].use(map, mapEvent: mapEvent)
                return .fold(index)
            }
            foldOfTable[name] = result.folds.count
            result.folds.append(TableFold(table, map, mapEvent: mapEvent))
            return .fold(result.folds.count - 1)
        }
    }

    private mutating func takeRows(
        _ rowsEvent: borrowing RowsEvent, _ event: borrowing Event
    ) throws(BinlogError) -> Obstacle? {
        if rowsEvent.isDummy {
            endStatement()
            return nil
        }
        let handle = try registry.table(of: rowsEvent)
        let count: Int
        switch slots[handle.slot] {
        case nil: return .unfit
        case .fold(let index):
            let layouts = try registry.layouts(of: rowsEvent, in: handle)
            switch try result.folds[index].fold(rowsEvent, layouts) {
            case .rows(let folded): count = folded
            case .lacksColumns:
                return .table(TargetSchema.Name(registry[handle]), isLasting: true)
            case .needsOrder:
                return .table(TargetSchema.Name(registry[handle]), isLasting: false)
            }
        case .exact(let narrow, let ignoresForeignKeys):
            count = try registry.countRows(in: rowsEvent, of: handle)
            result.exactRows.add(UInt64(count), rowsEvent.operation)
            if rows.sizeBytes + event.bytes.byteCount > pieceBytes { finishPiece() }
            let layouts = try registry.layouts(of: rowsEvent, in: handle)
            let isNarrow = try narrow?.write(event, rowsEvent, layouts, over: &narrowed) ?? false
            try rows.add(
                rows: event, as: isNarrow ? narrowed : nil, tableID: rowsEvent.tableID,
                endsStatement: rowsEvent.endsStatement, ignoresForeignKeys: ignoresForeignKeys)
        }
        result.rows.add(UInt64(count), rowsEvent.operation)
        if rowsEvent.endsStatement { endStatement() }
        return nil
    }

    private mutating func endStatement() {
        rows.endStatement()
        registry.endStatement()
    }

    private mutating func finishPiece() {
        guard !rows.isEmpty else { return }
        rows.close()
        result.pieces.append(rows.bytes)
        rows.removeAll()
    }
}
