import Foundation
import Server
import TestSupport
import Testing

/// The web shop's recovery to just before its DROP TABLE, run as a program that may be killed.
final class ShopRecovery: Sendable {
    let folder: TestFolder
    let target: SourceServer?

    init(target: SourceServer? = nil) throws {
        folder = try TestFolder("crash")
        self.target = target
    }

    deinit {
        while let process = scratch {
            process.signal(SIGKILL)
            usleep(2000)
        }
    }

    var workdir: String { folder.path + "/w" }

    /// The scratch server, or what is about to become it.
    var scratch: ServerProcess? {
        let place = workdir + "/server"
        return ServerProcess.find(ScratchServerPaths(folder: place, socketFolder: place))
    }

    /// The scratch server's process as its pid file has it, nil while there is none.
    var scratchByFile: ServerProcess? {
        guard let text = FileManager.default.contents(atPath: workdir + "/server/server.pid"),
            let number = Int32(String(decoding: text, as: UTF8.self).prefix { $0.isNumber })
        else { return nil }
        return scratch.flatMap { $0.processID == number ? $0 : nil }
    }

    /// The arguments of `recover`; the stop point is the id in the fixture's own list.
    func arguments() throws -> [String] {
        var words = [
            "recover", "--json", "--backup", Shop.dump, "--binlogs", Shop.logs, "--before",
            try Shop.incident("drop-orders").id, "--source-time-zone", "UTC", "--workdir", workdir,
            "--expect", Shop.expected("drop-orders-before"), "--lanes", "3", "--memory", "1M",
            "--reconnect", "0",
        ]
        if let target {
            words += ["--target", "mariadb://\(target.paths.socket)?user=root", "--yes"]
        }
        return words
    }

    func begin() throws -> RunningProgram {
        try Lastgood.start(try arguments())
    }

    /// `resume`; where no state had been written yet, `recover` in the same workdir.
    func goOn() throws -> RunningProgram {
        let hasState = FileManager.default.fileExists(atPath: workdir + "/state.json")
        return hasState
            ? try Lastgood.start(["resume", "--json", "--workdir", workdir])
            : try begin()
    }

    /// How far it has come: `done` where nothing is left to do.
    var phase: String {
        struct State: Decodable { var phase: String }
        guard let data = FileManager.default.contents(atPath: workdir + "/state.json") else {
            return "none"
        }
        do {
            return try JSONDecoder().decode(State.self, from: data).phase
        } catch {
            return "damaged"
        }
    }

    /// Whether a run says that a cut-off change cannot be taken back, and what to drop.
    ///
    /// The shop has a MyISAM table: on a given target nobody can tell how much of its change is in.
    func isUnsure(_ outcome: ProgramOutcome) -> Bool {
        target != nil && outcome.exitCode == 13 && outcome.output.contains("\"unsure-rows\"")
            && outcome.output.contains("`shop`")
    }

    /// Asserts that a run ended with everything equal to the recorded state.
    func expectEqual(_ outcome: ProgramOutcome, _ comment: Comment) throws {
        struct Answer: Decodable {
            struct Result: Decodable { var verification: Verification }
            struct Verification: Decodable { var equal: Bool? }
            var result: Result
        }
        #expect(outcome.exitCode == 0, "\(comment): \(outcome.output.suffix(600))")
        guard outcome.exitCode == 0 else { return }
        let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        #expect(answer.result.verification.equal == true, comment)
    }

    /// Asserts that what a finished recovery left behind is equal to the recorded state, and that
    /// its answer can be had again: the kill may have come before it was printed.
    func expectDone(_ comment: Comment) async throws {
        try expectEqual(try await goOn().wait(), comment)
        var words = ["verify", "--expect", Shop.expected("drop-orders-before")]
        if let target {
            words += ["--target", "mariadb://\(target.paths.socket)?user=root"]
        } else {
            let place = workdir + "/server"
            let paths = ScratchServerPaths(folder: place, socketFolder: place)
            words += ["--target", "mariadb://\(paths.socket)"]
            words += ["--defaults-file", workdir + "/client.cnf"]
        }
        let outcome = try await Lastgood.run(words)
        #expect(outcome.exitCode == 0, "\(comment): \(outcome)")
    }
}
