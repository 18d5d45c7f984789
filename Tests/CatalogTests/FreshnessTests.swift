import Binlog
import BinlogFiles
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Catalog

/// When a catalog is believed, and when it is not.
@Suite("freshness of the catalog") struct FreshnessTests {
    @Test("a file that did not change is not read again")
    func fresh() async throws {
        let logs = try IndexedLogs()
        let first = try await logs.index()
        #expect(first.map(\.state) == [.rebuilt])
        #expect(first[0].reason == "new")
        let again = try await logs.index()
        #expect(again.map(\.state) == [.fresh])
        let entry = try #require(try logs.entry())
        #expect(!entry.facts.blocks.isEmpty)
        #expect(!entry.facts.blocks.contains { !$0.isPlain })
    }

    @Test("a file that grew is read from its last whole transaction on, with the same facts")
    func grown() async throws {
        let logs = try IndexedLogs()
        let all = try logs.bytes(ofShop: 2)
        try await logs.index()
        let whole = try #require(try logs.entry())
        var seed = SplitMix64(seed: try TestSeed.read(for: "logs that grow"))
        for _ in 0..<5 {
            try FileManager.default.removeItem(atPath: logs.catalog.string)
            let cuts = (0..<3).map { _ in Int.random(in: 400..<all.count, using: &seed) }.sorted()
            var states: [CatalogIndexer.FileOutcome.State] = []
            for cut in cuts + [all.count] {
                try logs.write(all.prefix(cut))
                states += try await logs.index().map(\.state)
            }
            #expect(states.last == .grown, "cuts at \(cuts): \(states)")
            let entry = try #require(try logs.entry())
            #expect(entry.facts.blocks == whole.facts.blocks, "cuts at \(cuts)")
            #expect(entry.facts.minutes == whole.facts.minutes, "cuts at \(cuts)")
            #expect(entry.facts.marks == whole.facts.marks, "cuts at \(cuts)")
            #expect(entry.facts.statements == whole.facts.statements, "cuts at \(cuts)")
        }
    }

    @Test("closing a log changes its in-use flag, and not its beginning")
    func closed() async throws {
        let logs = try IndexedLogs()
        let all = try logs.bytes(ofShop: 2)
        var open = all.prefix(all.count - 60)
        open[21] |= 1
        try logs.write(open)
        try await logs.index()
        try logs.write(all)
        #expect(try await logs.index().map(\.state) == [.grown])
    }

    @Test("a copy is compared by blocks, and believed")
    func copied() async throws {
        let logs = try IndexedLogs()
        try await logs.index()
        try copyOverItself(logs) { _ in }
        #expect(try logs.entry() != nil)
        #expect(try await logs.index().map(\.state) == [.fresh])
    }

    @Test("a copy with other contents is read anew")
    func copiedWithOthers() async throws {
        let logs = try IndexedLogs()
        try await logs.index()
        try copyOverItself(logs) { $0[$0.count / 2] ^= 1 }
        #expect(try logs.entry() == nil)
        let outcome = try await logs.index()
        #expect(outcome[0].reason == "it is a copy with other contents")
        #expect(outcome[0].faults.map(\.code) == [.checksumMismatch])
    }

    /// Puts another file with the same name, time and size in the place of the log.
    private func copyOverItself(_ logs: IndexedLogs, _ change: (inout Data) -> Void) throws {
        var data = try logs.bytes(ofShop: 2)
        change(&data)
        let other = logs.folder.path + "/copy"
        let path = logs.path(2)
        try data.write(to: URL(filePath: other))
        // By the nanosecond, which Foundation's dates do not have.
        let touched = try Process.run(
            URL(filePath: "/usr/bin/touch"), arguments: ["-r", path, other])
        touched.waitUntilExit()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: other, toPath: path)
    }

    @Test("what was rewritten in place, cut, or replaced by another log is read anew")
    func rewritten() async throws {
        let logs = try IndexedLogs()
        let all = try logs.bytes(ofShop: 2)
        try await logs.index()
        try logs.write(all, modified: Date(timeIntervalSinceNow: 5))
        #expect(try logs.entry() == nil)
        #expect(try await logs.index()[0].reason == "it was changed without growing")

        try logs.write(all.prefix(all.count / 2))
        #expect(try logs.entry() == nil)
        #expect(try await logs.index()[0].reason == "it is shorter than it was")

        try logs.write(all)
        try await logs.index()
        // As after RESET MASTER: the same name, longer, and another log.
        let other = try logs.bytes(ofShop: 3) + Data(count: 0)
        try logs.write(other.count >= all.count ? other : other + all)
        #expect(try logs.entry() == nil)
        #expect(
            try await logs.index()[0].reason == "it begins otherwise: another log has its name now")
    }

    @Test("a longer file with another middle is read anew")
    func otherTail() async throws {
        let logs = try IndexedLogs()
        let all = try logs.bytes(ofShop: 2)
        try logs.write(all.prefix(all.count - 3000))
        try await logs.index()
        let end = Int(try #require(try logs.entry()).indexedEnd)
        var changed = all
        changed[end - 2000] ^= 1
        try logs.write(changed)
        #expect(try await logs.index()[0].reason == "it was rewritten")
    }

    @Test("a copy that has grown is compared by blocks too")
    func grownCopy() async throws {
        let logs = try IndexedLogs()
        let all = try logs.bytes(ofShop: 2)
        try logs.write(all.prefix(all.count - 3000))
        try await logs.index()
        let path = logs.path(2)
        // Or a copy may get its number.
        try FileManager.default.linkItem(atPath: path, toPath: logs.folder.path + "/kept")
        for change in [0, 1] as [UInt8] {
            var copy = all
            copy[10_000] ^= change
            try copy.write(to: URL(filePath: logs.folder.path + "/copy"))
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: logs.folder.path + "/copy", toPath: path)
            #expect(try (logs.entry() != nil) == (change == 0))
        }
    }

    @Test("two files that say they are one log and are not are an error")
    func sameIdentity() async throws {
        let logs = try IndexedLogs()
        let all = try logs.bytes(ofShop: 2)
        try await logs.index()
        let folder = try logs.folder.makeFolder("other")
        var changed = [UInt8](all)
        Self.changeEvent(at: all.count - 3000, &changed)
        try Data(changed).write(to: URL(filePath: folder + "/shop-bin.000002"))
        let store = try CatalogStore.create(logs.catalog, replacesForeign: false)
        var indexer = CatalogIndexer(
            try LogSet.find([FilePath(folder)]), store, keepsTextsOfEncrypted: true)
        var outcomes: [CatalogIndexer.FileOutcome] = []
        try await indexer.run { outcome, _ in outcomes.append(outcome) }
        #expect(outcomes.map(\.state) == [.refused])
        #expect(outcomes[0].faults.map(\.code) == [.sameIdentity])
        // The same log in two places is none.
        try all.write(to: URL(filePath: folder + "/shop-bin.000002"))
        try await indexer.run { outcome, _ in outcomes.append(outcome) }
        #expect(outcomes.last?.state == .rebuilt)
    }

    /// Changes a byte of the event that an offset lies in, and mends its checksum.
    private static func changeEvent(at offset: Int, _ bytes: inout [UInt8]) {
        var begin = 4
        var end = 4
        while end <= offset {
            begin = end
            end += (0..<4).reduce(0) { $0 | Int(bytes[begin + 9 + $1]) << (8 * $1) }
        }
        // The server's id: in an event that nothing else hangs on.
        bytes[begin + 5] ^= 1
        var event = Array(bytes[begin..<end])
        EventFrame.reseal(&event)
        bytes.replaceSubrange(begin..<end, with: event)
    }

    @Test("a file that is gone is forgotten")
    func gone() async throws {
        let logs = try IndexedLogs(2...3)
        try await logs.index()
        try FileManager.default.removeItem(atPath: logs.path(2))
        try await logs.index()
        let store = try #require(try CatalogStore.open(logs.catalog))
        #expect(try store.fingerprints().map(\.path) == [logs.path(3)])
    }
}
