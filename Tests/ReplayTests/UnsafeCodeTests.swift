import Binlog
import BinlogFiles
import Recovery
import Server
import SystemPackage
import TestSupport
import Testing

@testable import Replay

/// Statements that run code which the target keeps and whose results no log tells.
@Suite("unsafe code on the target")
struct UnsafeCodeTests {
    @Test("each statement that runs it is told with the reason, in a log and beyond a resume")
    func told() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let connection = try source.connect()
        for statement in UnsafeScript.definitions { try connection.execute(statement) }
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        for statement in UnsafeScript.statements { try connection.execute(statement.text) }
        var tally = ReplayTally()
        try Replaying.replay(source, onto: target, mode: .folded) { tally = $0 }
        let reasons = tally.unsafeCalls.named.compactMap { line in
            line.split(separator: "(", maxSplits: 1).last.map { String($0.dropLast()) }
        }
        let expected = UnsafeScript.statements.compactMap(\.reason)
        #expect(reasons == Array(expected.prefix(UnsafeCalls.mostNamed)))
        #expect(tally.unsafeCalls.count == UInt64(expected.count))
        let read = try #require(ReplayTally(encoded: tally.encoded))
        #expect(read.unsafeCalls == tally.unsafeCalls)
        let warning = try #require(read.unsafeCalls.warning)
        #expect(warning.code == "unsafe-statements")
        #expect(warning.message.hasPrefix("\(expected.count) statements "))
        try await target.stop()
        try await source.stop()
    }

    @Test("a survey of the log tells what the replay tells, whatever becomes of the code")
    func survey() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let connection = try source.connect()
        for statement in UnsafeScript.definitions + ["USE d"] {
            try connection.execute(statement)
        }
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        for statement in UnsafeScript.corners { try connection.execute(statement) }
        var tally = ReplayTally()
        let plan = try Replaying.replay(source, onto: target, mode: .exact) { tally = $0 }
        #expect(plan.tally.makesUnsafeCode)
        var survey = try UnsafeCodeSurvey(
            LogSet.find([FilePath(source.logFolder)]), plan, contained: GTIDPosition(),
            code: UnsafeCode())
        let found = try survey.run()
        #expect(found.named == tally.unsafeCalls.named)
        #expect(found.count == tally.unsafeCalls.count)
        #expect(found.count == 18)
        try await target.stop()
        try await source.stop()
    }

    @Test("none are told where the target keeps none")
    func silence() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.a (v INT)", "INSERT INTO d.a VALUES (1)")
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        var tally = ReplayTally()
        try Replaying.replay(source, onto: target, mode: .exact) { tally = $0 }
        #expect(tally.unsafeCalls == UnsafeCalls())
        #expect(tally.unsafeCalls.warning == nil)
        try await target.stop()
        try await source.stop()
    }
}
