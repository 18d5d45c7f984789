/// What a comparison with a reference found.
public struct Verdict: Sendable, Codable {
    /// Nil without a reference.
    public var equal: Bool?
    /// The tables that are not equal.
    public var differences: [DifferingTable]
    /// Tables whose content the reference does not tell.
    public var countedOnly: [String]

    public init(equal: Bool?, differences: [DifferingTable] = [], countedOnly: [String] = []) {
        self.equal = equal
        self.differences = differences
        self.countedOnly = countedOnly
    }
}

/// Tables with their row counts and checksums, and whether they are what they should be.
public enum VerificationReport {
    /// The `verification` of the JSON object.
    public static func json(
        _ tables: [RecoverReport.Table], _ verdict: Verdict
    ) -> JSONValue {
        [
            "tables": .array(
                tables.map { table in
                    [
                        "table": .string(table.name), "rows": .init(table.rows),
                        "checksum": .string(table.checksum),
                    ]
                }),
            "equal": .init(verdict.equal),
            "differences": .array(verdict.differences.map { .string($0.line) }),
            "differingTables": .array(verdict.differences.map(\.json)),
            "rowsCountedOnly": .array(verdict.countedOnly.map { .string($0) }),
        ]
    }

    /// For people.
    public static func text(
        _ tables: [RecoverReport.Table], _ verdict: Verdict
    ) -> String {
        var table = TextTable([("table", .left), ("rows", .right), ("checksum", .right)])
        for one in tables {
            table.add([one.name, HumanNumber.count(one.rows), one.checksum])
        }
        var text = table.text
        switch verdict.equal {
        case true?: text += "\n" + equalText(tables.count, verdict) + "\n"
        case false?:
            text += "\nnot equal to the reference:\n"
            text += verdict.differences.map(\.text).joined()
        case nil: text += "\nno reference was given to compare with\n"
        }
        return text
    }

    private static func equalText(_ count: Int, _ verdict: Verdict) -> String {
        guard !verdict.countedOnly.isEmpty else {
            return count == 1
                ? "the one table is equal to the reference"
                : "all \(count) tables are equal to the reference"
        }
        let names = verdict.countedOnly.joined(separator: ", ")
        return
            "\(count - verdict.countedOnly.count) of \(count) tables are equal to the reference; "
            + "it tells only the row count of \(names), which is equal too"
    }
}
