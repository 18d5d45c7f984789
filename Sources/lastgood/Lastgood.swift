// The command line: arguments in, text or JSON and an exit code out.
import ArgumentParser
import Report

@main
struct Lastgood: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lastgood",
        abstract: "Recover a MariaDB database to the last good moment.",
        discussion: """
            Find the statement that broke it, restore a backup, replay the binary logs to just \
            before it:

              lastgood search /backup/binlogs
              lastgood plan --backup full.sql.zst --binlogs /backup/binlogs --before ID

            Exit codes: 0 done, 1 nothing found, 2 failed, 3 ambiguous, 10 damaged or unsupported, \
            11 a gap in the logs, 12 the target is not fit, 13 stopped half-way, 14 not equal to \
            the reference, 64 usage.
            """,
        version: lastgoodVersion,
        subcommands: [
            InspectCommand.self, IndexCommand.self, SearchCommand.self, TimelineCommand.self,
            LocateCommand.self,
            ShowCommand.self, HistoryCommand.self, ExportCommand.self,
            PlanCommand.self,
            RecoverCommand.self, ReplayCommand.self,
            ResumeCommand.self, VerifyCommand.self,
        ])

    static func main() async {
        Console.ignoreBrokenPipes()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(error, arguments)
        }
    }

    /// Ends the program as the error says; usage errors are JSON too where that was asked for.
    private static func end(_ error: any Error, _ arguments: [String]) -> Never {
        let isUsage = exitCode(for: error) == .validationFailure
        if isUsage, arguments.contains("--json"), !(error is ArgumentParser.ExitCode) {
            let names = configuration.subcommands.compactMap { $0.configuration.commandName }
            let command = arguments.first { names.contains($0) } ?? "lastgood"
            let failure = Failure.usage(message(for: error))
            let console = Console(isQuiet: true, isJSON: true)
            _ = CommandRun.print(Answer(failures: [failure]), of: command, on: console)
            exit(withError: ArgumentParser.ExitCode.validationFailure)
        }
        exit(withError: error)
    }
}
