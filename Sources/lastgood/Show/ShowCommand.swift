import ArgumentParser
import Binlog
import BinlogFiles
import Recovery
import Report

/// `lastgood show`: one transaction in full.
struct ShowCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one transaction: its statements, and its rows before and after.",
        discussion: """
            ID is what `lastgood search` prints, FILE:OFFSET, or a GTID.

              lastgood show bin.000017:4711 --binlogs /backup/binlogs
              lastgood show 0-1-42 --binlogs /backup/binlogs --json

            Exit codes: 0 found, 1 not found, 10 damaged or not supported.
            """)

    @Argument(help: ArgumentHelp("The transaction.", valueName: "id"))
    var id: String

    @OptionGroup var logs: LogOptions
    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("How many rows to show at most.", valueName: "n"))
    var rows = 100_000

    func answer(_ console: Console) async throws -> Answer {
        let wanted = try Self.mark(id)
        guard rows >= 0 else { throw Failure.usage("--rows must not be negative") }
        var set = try logs.find()
        set.allowRelayLogs()
        var files = set.files
        if case .position(let position) = wanted {
            files = files.filter { $0.name == position.file }
            guard !files.isEmpty else {
                throw Failure(
                    "not-found", "\(position.file) is not among the logs",
                    hint: "they are \(set.files.map(\.name).joined(separator: ", "))")
            }
        }
        var progress = Progress("show", totalBytes: files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        let form = console.isJSON ? RowWriter.Form.json : .lines
        var finder = TransactionFinder(wanted, rows: form, most: rows)
        for file in files where finder.report == nil { finder.read(file, &progress) }
        progress.end()
        guard let report = finder.report else {
            return Answer(failures: finder.damage + [finder.notFound(id)])
        }
        var warnings: [PlanWarning] = []
        if report.rowsLeftOut > 0 {
            warnings.append(
                PlanWarning(
                    "rows-left-out",
                    "\(report.rowsLeftOut) rows are counted and not shown: see --rows"))
        }
        return Answer(
            text: console.isJSON ? "" : report.text, result: console.isJSON ? report.json : [:],
            warnings: warnings,
            failures: finder.failures)
    }

    private static func mark(_ text: String) throws(Failure) -> TransactionFinder.Wanted {
        if let gtid = GTID(text) { return .gtid(gtid) }
        if let position = BinlogPosition(text) { return .position(position) }
        throw .usage(
            "'\(text)' is not a transaction id", hint: "as bin.000017:4711, or a GTID as 0-1-42")
    }
}
