internal import Binlog
public import Recovery
internal import Report

/// One form of a table: as long as its columns stay the same, its changes go to files of one
/// version.
public struct ExportedTable: Sendable {
    /// A column as an export writes it.
    public struct Column: Hashable, Sendable {
        /// `@3` where nothing tells the name.
        public var name: String
        /// As SQL calls it.
        public var type: String
        public var isNullable: Bool
        /// Of an ENUM or SET, where the log tells them.
        var labels: [String]
        var form: Form
    }

    /// How the values of a column are written.
    enum Form: Hashable, Sendable {
        case integer(bits: Int, isUnsigned: Bool)
        case bits
        case float, double
        case decimal(precision: Int, scale: Int)
        case year, date, time, dateTime, timestamp
        case text, binary, json
    }

    public let name: TableName
    /// From 1 on, in the order in which the log met them.
    public let version: Int
    public let columns: [Column]
    /// The columns of the key; empty where nothing tells it.
    public let key: [String]
    let names: ColumnNames
    /// Each column's name as a JSON string with its colon.
    let keys: [[UInt8]]
    /// `,"db":"…","table":"…"`
    let source: [UInt8]

    init(_ names: ColumnNames, version: Int) {
        let map = names.map
        self.names = names
        self.version = version
        name = TableName(schema: map.schema, table: map.table)
        columns = map.columns.indices.map { Self.column($0, names) }
        source = Self.source(of: name)
        key = (names.key ?? []).map { names[$0] }
        keys = columns.map { column in
            var key: [UInt8] = []
            JSONValue.string(column.name).write(to: &key)
            return key + [UInt8(ascii: ":")]
        }
    }

    /// The members of a change's source that name its table.
    static func source(of name: TableName) -> [UInt8] {
        var members: [UInt8] = Array(#","db":"#.utf8)
        JSONValue(name.schema).write(to: &members)
        members += #","table":"#.utf8
        JSONValue.string(name.table).write(to: &members)
        return members
    }

    private static func column(_ index: Int, _ names: ColumnNames) -> Column {
        let map = names.map
        let column = map.columns[index]
        let unsigned = map.metadata.unsigned
        let sign = unsigned.indices.contains(index) ? unsigned[index] : nil
        let collations = map.metadata.collations
        let collation = collations.indices.contains(index) ? collations[index] : nil
        let isBinary = collation == TextEncoding.binaryCollation
        var form = Form.text
        var type = "\(column.type)"
        switch column.type {
        case .tinyInt, .smallInt, .mediumInt, .int, .bigInt:
            form = .integer(bits: 8 * Int(column.width.fixedBytes), isUnsigned: sign ?? false)
            if sign == true { type += " UNSIGNED" }
        case .float: form = .float
        case .double: form = .double
        case .decimal:
            let (precision, scale) = (Int(column.metadata & 0xFF), Int(column.metadata >> 8))
            form = .decimal(precision: precision, scale: scale)
            type = "DECIMAL(\(precision),\(scale))"
        case .bit: form = .bits
        case .year: form = .year
        case .date, .newDate: (form, type) = (.date, "DATE")
        case .time, .oldTime: (form, type) = (.time, "TIME")
        case .dateTime, .oldDateTime: (form, type) = (.dateTime, "DATETIME")
        case .timestamp, .oldTimestamp: (form, type) = (.timestamp, "TIMESTAMP")
        case .geometry, .vector: form = .binary
        case .json: form = .json
        case .enumeration, .set: form = labels(of: index, map).isEmpty ? .bits : .text
        default: if isBinary { form = .binary }
        }
        if column.fractionDigits > 0 { type += "(\(column.fractionDigits))" }
        return Column(
            name: names[index], type: type, isNullable: column.isNullable,
            labels: labels(of: index, map), form: form)
    }

    private static func labels(of column: Int, _ map: TableMap) -> [String] {
        guard map.metadata.labels.indices.contains(column) else { return [] }
        let collations = map.metadata.collations
        let encoding = TextEncoding(
            collation: collations.indices.contains(column) ? collations[column] : nil)
        return map.metadata.labels[column].map { label in
            encoding.text(label) ?? String(decoding: label, as: UTF8.self)
        }
    }
}
