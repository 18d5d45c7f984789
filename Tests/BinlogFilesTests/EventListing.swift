import Binlog
import BinlogFiles
import Server
import SystemPackage

/// What a log file holds, event by event: as this package reads it, or as mariadb-binlog prints it.
struct EventListing: Equatable {
    struct Entry: Equatable {
        var offset: UInt64
        /// As the event's header says it; 0 inside a transaction of a server from 11.8 on.
        var endPosition: UInt32
        /// The first word that mariadb-binlog prints for the event's type.
        var type: String
    }

    /// The rows of one statement.
    struct Rows: Equatable {
        var inserted = 0
        var updated = 0
        var deleted = 0
    }

    var entries: [Entry] = []
    /// One element for each statement with rows, in the log's order.
    var statements: [Rows] = []

    static func read(_ file: LogFile) throws -> EventListing {
        var listing = EventListing()
        var reader = try LogReader(file)
        var registry = TableMapRegistry()
        var rows = Rows()
        while try reader.advance() {
            let event = reader.event
            if event.type == .formatDescription {
                registry = TableMapRegistry(flavor: reader.format?.flavor ?? .mariadb)
            }
            listing.entries.append(
                Entry(
                    offset: event.offset, endPosition: event.header.endPosition,
                    type: printedName(event.type)))
            if event.type == .tableMap { try registry.record(event) }
            guard event.type.rowOperation != nil else { continue }
            let rowsEvent = try RowsEvent(event)
            if !rowsEvent.isDummy {
                let handle = try registry.table(of: rowsEvent)
                let count = try registry.countRows(in: rowsEvent, of: handle)
                switch rowsEvent.operation {
                case .insert: rows.inserted += count
                case .update: rows.updated += count
                case .delete: rows.deleted += count
                }
            }
            guard rowsEvent.endsStatement else { continue }
            registry.endStatement()
            if rows != Rows() { listing.statements.append(rows) }
            rows = Rows()
        }
        return listing
    }

    /// Asks mariadb-binlog; only the lines that are needed come out of the shell.
    static func print(_ path: FilePath) async throws -> EventListing {
        let script = """
            mariadb-binlog --no-defaults --base64-output=DECODE-ROWS -v "$1" 2>/dev/null |
            grep -aE '^(# at [0-9]+$|#[0-9]{6} |### (INSERT INTO|UPDATE|DELETE FROM) )'
            """
        let outcome = try await ChildProgram("/bin/sh", ["-c", script, "sh", path.string]).run()
        return EventListing(printed: outcome.outputText.split(separator: "\n").map(String.init))
    }

    private init() {}

    init(printed lines: [String]) {
        // An annotation's header comes behind the offset of the event that follows it.
        var offsets: ArraySlice<UInt64> = []
        var rows = Rows()
        for text in lines {
            if text.hasPrefix("### I") {
                rows.inserted += 1
            } else if text.hasPrefix("### U") {
                rows.updated += 1
            } else if text.hasPrefix("### D") {
                rows.deleted += 1
            } else if text.hasPrefix("# at ") {
                offsets += UInt64(text.dropFirst(5)).map { [$0] } ?? []
                if rows != Rows() { statements.append(rows) }
                rows = Rows()
            } else if let begin = offsets.first, let entry = Self.entry(text, at: begin) {
                entries.append(entry)
                offsets.removeFirst()
            }
        }
        if rows != Rows() { statements.append(rows) }
    }

    /// Reads `#261121  3:55:18 server id 7  end_log_pos 369 CRC32 0xdf81bce1 <tab>GTID 0-7-1 ddl`.
    private static func entry(_ line: String, at offset: UInt64) -> Entry? {
        let parts = line.split(separator: "\t", maxSplits: 1)
        let words = parts.first?.split(separator: " ") ?? []
        guard parts.count == 2, let place = words.firstIndex(of: "end_log_pos"),
            words.indices.contains(place + 1), let end = UInt32(words[place + 1])
        else { return nil }
        let type = parts[1].prefix { $0.isLetter || $0 == "_" }
        return Entry(offset: offset, endPosition: end, type: String(type))
    }

    private static func printedName(_ type: EventType) -> String {
        switch type {
        case .formatDescription: "Start"
        case .gtid: "GTID"
        case .gtidList: "Gtid"
        case .binlogCheckpoint: "Binlog"
        case .writeRowsV1: "Write_rows"
        case .updateRowsV1: "Update_rows"
        case .deleteRowsV1: "Delete_rows"
        case .rand: "Rand"
        case .userVar: "User_var"
        case .xaPrepare: "XID"
        default: type.description
        }
    }
}
