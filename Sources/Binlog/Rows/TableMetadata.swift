/// What `binlog_row_metadata` MINIMAL and FULL add to a table map: signs, charsets, names, labels.
///
/// A list of fields to the event's end, each one byte of type, a length-encoded length and so many
/// bytes (MariaDB: sql/log_event.h, `Optional_metadata_field_type`). A field that is not known is
/// recorded in `unknownFields` and passed over.
public struct TableMetadata: Hashable, Sendable {
    /// Per column: whether it is UNSIGNED; nil where the column is no number. Empty: not told.
    public var unsigned: [Bool?] = []
    /// Per column: the collation's number; nil where the column has none. Empty: not told.
    public var collations: [UInt16?] = []
    /// Per column. Empty: not told.
    public var names: [String] = []
    /// Per column: the labels of an ENUM or SET, else empty. Empty: not told.
    public var labels: [[[UInt8]]] = []
    /// Per column: the kind of a GEOMETRY. Empty: not told.
    public var geometryTypes: [UInt64?] = []
    /// The columns of the primary key, in the key's order. Empty: none, or not told.
    public var primaryKey: [KeyPart] = []
    /// Per column: false where INVISIBLE. Empty: not told.
    public var visible: [Bool] = []
    /// Per column: the length of a MySQL VECTOR. Empty: not told.
    public var vectorDimensions: [UInt64?] = []
    /// Types of the fields that this version does not know.
    public var unknownFields: [UInt8] = []

    /// One column of a primary key.
    public struct KeyPart: Hashable, Sendable {
        /// Counted from 0.
        public var column: Int
        /// Characters of a key over a prefix; 0 where the whole column is in the key.
        public var prefixCharacters: Int
    }

    public init() {}

    init(
        _ reader: inout ByteReader, columns: [TableColumn], flavor: FormatDescription.Flavor
    ) throws(BinlogError) {
        while !reader.isAtEnd {
            let type = try reader.u8()
            let length = try reader.lengthEncodedCount()
            var field = ByteReader(try reader.take(length), at: reader.offset)
            try read(type, &field, columns: columns, flavor: flavor)
        }
    }

    private mutating func read(
        _ type: UInt8, _ field: inout ByteReader, columns: [TableColumn],
        flavor: FormatDescription.Flavor
    ) throws(BinlogError) {
        switch type {
        case 1:
            unsigned = try Self.bits(&field, columns) { Self.isNumber($0.type) }
        case 2: try readDefaultCollation(&field, columns) { $0.hasCollation(flavor) }
        case 3: try readCollations(&field, columns) { $0.hasCollation(flavor) }
        case 4:
            names.reserveCapacity(columns.count)
            for _ in columns { names.append(try Self.text(&field).decodedText()) }
        case 5: try readLabels(&field, columns, of: .set)
        case 6: try readLabels(&field, columns, of: .enumeration)
        case 7:
            geometryTypes = Array(repeating: nil, count: columns.count)
            for index in columns.indices where columns[index].type == .geometry {
                geometryTypes[index] = try field.lengthEncoded()
            }
        case 8:
            while !field.isAtEnd { try readKeyPart(&field, columns, hasPrefix: false) }
        case 9:
            while !field.isAtEnd { try readKeyPart(&field, columns, hasPrefix: true) }
        case 10: try readDefaultCollation(&field, columns) { $0.isLabelled }
        case 11: try readCollations(&field, columns) { $0.isLabelled }
        case 12:
            visible = try Self.bits(&field, columns) { _ in true }.map { $0 ?? true }
        case 13:
            vectorDimensions = Array(repeating: nil, count: columns.count)
            for index in columns.indices where columns[index].type == .vector {
                vectorDimensions[index] = try field.lengthEncoded()
            }
        default:
            if unknownFields.count < 256 { unknownFields.append(type) }
            _ = field.takeRest()
        }
        guard field.isAtEnd else {
            throw BinlogError(
                .corrupt, "the table map's optional field \(type) is too long",
                offset: field.offset)
        }
    }

    /// Which columns have a bit in the field of signs (MariaDB: sql/log_event_server.cc,
    /// `init_signedness_field`; YEAR is one of them, seen on 10.11.19 and on MySQL 9.7.4).
    private static func isNumber(_ type: ColumnType) -> Bool {
        switch type {
        case .tinyInt, .smallInt, .mediumInt, .int, .bigInt, .decimal, .float, .double, .year: true
        default: false
        }
    }

    /// One bit a chosen column, the first the highest of its byte.
    private static func bits(
        _ field: inout ByteReader, _ columns: [TableColumn], where chosen: (TableColumn) -> Bool
    ) throws(BinlogError) -> [Bool?] {
        var values: [Bool?] = []
        values.reserveCapacity(columns.count)
        var byte: UInt8 = 0
        var used = 8
        for column in columns {
            guard chosen(column) else {
                values.append(nil)
                continue
            }
            if used == 8 {
                byte = try field.u8()
                used = 0
            }
            values.append(byte & (0x80 >> UInt8(used)) != 0)
            used += 1
        }
        return values
    }

    /// The most frequent collation, then pairs of a column's number among the chosen and its
    /// collation.
    private mutating func readDefaultCollation(
        _ field: inout ByteReader, _ columns: [TableColumn], where chosen: (TableColumn) -> Bool
    ) throws(BinlogError) {
        let common = try Self.collation(&field)
        let indices = columns.indices.filter { chosen(columns[$0]) }
        if collations.isEmpty { collations = Array(repeating: nil, count: columns.count) }
        for index in indices { collations[index] = common }
        while !field.isAtEnd {
            let ordinal = try field.lengthEncoded()
            guard ordinal < UInt64(indices.count) else {
                throw BinlogError(
                    .corrupt, "a collation in the table map is of no column", offset: field.offset)
            }
            collations[indices[Int(ordinal)]] = try Self.collation(&field)
        }
    }

    private mutating func readCollations(
        _ field: inout ByteReader, _ columns: [TableColumn], where chosen: (TableColumn) -> Bool
    ) throws(BinlogError) {
        if collations.isEmpty { collations = Array(repeating: nil, count: columns.count) }
        for index in columns.indices where chosen(columns[index]) {
            collations[index] = try Self.collation(&field)
        }
    }

    private static func collation(_ field: inout ByteReader) throws(BinlogError) -> UInt16 {
        guard let number = UInt16(exactly: try field.lengthEncoded()) else {
            throw BinlogError(.corrupt, "a collation's number is too large", offset: field.offset)
        }
        return number
    }

    private static func text(_ field: inout ByteReader) throws(BinlogError) -> [UInt8] {
        try field.take(try field.lengthEncodedCount()).copied()
    }

    private mutating func readLabels(
        _ field: inout ByteReader, _ columns: [TableColumn], of type: ColumnType
    ) throws(BinlogError) {
        if labels.isEmpty { labels = Array(repeating: [], count: columns.count) }
        for index in columns.indices where columns[index].type == type {
            let count = try field.lengthEncodedCount()
            guard count <= field.remaining else {
                throw BinlogError(
                    .corrupt, "the table map tells of \(count) labels", offset: field.offset)
            }
            labels[index] = []
            labels[index].reserveCapacity(count)
            for _ in 0..<count { labels[index].append(try Self.text(&field)) }
        }
    }

    private mutating func readKeyPart(
        _ field: inout ByteReader, _ columns: [TableColumn], hasPrefix: Bool
    ) throws(BinlogError) {
        let column = try field.lengthEncoded()
        let prefix = hasPrefix ? try field.lengthEncoded() : 0
        guard column < UInt64(columns.count), prefix <= 0xFFFF, primaryKey.count < columns.count
        else {
            throw BinlogError(
                .corrupt, "the table map's primary key is of no column", offset: field.offset)
        }
        primaryKey.append(KeyPart(column: Int(column), prefixCharacters: Int(prefix)))
    }
}

extension TableColumn {
    /// Whether the column has a collation in the optional metadata (MariaDB:
    /// sql/log_event_server.cc, `is_character_type`; there GEOMETRY is among them, in MySQL not).
    func hasCollation(_ flavor: FormatDescription.Flavor) -> Bool {
        switch type {
        case .string, .varString, .varchar, .compressedVarchar, .tinyBlob, .blob, .mediumBlob,
            .longBlob, .compressedBlob:
            true
        case .geometry: flavor == .mariadb
        case .vector: flavor == .mysql
        default: false
        }
    }

    var isLabelled: Bool { type == .enumeration || type == .set }
}

extension [UInt8] {
    fileprivate func decodedText() -> String { String(decoding: self, as: UTF8.self) }
}
