import Binlog
import Recovery
import Replay
import Server
import TestSupport
import Testing

/// A random workload on a real server, stopped at a random transaction and at the end of its log.
///
/// `LASTGOOD_SEED` runs a printed seed again, `LASTGOOD_TRANSACTIONS` makes the run longer.
@Suite("replay of random logs", .serialized)
struct RandomReplayTests {
    @Test("a random log brings the system's server to the source's state at any transaction")
    func systemServer() async throws {
        try await check(program: nil)
    }

    @Test(
        "a random log brings MariaDB 10.5 to the source's state at any transaction",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func mariadb105() async throws {
        let folder = try TestFolder("program")
        try await check(program: try OtherServers.writeProgram("mariadb-10.5", in: folder))
    }

    @Test(
        "a random log brings MariaDB 11.8 to the source's state at any transaction",
        .enabled(if: OtherServers.has("mariadb-11.8"), "Tests/servers.sh fetch mariadb-11.8"))
    func mariadb118() async throws {
        let folder = try TestFolder("program")
        try await check(program: try OtherServers.writeProgram("mariadb-11.8", in: folder))
    }

    private func check(program: String?) async throws {
        let count = Int(Replaying.setting("LASTGOOD_TRANSACTIONS") ?? 250)
        let environment: [String: String?] = ["TZ": "UTC"]
        let source = try await SourceServer(
            ["--max-binlog-size=65536"], program: program, environment: environment)
        let version = source.installation.version
        let name = "MariaDB \(version.major).\(version.minor)"
        let seed = try TestSeed.read(for: name)
        let title: Comment = "\(name), LASTGOOD_SEED=\(seed)"
        var random = SplitMix64(seed: seed ^ 0x5EED)
        let stopAt = random.below(count)
        var workload = RandomWorkload(seed: seed, serverVersion: (version.major, version.minor))
        var middle: (state: ServerState, gtids: GTIDPosition)?
        let connection = try source.connect()
        for statement in workload.schema() { try connection.execute(statement) }
        for index in 0..<count {
            try Self.run(workload.next(), connection)
            guard index == stopAt else { continue }
            let text = try connection.value("SELECT @@gtid_binlog_pos") ?? ""
            middle = (try ServerState(source), try #require(GTIDPosition(text)))
        }
        let end = try ServerState(source)
        let stop = try #require(middle)
        let gtid = try #require(stop.gtids.gtids.first)
        // In the source's order the rows themselves move the counters.
        var counters: [String: String]?
        for mode in ReplayMode.allCases {
            let target = try await SourceServer(
                ["--skip-log-bin", "--event-scheduler=OFF"], program: program, serverID: 2,
                environment: environment)
            let comment: Comment = "\(title), \(mode)"
            let plan = try Replaying.replay(
                source, onto: target, to: .after(.gtid(gtid)), mode: mode)
            try ServerState(target).expect(stop.state, "\(comment) after \(gtid)")
            try Replaying.replay(source, onto: target, from: plan.stop.position, mode: mode)
            let state = try ServerState(target)
            state.expect(end, "\(comment) at the end")
            #expect(state.counters == counters ?? state.counters, comment)
            counters = counters ?? state.counters
            try await target.stop()
        }
        try await source.stop()
    }

    private static func run(
        _ statements: [String], _ connection: borrowing Connection
    ) throws(ServerError) {
        for statement in statements {
            do throws(ServerError) {
                try connection.execute(statement)
            } catch {
                guard RandomWorkload.ignoredErrors.contains(error.number) else { throw error }
            }
        }
    }
}
