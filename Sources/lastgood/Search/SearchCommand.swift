import ArgumentParser
import Binlog
import BinlogFiles
import Recovery
import Report

/// `lastgood search`: finds destructive statements, and any others, in binary logs.
struct SearchCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find the statements that destroyed data, or any others.",
        discussion: """
            Without a filter, all destructive statements: DROP, TRUNCATE, DELETE and UPDATE of all \
            or many rows, and their like. With one, all statements that pass every filter.

              lastgood search /backup/binlogs
              lastgood search /backup/binlogs --table shop.orders --since 2026-11-21T15:00:00Z
              lastgood search bin.000017 --kind drop-table --kind truncate-table --json
              lastgood search /backup/binlogs --text '(?i)update +prices'

            Exit codes: 0 found, 1 nothing found, 10 damaged or not supported (what could be read \
            is still shown), 11 a gap between files.
            """)

    @OptionGroup var logs: LogArguments
    @OptionGroup var filters: SearchOptions
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var common: CommonOptions

    @Option(help: "The order of the matches.")
    var sort: MatchOrder = .danger

    @Option(help: ArgumentHelp("How many matches to show.", valueName: "n"))
    var limit = 100

    @Option(
        help: ArgumentHelp(
            "Begin at the first whole transaction from here on, to look behind damage.",
            valueName: "offset"))
    var fromOffset: UInt64?

    func answer(_ console: Console) async throws -> Answer {
        guard limit > 0 else { throw Failure.usage("--limit must be at least 1") }
        let (filter, warnings) = try filters.filter()
        let set = try logs.find()
        guard fromOffset == nil || set.files.count == 1 else {
            throw Failure.usage("--from-offset is for one file", hint: "name the damaged file")
        }
        var progress = Progress(
            "search", totalBytes: set.files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        var searcher = LogSearcher(
            set, filter,
            MatchCollector(order: sort, limit: limit, leastBytes: filters.minBytes ?? 0),
            fromOffset: fromOffset, catalog: catalog.view(of: set, console))
        await searcher.run(&progress)
        progress.end()
        var collector = searcher.collector
        var report = SearchReport(
            matches: collector.best(), count: collector.count, paths: logs.paths)
        report.untold = collector.untold
        return Answer(
            text: report.text, result: report.json, warnings: warnings + searcher.warnings,
            failures: searcher.failures, exitCode: report.count == 0 ? .nothingFound : .done)
    }
}
