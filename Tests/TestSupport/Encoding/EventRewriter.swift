import Binlog

/// Writes the bodies of events from what the reader decodes of them.
///
/// Bytes come from decoded values; `unread` is the one place where others are taken over.
struct EventRewriter {
    var unread = UnreadFields()
    private var flavor = FormatDescription.Flavor.mariadb
    private var nullPadding = true
    private var maps: [UInt64: TableMap] = [:]

    /// The body as it stands in the file, compressed where the event is.
    mutating func body(of event: borrowing Event) throws -> [UInt8] {
        switch event.type {
        case .query, .executeLoadQuery: return try query(event)
        case .tableMap: return try tableMap(event)
        case let type where type.isRows: return try rows(event)
        case .mysqlGTID, .anonymousGTID, .taggedGTID: return try mysqlGTID(event)
        case .gtid: return try gtid(event)
        case .userVar: return try userVar(event)
        case .formatDescription: return try formatDescription(event)
        default: return try smallBody(of: event)
        }
    }

    private mutating func smallBody(of event: borrowing Event) throws -> [UInt8] {
        switch event.type {
        case .rotate:
            let rotate = try RotateEvent(event)
            return EventBody.rotate(position: rotate.position, nextFile: rotate.nextFile.copied())
        case .xid: return EventBody.xid(try XidEvent(event).xid)
        case .intvar:
            let value = try IntvarEvent(event)
            return EventBody.intvar(value.kind, value.value)
        case .rand:
            let rand = try RandEvent(event)
            return EventBody.rand(rand.seed1, rand.seed2)
        case .gtidList:
            return EventBody.gtidList(
                try GTIDListEvent(event).gtids, flags: try unread.gtidListFlags(of: event))
        case .binlogCheckpoint:
            return EventBody.binlogCheckpoint(file: try BinlogCheckpointEvent(event).file.copied())
        case .annotateRows: return event.annotation?.copied() ?? []
        case .rowsQuery: return EventBody.rowsQuery(event.annotation?.copied() ?? [])
        case .incident:
            let incident = try IncidentEvent(event)
            return EventBody.incident(incident.number, incident.message)
        case .startEncryption:
            let start = try StartEncryptionEvent(event)
            return EventBody.startEncryption(keyVersion: start.keyVersion, nonce: start.nonce)
        case .beginLoadQuery, .appendBlock:
            let block = try LoadBlockEvent(event)
            return EventBody.loadBlock(fileID: block.fileID, block.bytes.copied())
        case .deleteFile: return EventBody.deleteFile(fileID: try DeleteFileEvent(event).fileID)
        case .xaPrepare:
            let prepare = try XAPrepareEvent(event)
            return EventBody.xaPrepare(prepare.xaID, isOnePhase: prepare.isOnePhase)
        case .previousGTIDs:
            let executed = try PreviousGTIDsEvent(event).executed
            return EventBody.previousGTIDs(executed)
        case .stop: return []
        default: throw TestFailure("\(event.type) events are not written")
        }
    }

    private mutating func formatDescription(_ event: borrowing Event) throws -> [UInt8] {
        let format = try FormatDescription(event)
        flavor = format.flavor
        // Both came with MySQL 8.0.
        nullPadding = !format.tellsMicroseconds
        return EventBody.formatDescription(
            serverVersion: format.serverVersion, created: format.created,
            postHeaderLengths: format.postHeaderLengths,
            checksum: event.checksumBytes == 4 ? format.checksum : nil)
    }

    private mutating func gtid(_ event: borrowing Event) throws -> [UInt8] {
        let head = try GTIDEvent(event)
        return EventBody.gtid(
            head.gtid, flags: head.flags, commitID: head.commitID, xaID: head.xaID,
            extraFlags: head.extraFlags, engines: try unread.engineCount(of: event, head),
            beginAlterSequence: head.beginAlterSequence, threadID: head.threadID)
    }

    private mutating func mysqlGTID(_ event: borrowing Event) throws -> [UInt8] {
        let head = try MySQLGTIDEvent(event)
        guard event.type == .taggedGTID, let gtid = head.gtid else {
            return EventBody.mysqlGTID(
                head.gtid, commitMicroseconds: head.commitMicroseconds,
                rest: try unread.gtidRest(of: event))
        }
        let (lastNeeded, fields) = try unread.taggedFields(of: event)
        return EventBody.taggedGTID(
            gtid, commitMicroseconds: head.commitMicroseconds, lastNeeded: lastNeeded,
            fields: fields)
    }

    private mutating func userVar(_ event: borrowing Event) throws -> [UInt8] {
        let variable = try UserVarEvent(event)
        let rest = try unread.userVarRest(of: event)
        return try EventBody.userVar(
            variable.name, variable.value, typeName: variable.typeName, collation: rest.collation,
            precision: rest.precision, hasSign: rest.hasSign)
    }

    private mutating func query(_ event: borrowing Event) throws -> [UInt8] {
        let query = try QueryEvent(event)
        let codes = try unread.statusCodes(of: query, flavor)
        let head = EventBody.queryHead(
            threadID: query.threadID, executionSeconds: query.executionSeconds,
            errorCode: query.errorCode, load: query.load,
            status: try query.statusVariables(flavor).bytes(codes, flavor),
            database: query.database.copied())
        return try head + Self.packed(query.text.copied(), event)
    }

    private mutating func tableMap(_ event: borrowing Event) throws -> [UInt8] {
        let map = try TableMap(event, flavor: flavor)
        maps[map.tableID] = map
        let columns = map.columns.map { WrittenColumn($0) }
        let fixed = EventBody.tableMap(
            id: map.tableID, flags: map.flags, schema: map.schemaBytes, table: map.tableBytes,
            columns: columns)
        let fields = try unread.tableMetadataFields(of: event, from: fixed.count)
        return fixed + map.metadata.bytes(fields, of: columns, flavor)
    }

    private mutating func rows(_ event: borrowing Event) throws -> [UInt8] {
        let rows = try RowsEvent(event)
        let head = EventBody.rowsHead(
            tableID: rows.tableID, flags: rows.flags, extra: try unread.extraRowData(of: event),
            columnCount: rows.columnCount,
            bitmaps: rows.columnsBefore.copied() + rows.columnsAfter.copied())
        guard !rows.isDummy else { return head }
        guard let map = maps[rows.tableID] else {
            throw TestFailure("no table map of id \(rows.tableID)")
        }
        return try head + Self.packed(try Self.images(rows, map, nullPadding), event)
    }

    private static func images(
        _ rows: borrowing RowsEvent, _ map: TableMap, _ padding: Bool
    ) throws -> [UInt8] {
        let columns = map.columns.map { RowColumn($0) }
        var cursor = try RowCursor(rows, of: map)
        var values: [ColumnValue] = []
        var images: [UInt8] = []
        while try cursor.next() {
            if rows.operation != .insert {
                try map.readBefore(cursor, of: rows, into: &values)
                images += try EventBody.rowImage(
                    values, of: columns, padding: padding, in: rows.rows)
            }
            if rows.operation != .delete {
                try map.readLoggedAfter(cursor, of: rows, into: &values)
                images += try EventBody.rowImage(
                    values, of: columns, padding: padding, isPartial: rows.isPartial,
                    in: rows.rows)
            }
        }
        return images
    }

    private static func packed(_ part: [UInt8], _ event: borrowing Event) throws -> [UInt8] {
        event.header.type.isCompressed ? try PackedBytes.mariadb(part) : part
    }
}
