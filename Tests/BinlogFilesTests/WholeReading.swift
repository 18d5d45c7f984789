import Binlog
import BinlogFiles
import Foundation
import SystemPackage
import TestSupport

/// Reads a log to its end and decodes all of it, as all that read logs would together.
enum WholeReading {
    /// What it comes to: the error, or how the file ends.
    static func read(
        _ bytes: [UInt8], in folder: TestFolder, keys: EncryptionKeys? = nil
    ) throws -> (error: BinlogError?, end: FileEnd?) {
        let path = FilePath(folder.path + "/bin.000001")
        try Data(bytes).write(to: URL(filePath: path.string))
        var file = LogFile(path: path, sizeBytes: UInt64(bytes.count))
        file.keys = keys
        do throws(BinlogError) {
            var reader = try LogReader(file)
            var registry = TableMapRegistry()
            while try reader.advance() {
                let flavor = reader.format?.flavor ?? .mariadb
                if reader.event.type == .formatDescription {
                    registry = TableMapRegistry(flavor: flavor)
                }
                if reader.step == .begins { registry.endStatement() }
                try decode(reader.event, flavor, &registry)
            }
            return (nil, reader.end)
        } catch {
            return (error, nil)
        }
    }

    private static func decode(
        _ event: borrowing Event, _ flavor: FormatDescription.Flavor,
        _ registry: inout TableMapRegistry
    ) throws(BinlogError) {
        switch event.type {
        case .query, .executeLoadQuery: _ = try QueryEvent(event).statusVariables(flavor)
        case .userVar: _ = try UserVarEvent(event)
        case .intvar: _ = try IntvarEvent(event)
        case .gtidList, .previousGTIDs: _ = try GTIDPosition(listedIn: event)
        case .tableMap: try registry.record(event)
        case let type where type.isRows: try decodeRows(try RowsEvent(event), &registry)
        default: break
        }
    }

    private static func decodeRows(
        _ rows: borrowing RowsEvent, _ registry: inout TableMapRegistry
    ) throws(BinlogError) {
        guard !rows.isDummy else { return }
        let map = registry[try registry.table(of: rows)]
        var cursor = try RowCursor(rows, of: map)
        var values: [ColumnValue] = []
        while try cursor.next() {
            if rows.operation != .insert {
                try map.readBefore(cursor, of: rows, into: &values)
                show(values, map, rows)
            }
            if rows.operation != .delete {
                try map.readAfter(cursor, of: rows, into: &values)
                show(values, map, rows)
            }
        }
    }

    private static func show(
        _ values: [ColumnValue], _ map: TableMap, _ rows: borrowing RowsEvent
    ) {
        for (index, value) in values.enumerated() {
            _ = map.text(of: value, column: index, in: rows.rows)
        }
    }
}
