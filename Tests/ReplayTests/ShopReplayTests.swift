import Backup
import Binlog
import BinlogFiles
import Foundation
import Recovery
import Replay
import Server
import SystemPackage
import TestSupport
import Testing

/// The recorded incident of a web shop, and what its server held around each statement.
enum Shop {
    struct Incident: Decodable, CustomTestStringConvertible, Sendable {
        var name: String
        var statement: String
        var id: String
        var end: String
        var until: Date
        var untilAfter: Date

        var testDescription: String { name }
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/shop")

    static var logFolder: FilePath { FilePath(folder.appending(path: "binlogs").path()) }
    static var dump: String { folder.appending(path: "backup.sql.zst").path() }

    static func incidents() throws -> [Incident] {
        struct List: Decodable { var incidents: [Incident] }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let data = try Data(contentsOf: folder.appending(path: "incidents.json"))
        return try decoder.decode(List.self, from: data).incidents
    }

    /// What the source held: by table, its row count and, where it is stable, its checksum.
    static func expected(_ state: String) throws -> [String: ExpectedTable] {
        struct List: Decodable { var tables: [ExpectedTable] }
        let data = try Data(contentsOf: folder.appending(path: "expected/\(state).json"))
        let list = try JSONDecoder().decode(List.self, from: data).tables
        return Dictionary(uniqueKeysWithValues: list.map { ($0.table, $0) })
    }

    struct ExpectedTable: Decodable {
        var table: String
        var rows: UInt64
        var checksum: String?
    }
}

@Suite("replay of the shop's log", .serialized)
struct ShopReplayTests {
    enum Stop: String, CaseIterable { case before, after, until }

    @Test(
        "each incident is stopped before and after, with the source's checksums",
        arguments: try Shop.incidents(), Stop.allCases)
    func incident(_ incident: Shop.Incident, stop: Stop) async throws {
        let target = try await SourceServer()
        let dump = try DumpFile(path: Shop.dump)
        let start = try dump.position()
        let optionFile = try OptionFile.write(
            target.folder.path + "/client.cnf", target.address, Credentials(user: "root"))
        _ = try await DumpLoader(optionFile: optionFile.path).load(dump)
        let logs = try LogSet.find([Shop.logFolder])
        let request: StopRequest =
            switch stop {
            case .before: .before(StopMark(incident.id))
            case .after: .after(StopMark(incident.id))
            case .until: .until(seconds: Int64(incident.until.timeIntervalSince1970))
            }
        let planner = Planner(
            logs,
            start: .position(try #require(start.position), gtidPosition: start.gtid),
            stop: request, matches: nil)
        guard case .plan(let plan, let contained) = try planner.outcome() else {
            Issue.record("no plan")
            return
        }
        let run = ReplayRun(logs, plan, contained: contained)
        let tally = try run.apply(to: try target.connect())
        #expect(tally.transactions == UInt64(plan.tally.transactions))
        #expect(tally.rows == plan.tally.rows)
        let connection = try target.connect()
        try ReplayRun.removeCheckpoint(connection)
        let state = "\(incident.name)-\(stop == .after ? "after" : "before")"
        try expectState(state, target)
        try await target.stop()
    }

    private func expectState(_ state: String, _ server: SourceServer) throws {
        let found = try TableVerification.tableChecksums(
            try server.sessions(), excludingSchemas: ["test"])
        let expected = try Shop.expected(state)
        #expect(Set(found.map { "\($0.schema).\($0.table)" }) == Set(expected.keys))
        for table in found {
            let want = expected["\(table.schema).\(table.table)"]
            #expect(table.rows == want?.rows, "\(table.schema).\(table.table)")
            if let checksum = want?.checksum {
                #expect(table.checksum == checksum, "\(table.schema).\(table.table)")
            }
        }
    }
}
