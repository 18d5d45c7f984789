import Foundation
import Recovery
import Testing

/// Every statement of the labelled cases gets the kind that its label says.
struct LabelledCasesTests {
    @Test("every labelled case is found as its label says", arguments: [1000, 1] as [UInt64])
    func everyCase(minRows: UInt64) throws {
        let cases = try LabelledCase.all()
        #expect(cases.count == 218)
        for labelled in cases { try check(labelled, minRows: minRows) }
    }

    @Test("recall and precision are whole in every format")
    func recallAndPrecision() throws {
        for format in ["ROW", "MIXED", "STATEMENT"] {
            var (hits, missed, wrong) = (0, 0, 0)
            for labelled in try LabelledCase.all() where labelled.format == format {
                let isFound = try labelled.matches(minRows: 1000).contains { $0.kind != .other }
                switch (isFound, isDestructive(labelled.expected)) {
                case (true, true): hits += 1
                case (false, true): missed += 1
                case (true, false): wrong += 1
                case (false, false): break
                }
            }
            let recall = Double(hits) / Double(hits + missed)
            let precision = Double(hits) / Double(hits + wrong)
            print("\(format): recall \(recall), precision \(precision), \(hits) destructive")
            #expect(recall == 1 && precision == 1)
        }
    }

    private func isDestructive(_ expected: String) -> Bool {
        if expected.contains("when rows >=") { return false }
        let kinds = expected.split(separator: ";").compactMap { firstKind($0) }
        return kinds.contains { $0 != .other }
    }

    private func firstKind(_ text: some StringProtocol) -> DestructiveKind? {
        let word = text.drop { $0 == " " }.prefix { $0 != " " && $0 != "," }
        return DestructiveKind(rawValue: String(word))
    }

    private func check(_ labelled: LabelledCase, minRows: UInt64) throws {
        let matches = try labelled.matches(minRows: minRows)
        let expected = labelled.expected
        let comment: Comment =
            "\(labelled.format) \(labelled.id), \(minRows): \(expected), got \(matches)"
        if expected.hasPrefix("none") {
            #expect(matches.isEmpty, comment)
            return
        }
        try #require(firstKind(expected) != nil, "a label without a kind: \(comment)")
        let worst = matches.map(\.kind).max()
        if let range = expected.range(of: " when rows >= --min-rows, else other") {
            let kind = firstKind(expected)
            let wanted = minRows == 1 ? kind : .other
            var among = matches
            if expected[range.upperBound...].contains("for s.c2") {
                among = matches.filter { $0.table == "c2" }
                #expect(among.first?.reason?.contains("another statement's") == true, comment)
            }
            if expected.contains("trigger's") {
                among = matches.filter { $0.table == "par" }
                #expect(among.first?.reason?.contains("another statement's") == true, comment)
            }
            #expect(among.map(\.kind).max() == wanted, comment)
            return
        }
        if expected.contains(" on c and c2") {
            #expect(matches.map(\.table) == ["c", "c2"], comment)
            #expect(Set(matches.map(\.kind)) == Set([firstKind(expected)]), comment)
            return
        }
        let kinds = expected.split(separator: ";").compactMap { firstKind($0) }
        if kinds.count > 1 {
            #expect(matches.map(\.kind) == kinds, comment)
        } else if kinds != [.other] || minRows == 1000 || !dependsOnMinRows(labelled) {
            #expect(worst == kinds.first, comment)
        }
        checkReasons(expected, matches, comment)
    }

    /// A lower threshold makes a label of `other` a mass change, or a LIMIT one of all rows.
    private func dependsOnMinRows(_ labelled: LabelledCase) -> Bool {
        !labelled.rows.isEmpty || labelled.log.contains { $0.contains(" LIMIT ") }
    }

    private func checkReasons(_ expected: String, _ matches: [SearchMatch], _ comment: Comment) {
        let wanted = [
            "log cannot tell": "may not have existed", "partition p0": "partition p0 only",
            "cascade suspect on s.ch": "cascade suspect: s.ch", "ROLLBACK": "rolled back",
        ]
        for (label, reason) in wanted where expected.contains(label) {
            #expect(matches.contains { $0.reason?.contains(reason) == true }, comment)
        }
        if expected.contains("also rename-table") {
            #expect(matches.first?.kinds == [.dropColumn, .renameTable], comment)
        }
    }
}
