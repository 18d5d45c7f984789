import Binlog
import Recovery
import Replay
import Server
import TestSupport
import Testing

/// A random workload on a real server, replayed to a random transaction and to the end of its log:
/// in every mode, and by the server's own applier, each time to what the source held.
///
/// `LASTGOOD_SEED` runs a printed seed again, `LASTGOOD_TRANSACTIONS` makes the run longer,
/// `LASTGOOD_KEEP=1` leaves the servers' folders. `make soak` runs many seeds.
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
        let count = Int(Replaying.setting("LASTGOOD_TRANSACTIONS") ?? 80)
        let environment: [String: String?] = ["TZ": "UTC"]
        let version = try await ServerInstallation.find(program: program).version
        let name = "MariaDB \(version.major).\(version.minor)"
        let seed = try TestSeed.read(for: name)
        let source = try await SourceServer(
            ["--max-binlog-size=65536"] + Self.logOptions(seed), program: program,
            environment: environment)
        let title = "\(name), LASTGOOD_SEED=\(seed)"
        let expected = try Self.play(seed, count, on: source)
        try await source.stop()

        // A log does not tell of ids that a rollback lost, so no replay reaches the source's
        // counters; all must reach those of the server's own applier.
        let applier = try await ServerApplier(
            of: source, program: program, environment: environment)
        let middle = try Replaying.plan(source, to: .after(.gtid(expected.stop)))
        try await applier.run(before: middle.stop.position)
        let applied = try ServerState(applier.server)
        applied.expect(expected.middle, "\(title), the server's applier after \(expected.stop)")
        try await applier.run()
        let appliedEnd = try ServerState(applier.server)
        appliedEnd.expect(expected.end, "\(title), the server's applier at the end")
        try await applier.server.stop()

        for mode in ReplayMode.allCases {
            let target = try await SourceServer(
                ["--skip-log-bin", "--event-scheduler=OFF"] + Self.targetOptions(seed),
                program: program, serverID: 2,
                environment: environment, name: mode.rawValue)
            let comment = "\(title), \(mode)"
            let plan = try Replaying.replay(
                source, onto: target, to: .after(.gtid(expected.stop)), mode: mode)
            let state = try ServerState(target)
            state.expect(expected.middle, "\(comment) after \(expected.stop)")
            state.expect(counters: applied, "\(comment) after \(expected.stop)")
            try Replaying.replay(source, onto: target, from: plan.stop.position, mode: mode)
            let end = try ServerState(target)
            end.expect(expected.end, "\(comment) at the end")
            end.expect(counters: appliedEnd, "\(comment) at the end")
            try await target.stop()
        }
        let tally = try Replaying.plan(source, to: .end).tally
        let changes = tally.rows.inserted + tally.rows.updated + tally.rows.deleted
        print("\(title): \(tally.transactions) transactions, \(changes) row changes")
    }

    /// Every second log is compressed, every fourth has no checksums.
    private static func logOptions(_ seed: UInt64) -> [String] {
        var random = SplitMix64(seed: seed ^ 0xC0DE)
        let packed = ["--log-bin-compress=1", "--log-bin-compress-min-len=10"]
        return (random.below(2) == 0 ? packed : [])
            + (random.below(4) == 0 ? ["--binlog-checksum=NONE"] : [])
    }

    /// Every second target has settings that nothing should be read or written under.
    private static func targetOptions(_ seed: UInt64) -> [String] {
        var random = SplitMix64(seed: seed ^ 0x5C1)
        let mode =
            "ORACLE,EMPTY_STRING_IS_NULL,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,"
            + "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE"
        let others = [
            "--autocommit=0", "--completion-type=2", "--transaction-read-only=1",
        ]
        return random.below(2) == 0 ? ["--sql-mode=\(mode)"] + others : []
    }

    /// What a source held at a transaction in the middle and at the end.
    private struct Expected {
        var stop: GTID
        var middle: ServerState
        var end: ServerState
    }

    /// Runs the workload on a source and reads its state twice.
    private static func play(
        _ seed: UInt64, _ count: Int, on source: SourceServer
    ) throws -> Expected {
        var random = SplitMix64(seed: seed ^ 0x5EED)
        let stopAt = random.below(count)
        let version = source.installation.version
        var workload = RandomWorkload(seed: seed, serverVersion: (version.major, version.minor))
        var session = try WorkloadSession(source)
        try session.run(workload.schema())
        var middle: (state: ServerState, stop: GTID)?
        for index in 0..<count {
            try session.run(workload.next())
            // The rest is replayed from the stop on: it cannot know what was prepared before.
            guard index >= stopAt, middle == nil, workload.preparedXA.isEmpty else { continue }
            middle = (try ServerState(source), try stop(of: source))
        }
        try session.run(workload.ending)
        let end = try ServerState(source)
        let found = try middle ?? (end, stop(of: source))
        return Expected(stop: found.stop, middle: found.state, end: end)
    }

    private static func stop(of source: SourceServer) throws -> GTID {
        let text = try source.connect().value("SELECT @@gtid_binlog_pos") ?? ""
        return .mariadb(try #require(GTIDPosition(text)?.gtids.first))
    }
}
