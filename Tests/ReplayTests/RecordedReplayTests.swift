import Binlog
import BinlogFiles
import Foundation
import Recovery
import Replay
import Server
import SystemPackage
import TestSupport
import Testing

/// Every recorded case, replayed in every mode onto a server of the version that wrote it, ends in
/// what that server held: databases, tables, rows, views, routines, triggers, events, sequences.
@Suite("replay of recorded logs") struct RecordedReplayTests {
    @Test("recorded on the system's server")
    func systemServer() async throws {
        try await check(RecordedCase.systemServer, program: nil)
    }

    @Test(
        "recorded on MariaDB 10.5",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func mariadb105() async throws { try await check("mariadb-10.5") }

    @Test(
        "recorded on MariaDB 11.8",
        .enabled(if: OtherServers.has("mariadb-11.8"), "Tests/servers.sh fetch mariadb-11.8"))
    func mariadb118() async throws { try await check("mariadb-11.8") }

    @Test(
        "recorded on MySQL 9.7",
        .enabled(if: OtherServers.has(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"))
    func mysql() async throws {
        try await check(MySQLServer.version) { options in
            // An event bears the id of the server that it was made on.
            try await MySQLServer(
                ["--skip-log-bin", "--event-scheduler=OFF", "--server-id=1"] + options)
        }
    }

    private func check(_ server: String) async throws {
        let folder = try TestFolder("program")
        try await check(server, program: try OtherServers.writeProgram(server, in: folder))
    }

    private func check(_ server: String, program: String?) async throws {
        try await check(server) { options in
            try await SourceServer(
                ["--skip-log-bin", "--event-scheduler=OFF"] + options, program: program,
                serverID: 2, environment: ["TZ": "UTC"], name: "recorded")
        }
    }

    private func check(
        _ server: String, start: ([String]) async throws -> some TestServer
    ) async throws {
        let cases = try RecordedCase.all(of: server)
        try #require(!cases.isEmpty || RecordedCase.wanted != nil)
        // One target for the cases that need the same options: most need none.
        for (options, cases) in Dictionary(grouping: cases, by: { Self.note("target", of: $0) }) {
            let target = try await start(options.split(separator: " ").map(String.init))
            for recorded in cases where Self.note("replay", of: recorded).isEmpty {
                for mode in ReplayMode.allCases {
                    try await replay(recorded, onto: target, mode)
                    try Self.clear(target)
                }
            }
        }
    }

    @Test("what cannot be replayed is told in the plan", arguments: try RecordedCase.all())
    func refused(recorded: RecordedCase) throws {
        let start = BinlogPosition(file: "bin.000001", offset: 4)
        let planner = Planner(
            try recorded.logs(), start: .position(start, gtidPosition: nil), stop: .end,
            matches: nil)
        switch recorded.name {
        case "incident":
            let error = #expect(throws: RecoveryError.self) { _ = try planner.outcome() }
            #expect(error?.code.rawValue == "incident")
            #expect(error?.message.contains("error writing to the binary log") == true)
        case "partial_statement":
            guard case .plan(let plan, _) = try planner.outcome() else {
                Issue.record("no plan")
                return
            }
            #expect(plan.blockers(allowing: []).map(\.code) == ["partial-statement"])
        default: #expect(Self.note("replay", of: recorded).isEmpty)
        }
    }

    private static func note(_ word: String, of recorded: RecordedCase) -> String {
        do { return try recorded.note(word) } catch { return "\(error)" }
    }

    private func replay(
        _ recorded: RecordedCase, onto target: some TestServer, _ mode: ReplayMode
    ) async throws {
        let comment: Comment = "\(recorded), \(mode)"
        do {
            try Replaying.replay(
                try recorded.logs(), onto: target, mode: mode, isPrivate: target is SourceServer)
        } catch {
            Issue.record("\(comment): \(error)")
            return
        }
        try await recorded.expectState(of: target, comment)
    }

    /// Drops all that a replay made.
    static func clear(_ target: some TestServer) throws {
        let connection = try target.session()
        try connection.execute("SET foreign_key_checks=0")
        let names = try connection.query(
            """
            SELECT schema_name FROM information_schema.schemata WHERE schema_name
            NOT IN ('mysql','sys','information_schema','performance_schema')
            """)
        for name in names.compactMap(\.first).compactMap({ $0 }) {
            try connection.execute("DROP DATABASE \(SQLText.quoteIdentifier(name))")
        }
    }
}

extension RecordedCase {
    /// Records an issue where a server does not hold what the case's server held.
    ///
    /// A replica's events are all disabled, and have its own id on MySQL.
    func expectState(
        of server: some TestServer, isReplica: Bool = false, _ comment: Comment
    ) async throws {
        func lines(_ state: String) -> [String] {
            state.split(separator: "\n").map { line in
                guard isReplica, line.hasPrefix("EVENT ") else { return String(line) }
                // Without its status and the id of the server that it is of.
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
                return (fields.prefix(1) + fields.dropFirst(3)).joined(separator: "\t")
            }
        }
        let found = lines(try await Self.state(of: server))
        let wanted = lines(try state())
        guard found != wanted else { return }
        let missing = wanted.filter { !found.contains($0) }.prefix(3)
        let added = found.filter { !wanted.contains($0) }.prefix(3)
        Issue.record("\(comment): missing \(Array(missing)), added \(Array(added))")
    }
}
