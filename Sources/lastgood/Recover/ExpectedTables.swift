import Foundation
import Recovery
import Report
import Server

/// Table checksums somebody recorded: the reference of `--expect`.
///
/// The form of `verification.tables`: objects of `table` (`SCHEMA.TABLE`), `rows` and `checksum`,
/// in an array that stands alone, under `tables`, or under `result.verification.tables`.
struct ExpectedTables {
    struct Table: Decodable {
        var table: String
        var rows: UInt64
        /// Nil where only the rows are counted.
        var checksum: String?
    }

    private struct List: Decodable { var tables: [Table] }
    private struct Result: Decodable { var verification: List }
    private struct Envelope: Decodable { var result: Result }

    let tables: [Table]

    /// Throws `expect-unreadable`.
    init(path: String) throws(Failure) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(
                "expect-unreadable", "the file of expected checksums is not there", file: path)
        }
        let decoder = JSONDecoder()
        if let envelope = Self.decode(Envelope.self, data, decoder) {
            tables = envelope.result.verification.tables
        } else if let list = Self.decode(List.self, data, decoder) {
            tables = list.tables
        } else if let list = Self.decode([Table].self, data, decoder) {
            tables = list
        } else {
            throw Failure(
                "expect-unreadable", "the file of expected checksums has another form",
                hint:
                    "it is the JSON of lastgood's own result, or {\"tables\":[{\"table\",\"rows\","
                    + "\"checksum\"}]}", file: path)
        }
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ data: Data, _ decoder: JSONDecoder
    ) -> Value? {
        do { return try decoder.decode(type, from: data) } catch { return nil }
    }

    /// Whether the reference has a table of that schema.
    func names(schema: String) -> Bool { tables.contains { $0.table.hasPrefix(schema + ".") } }

    /// Where the found state is not the expected one; and the tables whose content the reference
    /// does not tell.
    func verdict(on found: [TableChecksum]) -> Verdict {
        let byName = Dictionary(
            found.map { ("\($0.schema).\($0.table)", $0) }, uniquingKeysWith: { first, _ in first })
        let expected = tables.map { table -> TableChecksum in
            let own = byName[table.table]
            let (schema, name) = Self.split(table.table, own)
            return TableChecksum(
                schema: schema, table: name, rows: table.rows,
                checksum: table.checksum ?? own?.checksum ?? "")
        }
        let differences = TableDifference.compare(found: found, expected: expected)
        return Verdict(
            equal: differences.isEmpty, differences: differences.map { DifferingTable($0) },
            countedOnly: tables.filter { $0.checksum == nil }.map(\.table).sorted())
    }

    /// What the reference leaves open.
    static func warnings(_ verdict: Verdict) -> [PlanWarning] {
        guard !verdict.countedOnly.isEmpty else { return [] }
        return [
            PlanWarning(
                "rows-counted-only",
                "the reference tells no checksum of "
                    + "\(verdict.countedOnly.joined(separator: ", ")): only the rows were counted")
        ]
    }

    /// A name is split where the found table says, or at its first dot.
    private static func split(_ name: String, _ found: TableChecksum?) -> (String, String) {
        if let found { return (found.schema, found.table) }
        let parts = name.split(separator: ".", maxSplits: 1)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : ("", name)
    }
}
