import Binlog
import Server

/// A table of sample columns on a real server, and what the server says its values are.
struct SampleTable {
    var name: String
    var columns: [SampleColumn]
    /// How many rows let every literal of every column appear.
    var rowCount: Int { columns.map(\.literals.count).max() ?? 0 }

    var createStatement: String {
        let definitions = columns.enumerated().map { index, column in
            "c\(index) \(column.type)".replacing("(c))", with: "(c\(index)))")
                + (column.type.hasSuffix(" NULL") ? "" : "")
        }
        return "CREATE TABLE \(name) (id INT PRIMARY KEY, \(definitions.joined(separator: ", "))) "
            + "ENGINE=MyISAM CHARACTER SET utf8mb4"
    }

    var insertStatements: [String] {
        (0..<rowCount).map { row in
            let values = columns.map { $0.literals[row % $0.literals.count] }
            return "INSERT INTO \(name) VALUES (\(row), \(values.joined(separator: ", ")))"
        }
    }

    /// Every column of every row takes its next literal.
    var updateStatements: [String] {
        (0..<rowCount).map { row in
            let changes = columns.enumerated().map { index, column in
                "c\(index) = \(column.literals[(row + 1) % column.literals.count])"
            }
            return "UPDATE \(name) SET \(changes.joined(separator: ", ")) WHERE id = \(row)"
        }
    }

    /// What the server says of each row, by id.
    func truth(_ connection: borrowing Connection) throws -> [Int: [String?]] {
        let expressions = columns.enumerated().map { $1.expression("c\($0)") }
        var rows: [Int: [String?]] = [:]
        for row in try connection.query(
            "SELECT id, \(expressions.joined(separator: ", ")) FROM \(name)")
        {
            rows[row[0].flatMap { Int($0) } ?? -1] = Array(row.dropFirst())
        }
        return rows
    }

    /// The value in the form of the server's answer to the column's expression.
    func comparable(_ value: ColumnValue, column: Int, in row: LogRow) throws -> String? {
        let sample = columns[column]
        switch value {
        case .null: return nil
        case .absent: return "absent"
        case .integer(let integer):
            return sample.type.hasSuffix("UNSIGNED") ? "\(integer.unsigned)" : "\(integer.signed)"
        case .float(let number): return "\(Double(number))"
        case .double(let number): return "\(number)"
        case .decimal(let decimal): return try decimal.text(in: row.data.span.bytes)
        case .bit(let bits, _): return "\(bits)"
        case .year(let year): return row.text(.year(year), column: column + 1)
        case .date(let date): return date.description
        case .time(let time): return time.description
        case .dateTime(let dateTime): return dateTime.description
        case .timestamp(let timestamp): return timestamp.description
        case .enumeration(let number): return "\(number)"
        case .set(let bits): return "\(bits)"
        case .bytes(let stored): return hex(try paddedBytes(stored, column, row))
        }
    }

    /// Without metadata BINARY is not told from CHAR: then the test pads, since it knows the type.
    private func paddedBytes(_ stored: StoredBytes, _ column: Int, _ row: LogRow) throws -> [UInt8]
    {
        var bytes = try stored.plainBytes(in: row.data.span.bytes)
        let type = columns[column].type
        if stored.collation == nil, row.map.columns[column + 1].type == .string,
            !type.hasPrefix("CHAR"), let most = row.map.columns[column + 1].maximumBytes
        {
            bytes += Array(repeating: 0, count: max(0, most - bytes.count))
        }
        return bytes
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return text.utf8.count == 1 ? "0" + text : text
        }.joined()
    }

    /// The server's answer in the form of `comparable`.
    func expected(_ answer: String?, column: Int) -> String? {
        guard let answer else { return nil }
        switch columns[column].oracle {
        case .number: return Double(answer).map { "\($0)" }
        case .text where columns[column].type.hasPrefix("YEAR"):
            return answer
        default: return answer
        }
    }
}
