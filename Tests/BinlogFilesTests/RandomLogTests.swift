import BinlogFiles
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Binlog

/// Random events, written by the encoder alone and read back.
@Suite("random logs") struct RandomLogTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder("random") }

    private static let flavors: [FormatDescription.Flavor] = [.mariadb, .mysql]

    private func file(_ log: MadeLog) throws -> LogFile {
        let path = try folder.write("bin.000001", log.bytes)
        return LogFile(path: FilePath(path), sizeBytes: 0)
    }

    // MARK: Rows

    /// What was written of a rows event.
    private struct Statement {
        var type: EventType
        var bitmaps: [[UInt8]]
        var images: [[ColumnValue]]
        var event: MadeLog.Event
    }

    @Test("tables and rows are read as they were written", arguments: flavors)
    func rows(flavor: FormatDescription.Flavor) throws {
        let seed = try TestSeed.read(for: "random rows, \(flavor.rawValue)")
        var random = SplitMix64(seed: seed)
        for round in 0..<150 {
            var rows = RandomRows(SplitMix64(seed: random.next()), flavor)
            let columns = rows.columns()
            let (metadata, fields) = rows.metadata(of: columns)
            let statements = try (0..<3).map { _ in try statement(&rows, columns, metadata) }
            var log = MadeLog.sample(flavor, random.pick([.crc32, .none]))
            let place = log.place(of: .tableMap)
            let written = columns.map(\.written)
            log.events[place].body = EventBody.tableMap(
                id: random.next() >> 16, schema: Array("däta".utf8),
                table: Array(repeating: 0x74, count: random.within(1...192)), columns: written,
                optional: metadata.bytes(fields, of: written, flavor))
            let id = Array(log.events[place].body.prefix(6))
            log.events.replaceSubrange(
                (place + 1)...(place + 1),
                with: statements.map { statement in
                    var event = statement.event
                    event.body.replaceSubrange(0..<6, with: id)
                    return event
                })
            let comment = Comment("seed \(seed), round \(round)")
            try expect(statements, columns, metadata, rows.heap, in: log, comment)
        }
    }

    private func statement(
        _ rows: inout RandomRows, _ columns: [RandomRows.Column], _ metadata: TableMetadata
    ) throws -> Statement {
        let isMariaDB = rows.flavor == .mariadb
        let isCompressed = isMariaDB && rows.random.chance(30)
        let types: [EventType] =
            isMariaDB
            ? [.writeRowsV1, .updateRowsV1, .deleteRowsV1]
            : [.writeRowsV2, .updateRowsV2, .deleteRowsV2, .partialUpdateRows]
        let type = rows.random.pick(types)
        let isPartial = type == .partialUpdateRows
        let imagesPerRow = type.rowOperation == .update ? 2 : 1
        let present = (0..<imagesPerRow).map { _ in
            let isFull = rows.random.chance(50)
            // At least one column: rows of none are refused.
            return columns.indices.map { isFull || $0 == 0 || rows.random.chance(50) }
        }
        var bitmaps = ByteWriter()
        for isPresent in present { bitmaps.bitmap(isPresent, padding: isMariaDB) }
        let head = EventBody.rowsHead(
            tableID: 0, flags: [], extra: isMariaDB ? nil : [1, 2, 3], columnCount: columns.count,
            bitmaps: bitmaps.bytes)
        var images: [[ColumnValue]] = []
        var packed: [UInt8] = []
        for index in 0..<(imagesPerRow * rows.random.below(5)) {
            let isAfter = index % imagesPerRow == imagesPerRow - 1
            let image = try rows.image(
                columns, metadata, isPresent: present[index % imagesPerRow],
                isPartial: isPartial && isAfter)
            packed += try EventBody.rowImage(
                image, of: columns.map(\.row), padding: isMariaDB,
                isPartial: isPartial && isAfter,
                in: rows.heap.span.bytes)
            images.append(image)
        }
        let count = (columns.count + 7) / 8
        let halves = (0..<imagesPerRow).map {
            Array(bitmaps.bytes[($0 * count)..<(($0 + 1) * count)])
        }
        let event = MadeLog.Event(
            isCompressed ? EventType(rawValue: type.rawValue - 23 + 166) : type,
            head + (isCompressed ? try PackedBytes.mariadb(packed) : packed))
        return Statement(type: type, bitmaps: halves, images: images, event: event)
    }

    private func expect(
        _ statements: [Statement], _ columns: [RandomRows.Column], _ metadata: TableMetadata,
        _ heap: [UInt8], in log: MadeLog, _ comment: Comment
    ) throws {
        var reader = try LogReader(file(log))
        var map: TableMap?
        var left = ArraySlice(statements)
        while try reader.advance() {
            if reader.event.type == .tableMap {
                var found = try TableMap(reader.event, flavor: reader.format?.flavor ?? .mariadb)
                #expect(found.columns.map { WrittenColumn($0) } == columns.map(\.written), comment)
                #expect(found.metadata == metadata, comment)
                for (index, column) in columns.enumerated() where column.oldDigits > 0 {
                    found.setOldFraction(digits: column.oldDigits, column: index)
                }
                map = found
            } else if reader.event.type.isRows {
                let next = left.popFirst()
                let statement = try #require(next)
                #expect(reader.event.type == statement.type, comment)
                try expectRows(statement, heap, reader.event, #require(map), comment)
            }
        }
        #expect(left.isEmpty && reader.end?.state == .clean, comment)
    }

    private func expectRows(
        _ statement: Statement, _ heap: [UInt8], _ event: borrowing Event, _ map: TableMap,
        _ comment: Comment
    ) throws {
        let rows = try RowsEvent(event)
        let bitmaps = rows.columnsBefore.copied() + rows.columnsAfter.copied()
        #expect(bitmaps == statement.bitmaps.flatMap(\.self), comment)
        var left = ArraySlice(statement.images)
        var cursor = try RowCursor(rows, of: map)
        var values: [ColumnValue] = []
        while try cursor.next() {
            var before: [ColumnValue] = []
            if rows.operation != .insert {
                try map.readBefore(cursor, of: rows, into: &values)
                before = left.popFirst() ?? []
                let same = Self.same(values, rows.rows, before, heap.span.bytes)
                #expect(same, comment)
            }
            if rows.operation != .delete {
                try map.readAfter(cursor, of: rows, into: &values)
                var image = left.popFirst() ?? []
                for index in image.indices {
                    // No change of a document: it is what it was.
                    guard case .bytes(let stored) = image[index], stored.kind == .jsonChanges,
                        stored.range.isEmpty
                    else { continue }
                    image[index] = before[index]
                }
                let same = Self.same(values, rows.rows, image, heap.span.bytes)
                #expect(same, comment)
            }
        }
        #expect(left.isEmpty, comment)
    }

    /// Whether values are the same that point into different bytes.
    private static func same(
        _ values: [ColumnValue], _ rows: RawSpan, _ others: [ColumnValue], _ heap: RawSpan
    ) -> Bool {
        guard values.count == others.count else { return false }
        for index in values.indices {
            switch (values[index], others[index]) {
            case (.decimal(let left), .decimal(let right)):
                guard left.precision == right.precision, left.scale == right.scale,
                    rows.extracting(left.range).equals(heap.extracting(right.range))
                else { return false }
            case (.bytes(let left), .bytes(let right)):
                guard left.kind == right.kind, left.collation == right.collation,
                    rows.extracting(left.range).equals(heap.extracting(right.range))
                else { return false }
            default: guard values[index] == others[index] else { return false }
            }
        }
        return true
    }

    // MARK: Statements and GTIDs

    @Test("status variables are read as they were written", arguments: flavors)
    func statusVariables(flavor: FormatDescription.Flavor) throws {
        let seed = try TestSeed.read(for: "random status variables, \(flavor.rawValue)")
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let (expected, codes) = RandomStatus.make(&random, flavor)
            var log = MadeLog.sample(flavor, .crc32)
            let place = log.place(of: .query)
            log.events[place] = .query(
                "SELECT 1", flavor, status: expected.bytes(codes, flavor))
            var reader = try LogReader(file(log))
            for _ in 0...place { #expect(try reader.advance()) }
            let read = try QueryEvent(reader.event).statusVariables(flavor)
            #expect(read == expected, "seed \(seed)")
        }
    }

    @Test("sets of GTIDs and tagged GTIDs are read as they were written")
    func gtids() throws {
        let seed = try TestSeed.read(for: "random GTIDs")
        var random = SplitMix64(seed: seed)
        let servers = (1...3).map { "\($0)e11fa47-71ca-11e1-9e33-c80aa9429562" }
        for _ in 0..<300 {
            var executed = MySQLGTIDSet()
            for _ in 0..<random.below(12) {
                let tag = random.chance(30) ? ":tag\(random.below(2))" : ""
                let first = random.next() >> UInt64(random.within(2...62)) | 1
                let last = first + UInt64(random.below(3))
                executed.formUnion(
                    try #require(
                        MySQLGTIDSet("\(random.pick(servers))\(tag):\(first)-\(last)")))
            }
            let number = random.next() >> UInt64(random.within(2...62)) | 1
            let gtid = try #require(MySQLGTID("\(random.pick(servers)):a_tag:\(number)"))
            let commit = random.next() >> UInt64(random.below(64))
            var log = MadeLog.sample(.mysql, .crc32)
            log.events[1].body = EventBody.previousGTIDs(executed)
            log.events[2] = MadeLog.Event(
                .taggedGTID,
                EventBody.taggedGTID(
                    gtid, commitMicroseconds: commit, lastNeeded: 4,
                    fields: [0, 1, 2, 3, 4, 6, 8].map { .init($0, random.next()) }))
            var reader = try LogReader(file(log))
            for _ in 0..<2 { #expect(try reader.advance()) }
            let previous = try PreviousGTIDsEvent(reader.event)
            #expect(previous.executed == executed, "seed \(seed)")
            #expect(try reader.advance())
            let head = try MySQLGTIDEvent(reader.event)
            #expect(head.gtid == gtid && head.commitMicroseconds == commit, "seed \(seed)")
        }
    }
}

extension RandomRows.Column {
    /// What is needed to write its values.
    var row: RowColumn {
        var column = RowColumn(
            TableColumn(
                type: written.type, metadata: written.metadata, isNullable: written.isNullable,
                width: ColumnWidth.of(written.type, metadata: written.metadata) ?? .fixed(0)))
        guard oldDigits > 0 else { return column }
        column.fractionDigits = oldDigits
        column.fixedBytes = Int(
            ColumnWidth.ofOldTemporal(written.type, digits: oldDigits)?.fixedBytes ?? 0)
        return column
    }
}

/// A random session, and in which order its log tells of it.
private enum RandomStatus {
    static func make(
        _ random: inout SplitMix64, _ flavor: FormatDescription.Flavor
    ) -> (StatusVariables, [StatusVariables.Code]) {
        let own: [UInt8] =
            flavor == .mariadb ? [128, 129, 130, 131] : [13, 16, 17, 18, 19, 20]
        var codes: [UInt8] = ([0, 1, 3, 4, 5, 6, 7, 8, 9, 11] + own).filter { _ in
            random.chance(60)
        }
        for index in codes.indices { codes.swapAt(index, random.below(codes.count)) }
        var status = StatusVariables()
        for code in codes { set(code, &status, &random) }
        return (status, codes.map { StatusVariables.Code($0) })
    }

    private static func set(
        _ code: UInt8, _ status: inout StatusVariables, _ random: inout SplitMix64
    ) {
        let bits = random.next()
        let half = UInt16(truncatingIfNeeded: bits)
        let byte = UInt8(truncatingIfNeeded: bits)
        let text = [UInt8](repeating: byte, count: random.below(80))
        switch code {
        case 0: status.flags2 = UInt32(truncatingIfNeeded: bits)
        case 1: status.sqlMode = bits
        case 3: (status.autoIncrementIncrement, status.autoIncrementOffset) = (half, ~half)
        case 4:
            (status.clientCollation, status.connectionCollation) = (half, ~half)
            status.serverCollation = half &+ 1
        case 5: status.timeZone = text
        case 7: status.timeNamesLocale = half
        case 8: status.databaseCollation = half
        case 9: status.tablesUpdated = bits
        case 11: status.invoker = StatusVariables.Invoker(user: text, host: text.reversed() + [1])
        case 13, 128: status.microseconds = UInt32(random.below(1_000_000))
        case 17, 129: status.xid = bits
        case 130:
            status.gtidFlags = byte
            if byte & 0xC != 0 { status.beginAlterSequence = bits }
        case 131: status.characterSetCollations = [half, ~half]
        case 16: status.explicitDefaults = byte
        case 18: status.utf8mb4Collation = half
        case 19: status.requiresPrimaryKey = byte
        case 20: status.tableEncryption = byte
        default: break
        }
    }
}
