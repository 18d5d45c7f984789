public import Binlog

/// A table's definition, as far as folding has to know it.
public struct TableDefinition: Hashable, Sendable, Codable {
    /// What stands under a table's name.
    public enum Kind: Hashable, Sendable, Codable { case table, sequence, systemVersioned }

    /// A column.
    public struct Column: Hashable, Sendable, Codable {
        public var defined: DefinedColumn
        public var isCounter = false
        public var isUnsigned = false
        public var isVirtual = false

        public init(
            _ defined: DefinedColumn, isCounter: Bool = false, isUnsigned: Bool = false,
            isVirtual: Bool = false
        ) {
            self.defined = defined
            self.isCounter = isCounter
            self.isUnsigned = isUnsigned
            self.isVirtual = isVirtual
        }
    }

    /// A column of a unique key.
    public struct KeyPart: Hashable, Sendable, Codable {
        /// The key's name, `PRIMARY` for the primary key.
        public var key: String
        public var column: String
        public var isPrefix: Bool
        public var isHash: Bool
        public var isNullable: Bool

        public init(
            key: String, column: String, isPrefix: Bool, isHash: Bool, isNullable: Bool
        ) {
            self.key = key
            self.column = column
            self.isPrefix = isPrefix
            self.isHash = isHash
            self.isNullable = isNullable
        }
    }

    public var kind: Kind
    public var engine: String
    public var columns: [Column]
    /// All unique keys, each with its columns in order.
    public var uniqueParts: [KeyPart]
    /// It has an index that is no list of keys in order: VECTOR, FULLTEXT, SPATIAL.
    public var hasWovenIndex: Bool

    /// Without columns: no such table.
    public init(
        kind: Kind = .table, engine: String = "", columns: [Column] = [],
        uniqueParts: [KeyPart] = [], hasWovenIndex: Bool = false
    ) {
        self.kind = kind
        self.engine = engine
        self.columns = columns
        self.uniqueParts = uniqueParts
        self.hasWovenIndex = hasWovenIndex
    }

    private func ordinals(_ parts: [KeyPart]) -> [Int] {
        let names = Set(parts.map(\.column))
        return columns.indices.filter { names.contains(columns[$0].defined.name) }
    }

    private var counter: Int? { columns.firstIndex(where: \.isCounter) }

    private var uniqueKeys: [String: [KeyPart]] { Dictionary(grouping: uniqueParts, by: \.key) }

    /// The key by whose stored bytes two rows are told apart: the primary key, else one whose
    /// columns are never NULL, with the counter in it if there is one.
    private var key: (name: String, identity: FoldedTable.Identity, ordinals: [Int])? {
        let fit = uniqueKeys.filter { _, parts in
            parts.allSatisfy { !$0.isPrefix && !$0.isHash && !$0.isNullable }
        }.mapValues { ordinals($0) }
        if let primary = fit["PRIMARY"] { return ("PRIMARY", .primaryKey, primary) }
        let names = fit.keys.sorted()
        let withCounter = names.first { name in
            counter.map { fit[name]?.contains($0) == true } ?? true
        }
        guard let name = withCounter ?? names.first, let ordinals = fit[name] else { return nil }
        return (name, .uniqueKey, ordinals)
    }

    /// Nil where nothing speaks against it.
    ///
    /// - Parameter withoutKey: a table may be folded whose rows only all columns tell apart.
    public func reasonAgainstFolding(withoutKey: Bool) -> ExactReason? {
        if columns.isEmpty { return .missing }
        if kind == .sequence { return .sequence }
        if kind == .systemVersioned { return .versioned }
        if engine.lowercased() != "innodb" { return .engine }
        if uniqueParts.contains(where: { $0.isHash }) { return .longUnique }
        if columns.contains(where: \.isVirtual) { return .virtualColumn }
        let key = self.key
        if let counter, key?.ordinals.contains(counter) != true { return .counter }
        guard key == nil else { return nil }
        guard withoutKey else { return .rowOrder }
        // The target may have compressed the same value into other bytes.
        if columns.contains(where: { $0.defined.type.contains("COMPRESSED") }) {
            return .compressed
        }
        return nil
    }

    /// What makes it another table than that of the log's rows, for people; nil where nothing is
    /// proved.
    public func difference(from map: TableMap) -> String? {
        // A table that is not there is the server's own error; the rows of a sequence are a form of
        // their own.
        guard !columns.isEmpty, kind != .sequence else { return nil }
        let isVersioned = kind == .systemVersioned
        // A unique key over a hash has a hidden column that holds it, behind the others; a history
        // may have two that tell its times.
        let hashKeys = Set(uniqueParts.filter(\.isHash).map(\.key)).count
        return map.difference(
            from: columns.map(\.defined), mostHidden: hashKeys + (isVersioned ? 2 : 0),
            comparesTypes: !isVersioned)
    }

    /// The same for a table whose rows are applied in the source's order and may be found by the
    /// primary key alone; nil for others.
    public var foundByKey: FoldedTable? {
        guard kind == .table, engine.lowercased() == "innodb",
            !uniqueParts.contains(where: \.isHash), !columns.contains(where: \.isVirtual),
            folded.identity == .primaryKey
        else { return nil }
        return folded
    }

    /// What folding has to know of it.
    public var folded: FoldedTable {
        guard let (name, identity, key) = key else {
            return FoldedTable(columnCount: columns.count, identity: .wholeRow, key: [])
        }
        let counter = counter.flatMap { column in
            key.firstIndex(of: column).map {
                FoldedTable.Counter(keyIndex: $0, isUnsigned: columns[column].isUnsigned)
            }
        }
        return FoldedTable(
            columnCount: columns.count, identity: identity, key: key,
            otherUnique: ordinals(uniqueParts.filter { $0.key != name }), counter: counter,
            hasWovenIndex: hasWovenIndex)
    }
}

/// Why a table is not folded.
public struct ExactReason: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let rowOrder = Self(rawValue: "row-order-without-key")
    public static let compressed = Self(rawValue: "compressed-without-key")
    public static let engine = Self(rawValue: "engine")
    public static let versioned = Self(rawValue: "system-versioned")
    public static let sequence = Self(rawValue: "sequence")
    public static let virtualColumn = Self(rawValue: "virtual-column")
    public static let longUnique = Self(rawValue: "long-unique-key")
    public static let counter = Self(rawValue: "auto-increment-outside-key")
    public static let foreignKeyActions = Self(rawValue: "foreign-key-actions")
    public static let partialImages = Self(rawValue: "partial-row-images")
    public static let missing = Self(rawValue: "missing-on-target")
    /// Only predicted: nothing tells the definition before the replay.
    public static let schemaUnknown = Self(rawValue: "schema-unknown")
}
