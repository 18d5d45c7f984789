/// Goes over the rows of an event and gives the place of each row's images.
///
///     var cursor = try RowCursor(rows, of: map)
///     while try cursor.next() { use(rows.rows.extracting(cursor.after)) }
public struct RowCursor: ~Escapable {
    /// Where the current row's image before lies in `RowsEvent.rows`; empty for inserts.
    public private(set) var before = 0..<0
    /// Where the current row's image after lies in `RowsEvent.rows`; empty for deletes.
    public private(set) var after = 0..<0
    private var reader: ByteReader
    private let layouts: RowLayouts

    /// Throws `corrupt` where the event and the map do not have the same number of columns.
    @_lifetime(copy event)
    public init(_ event: borrowing RowsEvent, of map: TableMap) throws(BinlogError) {
        self.init(event, layouts: try RowLayouts(of: event, map))
    }

    /// `layouts` must have been made for the same bitmaps of columns.
    @_lifetime(copy event)
    public init(_ event: borrowing RowsEvent, layouts: RowLayouts) {
        reader = ByteReader(event.rows, at: event.rowsOffset)
        self.layouts = layouts
    }

    /// Goes to the next row; false behind the last.
    ///
    /// Throws `corrupt` where a row does not fit into what is left of the event, and
    /// `unsupported-event` where that may be the fault of a column whose width is not told.
    @_lifetime(self: copy self)
    public mutating func next() throws(BinlogError) -> Bool {
        guard !reader.isAtEnd else { return false }
        let begin = reader.position
        let middle = try layouts.skipRow(&reader)
        before = begin..<middle
        after = middle..<reader.position
        return true
    }
}

/// The layouts of an event's images before and after.
///
/// A class, since it is handed from hand to hand for every event: one count of references changes
/// where those of four arrays would.
public final class RowLayouts: Sendable {
    /// Nil for inserts.
    public let before: RowLayout?
    /// Nil for deletes.
    public let after: RowLayout?
    /// Whether the images hold every column of their table.
    public let holdAllColumns: Bool
    /// See `TableMap.hasOldTemporal`.
    let hasOldTemporal: Bool
    /// See `RowsEvent.isPartial`: how many JSON columns the table has; nil for other events.
    private let partialColumns: Int?

    /// Throws `corrupt` where the event and the map do not have the same number of columns.
    public init(of event: borrowing RowsEvent, _ map: TableMap) throws(BinlogError) {
        guard event.columnCount == map.columns.count else {
            throw BinlogError(
                .corrupt,
                "the rows event has \(event.columnCount) columns, "
                    + "its table map of \(map.schema).\(map.table) \(map.columns.count)",
                offset: event.offset)
        }
        hasOldTemporal = map.hasOldTemporal
        partialColumns = event.isPartial ? map.jsonColumns : nil
        before = event.operation == .insert ? nil : map.layout(holding: event.columnsBefore)
        after = event.operation == .delete ? nil : map.layout(holding: event.columnsAfter)
        holdAllColumns =
            (before == nil || before == map.fullLayout)
            && (after == nil || after == map.fullLayout)
    }

    /// Moves over the images of one row; where the one after begins.
    fileprivate func skipRow(_ reader: inout ByteReader) throws(BinlogError) -> Int {
        let begin = reader.position
        let middle: Int
        do throws(BinlogError) {
            // Not bound to a name: that would copy them, and count references, for each row.
            try before?.skipImage(&reader)
            middle = reader.position
            if partialColumns != nil { _ = try PartialColumns(&reader, of: partialColumns) }
            try after?.skipImage(&reader)
        } catch {
            throw explain(error)
        }
        guard reader.position > begin else {
            throw BinlogError(
                .corrupt, "the rows hold no column, yet they have bytes", offset: reader.offset)
        }
        return middle
    }

    private func explain(_ error: BinlogError) -> BinlogError {
        guard hasOldTemporal else { return error }
        return BinlogError(
            .unsupportedEvent,
            "the rows do not fit: the table has TIME, DATETIME or TIMESTAMP columns in a format "
                + "from before MySQL 5.6, and the log does not tell their fractions",
            hint: "such tables are written under mysql56_temporal_format=OFF", offset: error.offset)
    }
}

extension RowLayouts {
    /// Gives `body` the place of each row's images before and after, as a `RowCursor` does; returns
    /// how many rows there are, which must fill the event exactly.
    ///
    /// Throws as `RowCursor.next` does, and what `body` throws.
    public func forEachRow(
        in event: borrowing RowsEvent,
        _ body: (_ before: Range<Int>, _ after: Range<Int>) throws(BinlogError) -> Void
    ) throws(BinlogError) -> Int {
        var reader = ByteReader(event.rows, at: event.rowsOffset)
        var count = 0
        while !reader.isAtEnd {
            let begin = reader.position
            let middle = try skipRow(&reader)
            try body(begin..<middle, middle..<reader.position)
            count += 1
        }
        return count
    }

    /// How many rows the event has: each is gone over, and they must fill it exactly.
    ///
    /// Throws as `RowCursor.next` does.
    public func countRows(in event: borrowing RowsEvent) throws(BinlogError) -> Int {
        try forEachRow(in: event) { _, _ in }
    }
}

extension TableMap {
    /// How many rows the event has; throws `corrupt` where they do not fill it exactly.
    public func countRows(in event: borrowing RowsEvent) throws(BinlogError) -> Int {
        try RowLayouts(of: event, self).countRows(in: event)
    }

    /// The layout of images that hold some columns; `bitmap` has a bit for each of the table's.
    public func layout(holding bitmap: RawSpan) -> RowLayout {
        if RowsEvent.holdsAll(bitmap, count: columns.count) { return fullLayout }
        return RowLayout(of: columns, isPresent: { index in bitmap.isSet(bit: index) })
    }
}
