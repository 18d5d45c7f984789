// The values of a log's rows one behind the other, as the servers' tools print them with -v and as
// this package decodes them.
import Binlog
import BinlogFiles

/// A value in a row image.
struct PrintedValue: Equatable, CustomStringConvertible {
    /// Counted from 1.
    let column: Int
    /// Nil where the tools do not print the exact value: FLOAT, YEAR, text, what is read by its
    /// character set, and temporal values but TIMESTAMP.
    let text: String?

    var description: String { "@\(column)=\(text ?? "…")" }

    func agrees(with printed: PrintedValue) -> Bool {
        guard column == printed.column, let text, let other = printed.text else {
            return column == printed.column
        }
        // Both are of the same bits, in more digits or fewer.
        return text == other || (text.contains(where: \.isNumber) && isNumber && sameDouble(other))
    }

    private var isNumber: Bool { text.flatMap(Double.init) != nil }

    private func sameDouble(_ other: String) -> Bool {
        guard let mine = text.flatMap(Double.init), let theirs = Double(other) else { return false }
        return mine.bitPattern == theirs.bitPattern
    }

    /// Those of a tool's output.
    static func all(printed lines: [String]) -> [PrintedValue] {
        lines.compactMap { line in
            guard line.hasPrefix("###   @"), let equals = line.firstIndex(of: "="),
                let column = Int(line[..<equals].dropFirst("###   @".count))
            else { return nil }
            return PrintedValue(column: column, text: String(line[equals...].dropFirst()))
        }
    }

    /// Those of a log file.
    static func all(in file: LogFile) throws -> [PrintedValue] {
        var result: [PrintedValue] = []
        var reader = try LogReader(file)
        var registry = TableMapRegistry()
        while try reader.advance() {
            let event = reader.event
            if event.type == .formatDescription {
                registry.use(reader.format?.flavor ?? .mariadb)
            } else if event.type == .tableMap {
                try registry.record(event)
            } else if event.type.isRows {
                let rows = try RowsEvent(event)
                if !rows.isDummy {
                    try append(rows, registry[try registry.table(of: rows)], to: &result)
                }
                if rows.endsStatement { registry.endStatement() }
            }
        }
        return result
    }

    private static func append(
        _ event: borrowing RowsEvent, _ map: TableMap, to result: inout [PrintedValue]
    ) throws {
        var cursor = try RowCursor(event, of: map)
        var values: [ColumnValue] = []
        while try cursor.next() {
            for isAfter in [false, true] {
                if isAfter {
                    try map.readAfter(cursor, of: event, into: &values)
                } else {
                    try map.readBefore(cursor, of: event, into: &values)
                }
                for (index, value) in values.enumerated() where value != .absent {
                    result.append(
                        PrintedValue(column: index + 1, text: try exact(value, in: event.rows)))
                }
            }
        }
    }

    private static func exact(_ value: ColumnValue, in rows: RawSpan) throws -> String? {
        switch value {
        case .null: return "NULL"
        case .integer(var integer):
            // The tools print both values of a number that may be negative.
            integer.isUnsigned = nil
            return integer.description
        case .double(let number): return number.description
        case .decimal(let decimal): return try decimal.text(in: rows)
        case .bit(let bits, let width):
            let digits = String(bits, radix: 2)
            return "b'" + String(repeating: "0", count: width - digits.count) + digits + "'"
        case .timestamp(let timestamp): return "\(timestamp.seconds)\(timestamp.fraction)"
        default: return nil
        }
    }
}
