import ArgumentParser
import Recovery
import Report

/// What a command found: an answer in both forms, what to warn of, and what went wrong.
struct Answer {
    /// For people; empty where only errors are to be told.
    var text = ""
    /// The same for programs: the `result` of the JSON object.
    var result: JSONValue = [:]
    var warnings: [PlanWarning] = []
    /// All that went wrong; the one with the winning exit code is the error, the others warnings.
    var failures: [Failure] = []
    /// The exit code where nothing failed.
    var exitCode = ExitCode.done
}

/// A command of `lastgood`: it makes an answer, and `run` prints it in the form asked for.
protocol AnsweringCommand: AsyncParsableCommand {
    var common: CommonOptions { get }

    /// Does the work; a thrown error is printed like a failure of an empty answer.
    mutating func answer(_ console: Console) async throws -> Answer
}

extension AnsweringCommand {
    mutating func run() async throws {
        let console = common.console
        var result: Answer
        do {
            result = try await answer(console)
        } catch {
            result = Answer(failures: [Failure(error)])
        }
        let command = Self.configuration.commandName ?? Self._commandName
        let exitCode = CommandRun.print(result, of: command, on: console)
        throw ArgumentParser.ExitCode(exitCode.rawValue)
    }
}

/// Prints answers and finds their exit codes.
enum CommandRun {
    /// Prints the answer; the exit code is the highest of its failures' below 64.
    static func print(_ answer: Answer, of command: String, on console: Console) -> ExitCode {
        let codes = answer.failures.map { ExitCode.of($0.code) } + [answer.exitCode]
        let exitCode = ExitCode.winner(of: codes)
        var failures = answer.failures
        let first = failures.firstIndex { ExitCode.of($0.code) == exitCode }
        let error = first.map { failures.remove(at: $0) }
        let warnings = answer.warnings + failures.map(\.asWarning)
        let hasPrinted: Bool
        if console.isJSON {
            let envelope = Envelope(
                command: command, result: answer.result, warnings: warnings,
                error: error?.reported)
            hasPrinted = console.answer(envelope.json)
        } else {
            hasPrinted = console.answer(answer.text)
            for warning in warnings { console.warn(warning) }
            if let error { console.fail(error) }
        }
        guard hasPrinted else {
            console.fail(Failure("output-failed", "the answer could not be written to stdout"))
            return exitCode == .done ? .failed : exitCode
        }
        return exitCode
    }
}
