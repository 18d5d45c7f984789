// The command line: arguments in, text or JSON and an exit code out.
import ArgumentParser

@main
struct Lastgood: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lastgood",
        abstract: "Recover a MariaDB database to the last good moment.")
}
