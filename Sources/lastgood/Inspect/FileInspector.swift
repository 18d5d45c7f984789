import Binlog
import BinlogFiles
import Catalog
import Recovery
import Report
import SystemPackage

/// Reads one log file to its end, checks everything in it, and keeps an inventory.
///
/// A large file is read by several threads, as a search reads it: what was read ahead counts only
/// where reading everything before it ends exactly there, and where nothing in it is wrong.
struct FileInspector: Sendable {
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

    mutating func run(_ progress: inout Progress) async {
        do throws(BinlogError) {
            var reader = try LogReader(file)
            try await read(&reader, &progress)
        } catch {
            stop(error)
        }
    }

    private mutating func read(
        _ reader: inout LogReader, _ progress: inout Progress
    ) async throws(BinlogError) {
        let ahead = SegmentPlan(file).ranges.map { range in
            let file = file
            return (range, Task.detached { Self.part(range, of: file) })
        }
        defer { for (_, task) in ahead { task.cancel() } }
        do throws(BinlogError) {
            for (range, task) in ahead {
                try scan(&reader, until: range.lowerBound, &progress)
                guard reader.nextOffset == range.lowerBound, !reader.isInsideTransaction,
                    let part = await task.value
                else { continue }
                inventory.append(part.inventory)
                reached.record(part.reached)
                reader.seek(to: range.upperBound)
            }
            try scan(&reader, until: .max, &progress)
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

    /// Reads up to an offset, at least, or to the file's end.
    private mutating func scan(
        _ reader: inout LogReader, until limit: UInt64, _ progress: inout Progress
    ) throws(BinlogError) {
        while reader.nextOffset < limit, try reader.advance() {
            try take(&reader)
            progress.update(doneBytes &+ reader.nextOffset)
        }
    }

    /// What is in a range that is thought to hold whole transactions; nil where it does not, where
    /// anything in it is wrong, and of a relay log, which may be cut inside a statement.
    private static func part(_ range: Range<UInt64>, of file: LogFile) -> Self? {
        var part = Self(file, doneBytes: 0, after: nil)
        do throws(BinlogError) {
            var reader = try LogReader(file)
            guard try reader.advance(), reader.format != nil, !reader.isRelayLog else { return nil }
            try part.take(&reader)
            // The one that reads the beginning counts it.
            part.inventory = FileInventory(name: file.name, path: "", sizeBytes: 0)
            reader.seek(to: range.lowerBound)
            while reader.nextOffset < range.upperBound, try reader.advance() {
                try part.take(&reader)
                if part.inventory.tally.events % 4096 == 0, Task.isCancelled { return nil }
            }
            guard reader.nextOffset == range.upperBound, !reader.isInsideTransaction,
                part.failures.isEmpty, part.listed == nil
            else { return nil }
            return part
        } catch {
            return nil
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
        case .tableMap: try tables.record(event)
        case let type where type.isRows: try countRows(event)
        case .incident: try noteIncident(event)
        case .startEncryption:
            if !event.header.flags.contains(.ignorable) { inventory.isEncrypted = true }
        case let type where type.support == .refused: noteUnsupported(type, at: event.offset)
        default: try event.checkBody(flavor)
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
