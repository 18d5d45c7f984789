public import Binlog
internal import Recovery

/// Writes changed rows as `show` prints them: as elements of a JSON array, or as lines for people.
///
///     var writer = RowWriter(.json)
///     writer.use(map, rows.operation)
///     while try cursor.next() { try writer.append(cursor, of: rows, map, to: &bytes) }
///
/// In JSON a value is a text like an SQL literal, or null; lines hold no control characters. Plain
/// texts, most values, go from the row image to `bytes` without a String for each: a transaction
/// may hold millions of them.
public struct RowWriter: Sendable {
    /// What is written: elements of a JSON array, or lines.
    public enum Form: Sendable { case json, lines }

    private let form: Form
    private var values: [ColumnValue] = []
    private var literal: [UInt8] = []
    /// What stands before the first image.
    private var head: [UInt8] = []
    /// What stands before each column's value.
    private var keys: [[UInt8]] = []

    public init(_ form: Form) { self.form = form }

    /// The rows that follow are of this table.
    public mutating func use(_ map: TableMap, _ operation: RowOperation) {
        let names = map.metadata.names
        let columns = map.columns.indices.map {
            names.indices.contains($0) ? names[$0] : "@\($0 + 1)"
        }
        let table = TableName(schema: map.schema, table: map.table)
        head.removeAll(keepingCapacity: true)
        switch form {
        case .json:
            let members: JSONValue = [
                "operation": .string(operation.rawValue), "schema": .init(table.schema),
                "table": .string(table.table),
            ]
            members.write(to: &head)
            head.removeLast()
            keys = columns.map { name in
                var key: [UInt8] = []
                JSONValue.string(name).write(to: &key)
                return key + [UInt8(ascii: ":")]
            }
        case .lines:
            let name = PrintableText.escapeControlCharacters("\(table)")
            head.append(contentsOf: "    \(operation.rawValue) \(name)\n".utf8)
            keys = columns.map { Array("\(PrintableText.escapeControlCharacters($0))=".utf8) }
        }
    }

    /// Appends the row at which `cursor` stands, of the table in use.
    ///
    /// Throws `corrupt` where a value does not fit its image.
    public mutating func append(
        _ cursor: borrowing RowCursor, of rows: borrowing RowsEvent, _ map: TableMap,
        to bytes: inout [UInt8]
    ) throws(BinlogError) {
        if form == .json, !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: head)
        if rows.operation != .insert { try map.readBefore(cursor, of: rows, into: &values) }
        appendImage("before", isThere: rows.operation != .insert, rows, map, to: &bytes)
        if rows.operation != .delete { try map.readAfter(cursor, of: rows, into: &values) }
        appendImage("after", isThere: rows.operation != .delete, rows, map, to: &bytes)
        if form == .json { bytes.append(UInt8(ascii: "}")) }
    }

    /// The columns that `values` hold.
    private mutating func appendImage(
        _ name: StaticString, isThere: Bool, _ rows: borrowing RowsEvent, _ map: TableMap,
        to bytes: inout [UInt8]
    ) {
        switch form {
        case .json:
            bytes.append(contentsOf: #",""#.utf8)
            bytes.append(name)
            bytes.append(contentsOf: (isThere ? #"":{"# : #"":null"#).utf8)
        case .lines:
            guard isThere else { return }
            bytes.append(contentsOf: "      ".utf8)
            bytes.append(name)
            bytes.append(contentsOf: "        ".utf8.prefix(8 - name.utf8CodeUnitCount))
        }
        guard isThere else { return }
        var isFirst = true
        for index in values.indices {
            if case .absent = values[index] { continue }
            if !isFirst { bytes.append(contentsOf: (form == .json ? "," : ", ").utf8) }
            isFirst = false
            bytes.append(contentsOf: keys[index])
            appendValue(index, rows, map, to: &bytes)
        }
        bytes.append(UInt8(ascii: form == .json ? "}" : "\n"))
    }

    private mutating func appendValue(
        _ index: Int, _ rows: borrowing RowsEvent, _ map: TableMap, to bytes: inout [UInt8]
    ) {
        if case .null = values[index] {
            bytes.append(contentsOf: (form == .json ? "null" : "NULL").utf8)
            return
        }
        literal.removeAll(keepingCapacity: true)
        map.appendText(of: values[index], column: index, in: rows.rows, to: &literal)
        switch form {
        case .json: JSONValue.writeString(literal, to: &bytes)
        case .lines where literal.isPrintableASCII: bytes.append(contentsOf: literal)
        case .lines:
            bytes.append(
                contentsOf: PrintableText.escapeControlCharacters(literal).utf8)
        }
    }
}

extension [UInt8] {
    /// Most values: nothing in them is to be escaped.
    fileprivate var isPrintableASCII: Bool {
        var other: UInt8 = 0
        for byte in self { other |= byte >= 0x20 && byte < 0x7F ? 0 : 1 }
        return other == 0
    }

    fileprivate mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}
