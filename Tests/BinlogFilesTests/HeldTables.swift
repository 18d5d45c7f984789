// The rows of a server's tables as `Fixtures/state.sh` prints them, and the values of row
// images, in one form.
import Binlog
import TestSupport

/// A table of a recorded case's server at its end.
struct HeldTable {
    /// `SCHEMA.TABLE`.
    let name: String
    let columns: [HeldColumn]
    let rows: [[String]]
    /// Its rows are those that the log tells of: none comes or goes by a foreign key's action, and
    /// no history stands among them.
    let isToldByLog: Bool

    /// Reads the tables of a `state.txt`.
    static func all(in state: String) -> [HeldTable] {
        let blocks = state.split(separator: "\n\n", omittingEmptySubsequences: true)
        return blocks.compactMap { HeldTable($0.split(separator: "\n").map(String.init)) }
    }

    /// Nil for what is no table.
    private init?(_ lines: [String]) {
        guard let head = lines.first, head.hasPrefix("BASE TABLE "),
            let end = lines.firstIndex(where: { $0.hasPrefix(") ") })
        else { return nil }
        name = String(head.dropFirst("BASE TABLE ".count))
        columns = lines[..<end].compactMap(HeldColumn.init)
        let actions = ["CASCADE", "SET NULL"]
        isToldByLog = !lines[..<end].contains { line in
            line.contains(" FOREIGN KEY ") && actions.contains { line.contains($0) }
        }
        let columns = columns
        rows = lines[(end + 1)...].filter { line in
            line.utf8.allSatisfy { HeldColumn.cellBytes.contains($0) }
        }.map { line in
            zip(columns, line.split(separator: "\t", omittingEmptySubsequences: false))
                .map { column, cell in column.form(ofCell: String(cell)) }
        }
    }
}

/// A column as SHOW CREATE TABLE defines it.
struct HeldColumn {
    let name: String
    /// The first word of its type.
    let type: String
    /// What stands in parentheses behind it, where that is a number.
    let length: Int?
    let isUnsigned: Bool

    static let cellBytes = Set("0123456789ABCDEFN\t".utf8)

    /// Nil for a line that defines no column.
    init?(_ line: String) {
        guard line.hasPrefix("  `") else { return nil }
        var name = ""
        var rest = line.dropFirst(3)
        while let quote = rest.firstIndex(of: "`") {
            name += rest[..<quote]
            rest = rest[rest.index(after: quote)...]
            guard rest.hasPrefix("`") else { break }
            name += "`"
            rest = rest.dropFirst()
        }
        self.name = name
        let words = rest.split(separator: " ")
        guard let first = words.first else { return nil }
        type = String(first.prefix { $0.isLetter || $0.isNumber })
        length = Int(first.dropFirst(type.count + 1).dropLast())
        isUnsigned = words.dropFirst().first == "unsigned"
    }

    /// The form of a value as the server told it: its HEX but where that is not one to one.
    func form(ofCell cell: String) -> String {
        guard cell != "N" else { return "NULL" }
        let text = String(decoding: Self.bytes(ofHex: cell), as: UTF8.self)
        switch type {
        // The server writes other digits, which are of the same bits.
        case "float", "double": return "\(Double(text)?.bitPattern ?? 0)"
        case "inet4": return Self.hex(text.split(separator: ".").compactMap { UInt8($0) })
        case "inet6": return Self.hex(Self.address(text))
        case "uuid": return Self.hex(Self.bytes(ofHex: text.filter { $0 != "-" }))
        default: return cell
        }
    }

    /// The form of a value of a row image.
    func form(of value: ColumnValue, in rows: RawSpan) throws -> String {
        switch value {
        case .absent: ""
        case .null: "NULL"
        case .integer(let integer):
            Self.hex("\(isUnsigned ? "\(integer.unsigned)" : "\(integer.signed)")")
        case .float(let number): "\(Double(number).bitPattern)"
        case .double(let number): "\(number.bitPattern)"
        case .decimal(let decimal): Self.hex(try decimal.text(in: rows))
        case .bit(let bits, _), .set(let bits): String(bits, radix: 16, uppercase: true)
        case .enumeration(let number): String(number, radix: 16, uppercase: true)
        case .year(let year): Self.hex(year == 0 ? "0000" : "\(year)")
        case .date(let date): Self.hex("\(date)")
        case .time(let time): Self.hex("\(time)")
        case .dateTime(let dateTime): Self.hex("\(dateTime)")
        case .timestamp(let timestamp): Self.hex("\(timestamp)")
        case .bytes(let stored): Self.hex(padded(try stored.plainBytes(in: rows)))
        }
    }

    /// Row images leave out the zeros at the end of a BINARY, which without metadata is not known
    /// to be one.
    private func padded(_ bytes: [UInt8]) -> [UInt8] {
        let width: Int? =
            switch type {
            case "binary": length
            case "inet6", "uuid": 16
            case "inet4": 4
            default: nil
            }
        return bytes + Array(repeating: 0, count: max(0, (width ?? 0) - bytes.count))
    }

    // MARK: Bytes

    private static func hex(_ text: String) -> String { hex(Array(text.utf8)) }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    private static func bytes(ofHex text: some StringProtocol) -> [UInt8] {
        let digits = text.utf8.map { UInt8($0 < 58 ? $0 - 48 : ($0 & 0xDF) - 55) }
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            digits[$0] << 4 | digits[$0 + 1]
        }
    }

    /// The 16 bytes of `2001:db8::1`.
    private static func address(_ text: String) -> [UInt8] {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false).map { half in
            half.split(separator: ":").flatMap { group in
                let number = UInt16(group, radix: 16) ?? 0
                return [UInt8(number >> 8), UInt8(number & 0xFF)]
            }
        }
        let (first, last) = (halves.first ?? [], halves.count > 1 ? halves[1] : [])
        return first + Array(repeating: 0, count: max(0, 16 - first.count - last.count)) + last
    }
}
