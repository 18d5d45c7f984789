import Foundation
import TestSupport
import Testing

/// `recover` without a stop point.
@Suite("recover without a stop point") struct StopChooserTests {
    /// Types a line on a terminal once the question stands there.
    private func recover(typing answer: String, _ folder: TestFolder) async throws
        -> ProgramOutcome
    {
        let screen = folder.path + "/screen"
        let expected = "Fixtures/shop/expected/drop-orders-before.json"
        let line =
            "lastgood recover \(Shop.input.joined(separator: " ")) --source-time-zone UTC "
            + "--workdir \(folder.path)/w --stop-target --expect \(expected)"
        return try await Lastgood.shell(
            """
            (for i in $(seq 2400); do grep -qs 'before which' \(screen) && break; sleep 0.05; done
            echo '\(answer)') | script -qefc "\(line)" \(screen)
            """)
    }

    @Test("on a terminal it lists what destroyed something, and asks")
    func asks() async throws {
        let folder = try TestFolder("ask")
        let run = try await recover(typing: "1", folder)
        #expect(run.exitCode == 0, "\(run)")
        #expect(run.output.contains("1  shop-bin.000004:96056"), "\(run)")
        #expect(run.output.contains("as --before shop-bin.000004:96056 says"), "\(run)")
        #expect(run.output.contains("18 of 19 tables are equal"), "\(run)")
    }

    @Test("what is no number of the list does nothing", arguments: ["", "0", "99", "no"])
    func nothing(answer: String) async throws {
        let folder = try TestFolder("ask")
        let run = try await recover(typing: answer, folder)
        #expect(run.exitCode == 64, "\(run)")
        #expect(run.output.contains("nothing was chosen, and nothing was done"), "\(run)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/w"))
    }

    @Test("without a terminal it never asks")
    func noTerminal() async throws {
        let run = try await Lastgood.run(["recover"] + Shop.input)
        #expect(run.exitCode == 64)
        #expect(run.errorText.contains("give one of --before, --after, --until and --end"))
        #expect(!run.errorText.contains("which?"))
    }
}
