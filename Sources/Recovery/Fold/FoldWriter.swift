public import Binlog

/// Writes the net effect of a table as row events in the log's own format.
///
/// A piece is one group: a Table_map, rows events of many rows each, the end flag on the last. All
/// deletes come before all updates, those before all inserts: behind the deletes every state is a
/// part of one that the source really had.
public struct FoldWriter {
    /// What was written.
    public private(set) var counts = RowCounts()

    private let pieceBytes: Int
    private let serverID: UInt32
    private let flavor: FormatDescription.Flavor
    private let timestamp: UInt32
    private var piece: [UInt8] = []
    private var eventBegin: Int?
    private var flagsAt: Int?

    /// - Parameter pieceBytes: a piece is sent before it would grow beyond this, unless a single
    ///   row is larger.
    public init(
        pieceBytes: Int, serverID: UInt32, timestamp: UInt32,
        flavor: FormatDescription.Flavor = .mariadb
    ) {
        self.flavor = flavor
        self.pieceBytes = pieceBytes
        self.serverID = serverID
        self.timestamp = timestamp
    }

    /// Writes the rows of a fold whose keys lie in a range of `TableFold.keyRanges`; `send` gets
    /// each piece.
    public mutating func write(
        _ fold: borrowing TableFold, _ keys: ClosedRange<UInt64> = 0...(.max),
        send: ([UInt8]) throws -> Void
    ) throws {
        let net = try fold.netChanges(in: keys)
        guard !net.changes.isEmpty else { return }
        let shape = Shape(fold)
        piece.removeAll(keepingCapacity: true)
        for operation in [RowOperation.delete, .update, .insert] {
            var columns = -1
            for change in net.changes where change.kind.needs(operation) {
                if operation != .delete, change.columns != columns {
                    finishEvent()
                    columns = change.columns
                }
                let rowBytes =
                    Int(change.before.count) + Int(change.after.count) + shape.overheadBytes
                for _ in 0..<change.times {
                    if piece.count + rowBytes > pieceBytes { try finishPiece(send) }
                    if piece.isEmpty { piece.append(contentsOf: shape.mapEvent) }
                    if eventBegin == nil { beginEvent(operation, change, net, shape) }
                    appendRow(operation, change, net, shape)
                }
                counts.add(UInt64(change.times), operation)
            }
            finishEvent()
        }
        try finishPiece(send)
    }

    /// What is the same in all events of one fold.
    private struct Shape {
        let mapEvent: [UInt8]
        let tableID: UInt64
        let columnCount: Int
        /// The columns of images before.
        let columnsBefore: [UInt8]
        /// What stands in front of a key: no column of it is NULL. Empty where whole images are
        /// sent.
        let keyNulls: [UInt8]

        init(_ fold: borrowing TableFold) {
            mapEvent = fold.mapEvent
            tableID = fold.map.tableID
            columnCount = fold.map.columns.count
            guard fold.table.identity == .primaryKey else {
                columnsBefore = [UInt8](repeating: 0xFF, count: (columnCount + 7) / 8)
                keyNulls = []
                return
            }
            let keyColumns = KeyColumns(fold.table, fold.map)
            columnsBefore = keyColumns.bitmap
            keyNulls = keyColumns.nulls
        }

        /// More than anything that stands around a row.
        var overheadBytes: Int { mapEvent.count + 64 + 2 * columnsBefore.count + keyNulls.count }
    }

    // MARK: Events

    private mutating func beginEvent(
        _ operation: RowOperation, _ change: NetChanges.Change, _ net: NetChanges, _ shape: Shape
    ) {
        let isFirst = flagsAt == nil
        eventBegin = piece.count
        append(UInt64(timestamp), 4)
        piece.append(type(of: operation).rawValue)
        append(UInt64(serverID), 4)
        // The length, which is not known yet, an end position of none, and no flags.
        append(0, 4 + 4 + 2)
        append(shape.tableID, 6)
        flagsAt = piece.count
        // Only those of a group's first event count.
        var flags: RowsEvent.Flags = isFirst ? [.noForeignKeyChecks] : []
        if isFirst, flavor == .mariadb { flags.insert(.noCheckConstraints) }
        append(UInt64(flags.rawValue), 2)
        // Version 2: nothing but the length of what stands here.
        if flavor == .mysql { append(2, 2) }
        appendLengthEncoded(shape.columnCount)
        if operation != .insert { piece.append(contentsOf: shape.columnsBefore) }
        if operation != .delete { piece.append(contentsOf: net.columnSets[change.columns]) }
    }

    private mutating func appendRow(
        _ operation: RowOperation, _ change: NetChanges.Change, _ net: NetChanges, _ shape: Shape
    ) {
        net.bytes.withUnsafeBytes { bytes in
            if operation != .insert {
                piece.append(contentsOf: shape.keyNulls)
                piece.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: bytes[change.before.range]))
            }
            if operation != .delete {
                piece.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: bytes[change.after.range]))
            }
        }
    }

    private mutating func finishEvent() {
        guard let eventBegin else { return }
        let length = piece.count - eventBegin
        for index in 0..<4 {
            piece[eventBegin + 9 + index] = UInt8(truncatingIfNeeded: length >> (8 * index))
        }
        self.eventBegin = nil
    }

    private mutating func finishPiece(_ send: ([UInt8]) throws -> Void) throws {
        finishEvent()
        guard let flagsAt else { return }
        piece[flagsAt] |= UInt8(RowsEvent.Flags.statementEnd.rawValue)
        self.flagsAt = nil
        try send(piece)
        piece.removeAll(keepingCapacity: true)
    }

    /// MariaDB writes version 1, MySQL version 2.
    private func type(of operation: RowOperation) -> EventType {
        switch operation {
        case .insert: flavor == .mariadb ? .writeRowsV1 : .writeRowsV2
        case .update: flavor == .mariadb ? .updateRowsV1 : .updateRowsV2
        case .delete: flavor == .mariadb ? .deleteRowsV1 : .deleteRowsV2
        }
    }

    private mutating func append(_ value: UInt64, _ bytes: Int) {
        for index in 0..<bytes {
            piece.append(index < 8 ? UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) : 0)
        }
    }

    /// Tables have 4,096 columns at most.
    private mutating func appendLengthEncoded(_ value: Int) {
        if value < 251 {
            piece.append(UInt8(value))
        } else {
            piece.append(0xFC)
            append(UInt64(value), 2)
        }
    }
}
