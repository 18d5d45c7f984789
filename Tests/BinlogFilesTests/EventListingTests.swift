import Binlog
import BinlogFiles
import Foundation
import Server
import SystemPackage
import TestSupport
import Testing

@Suite("listing of events", .serialized)
struct EventListingTests {
    @Test("every event of the shop's logs is where mariadb-binlog sees it, with as many rows")
    func shop() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        try await compare(root.appending(path: "Fixtures/shop/binlogs").path())
    }

    @Test("every event of a random log is where mariadb-binlog sees it, with as many rows")
    func random() async throws {
        let seed = try TestSeed.read(for: "listing of events")
        let source = try await SourceServer(["--max-binlog-size=65536"])
        let version = source.installation.version
        var workload = RandomWorkload(seed: seed, serverVersion: (version.major, version.minor))
        do {
            var session = try WorkloadSession(source)
            try session.run(workload.schema())
            for _ in 0..<120 { try session.run(workload.next()) }
        }
        try await source.stop()
        try await compare(source.logFolder)
    }

    private func compare(_ folder: String) async throws {
        let logs = try LogSet.find([FilePath(folder)])
        #expect(logs.files.count > 1)
        for file in logs.files {
            let read = try EventListing.read(file)
            let printed = try await EventListing.print(file.path)
            #expect(read.entries.count == printed.entries.count, "\(file.name)")
            for (ours, theirs) in zip(read.entries, printed.entries) where ours != theirs {
                Issue.record("\(file.name): read \(ours), printed \(theirs)")
                break
            }
            #expect(read.statements == printed.statements, "\(file.name)")
        }
    }
}
