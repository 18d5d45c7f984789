import Server
import TestSupport
import Testing

/// What a replay leaves in the target's own log, for the target's replicas.
@Suite("the log that a target writes")
struct WrittenLogTests {
    @Test("brings a replica to the source's state", arguments: [ReplayMode.exact, .folded7])
    func replica(_ mode: ReplayMode) async throws {
        let environment: [String: String?] = ["TZ": "UTC"]
        let seed = try TestSeed.read(for: "the log that a target writes, \(mode)")
        let source = try await SourceServer(environment: environment)
        let version = source.installation.version
        var workload = RandomWorkload(seed: seed, serverVersion: (version.major, version.minor))
        var session = try WorkloadSession(source)
        try session.run(workload.schema())
        for _ in 0..<40 { try session.run(workload.next()) }
        try session.run(workload.ending)
        let expected = try ServerState(source)

        let target = try await SourceServer(
            ["--event-scheduler=OFF"], serverID: 2, environment: environment, name: "target")
        try Replaying.replay(source, onto: target, mode: mode, writesBinlog: true)
        try ServerState(target).expect(expected, "seed \(seed), the target")
        try await source.stop()
        try await target.stop()

        let replica = try await ServerApplier(
            of: target, program: nil, environment: environment)
        try await replica.run()
        try ServerState(replica.server).expect(expected, "seed \(seed), the replica")
        try await replica.server.stop()
    }
}
