import BinlogFiles
import Foundation
import SystemPackage
import TestSupport

@testable import Catalog

/// Copies of the shop's logs in a folder of their own, and a catalog beside them.
struct IndexedLogs {
    static let shop = Lastgood.root + "/Fixtures/shop/binlogs"

    let folder: TestFolder
    var catalog: FilePath { FilePath(folder.path).appending("catalog.sqlite") }

    init(_ numbers: ClosedRange<Int> = 2...2) throws {
        folder = try TestFolder("catalog")
        for number in numbers {
            try bytes(ofShop: number).write(to: URL(filePath: path(number)))
        }
    }

    func path(_ number: Int) -> String { "\(folder.path)/shop-bin.00000\(number)" }

    func bytes(ofShop number: Int) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(Self.shop)/shop-bin.00000\(number)"))
    }

    func logs() throws -> LogSet { try LogSet.find([FilePath(folder.path)]) }

    /// Brings the catalog up to date and returns what was done with each file.
    @discardableResult
    func index() async throws -> [CatalogIndexer.FileOutcome] {
        let store = try CatalogStore.create(catalog, replacesForeign: false)
        var indexer = CatalogIndexer(try logs(), store, keepsTextsOfEncrypted: true)
        var outcomes: [CatalogIndexer.FileOutcome] = []
        try await indexer.run { outcome, _ in outcomes.append(outcome) }
        return outcomes
    }

    /// What the catalog says of the only file, if it believes itself.
    func entry() throws -> CatalogEntry? {
        try CatalogView(catalog, of: logs(), withMinutes: true).entries[0]
    }

    /// Replaces the only file's bytes, and sets when it was last changed where that is given.
    func write(_ data: Data, _ number: Int = 2, modified: Date? = nil) throws {
        let url = URL(filePath: path(number))
        let file = try FileHandle(forWritingTo: url)
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: data)
        try file.close()
        if let modified {
            try FileManager.default.setAttributes(
                [.modificationDate: modified], ofItemAtPath: url.path)
        }
    }
}
