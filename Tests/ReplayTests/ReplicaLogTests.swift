import BinlogFiles
import Replay
import Server
import SystemPackage
import TestSupport
import Testing

/// A replica's own log (`log_slave_updates`), which tells of statements that ran elsewhere, with
/// the ids and times of their server.
@Suite("logs of a replica") struct ReplicaLogTests {
    @Test(
        "what a replica logged ends in what it holds",
        arguments: [
            "row_types", "statements", "mixed", "xa", "domains", "definitions", "sequences",
            "two_phase_alter", "temporary_tables", "load_data", "savepoints", "versioned",
        ])
    func replicaLog(name: String) async throws {
        let recorded = try #require(
            try RecordedCase.all(of: RecordedCase.systemServer).first { $0.name == name })
        let replica = try await ServerApplier(
            ofLogs: try recorded.logs().files.map(\.path.string), program: nil,
            options: ["--log-bin=bin", "--log-slave-updates", "--binlog-format=MIXED"],
            environment: ["TZ": "UTC"])
        try await replica.run()
        let held = try await RecordedCase.state(of: replica.server)
        try await replica.server.stop()
        let logs = try LogSet.find([FilePath(replica.server.logFolder)], base: "bin")
        let target = try await SourceServer(
            ["--skip-log-bin", "--event-scheduler=OFF"], serverID: 2, environment: ["TZ": "UTC"],
            name: "recorded")
        for mode in ReplayMode.allCases {
            try Replaying.replay(logs, onto: target, mode: mode, isPrivate: true)
            let found = try await RecordedCase.state(of: target)
            #expect(found == held, "\(recorded), \(mode)")
            try RecordedReplayTests.clear(target)
        }
    }
}
