public import Binlog

/// A column as a table map tells it.
public struct WrittenColumn: Hashable, Sendable {
    /// ENUM and SET told apart from CHAR.
    public var type: ColumnType
    /// As `TableColumn.metadata` lays it out.
    public var metadata: UInt16
    public var isNullable: Bool

    public init(_ type: ColumnType, metadata: UInt16 = 0, isNullable: Bool = true) {
        (self.type, self.metadata, self.isNullable) = (type, metadata, isNullable)
    }

    public init(_ column: TableColumn) {
        self.init(column.type, metadata: column.metadata, isNullable: column.isNullable)
    }

    var isLabelled: Bool { type == .enumeration || type == .set }

    /// ENUM and SET stand there as CHAR; their own number is in the metadata.
    fileprivate var wireType: ColumnType { isLabelled ? .string : type }

    /// Whether the optional metadata have a bit of sign for it.
    fileprivate var isNumber: Bool {
        switch type {
        case .tinyInt, .smallInt, .mediumInt, .int, .bigInt, .decimal, .float, .double, .year: true
        default: false
        }
    }

    /// MariaDB counts GEOMETRY among the texts, MySQL VECTOR.
    fileprivate func hasCollation(_ flavor: FormatDescription.Flavor) -> Bool {
        switch type {
        case .string, .varString, .varchar, .compressedVarchar, .tinyBlob, .blob, .mediumBlob,
            .longBlob, .compressedBlob:
            true
        case .geometry: flavor == .mariadb
        case .vector: flavor == .mysql
        default: false
        }
    }

    fileprivate func writeMetadata(_ writer: inout ByteWriter) {
        switch type {
        case .tinyBlob, .blob, .mediumBlob, .longBlob, .compressedBlob, .geometry, .json, .vector,
            .float, .double, .timestamp, .dateTime, .time:
            writer.u8(UInt8(metadata))
        case .string, .enumeration, .set: writer.bigEndian(UInt64(metadata), width: 2)
        case .bit, .varchar, .compressedVarchar, .decimal: writer.u16(metadata)
        default: break
        }
    }
}

/// Table maps.
extension EventBody {
    /// A Table_map event; `optional` is what stands behind the columns, `TableMetadata.bytes`.
    public static func tableMap(
        id: UInt64, flags: TableMap.Flags = .bitLengthExact, schema: [UInt8], table: [UInt8],
        columns: [WrittenColumn], optional: [UInt8] = []
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.u48(id)
        writer.u16(flags.rawValue)
        for name in [schema, table] {
            writer.u8(UInt8(name.count))
            writer.append(name + [0])
        }
        writer.lengthEncoded(UInt64(columns.count))
        writer.append(columns.map(\.wireType.rawValue))
        var metadata = ByteWriter()
        for column in columns { column.writeMetadata(&metadata) }
        writer.lengthPrefixed(metadata.bytes)
        writer.bitmap(columns.map(\.isNullable))
        writer.append(optional)
        return writer.bytes
    }
}

/// What `binlog_row_metadata` adds to a table map.
extension TableMetadata {
    /// One of its fields by its type, and its bytes where the struct does not hold them.
    public struct Field: Hashable, Sendable {
        public var type: UInt8
        public var value: [UInt8]?

        public init(_ type: UInt8, _ value: [UInt8]? = nil) {
            (self.type, self.value) = (type, value)
        }
    }

    /// The fields of these types, in this order.
    public func bytes(
        _ fields: [Field], of columns: [WrittenColumn], _ flavor: FormatDescription.Flavor
    ) -> [UInt8] {
        var writer = ByteWriter()
        for field in fields {
            writer.u8(field.type)
            writer.lengthPrefixed(field.value ?? value(of: field.type, columns, flavor))
        }
        return writer.bytes
    }

    private func value(
        of type: UInt8, _ columns: [WrittenColumn], _ flavor: FormatDescription.Flavor
    ) -> [UInt8] {
        let texts = columns.indices.filter { columns[$0].hasCollation(flavor) }
        let labelled = columns.indices.filter { columns[$0].isLabelled }
        var writer = ByteWriter()
        switch type {
        case 1:
            let numbers = columns.indices.filter { columns[$0].isNumber }
            writer.append(Self.highBitsFirst(numbers.map { unsigned[$0] ?? false }))
        case 2: writeDefaultCollation(of: texts, &writer)
        case 3: for index in texts { writer.lengthEncoded(UInt64(collations[index] ?? 0)) }
        case 4: for name in names { writer.lengthPrefixed(Array(name.utf8)) }
        case 5: writeLabels(columns.indices.filter { columns[$0].type == .set }, &writer)
        case 6: writeLabels(columns.indices.filter { columns[$0].type == .enumeration }, &writer)
        case 7: for value in geometryTypes.compactMap(\.self) { writer.lengthEncoded(value) }
        case 8: for part in primaryKey { writer.lengthEncoded(UInt64(part.column)) }
        case 9:
            for part in primaryKey {
                writer.lengthEncoded(UInt64(part.column))
                writer.lengthEncoded(UInt64(part.prefixCharacters))
            }
        case 10: writeDefaultCollation(of: labelled, &writer)
        case 11: for index in labelled { writer.lengthEncoded(UInt64(collations[index] ?? 0)) }
        case 12: writer.append(Self.highBitsFirst(visible))
        case 13: for value in vectorDimensions.compactMap(\.self) { writer.lengthEncoded(value) }
        default: break
        }
        return writer.bytes
    }

    /// One bit a column, the first the highest of its byte.
    private static func highBitsFirst(_ bits: [Bool]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
        for (index, bit) in bits.enumerated() where bit {
            bytes[index / 8] |= 0x80 >> UInt8(index % 8)
        }
        return bytes
    }

    /// The most frequent collation, of several the lowest; then the columns that have another.
    private func writeDefaultCollation(of indices: [Int], _ writer: inout ByteWriter) {
        var counts: [UInt16: Int] = [:]
        for index in indices { counts[collations[index] ?? 0, default: 0] += 1 }
        let common = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
        writer.lengthEncoded(UInt64(common))
        for (ordinal, index) in indices.enumerated() where collations[index] != common {
            writer.lengthEncoded(UInt64(ordinal))
            writer.lengthEncoded(UInt64(collations[index] ?? 0))
        }
    }

    private func writeLabels(_ indices: [Int], _ writer: inout ByteWriter) {
        for index in indices {
            writer.lengthEncoded(UInt64(labels[index].count))
            for label in labels[index] { writer.lengthPrefixed(label) }
        }
    }
}
