import Binlog
import BinlogFiles
import Recovery
import Replay
import Server
import TestSupport
import Testing

/// START ALTER alone changes nothing: its server died before the ALTER was through, or the recovery
/// stops before it was.
@Suite("two-phase ALTER") struct TwoPhaseAlterTests {
    @Test("an ALTER that was begun and not ended is not made")
    func begun() async throws {
        let recorded = try #require(
            try RecordedCase.all(of: RecordedCase.systemServer).first {
                $0.name == "two_phase_alter"
            })
        let logs = try recorded.logs()
        let commit = try #require(try Self.firstCommit(logs))
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        for mode in ReplayMode.allCases {
            try Replaying.replay(
                logs, onto: target, to: .before(.transaction(commit)), mode: mode)
            let columns = try target.connect().query("SHOW COLUMNS FROM d.t")
            #expect(columns.map(\.first) == ["id", "a"], "\(mode)")
            try Replaying.replay(logs, onto: target, from: commit, mode: mode)
            let altered = try target.connect().query("SHOW COLUMNS FROM d.t")
            #expect(altered.count > 2, "\(mode)")
            try RecordedReplayTests.clear(target)
        }
    }

    private static func firstCommit(_ logs: LogSet) throws -> BinlogPosition? {
        var hasBegun = false
        for file in logs.files {
            var reader = try LogReader(file)
            while try reader.advance() {
                guard reader.step == .ends || reader.step == .whole else { continue }
                hasBegun = hasBegun || reader.transaction.ending == .alterBegin
                if hasBegun, reader.transaction.ending == .alterCommit {
                    return BinlogPosition(
                        file: file.name, offset: reader.transaction.beginOffset)
                }
            }
        }
        return nil
    }
}
