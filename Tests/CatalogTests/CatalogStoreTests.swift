import Foundation
import GRDB
import SystemPackage
import TestSupport
import Testing

@testable import Catalog

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What becomes of a catalog that is not as it should be.
@Suite("the catalog's file") struct CatalogStoreTests {
    @Test("it is its owner's alone, and says that it can be rebuilt")
    func place() async throws {
        let logs = try IndexedLogs()
        let path = FilePath(logs.folder.path).appending("a/b/catalog.sqlite")
        _ = try CatalogStore.create(path, replacesForeign: false)
        func mode(_ path: FilePath) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path.string)[.posixPermissions] as? Int
        }
        #expect(try mode(path) == 0o600)
        #expect(try mode(path.removingLastComponent()) == 0o700)
        let queue = try DatabaseQueue(path: path.string)
        let note = try await queue.read { try String.fetchOne($0, sql: "SELECT note FROM about") }
        #expect(note?.contains("rebuilds it from the logs at any time") == true)
    }

    @Test("what others could read of one that was there they cannot any more")
    func rights() throws {
        let folder = try TestFolder("rights")
        let path = FilePath(try folder.write("catalog", "", mode: 0o644))
        _ = try CatalogStore.create(path, replacesForeign: false)
        let attributes = try FileManager.default.attributesOfItem(atPath: path.string)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("a pipe is refused, and not waited for")
    func pipe() throws {
        let path = FilePath(try TestFolder("pipe").path + "-fifo")
        #expect(mkfifo(path.string, 0o600) == 0)
        defer { unlink(path.string) }
        #expect(throws: CatalogStore.Trouble.failed("it is not a regular file")) {
            try CatalogStore.open(path)
        }
        #expect(throws: CatalogStore.Trouble.failed("it is not a regular file")) {
            try CatalogStore.create(path, replacesForeign: true)
        }
    }

    @Test("damage anywhere in it is never believed")
    func damage() async throws {
        let logs = try IndexedLogs()
        try await logs.index()
        let whole = try #require(try logs.entry())
        let good = try Data(contentsOf: URL(filePath: logs.catalog.string))
        var seed = SplitMix64(seed: try TestSeed.read(for: "damage of a catalog"))
        for _ in 0..<200 {
            let offset = Int.random(in: 0..<good.count, using: &seed)
            var bad = good
            bad[offset] ^= UInt8.random(in: 1...255, using: &seed)
            try bad.write(to: URL(filePath: logs.catalog.string))
            // Either nothing is believed, or what was not hit.
            do {
                guard let entry = try logs.entry() else { continue }
                #expect(entry.facts == whole.facts, "at \(offset)")
                #expect(entry.end == whole.end, "at \(offset)")
            } catch is CatalogStore.Trouble {}
        }
        for count in stride(from: 0, to: good.count, by: 1000) {
            try good.prefix(count).write(to: URL(filePath: logs.catalog.string))
            do {
                guard let entry = try logs.entry() else { continue }
                #expect(entry.facts == whole.facts, "cut to \(count)")
            } catch is CatalogStore.Trouble {}
        }
    }

    @Test("another version's is made anew")
    func version() async throws {
        let logs = try IndexedLogs()
        try await logs.index()
        let queue = try DatabaseQueue(path: logs.catalog.string)
        try await queue.write { try $0.execute(sql: "PRAGMA user_version=99") }
        try queue.close()
        #expect(throws: CatalogStore.Trouble.unusable) { try CatalogStore.open(logs.catalog) }
        #expect(try await logs.index().map(\.state) == [.rebuilt])
        #expect(try logs.entry() != nil)
    }

    @Test("somebody's own file is not touched, unless it lies where a catalog belongs")
    func foreign() async throws {
        let logs = try IndexedLogs()
        let queue = try DatabaseQueue(path: logs.catalog.string)
        // A write-ahead log of its own, which opening it to write would end.
        try queue.inDatabase {
            try $0.execute(sql: "PRAGMA journal_mode=WAL; CREATE TABLE mine(i)")
        }
        try queue.close()
        let texts = [try Data(contentsOf: URL(filePath: logs.catalog.string)), Data("a text".utf8)]
        for text in texts {
            try text.write(to: URL(filePath: logs.catalog.string))
            #expect(chmod(logs.catalog.string, 0o644) == 0)
            #expect(throws: CatalogStore.Trouble.foreign) {
                try CatalogStore.create(logs.catalog, replacesForeign: false)
            }
            #expect(try Data(contentsOf: URL(filePath: logs.catalog.string)) == text)
            let attributes = try FileManager.default.attributesOfItem(
                atPath: logs.catalog.string)
            #expect(attributes[.posixPermissions] as? Int == 0o644)
            _ = try CatalogStore.create(logs.catalog, replacesForeign: true)
            #expect(try await logs.index().map(\.state) == [.rebuilt])
        }
    }

    @Test("one that is being written is not waited for by those who read")
    func locked() async throws {
        let logs = try IndexedLogs()
        try await logs.index()
        let queue = try DatabaseQueue(path: logs.catalog.string)
        try queue.inDatabase { database in
            try database.execute(sql: "BEGIN EXCLUSIVE")
            #expect(throws: CatalogStore.Trouble.locked) { try logs.entry() }
            try database.execute(sql: "ROLLBACK")
        }
    }
}
