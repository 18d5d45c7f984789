package import Binlog

/// What the columns of a table map are called, and which of them are the key.
package struct ColumnNames: Sendable {
    package let map: TableMap
    /// The columns that tell a row from all others; nil where nothing tells it.
    package let key: [Int]?
    /// The names are those of a definition that is not quite the log's table: the ones in front,
    /// as far as the types agree.
    package let isGuess: Bool
    /// All names are those of a definition, and nothing speaks against it.
    let areDefined: Bool
    /// By column; nil where nothing tells it.
    private let names: [String?]

    /// - Parameter definition: what somebody else says of the table; it counts for what the log
    ///   itself does not tell.
    package init(_ told: TableMap, definition: TableDefinition?) {
        var map = told
        let metadata = told.metadata
        var defined: [TableDefinition.Column] = []
        if let definition {
            let agreeing = zip(definition.columns, told.columns).enumerated().prefix { pair in
                let sign =
                    metadata.unsigned.indices.contains(pair.offset)
                    ? metadata.unsigned[pair.offset] : nil
                let (column, logged) = pair.element
                return column.defined.difference(from: logged, wasUnsigned: sign) == nil
            }
            defined = agreeing.map(\.element.0)
        }
        let fits =
            defined.count == told.columns.count && defined.count == definition?.columns.count
        if metadata.unsigned.isEmpty, fits { map.metadata.unsigned = defined.map(\.isUnsigned) }
        if metadata.collations.isEmpty, fits {
            map.metadata.collations = defined.map(\.defined.collation)
        }
        if metadata.labels.isEmpty, fits {
            map.metadata.labels = Self.labels(defined, told.columns)
        }
        self.map = map
        let isTold = metadata.names.count == map.columns.count && !metadata.names.isEmpty
        let count = map.columns.count
        let definedNames: [String?] = defined.map(\.defined.name)
        names =
            isTold
            ? metadata.names
            : definedNames + Array(repeating: nil, count: count - definedNames.count)
        isGuess = !isTold && !fits && !defined.isEmpty
        areDefined = !isTold && fits
        if !metadata.primaryKey.isEmpty {
            let isWhole = metadata.primaryKey.allSatisfy { $0.prefixCharacters == 0 }
            key = isWhole ? metadata.primaryKey.map(\.column) : nil
        } else if let folded = definition?.folded, folded.identity != .wholeRow,
            folded.key.allSatisfy({ $0 < defined.count })
        {
            key = folded.key
        } else {
            key = nil
        }
    }

    private static func labels(
        _ defined: [TableDefinition.Column], _ columns: [TableColumn]
    ) -> [[[UInt8]]] {
        zip(defined, columns).map { definition, column in
            guard column.type == .enumeration || column.type == .set else { return [] }
            return StoredType.labels(of: definition.defined.type) ?? []
        }
    }

    /// Whether something tells the names of all columns.
    var areComplete: Bool { !names.contains(nil) }

    /// Of all columns.
    var all: [String] { map.columns.indices.map { self[$0] } }

    /// `@3` where no name is known.
    package subscript(column: Int) -> String { names[column] ?? "@\(column + 1)" }

    /// How texts of a column are stored, as far as the log tells.
    func encoding(of column: Int) -> TextEncoding {
        let collations = map.metadata.collations
        guard collations.indices.contains(column), let collation = collations[column] else {
            return .unknown
        }
        return TextEncoding(collation: collation)
    }

    func index(of column: ColumnCondition.Column) -> Int? {
        switch column {
        case .number(let number): return number <= map.columns.count ? number - 1 : nil
        case .name(let name):
            return names.firstIndex(of: name)
                ?? names.firstIndex { $0?.lowercased() == name.lowercased() }
        }
    }

    /// What a row's value is, as a condition; nil where the image does not hold it.
    func condition(
        _ column: Int, _ value: ColumnValue, in rows: RawSpan
    ) -> ColumnCondition? {
        let wanted: ColumnCondition.Wanted
        switch value {
        case .absent: return nil
        case .null: wanted = .null
        case .integer(let integer):
            wanted =
                switch integer.isUnsigned {
                case true?: .text("\(integer.unsigned)")
                case false?: .text("\(integer.signed)")
                case nil: .bits(integer.bits)
                }
        case .enumeration(let number): wanted = .bits(UInt64(number))
        case .set(let bits), .bit(let bits, _): wanted = .bits(bits)
        case .bytes(let stored) where stored.kind != .jsonChanges:
            do throws(BinlogError) { wanted = .bytes(try stored.plainBytes(in: rows)) } catch {
                wanted = .bytes(stored.copied(from: rows))
            }
        default:
            var text = map.text(of: value, column: column, in: rows)
            if text.hasPrefix("'"), let end = text.lastIndex(of: "'") {
                text = String(text[..<end].dropFirst())
            }
            wanted = .text(text)
        }
        let name = names[column].map { ColumnCondition.Column.name($0) }
        var condition = ColumnCondition(column: name ?? .number(column + 1), wanted: wanted)
        condition.isFromRow = true
        return condition
    }
}

extension ColumnCondition {
    var hasName: Bool {
        if case .name = column { true } else { false }
    }
}
