import Binlog
import BinlogFiles
import TestSupport
import Testing

/// The values in the rows of recorded logs, one by one, against what their servers hold.
@Suite("recorded values") struct RecordedValuesTests {
    @Test(
        "the rows of a log add up to those that its server holds, as HEX",
        arguments: try RecordedCase.all())
    func state(recorded: RecordedCase) throws {
        let held = HeldTable.all(in: try recorded.state()).filter(\.isToldByLog)
        var tables = DecodedTables(held)
        for file in try recorded.logs().files { try tables.read(file) }
        var compared = 0
        for table in held {
            guard let rows = tables.rows(of: table) else { continue }
            #expect(Self.differences(rows, table) == [], "\(table.name)")
            compared += rows.count
        }
        #expect((compared == 0) == Self.untold.contains(recorded.name))
    }

    /// The cases whose tables were changed by statements as well, or by transactions that were
    /// rolled back or left undecided: their logs alone do not tell the rows.
    private static let untold: Set = [
        "compressed_statement", "definitions", "encrypted_cbc", "encrypted_cbc256",
        "encrypted_compressed", "encrypted_ctr", "encrypted_ctr256", "encrypted_key_file",
        "encrypted_plain_sums", "expected_errors", "geometry_variables", "incident",
        "load_data", "mixed",
        "mysql_statements", "mysql_xa", "online_alter", "oracle_mode", "partial_statement",
        "programs", "programs_row", "savepoints_statement", "statements", "temporary_tables",
        "two_phase_alter", "xa",
    ]

    /// Both without what they have in common; a row of the log may hold some columns only.
    private static func differences(_ decoded: [[String]], _ held: HeldTable) -> [String] {
        var rest = held.rows
        var differences: [String] = []
        for row in decoded {
            if let index = rest.firstIndex(where: { DecodedTables.agree(row, $0) }) {
                rest.remove(at: index)
            } else {
                differences.append("in the log only: \(row)")
            }
        }
        return differences + rest.map { "on the server only: \($0)" }
    }
}

/// Tables as the row events of a log make them, from their creation on.
private struct DecodedTables {
    private let held: [String: HeldTable]
    /// Nil where a statement or an undecided transaction changed the table too.
    private var rows: [String: [[String]]?] = [:]
    private var registry = TableMapRegistry()
    private var changed: Set<String> = []

    init(_ tables: [HeldTable]) {
        held = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
        for table in tables { rows[table.name] = [] }
    }

    /// Nil where the log alone does not tell them.
    func rows(of table: HeldTable) -> [[String]]? { rows[table.name] ?? nil }

    /// Stands for a value that is not told: a column's default, a part of a JSON value.
    private static let unknown = "?"

    /// Whether a row holds what an image, which may lack columns, does.
    static func agree(_ row: [String], _ image: [String?]) -> Bool {
        row.count == image.count
            && zip(row, image).allSatisfy { value, other in
                value == other || value == unknown || other == nil || other == unknown
            }
    }

    mutating func read(_ file: LogFile) throws {
        var reader = try LogReader(file)
        while try reader.advance() {
            let event = reader.event
            switch event.type {
            case .formatDescription: registry.use(reader.format?.flavor ?? .mariadb)
            case .tableMap: try registry.record(event)
            case .query, .executeLoadQuery:
                mention(try QueryEvent(event).text.copied())
            case let type where type.isRows: try apply(try RowsEvent(event))
            default: break
            }
            guard !reader.isInsideTransaction else { continue }
            switch reader.transaction.ending {
            case .rollback, .xaPrepare: giveUp(changed)
            case .incident: giveUp(held.keys)
            default: break
            }
            changed = []
        }
    }

    private mutating func giveUp(_ names: some Sequence<String>) {
        for name in names { rows[name] = .some(nil) }
    }

    /// A statement that names a table makes it anew, or does with it what is not looked into.
    private mutating func mention(_ text: [UInt8]) {
        let text = String(decoding: text, as: UTF8.self).lowercased()
        let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        if words.starts(with: ["rollback", "to"]) { giveUp(changed) }
        let creates = words.starts(with: ["create", "table"]) && !words.contains("select")
        for (name, table) in held {
            let bare = name.drop { $0 != "." }.dropFirst().lowercased()
            guard words.contains(where: { $0 == bare }) || text.contains("`\(bare)`") else {
                continue
            }
            if !creates || rows[table.name] ?? nil != [] { giveUp([table.name]) }
        }
    }

    private mutating func apply(_ event: borrowing RowsEvent) throws {
        defer { if event.endsStatement { registry.endStatement() } }
        if event.isDummy { return }
        let map = registry[try registry.table(of: event)]
        let name = "\(map.schema).\(map.table)"
        guard let table = held[name], var now = rows[name] ?? nil else { return }
        guard map.columns.count == table.columns.count else {
            return giveUp([name])
        }
        changed.insert(name)
        var cursor = try RowCursor(event, of: map)
        var values: [ColumnValue] = []
        while try cursor.next() {
            try map.readBefore(cursor, of: event, into: &values)
            let before = try Self.forms(of: values, table, in: event.rows)
            try map.readAfter(cursor, of: event, into: &values)
            let after = try Self.forms(of: values, table, in: event.rows)
            if event.operation == .insert {
                now.append(after.map { $0 ?? Self.unknown })
                continue
            }
            guard let index = now.firstIndex(where: { Self.agree($0, before) }) else {
                Issue.record("no row of \(name) is as the one before: \(before)")
                continue
            }
            let old = now.remove(at: index)
            guard event.operation == .update else { continue }
            now.append(zip(after, old).map { $0 ?? $1 })
        }
        rows[name] = now
    }

    private static func forms(
        of values: [ColumnValue], _ table: HeldTable, in rows: RawSpan
    ) throws -> [String?] {
        var forms: [String?] = []
        for (column, value) in zip(table.columns, values) {
            switch value {
            case .absent: forms.append(nil)
            case .bytes(let stored) where stored.kind == .jsonChanges: forms.append(unknown)
            default: forms.append(try column.form(of: value, in: rows))
            }
        }
        return forms
    }
}
