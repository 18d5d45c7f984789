import Server
import Testing

/// Running programs that do not behave.
@Suite("child programs")
struct ChildProgramTests {
    @Test("a program that does not read its input ends like any other")
    func unreadInput() async throws {
        let input = [UInt8](repeating: 0, count: 4 << 20)
        for _ in 0..<20 {
            let outcome = try await ChildProgram("sh", ["-c", "exit 3"]).outcome(input: input)
            #expect(outcome.exitCode == 3)
        }
    }

    @Test("a program that reads its input gets all of it")
    func wholeInput() async throws {
        let input = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let outcome = try await ChildProgram("cat").outcome(input: input)
        #expect(outcome.output == input)
    }

    @Test("of what a program says on standard error the end is kept")
    func longErrors() async throws {
        let outcome = try await ChildProgram(
            "sh", ["-c", "head -c 9000000 /dev/zero >&2; echo last words >&2"]
        ).outcome()
        #expect(outcome.isSuccess)
        #expect(outcome.errorText.hasSuffix("last words\n"))
        #expect(outcome.errorText.utf8.count <= 16 << 10)
    }

    @Test("a program that is not there is told by name")
    func missing() async throws {
        await #expect(throws: ServerError.self) {
            try await ChildProgram("lastgood-no-such-program").outcome()
        }
    }
}
