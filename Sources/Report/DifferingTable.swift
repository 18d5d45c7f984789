import Recovery

/// A table that is not equal to the reference, and the first rows in which it is not.
public struct DifferingTable: Sendable, Codable {
    /// A row that is not equal.
    public struct Row: Sendable, Codable {
        /// A column of the key, its value as text.
        public struct KeyPart: Sendable, Codable {
            public var column: String
            public var value: String

            public init(column: String, value: String) {
                self.column = column
                self.value = value
            }
        }

        /// `missing`, `extra` or `differs`.
        public var kind: String
        public var key: [KeyPart]
        /// The columns that differ.
        public var columns: [String]

        public init(kind: String, key: [KeyPart], columns: [String]) {
            self.kind = kind
            self.key = key
            self.columns = columns
        }
    }

    /// How many rows are not equal; a count is nil where it is not known.
    public struct Counts: Sendable, Codable {
        public var missing: UInt64?
        public var extra: UInt64?
        public var differing: UInt64?

        public init(missing: UInt64?, extra: UInt64?, differing: UInt64?) {
            self.missing = missing
            self.extra = extra
            self.differing = differing
        }
    }

    /// `SCHEMA.TABLE`.
    public var name: String
    public var kind: String
    /// What is not equal, for people.
    public var line: String
    /// Those that only one of the two has, or that are of another type.
    public var columns: [String]
    /// Nil where the rows were not looked at.
    public var counts: Counts?
    public var rows: [Row]

    public init(
        name: String, kind: String, line: String, columns: [String], counts: Counts?, rows: [Row]
    ) {
        self.name = name
        self.kind = kind
        self.line = line
        self.columns = columns
        self.counts = counts
        self.rows = rows
    }
}

extension DifferingTable {
    var json: JSONValue {
        [
            "table": .string(name), "kind": .string(kind), "message": .string(line),
            "columns": .array(columns.map { .string($0) }),
            "missingRows": .init(counts?.missing), "extraRows": .init(counts?.extra),
            "differingRows": .init(counts?.differing),
            "rows": .array(
                rows.map { row in
                    [
                        "key": .object(row.key.map { .init($0.column, .string($0.value)) }),
                        "kind": .string(row.kind),
                        "columns": .array(row.columns.map { .string($0) }),
                    ]
                }),
        ]
    }

    /// For people: what is not equal, how many rows, and the first of them.
    var text: String {
        var lines = ["  " + line]
        if !columns.isEmpty {
            lines.append(
                "    columns that only one has, or of another type: "
                    + columns.joined(separator: ", "))
        }
        if let counts { lines.append("    " + Self.text(counts)) }
        lines += rows.map { "    " + $0.text }
        let total = [counts?.missing, counts?.extra, counts?.differing].reduce(0) { $0 + ($1 ?? 0) }
        if !rows.isEmpty, total > UInt64(rows.count) {
            lines.append("    and \(HumanNumber.count(total - UInt64(rows.count))) more")
        }
        return lines.map { PrintableText.escapeControlCharacters($0) + "\n" }.joined()
    }

    private static func text(_ counts: Counts) -> String {
        let known = [
            (counts.missing, "missing"), (counts.extra, "not in the reference"),
            (counts.differing, "different"),
        ].compactMap { count, words in
            count.flatMap { $0 == 0 ? nil : "\(HumanNumber.count($0)) \(words)" }
        }
        guard counts.missing != nil else {
            return "it has no key, and too many rows differ to be counted"
        }
        let keyless = counts.differing == nil ? ", it has no key to name them by" : ""
        return "rows: " + known.joined(separator: ", ") + keyless
    }
}

extension DifferingTable.Row {
    /// A longer value is cut for people.
    private static let mostCharacters = 100

    var text: String {
        let place = key.map { part in
            let isCut = part.value.count > Self.mostCharacters
            return "\(part.column)=\(part.value.prefix(Self.mostCharacters))" + (isCut ? "…" : "")
        }.joined(separator: ", ")
        switch kind {
        case "missing": return place + " is missing"
        case "extra": return place + " is not in the reference"
        default: return place + " differs in " + columns.joined(separator: ", ")
        }
    }
}
