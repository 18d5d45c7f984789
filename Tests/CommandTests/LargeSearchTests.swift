import Foundation
import TestSupport
import Testing

/// A file so large that several threads search it: the same matches as one thread would find.
@Suite struct LargeSearchTests {
    @Test("each copy's matches are found once, in order, with those of damage left out")
    func matches() async throws {
        let small = try await Lastgood.run(
            "search", Shop.logs + "/shop-bin.000002", "--json", "--sort", "time")
        let kinds = try small.objects("matches").compactMap { $0["kind"] as? String }
        #expect(!kinds.isEmpty)
        let log = try LargeLog(copies: 60)
        let arguments = ["--json", "--sort", "time", "--limit", "100000"]
        let run = try await Lastgood.run(["search", log.logs.path] + arguments)
        #expect(run.exitCode == 0)
        let found = try run.objects("matches")
        #expect(
            found.compactMap { $0["kind"] as? String }
                == Array(repeating: kinds, count: log.copies).flatMap { $0 })
        let offsets = found.compactMap { ($0["begin"] as? [String: Any])?["offset"] as? Int }
        #expect(offsets == offsets.sorted() && Set(offsets).count == log.copies)
        for damaged in [10, 45, 59] {
            try log.logs.change(2) { $0[log.begins[damaged] + 30] ^= 0x40 }
            let run = try await Lastgood.run(["search", log.logs.path] + arguments)
            #expect(run.exitCode == 10)
            #expect(try run.objects("matches").count == damaged * kinds.count)
            try log.logs.change(2) { $0[log.begins[damaged] + 30] ^= 0x40 }
        }
    }
}
