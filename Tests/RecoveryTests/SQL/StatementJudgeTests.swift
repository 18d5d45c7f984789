import Recovery
import Testing

@Suite struct StatementJudgeTests {
    @Test(
        "a statement that speaks to a server and not to its data is excluded",
        arguments: [
            "SHUTDOWN", "shutdown /* now */", "SHUTDOWN; SELECT 1 */", "SET GLOBAL x = 1",
            "SET @@global.x = 1", "KILL 5", "PURGE BINARY LOGS TO 'x'",
            "CREATE FUNCTION f RETURNS INT Soname 'x.so'",
        ])
    func excluded(text: String) {
        var judge = StatementJudge()
        let bytes = Array(text.utf8)
        let policy = judge.policy(of: bytes.span.bytes, mode: .standard, isAlone: true)
        guard case .excluded = policy else {
            Issue.record("\(text): \(policy)")
            return
        }
    }
}
