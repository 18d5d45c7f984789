internal import Binlog
internal import Recovery
internal import Report

/// Writes changed rows as JSON lines in the shape of Debezium's envelope.
///
///     {"before":null,"after":{"id":1},"op":"c","source":{…},"ts_ms":…,"transaction":{…}}
///
/// Columns that an image does not hold are left out. A value that is no text is written in Base64,
/// and its column stands in `_enc`; so does one of which only a change is logged, as SQL (`sql`).
struct ChangeWriter: Sendable {
    /// What all changes of a transaction have in common.
    struct Origin: Sendable {
        var id: BinlogPosition
        var milliseconds: UInt64
        var gtid: GTID?
        var serverID: UInt32
        var threadID: UInt32?
    }

    let version: String
    private var values: [ColumnValue] = []
    /// What stands in front of the table's name, between it and the position, and behind the row,
    /// for the transaction's origin.
    private var head: [UInt8] = []
    private var middle: [UInt8] = []
    private var tail: [UInt8] = []
    private var scratch: [UInt8] = []
    /// Columns of the image before and after that are not written plainly, with how they are.
    private var encoded: [(isAfter: Bool, column: Int, as: StaticString)] = []

    init(version: String) { self.version = version }

    /// What is written next comes from this transaction.
    mutating func use(_ origin: Origin) {
        let milliseconds = String(origin.milliseconds)
        head.removeAll(keepingCapacity: true)
        head.append(#","source":{"version":"#)
        JSONValue.string(version).write(to: &head)
        head.append(#","connector":"lastgood","ts_ms":"#)
        head.append(contentsOf: milliseconds.utf8)
        middle.removeAll(keepingCapacity: true)
        middle.append(#","server_id":"#)
        middle.append(contentsOf: String(origin.serverID).utf8)
        middle.append(#","gtid":"#)
        JSONValue(origin.gtid).write(to: &middle)
        middle.append(#","file":"#)
        JSONValue.string(origin.id.file).write(to: &middle)
        tail.removeAll(keepingCapacity: true)
        tail.append(#","thread":"#)
        JSONValue(origin.threadID).write(to: &tail)
        tail.append(#"},"ts_ms":"#)
        tail.append(contentsOf: milliseconds.utf8)
        tail.append(#","transaction":{"id":"#)
        JSONValue.string(origin.id.description).write(to: &tail)
        tail.append("}")
    }

    /// Appends the row at which `cursor` stands.
    ///
    /// - Parameter row: its place in the event, from 0 on.
    mutating func append(
        _ cursor: borrowing RowCursor, _ row: Int, of rows: borrowing RowsEvent,
        _ table: ExportedTable, to line: inout [UInt8]
    ) throws(BinlogError) {
        encoded.removeAll(keepingCapacity: true)
        line.append(#"{"before":"#)
        if rows.operation == .insert {
            line.append("null")
        } else {
            try table.names.map.readBefore(cursor, of: rows, into: &values)
            try appendImage(isAfter: false, rows, table, to: &line)
        }
        line.append(#","after":"#)
        if rows.operation == .delete {
            line.append("null")
        } else {
            try table.names.map.readAfter(cursor, of: rows, into: &values)
            try appendImage(isAfter: true, rows, table, to: &line)
        }
        let operation: StaticString =
            switch rows.operation {
            case .insert: "c"
            case .update: "u"
            case .delete: "d"
            }
        appendSource(table.source, position: rows.offset, row: row, operation, to: &line)
        if !encoded.isEmpty { appendEncodings(table, to: &line) }
        line.append("}\n")
    }

    /// From `,"op"` to the transaction.
    ///
    /// - Parameter table: its members of the source, as `ExportedTable.source`.
    func appendSource(
        _ table: [UInt8], position: UInt64, row: Int?, _ operation: StaticString,
        to line: inout [UInt8]
    ) {
        line.append(#","op":""#)
        line.append(operation)
        line.append("\"")
        line.append(contentsOf: head)
        line.append(contentsOf: table)
        line.append(contentsOf: middle)
        line.append(#","pos":"#)
        line.append(contentsOf: String(position).utf8)
        line.append(#","row":"#)
        line.append(contentsOf: (row.map { String($0) } ?? "null").utf8)
        line.append(contentsOf: tail)
    }

    private func appendEncodings(_ table: ExportedTable, to line: inout [UInt8]) {
        line.append(#","_enc":{"#)
        var isFirst = true
        for isAfter in [false, true] where encoded.contains(where: { $0.isAfter == isAfter }) {
            if !isFirst { line.append(",") }
            line.append(isAfter ? #""after":{"# : #""before":{"#)
            isFirst = true
            for entry in encoded where entry.isAfter == isAfter {
                if !isFirst { line.append(",") }
                isFirst = false
                line.append(contentsOf: table.keys[entry.column])
                line.append("\"")
                line.append(entry.as)
                line.append("\"")
            }
            isFirst = false
            line.append("}")
        }
        line.append("}")
    }

    // MARK: Values

    private mutating func appendImage(
        isAfter: Bool, _ rows: borrowing RowsEvent, _ table: ExportedTable, to line: inout [UInt8]
    ) throws(BinlogError) {
        line.append("{")
        var isFirst = true
        for column in values.indices {
            if case .absent = values[column] { continue }
            if !isFirst { line.append(",") }
            isFirst = false
            line.append(contentsOf: table.keys[column])
            let encoding = try append(values[column], column, rows, table, to: &line)
            if let encoding { encoded.append((isAfter, column, encoding)) }
        }
        line.append("}")
    }

    /// How the value is written where that is not plainly.
    private mutating func append(
        _ value: ColumnValue, _ column: Int, _ rows: borrowing RowsEvent, _ table: ExportedTable,
        to line: inout [UInt8]
    ) throws(BinlogError) -> StaticString? {
        switch value {
        case .absent, .null: line.append("null")
        case .integer(let integer):
            line.append(
                contentsOf: (integer.isUnsigned == true
                    ? String(integer.unsigned) : String(integer.signed)).utf8)
        case .float(let number):
            line.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
        case .double(let number):
            line.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
        case .bit(let bits, _): line.append(contentsOf: String(bits).utf8)
        case .year(let year): line.append(contentsOf: String(year).utf8)
        case .decimal(let decimal): line.append(quoted: try decimal.text(in: rows.rows))
        case .date(let date): line.append(quoted: date.description)
        case .time(let time): line.append(quoted: time.description)
        case .dateTime(let moment): line.append(quoted: moment.description)
        case .timestamp(let moment):
            line.append(quoted: "\(moment)".replacing(" ", with: "T") + "Z")
        case .enumeration(let number):
            return append(label: label(number, column, table), number: UInt64(number), to: &line)
        case .set(let bits):
            return append(label: labels(bits, column, table), number: bits, to: &line)
        case .bytes(let stored):
            return try append(stored, column, rows, table, to: &line)
        }
        return nil
    }

    private mutating func append(
        _ stored: StoredBytes, _ column: Int, _ rows: borrowing RowsEvent, _ table: ExportedTable,
        to line: inout [UInt8]
    ) throws(BinlogError) -> StaticString? {
        if stored.kind == .jsonChanges {
            let text = table.names.map.text(
                of: .bytes(stored), column: column, in: rows.rows)
            JSONValue.string(text).write(to: &line)
            return "sql"
        }
        let encoding: TextEncoding =
            switch stored.kind {
            case .json: .utf8
            case .geometry, .vector: .binary
            case .text, .compressed, .jsonChanges: TextEncoding(collation: stored.collation)
            }
        if stored.kind == .text, encoding != .binary, encoding != .wide,
            line.appendQuoted(plain: rows.rows.extracting(stored.range))
        {
            return nil
        }
        scratch = try stored.plainBytes(in: rows.rows)
        if let text = encoding.text(scratch) {
            JSONValue.string(text).write(to: &line)
            return nil
        }
        line.append(base64: scratch)
        return "base64"
    }

    /// The number where no label is known.
    private mutating func append(
        label: [UInt8]?, number: UInt64, to line: inout [UInt8]
    ) -> StaticString? {
        guard let label else {
            line.append(contentsOf: String(number).utf8)
            return nil
        }
        if let text = String(validating: label, as: UTF8.self) {
            JSONValue.string(text).write(to: &line)
            return nil
        }
        line.append(base64: label)
        return "base64"
    }

    private func known(_ column: Int, _ table: ExportedTable) -> [[UInt8]]? {
        let labels = table.names.map.metadata.labels
        guard labels.indices.contains(column), !labels[column].isEmpty else { return nil }
        return labels[column]
    }

    private func decoded(_ label: [UInt8], _ column: Int, _ table: ExportedTable) -> [UInt8] {
        let collations = table.names.map.metadata.collations
        let encoding = TextEncoding(
            collation: collations.indices.contains(column) ? collations[column] : nil)
        return encoding.text(label).map { Array($0.utf8) } ?? label
    }

    private func label(_ number: Int, _ column: Int, _ table: ExportedTable) -> [UInt8]? {
        guard let labels = known(column, table), number <= labels.count else { return nil }
        return number == 0 ? [] : decoded(labels[number - 1], column, table)
    }

    private func labels(_ bits: UInt64, _ column: Int, _ table: ExportedTable) -> [UInt8]? {
        guard let labels = known(column, table), 64 - bits.leadingZeroBitCount <= labels.count
        else { return nil }
        let chosen = labels.prefix(64).enumerated().filter { bits >> UInt64($0.offset) & 1 == 1 }
        return Array(
            chosen.map { decoded($0.element, column, table) }.joined(
                separator: [UInt8(ascii: ",")]))
    }
}

extension [UInt8] {
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// A text without anything to escape.
    fileprivate mutating func append(quoted text: String) {
        append(UInt8(ascii: "\""))
        append(contentsOf: text.utf8)
        append(UInt8(ascii: "\""))
    }

    fileprivate mutating func append(base64 bytes: [UInt8]) {
        append(UInt8(ascii: "\""))
        bytes.withUnsafeBytes { Base64.append($0, to: &self) }
        append(UInt8(ascii: "\""))
    }

    /// Appends a text in quotes if all its bytes are printable ASCII and stand for themselves, in
    /// the value's character set and in JSON.
    fileprivate mutating func appendQuoted(plain text: RawSpan) -> Bool {
        text.withUnsafeBytes { bytes in
            var other: UInt8 = 0
            for byte in bytes {
                let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
                other |= isPlain ? 0 : 1
            }
            guard other == 0 else { return false }
            append(UInt8(ascii: "\""))
            append(contentsOf: bytes)
            append(UInt8(ascii: "\""))
            return true
        }
    }
}
