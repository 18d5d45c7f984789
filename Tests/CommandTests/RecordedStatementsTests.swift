import Foundation
import Recovery
import TestSupport
import Testing

/// The statements of `Fixtures/search/statements.txt` in logs of a real server.
@Suite("search over recorded statements") struct RecordedStatementsTests {
    /// One statement, and what search must say of it.
    private struct Case {
        var sql: String
        /// `other` for harmless, `none` where the log holds nothing of it.
        var kind: String
        /// The log cannot tell that it was destructive.
        var isUntold: Bool
        /// Its GTIDs' numbers.
        var numbers: ClosedRange<Int>?
    }

    private static let formats = ["ROW", "MIXED", "STATEMENT"]
    private static let folder = Lastgood.root + "/Fixtures/search"

    private func cases(_ format: String) throws -> [Case] {
        let lines = try String(contentsOfFile: Self.folder + "/statements.txt", encoding: .utf8)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
        let places = try String(
            contentsOfFile: "\(Self.folder)/\(format)/cases.tsv", encoding: .utf8
        ).split(separator: "\n").map { $0.split(separator: "\t").compactMap { Int($0) } }
        try #require(places.count == lines.count)
        return try zip(lines, places).map { line, place in
            let parts = line.components(separatedBy: " | ")
            let index = try #require(Self.formats.firstIndex(of: format))
            let label = parts.count == 4 ? parts[index] : parts[0]
            return Case(
                sql: parts[parts.count - 1], kind: label.replacing("*", with: ""),
                isUntold: label.hasPrefix("*"),
                numbers: place[1] < place[2] ? place[1] + 1...place[2] : nil)
        }
    }

    @Test("each is found as its label says, with whole recall and precision", arguments: formats)
    func labels(format: String) async throws {
        let run = try await Lastgood.run([
            "search", "--json", "--min-rows", "20", "--limit", "100000", "--text", "",
            "\(Self.folder)/\(format)",
        ])
        #expect(run.exitCode == 0)
        let found = try run.objects("matches").map { match in
            (
                Int((match["gtid"] as? String ?? "").split(separator: "-").last ?? "") ?? 0,
                DestructiveKind(rawValue: match["kind"] as? String ?? "") ?? .other
            )
        }
        var (hits, missed, wrong, untold) = (0, 0, 0, 0)
        for labelled in try cases(format) {
            let kinds = found.filter { labelled.numbers?.contains($0.0) == true }.map(\.1)
            let kind = kinds.max()?.rawValue ?? "none"
            #expect(kind == labelled.kind, "\(format): \(labelled.sql)")
            let isHarmless = ["other", "none"].contains(kind)
            switch (isHarmless, ["other", "none"].contains(labelled.kind)) {
            case (false, false): hits += 1
            case (true, false): missed += 1
            case (false, true): wrong += 1
            case (true, true): untold += labelled.isUntold ? 1 : 0
            }
        }
        print("\(format): \(hits) destructive, \(missed) missed, \(wrong) wrong, \(untold) untold")
        #expect(hits > 50)
        #expect(missed == 0)
        #expect(Double(hits) / Double(hits + wrong) >= 0.95)
    }
}
