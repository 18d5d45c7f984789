import Binlog
import BinlogFiles
import Recovery
import Report
import SystemPackage

/// Reads one log file to its end, checks everything in it, and keeps an inventory.
struct FileInspector {
    private(set) var inventory: FileInventory
    /// What is wrong, in the order of the file.
    private(set) var failures: [Failure] = []
    /// The GTIDs before this file; nil where it has no list.
    private(set) var listed: GTIDPosition?
    /// The GTIDs before this file and in it.
    private(set) var reached = GTIDPosition()
    /// The damage at which reading stopped.
    private(set) var damage: BinlogError?

    private let file: LogFile
    private let doneBytes: UInt64
    private var tables = TableMapRegistry()
    private var flavor = FormatDescription.Flavor.mariadb

    /// - Parameter previous: the one of the file before.
    init(_ file: LogFile, doneBytes: UInt64, after previous: FileInspector?) {
        self.file = file
        // A relay log is cut into files anywhere, also behind a statement's table maps.
        if let previous, previous.inventory.isRelayLog { tables = previous.tables }
        self.doneBytes = doneBytes
        inventory = FileInventory(
            name: file.name, path: file.path.string, sizeBytes: file.sizeBytes)
    }

    mutating func run(_ progress: inout Progress) {
        do throws(BinlogError) {
            var reader = try LogReader(file)
            try read(&reader, &progress)
        } catch {
            stop(error)
        }
    }

    private mutating func read(
        _ reader: inout LogReader, _ progress: inout Progress
    ) throws(BinlogError) {
        do throws(BinlogError) {
            while try reader.advance() {
                try take(&reader)
                progress.update(doneBytes &+ reader.nextOffset)
            }
        } catch {
            let cut =
                reader.isInsideTransaction
                ? reader.transaction.beginOffset : error.offset ?? reader.nextOffset
            setEnd(
                reader.end
                    ?? FileEnd(state: .corrupt, offset: cut, reason: error.message))
            throw error
        }
        if let end = reader.end {
            setEnd(end)
            if end.state == .truncated {
                stop(
                    BinlogError(
                        .truncated, end.reason ?? "the file is truncated", file: file.name,
                        offset: end.offset))
            }
        }
    }

    private mutating func setEnd(_ end: FileEnd) {
        inventory.end = FileInventory.EndReport(
            state: end.state.rawValue, offset: end.offset, reason: end.reason)
    }

    private mutating func stop(_ error: BinlogError) {
        let placed = error.inFile(file.name)
        damage = placed
        if inventory.end.reason == nil { inventory.end.reason = placed.message }
        if placed.code == .unsupportedEvent, inventory.format == nil {
            inventory.isEncrypted = true
        }
        failures.append(Failure(placed))
    }

    // MARK: One event

    private mutating func take(_ reader: inout LogReader) throws(BinlogError) {
        if reader.isRelayLog { inventory.isRelayLog = true }
        let event = reader.event
        inventory.tally.events += 1
        if event.isUnpacked { inventory.isCompressed = true }
        if event.header.timestamp != 0 {
            if inventory.firstTimestamp == nil {
                inventory.firstTimestamp = event.header.timestamp
            }
            inventory.lastTimestamp = event.header.timestamp
        }
        switch reader.step {
        case .begins:
            if !inventory.isRelayLog || event.type.beginsTransaction { tables.endStatement() }
        case .ends, .whole: takeTransaction(reader.transaction)
        case .outside, .inside: break
        }
        // A copy for each event would cost a tenth of the time.
        try check(event, event.type == .formatDescription ? reader.format : nil)
        if reader.step == .ends || reader.step == .whole { tables.endStatement() }
    }

    private mutating func takeTransaction(_ transaction: Transaction) {
        inventory.tally.transactions += 1
        guard let gtid = transaction.gtid else { return }
        inventory.take(gtid)
        reached.record(gtid)
    }

    private mutating func check(
        _ event: borrowing Event, _ format: FormatDescription?
    ) throws(BinlogError) {
        switch event.type {
        case .formatDescription:
            inventory.format = format
            flavor = format?.flavor ?? .mariadb
            if !inventory.isRelayLog { tables = TableMapRegistry(flavor: flavor) }
        case .gtidList, .previousGTIDs:
            guard let position = try GTIDPosition(listedIn: event) else { return }
            listed = position
            reached = position
        case .query, .executeLoadQuery:
            _ = try QueryEvent(event).statusVariables(flavor)
        case .tableMap: try tables.record(event)
        case let type where type.isRows: try countRows(event)
        case .intvar: _ = try IntvarEvent(event)
        case .rand: _ = try RandEvent(event)
        case .beginLoadQuery, .appendBlock: _ = try LoadBlockEvent(event)
        case .userVar: _ = try UserVarEvent(event)
        case .rotate: _ = try RotateEvent(event)
        case .binlogCheckpoint: _ = try BinlogCheckpointEvent(event)
        case .incident: try noteIncident(event)
        case .startEncryption:
            if !event.header.flags.contains(.ignorable) { inventory.isEncrypted = true }
        case let type where type.support == .refused: noteUnsupported(type, at: event.offset)
        default: break
        }
    }

    private mutating func countRows(_ event: borrowing Event) throws(BinlogError) {
        let rows = try RowsEvent(event)
        if rows.isDummy {
            tables.endStatement()
            return
        }
        let table = try tables.table(of: rows)
        inventory.tally.rows.add(
            UInt64(clamping: try tables.countRows(in: rows, of: table)), rows.operation)
        if rows.endsStatement { tables.endStatement() }
    }

    private mutating func noteIncident(_ event: borrowing Event) throws(BinlogError) {
        let incident = try IncidentEvent(event)
        failures.append(
            Failure(
                "incident",
                "the server recorded that it lost events: incident \(incident.number) "
                    + incident.message,
                hint: "what it lost stands in no log", file: file.name, offset: event.offset))
    }

    private mutating func noteUnsupported(_ type: EventType, at offset: UInt64) {
        let isFirst = !inventory.tally.unsupported.contains { $0.type == type.description }
        inventory.tally.addUnsupported(
            type.description, at: BinlogPosition(file: file.name, offset: offset))
        guard isFirst else { return }
        failures.append(
            Failure(
                "unsupported-event", "\(type) events are not supported by this version",
                hint: "a later version reads them", file: file.name, offset: offset))
    }
}
