import Foundation
import TestSupport
import Testing

/// Words that make no sense: exit 64, and JSON where it was asked for.
@Suite struct UsageTests {
    @Test(
        "usage errors are exit 64, in JSON with the code usage",
        arguments: [
            ["inspect"], ["search", Shop.logs, "--sort", "size"], ["nonsense"],
            ["search", Shop.logs, "--kind", "explosion"],
            ["search", Shop.logs, "--text", "(unclosed"],
            ["search", Shop.logs, "--gtid", "7"],
            ["search", Shop.logs, "--table", "a.b.c"],
            ["search", Shop.logs, "--limit", "0"],
            ["search", Shop.logs, "--since", "yesterday"],
            ["search", Shop.logs, "--since", "2026-02-30 12:00:00"],
            ["search", Shop.logs, "--since", "2026-02-30"],
            ["search", Shop.logs, "--since", "2026-13-01"],
            ["search", Shop.logs, "--since", "2026-11-21 12:00:00", "--time-zone", "Mars/Dust"],
            ["show", "0-7-1"],
        ])
    func usage(_ arguments: [String]) async throws {
        let text = try await Lastgood.run(arguments)
        #expect(text.exitCode == 64)
        #expect(text.output.isEmpty)
        #expect(text.errorText.lowercased().hasPrefix("error: "))
        let run = try await Lastgood.run(arguments + ["--json"])
        #expect(run.exitCode == 64)
        #expect(try run.errorCode == "usage")
    }

    @Test("a local time that the clock shows twice is refused with both readings")
    func ambiguousTime() async throws {
        let run = try await Lastgood.run(
            "search", Shop.logs, "--since", "2026-10-25 02:30:00", "--time-zone",
            "Europe/Berlin")
        #expect(run.exitCode == 64)
        #expect(run.errorText.contains("2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z"))
        let never = try await Lastgood.run(
            "search", Shop.logs, "--since", "2026-03-29 02:30:00", "--time-zone",
            "Europe/Berlin")
        #expect(never.exitCode == 64)
        #expect(never.errorText.contains("never"))
    }

    @Test("options of later versions are known and refused")
    func laterOptions() async throws {
        let run = try await Lastgood.run(
            "plan", "--backup", "none.sql", "--binlogs", Shop.logs, "--end", "--skip", "a:4",
            "--json")
        #expect(run.exitCode == 64)
        #expect(try run.errorCode == "later-version")
        #expect(run.output.contains("comes with a later version"))
    }

    @Test("without arguments the help is shown, and --version tells the version")
    func help() async throws {
        let run = try await Lastgood.run()
        #expect(run.exitCode == 0)
        #expect(run.output.contains("SUBCOMMANDS:"))
        #expect(try await Lastgood.run("--version").output == "0.1.0\n")
    }

    @Test("the help screens are as recorded")
    func helpScreens() async throws {
        let folder = Lastgood.root + "/Fixtures/help"
        let isRecording = ProcessInfo.processInfo.environment["LASTGOOD_RECORD"] != nil
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(!names.isEmpty)
        for name in names {
            let command = name.replacing(".txt", with: "")
            let arguments = command == "lastgood" ? ["--help"] : [command, "--help"]
            let run = try await Lastgood.run(arguments)
            let file = URL(filePath: folder + "/" + name)
            if isRecording {
                try Data(run.output.utf8).write(to: file)
            }
            #expect(run.exitCode == 0)
            #expect(run.output == String(decoding: try Data(contentsOf: file), as: UTF8.self))
        }
    }
}
