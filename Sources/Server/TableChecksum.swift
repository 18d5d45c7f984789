/// One table's row count and checksum.
public struct TableChecksum: Sendable, Hashable, Codable {
    public var schema: String
    public var table: String
    public var rows: UInt64
    /// `CHECKSUM TABLE … EXTENDED` in decimal, or `rows:` and 16 hexadecimal digits for a sum over
    /// the rows themselves, where CHECKSUM TABLE is not stable. The two never compare.
    public var checksum: String
    /// False where the server may give another figure for the same rows: of tables with STORED
    /// generated columns. Equal figures mean equal rows then, too; others mean nothing.
    public var isSteady: Bool

    public init(
        schema: String, table: String, rows: UInt64, checksum: String, isSteady: Bool = true
    ) {
        self.schema = schema
        self.table = table
        self.rows = rows
        self.checksum = checksum
        self.isSteady = isSteady
    }

    public var isRowBased: Bool { checksum.hasPrefix(RowSum.prefix) }
}

/// One table that two lists of checksums do not agree on.
public struct TableDifference: Sendable, Hashable, Codable {
    /// In what the two lists differ.
    public enum Kind: String, Sendable, Codable {
        /// In the second list only.
        case missing
        /// In the first list only.
        case extra
        case rowCount = "row-count"
        case checksum
        /// One checksum is of CHECKSUM TABLE, the other of the rows, or the server's figure is not
        /// steady: nothing follows from them.
        case incomparable
        /// Columns have other names or types.
        case columns
    }

    public var schema: String
    public var table: String
    public var kind: Kind
    public var found: TableChecksum?
    public var expected: TableChecksum?
    /// The rows that differ; nil where they were not looked at.
    public var rows: RowDifferences?
    /// Those that only one of the two has, or that are of another type.
    public var columns: [String] = []
}

extension TableDifference {
    /// The tables in which the found state is not the expected one, by schema and name.
    public static func compare(
        found: [TableChecksum], expected: [TableChecksum]
    ) -> [TableDifference] {
        struct Name: Hashable {
            var schema: String
            var table: String
        }
        var pairs: [Name: (found: TableChecksum?, expected: TableChecksum?)] = [:]
        for one in found {
            pairs[Name(schema: one.schema, table: one.table), default: (nil, nil)].found = one
        }
        for one in expected {
            pairs[Name(schema: one.schema, table: one.table), default: (nil, nil)].expected = one
        }
        let names = pairs.keys.sorted { ($0.schema, $0.table) < ($1.schema, $1.table) }
        return names.compactMap { name in
            let pair = pairs[name] ?? (nil, nil)
            guard let kind = kind(pair.found, pair.expected) else { return nil }
            return TableDifference(
                schema: name.schema, table: name.table, kind: kind, found: pair.found,
                expected: pair.expected)
        }
    }

    private static func kind(_ found: TableChecksum?, _ expected: TableChecksum?) -> Kind? {
        guard let found else { return .missing }
        guard let expected else { return .extra }
        if found.rows != expected.rows { return .rowCount }
        if found.isRowBased != expected.isRowBased { return .incomparable }
        if found.checksum == expected.checksum { return nil }
        return found.isSteady && expected.isSteady ? .checksum : .incomparable
    }
}
