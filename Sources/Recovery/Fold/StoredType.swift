public import Binlog

/// A column's type as far as its stored bytes go: what a table map tells, and what the definition
/// of a table leads to.
///
/// Two types that hold the same values in the same bytes are equal: TEXT and BLOB, BINARY(16) and
/// UUID. A COMPRESSED column is as the same without (the server converts between the two).
public enum StoredType: Hashable, Sendable {
    /// An integer, FLOAT, DOUBLE, YEAR or DATE.
    case plain(ColumnType)
    case decimal(precision: Int, scale: Int)
    case bits(Int)
    /// TIME, DATETIME or TIMESTAMP.
    case moment(ColumnType, digits: Int)
    /// The same from before 5.6, whose digits no log tells.
    case oldMoment(ColumnType)
    /// CHAR, BINARY and what is stored like them.
    case fixedText(maximumBytes: Int)
    case text(maximumBytes: Int)
    /// TEXT and BLOB by the bytes of their length.
    case blob(lengthBytes: Int)
    case geometry
    /// ENUM or SET.
    case labels(ColumnType, bytes: Int)
}

extension StoredType {
    /// The type of a column in a log; nil for one that is not compared.
    public init?(_ column: TableColumn) {
        let low = Int(column.metadata & 0xFF)
        let high = Int(column.metadata >> 8)
        switch column.type {
        case .tinyInt, .smallInt, .mediumInt, .int, .bigInt, .float, .double, .year:
            self = .plain(column.type)
        case .date, .newDate: self = .plain(.date)
        case .decimal: self = .decimal(precision: low, scale: high)
        case .bit: self = .bits(8 * high + low)
        case .time, .dateTime, .timestamp: self = .moment(column.type, digits: low)
        case .oldTime: self = .oldMoment(.time)
        case .oldDateTime: self = .oldMoment(.dateTime)
        case .oldTimestamp: self = .oldMoment(.timestamp)
        case .string: self = .fixedText(maximumBytes: column.maximumBytes ?? 0)
        case .varchar: self = .text(maximumBytes: Int(column.metadata))
        // One byte more tells how the value is compressed.
        case .compressedVarchar: self = .text(maximumBytes: Int(column.metadata) - 1)
        case .blob, .compressedBlob: self = .blob(lengthBytes: low)
        case .geometry: self = .geometry
        case .enumeration, .set: self = .labels(column.type, bytes: low)
        default: return nil
        }
    }

    /// Whether the rows of a column of one type are not those of the other: the formats before and
    /// behind 5.6 are converted by the server.
    public func differs(from other: Self) -> Bool {
        switch (self, other) {
        case (.oldMoment(let type), .moment(let otherType, _)),
            (.moment(let type, _), .oldMoment(let otherType)):
            type != otherType
        default: self != other
        }
    }
}

extension StoredType: CustomStringConvertible {
    /// The type for people, without what no log tells.
    public var description: String {
        switch self {
        case .plain(let type), .oldMoment(let type): "\(type)"
        case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
        case .bits(let count): "BIT(\(count))"
        case .moment(let type, let digits): "\(type)" + (digits > 0 ? "(\(digits))" : "")
        case .fixedText(let bytes): "CHAR of \(bytes) bytes"
        case .text(let bytes): "VARCHAR of \(bytes) bytes"
        case .blob(let bytes): "BLOB with lengths of \(bytes) bytes"
        case .geometry: "GEOMETRY"
        case .labels(let type, let bytes): "\(type) of \(bytes) bytes"
        }
    }
}

// MARK: From a definition

extension StoredType {
    /// What the first word of a type leads to (seen on MariaDB 10.5, 10.11 and 11.8).
    private enum Rule {
        case plain(ColumnType)
        case decimal, bits, geometry
        case moment(ColumnType)
        case fixedText, text
        case fixed(bytes: Int)
        case blob(lengthBytes: Int)
        case labels(ColumnType)
    }

    private static let rules: [String: Rule] = [
        "tinyint": .plain(.tinyInt), "smallint": .plain(.smallInt),
        "mediumint": .plain(.mediumInt), "int": .plain(.int), "bigint": .plain(.bigInt),
        "float": .plain(.float), "double": .plain(.double), "year": .plain(.year),
        "date": .plain(.date), "decimal": .decimal, "bit": .bits,
        "time": .moment(.time), "datetime": .moment(.dateTime), "timestamp": .moment(.timestamp),
        "char": .fixedText, "binary": .fixedText, "inet4": .fixed(bytes: 4),
        "inet6": .fixed(bytes: 16), "uuid": .fixed(bytes: 16),
        "varchar": .text, "varbinary": .text, "vector": .text,
        "tinytext": .blob(lengthBytes: 1), "tinyblob": .blob(lengthBytes: 1),
        "text": .blob(lengthBytes: 2), "blob": .blob(lengthBytes: 2),
        "mediumtext": .blob(lengthBytes: 3), "mediumblob": .blob(lengthBytes: 3),
        "longtext": .blob(lengthBytes: 4), "longblob": .blob(lengthBytes: 4),
        "geometry": .geometry, "point": .geometry, "linestring": .geometry, "polygon": .geometry,
        "multipoint": .geometry, "multilinestring": .geometry, "multipolygon": .geometry,
        "geometrycollection": .geometry, "enum": .labels(.enumeration), "set": .labels(.set),
    ]

    /// The type that a definition leads to; nil where that is not sure.
    ///
    /// - Parameters:
    ///   - definition: MariaDB's `information_schema.COLUMNS.COLUMN_TYPE`.
    ///   - octetLength: its `CHARACTER_OCTET_LENGTH`.
    public init?(definition: String, octetLength: Int?) {
        let word = definition.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard let rule = Self.rules[word.lowercased()] else { return nil }
        let numbers = Self.numbers(behind: definition.dropFirst(word.count))
        let isOld = definition.hasSuffix("/* mariadb-5.3 */")
        // Types of tables from before 5.0.
        guard isOld || !definition.contains("/*old*/") else { return nil }
        switch rule {
        case .plain(let type): self = .plain(type)
        case .decimal:
            guard numbers.count == 2 else { return nil }
            self = .decimal(precision: numbers[0], scale: numbers[1])
        case .bits:
            guard let count = numbers.first else { return nil }
            self = .bits(count)
        case .moment(let type):
            self = isOld ? .oldMoment(type) : .moment(type, digits: numbers.first ?? 0)
        case .fixedText:
            guard let octetLength else { return nil }
            self = .fixedText(maximumBytes: octetLength)
        case .text:
            guard let octetLength else { return nil }
            self = .text(maximumBytes: octetLength)
        case .fixed(let bytes): self = .fixedText(maximumBytes: bytes)
        case .blob(let bytes): self = .blob(lengthBytes: bytes)
        case .geometry: self = .geometry
        case .labels(let type):
            guard let labels = Self.labels(of: definition) else { return nil }
            self = .labels(type, bytes: Self.bytes(ofLabels: labels.count, type))
        }
    }

    /// The numbers of `(10,2)`.
    private static func numbers(behind rest: Substring) -> [Int] {
        guard rest.first == "(" else { return [] }
        return rest.dropFirst().prefix { $0 != ")" }.split(separator: ",").compactMap { Int($0) }
    }

    /// The labels of `enum('a','it''s','\\')` in UTF-8; nil where the text is of another form.
    static func labels(of definition: String) -> [[UInt8]]? {
        var labels: [[UInt8]] = []
        var label: [UInt8]?
        var bytes = definition.utf8[...]
        while let byte = bytes.popFirst() {
            guard label != nil else {
                if byte == UInt8(ascii: "'") { label = [] }
                continue
            }
            switch byte {
            case UInt8(ascii: "\\"): label?.append(unescaped(bytes.popFirst() ?? byte))
            case UInt8(ascii: "'") where bytes.first == byte:
                bytes.removeFirst()
                label?.append(byte)
            case UInt8(ascii: "'"):
                if let whole = label.take() { labels.append(whole) }
            default: label?.append(byte)
            }
        }
        return label != nil || labels.isEmpty ? nil : labels
    }

    /// What a server writes behind a backslash (MariaDB: sql/unireg.cc, `append_unescaped`).
    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0"): 0
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        default: byte
        }
    }

    /// (MariaDB: sql/unireg.h, `get_enum_pack_length` and `get_set_pack_length`.)
    private static func bytes(ofLabels count: Int, _ type: ColumnType) -> Int {
        guard type == .set else { return count < 256 ? 1 : 2 }
        let bytes = (count + 7) / 8
        return bytes > 4 ? 8 : bytes
    }
}
