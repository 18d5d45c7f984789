import Foundation
import TestSupport
import Testing

/// README.md says what the program does: its transcripts and its example are compared with it.
@Suite("README.md", .serialized)
struct ReadmeTests {
    private func readme() throws -> String {
        try String(contentsOfFile: Lastgood.root + "/README.md", encoding: .utf8)
    }

    /// The text between two marks, for each place where the first stands.
    private func blocks(_ text: String, from begin: String) -> [String] {
        text.components(separatedBy: begin).dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    @Test("every transcript is what a real run prints")
    func transcripts() async throws {
        let transcripts = blocks(try readme(), from: "<!-- transcript -->\n```console\n$ ")
        #expect(transcripts.count == 4)
        for transcript in transcripts {
            let folder = try TestFolder("readme")
            let lines = transcript.components(separatedBy: "\n")
            let last = lines.firstIndex { !$0.hasSuffix("\\") } ?? 0
            let command = lines[...last].joined(separator: "\n")
                .replacing("/tmp/recovery", with: folder.path + "/w")
            let run = try await Lastgood.shell(command)
            #expect(run.exitCode == 0, "\(command): \(run.errorText)")
            let output = run.output.replacing(folder.path + "/w", with: "/tmp/recovery")
            let told = lines.dropFirst(last + 1).joined(separator: "\n")
            #expect(masked(output) == masked(told), "\(command)")
            try await Shop.stopServer(folder.path + "/w")
        }
    }

    /// Durations are volatile.
    private func masked(_ text: String) -> String {
        text.trimmingCharacters(in: .newlines)
            .replacing(/\ in [0-9.]+ ?m?s/, with: " in a while")
    }

    @Test("the example is the embedding package's program")
    func example() throws {
        let program = try String(
            contentsOfFile: Lastgood.root + "/Tests/Embedding/Sources/Embedding/main.swift",
            encoding: .utf8)
        let examples = blocks(try readme(), from: "```swift\n")
        #expect(examples.map { $0 + "\n" } == [program])
    }
}
