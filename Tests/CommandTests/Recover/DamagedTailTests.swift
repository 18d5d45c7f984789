import Foundation
import TestSupport
import Testing

/// A last log that ends torn, as a crash or a copy leaves it.
@Suite("a torn last log") struct DamagedTailTests {
    /// Of the Format_description, whose checksum is taken without it.
    private static let inUseByte = 4 + 17

    /// Three of the shop's logs, the last one cut in the middle of an event.
    private func cut() throws -> LogCopy {
        let logs = try LogCopy(1...3)
        try logs.change(3) { $0.removeLast($0.count - 60_000) }
        return logs
    }

    private func arguments(_ command: String, _ logs: LogCopy, _ more: [String]) -> [String] {
        [command, "--backup", Shop.dump, "--binlogs", logs.path, "--source-time-zone", "UTC"]
            + ["--json"] + more
    }

    @Test("is refused with the option that leaves it out")
    func refused() async throws {
        let logs = try cut()
        for command in ["plan", "recover"] {
            let run = try await Lastgood.run(arguments(command, logs, ["--end"]))
            #expect(run.exitCode == 10)
            #expect(try run.errorCode == "truncated")
            #expect(try run.text("error", "hint")?.contains("--allow damaged-tail") == true)
        }
    }

    @Test("goes up to its last whole transaction when that is allowed, and what is lost is told")
    func allowed() async throws {
        let logs = try cut()
        let plan = try await Lastgood.run(
            arguments("plan", logs, ["--end", "--allow", "damaged-tail"]))
        #expect(plan.exitCode == 0, "\(plan.output)")
        #expect(try plan.warningCodes.contains("damaged-tail"))
        let offset = try #require(
            try plan.member("result", "lostTail", "position", "offset") as? Int)
        #expect(try plan.member("result", "lostTail", "bytes") as? Int == 60_000 - offset)
        #expect(try #require(try plan.member("result", "lostTail", "events") as? Int) > 0)
        #expect(try plan.member("result", "stop", "position", "offset") as? Int == offset)

        // The same place, said by the last transaction before it.
        let last = try #require(try plan.member("result", "last", "id") as? String)
        let folder = try TestFolder("tail")
        var tables: [[[String: Any]]] = []
        for (index, stop) in [["--end", "--allow", "damaged-tail"], ["--after", last]].enumerated()
        {
            let run = try await Lastgood.run(
                arguments("recover", logs, stop)
                    + ["--workdir", "\(folder.path)/w\(index)", "--stop-target"])
            #expect(run.exitCode == 0, "\(run.output) \(run.errorText)")
            let verification = try run.member("result", "verification") as? [String: Any]
            tables.append(try #require(verification?["tables"] as? [[String: Any]]))
        }
        #expect(tables[0] as NSArray == tables[1] as NSArray)
        #expect(tables[0].count > 10)
    }

    @Test("may end in zeros where its server died, but hides no transaction")
    func zeros() async throws {
        let logs = try cut()
        let plan = try await Lastgood.run(
            arguments("plan", logs, ["--end", "--allow", "damaged-tail"]))
        let offset = try #require(
            try plan.member("result", "lostTail", "position", "offset") as? Int)
        try logs.change(3) {
            $0.removeLast($0.count - offset)
            $0 += [UInt8](repeating: 0, count: 4096)
        }
        let closed = try await Lastgood.run(
            arguments("plan", logs, ["--end", "--allow", "damaged-tail"]))
        #expect(closed.exitCode == 10)
        try logs.change(3) { $0[Self.inUseByte] |= 1 }
        let died = try await Lastgood.run(
            arguments("plan", logs, ["--end", "--allow", "damaged-tail"]))
        #expect(died.exitCode == 0, "\(died.output)")
        #expect(try died.member("result", "lostTail", "bytes") as? Int == 4096)

        let whole = try LogCopy(1...3)
        try whole.change(3) {
            $0[Self.inUseByte] |= 1
            $0[30_000] ^= 0x10
        }
        let middle = try await Lastgood.run(
            arguments("plan", whole, ["--end", "--allow", "damaged-tail"]))
        #expect(middle.exitCode == 10)
        #expect(try middle.errorCode == "checksum-mismatch")
    }

    @Test("is not one where a wrong length hides whole transactions")
    func wrongLength() async throws {
        let logs = try LogCopy(1...3)
        let plan = try await Lastgood.run(arguments("plan", logs, ["--end"]))
        let first = try #require(try plan.member("result", "files") as? [Any])
        #expect(first.count == 3)
        // The high byte of the length of the event behind the GTID list.
        let begin = 4 + 252
        try logs.change(3) { bytes in
            var offset = begin
            while offset < 20_000 {
                offset += (0..<4).reduce(0) { $0 | Int(bytes[offset + 9 + $1]) << (8 * $1) }
            }
            bytes[offset + 12] ^= 0x10
        }
        let damaged = try await Lastgood.run(
            arguments("plan", logs, ["--end", "--allow", "damaged-tail"]))
        #expect(damaged.exitCode == 10)
        #expect(try damaged.errorCode == "truncated")
        #expect(try damaged.text("error", "hint")?.contains("damaged-tail") == false)
    }
}
