/// The table maps of the statement being read, and a store of decoded ones.
///
/// The rule of their life: a map holds from its Table_map event to the rows event with the flag
/// `statementEnd` in the same group. Every statement writes its maps anew; a rows event without one
/// is the error `missing-table-map`. Whoever reads calls `record` for each Table_map event,
/// `table(of:)` for each rows event, `endStatement` behind one that ends its statement and at the
/// begin and end of every group.
///
/// A table's maps are the same bytes statement after statement, so a decoded map is kept beyond its
/// life and one with the same bytes costs a comparison. Nothing is found in the store without a
/// Table_map event of the current statement. What is kept is bounded.
public struct TableMapRegistry: Sendable {
    /// Decoded maps that are kept; beyond them the store is emptied when a statement ends.
    public static let mostTables = 4096
    /// Bytes of Table_map events that are kept, with the same effect.
    public static let mostBytes = 16 << 20

    /// A recorded table map, valid until the statement ends.
    public struct Handle: Hashable, Sendable {
        @usableFromInline let index: Int32

        /// Small and dense: a place in an array of the caller's own, as long as `generation` stays.
        @inlinable public var slot: Int { Int(index) }

        init(index: Int32) { self.index = index }
    }

    /// Grows whenever the store is emptied: slots then begin anew.
    public private(set) var generation = 0

    private var entries: [Entry] = []
    private var newestByID: [UInt64: Int32] = [:]
    /// The newest map by the low bits of its id: spares hashing in nearly all cases.
    private var recent: [Int32] = Array(repeating: -1, count: 256)
    private var storedBytes = 0
    private var statement: UInt64 = 1
    private var flavor: FormatDescription.Flavor

    private struct Entry: Sendable {
        let tableID: UInt64
        var map: TableMap
        var body: [UInt8]
        /// The statement for which the map was last recorded.
        var statement: UInt64
        var layouts: [StoredLayouts] = []
        var oldestLayouts = 0
    }

    private struct StoredLayouts: Sendable {
        var operation: RowOperation
        var isPartial: Bool
        var before: [UInt8]
        var after: [UInt8]
        var layouts: RowLayouts
    }

    public init(flavor: FormatDescription.Flavor = .mariadb) { self.flavor = flavor }

    /// The maps that follow are of a server of that kind.
    public mutating func use(_ newFlavor: FormatDescription.Flavor) {
        guard newFlavor != flavor else { return }
        flavor = newFlavor
        empty()
    }

    /// Takes in a Table_map event and gives its map.
    ///
    /// Throws what `TableMap.init` throws, and `corrupt` where one statement maps more tables than
    /// the store holds.
    @discardableResult
    public mutating func record(_ event: borrowing Event) throws(BinlogError) -> Handle {
        let body = event.body
        var reader = event.reader
        let tableID = try reader.u48()
        if let index = newest(of: tableID), Self.equal(entries[Int(index)].body, body) {
            entries[Int(index)].statement = statement
            recent[Int(tableID & 0xFF)] = index
            return Handle(index: index)
        }
        guard entries.count < 2 * Self.mostTables, storedBytes < 4 * Self.mostBytes else {
            throw BinlogError(
                .corrupt, "one statement maps more tables than any server does",
                offset: event.offset)
        }
        let map = try TableMap(event, flavor: flavor)
        let index = Int32(entries.count)
        entries.append(Entry(tableID: tableID, map: map, body: body.copied(), statement: statement))
        newestByID[tableID] = index
        recent[Int(tableID & 0xFF)] = index
        storedBytes += body.byteCount
        return Handle(index: index)
    }

    /// The map of a rows event.
    ///
    /// Throws `missing-table-map` where the current statement has none of that id.
    public func table(of event: borrowing RowsEvent) throws(BinlogError) -> Handle {
        guard let index = newest(of: event.tableID), entries[Int(index)].statement == statement
        else {
            throw BinlogError(
                .missingTableMap,
                "the rows event is of table id \(event.tableID), "
                    + "which the statement has not mapped",
                hint: "the table map before it is lost", offset: event.offset)
        }
        return Handle(index: index)
    }

    /// A recorded map; the handle must be of the current statement.
    public subscript(handle: Handle) -> TableMap {
        _read { yield entries[Int(handle.index)].map }
    }

    /// The map of a table id in the current statement; nil where there is none.
    public func map(for tableID: UInt64) -> TableMap? {
        guard let index = newest(of: tableID), entries[Int(index)].statement == statement else {
            return nil
        }
        return entries[Int(index)].map
    }

    /// Ends the life of all maps: they must be recorded again.
    public mutating func endStatement() {
        statement += 1
        guard entries.count > Self.mostTables || storedBytes > Self.mostBytes else { return }
        empty()
    }

    private mutating func empty() {
        entries.removeAll()
        newestByID.removeAll()
        for slot in recent.indices { recent[slot] = -1 }
        storedBytes = 0
        generation += 1
    }

    private func newest(of tableID: UInt64) -> Int32? {
        let index = recent[Int(tableID & 0xFF)]
        if index >= 0, entries[Int(index)].tableID == tableID { return index }
        return newestByID[tableID]
    }

    private static func equal(_ body: borrowing [UInt8], _ bytes: RawSpan) -> Bool {
        let kept = body.span.bytes
        return kept.equals(bytes)
    }
}

extension TableMapRegistry {
    /// Sets of columns whose layouts are kept for one table.
    private static let mostLayouts = 8

    /// The layouts of a rows event's images, kept for the next event with the same columns.
    ///
    /// Throws as `RowLayouts.init` does.
    public mutating func layouts(
        of event: borrowing RowsEvent, in handle: Handle
    ) throws(BinlogError) -> RowLayouts {
        let place = try storedLayouts(of: event, in: handle)
        return entries[Int(handle.index)].layouts[place].layouts
    }

    /// Where the event's layouts stand among those that are kept for its table.
    private mutating func storedLayouts(
        of event: borrowing RowsEvent, in handle: Handle
    ) throws(BinlogError) -> Int {
        let index = Int(handle.index)
        for place in entries[index].layouts.indices
        where entries[index].layouts[place].operation == event.operation
            && entries[index].layouts[place].isPartial == event.isPartial
            && Self.equal(entries[index].layouts[place].before, event.columnsBefore)
            && Self.equal(entries[index].layouts[place].after, event.columnsAfter)
        {
            // The bitmaps do not tell whether the event has as many columns as its map.
            guard event.columnCount == entries[index].map.columns.count else { break }
            return place
        }
        let layouts = try RowLayouts(of: event, entries[index].map)
        let stored = StoredLayouts(
            operation: event.operation, isPartial: event.isPartial,
            before: event.columnsBefore.copied(),
            after: event.columnsAfter.copied(), layouts: layouts)
        if entries[index].layouts.count < Self.mostLayouts {
            entries[index].layouts.append(stored)
            return entries[index].layouts.count - 1
        }
        let oldest = entries[index].oldestLayouts
        entries[index].layouts[oldest] = stored
        entries[index].oldestLayouts = (oldest + 1) % Self.mostLayouts
        return oldest
    }

    /// How many rows the event has; they must fill it exactly.
    ///
    /// Throws as `layouts(of:in:)` and `RowCursor.next` do.
    public mutating func countRows(
        in event: borrowing RowsEvent, of handle: Handle
    ) throws(BinlogError) -> Int {
        let place = try storedLayouts(of: event, in: handle)
        return try entries[Int(handle.index)].layouts[place].layouts.countRows(in: event)
    }
}
