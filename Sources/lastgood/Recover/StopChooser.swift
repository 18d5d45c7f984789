import Binlog
import BinlogFiles
import Catalog
import Recovery
import Report

/// Asks on a terminal where to stop, when no option said so.
struct StopChooser {
    let catalog: CatalogOptions
    let console: Console

    private static let shown = 20

    /// Lists what destroyed something in the logs; the id of what the user chooses.
    ///
    /// Throws `usage` where he chooses nothing, and `not-found` where there is nothing to choose.
    func choose(_ logs: LogSet, paths: [String]) async throws(Failure) -> String {
        var progress = Progress(
            "search", totalBytes: logs.files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        var searcher = LogSearcher(
            logs, SearchFilter(),
            MatchCollector(order: .danger, limit: Self.shown, leastBytes: 0),
            catalog: catalog.view(of: logs, console))
        await searcher.run(&progress)
        progress.end()
        for failure in searcher.failures { console.fail(failure) }
        var collector = searcher.collector
        let candidates = distinct(collector.best())
        guard !candidates.isEmpty else {
            throw Failure(
                "not-found", "the logs hold no statement that destroyed data",
                hint: "name the stop with --before, --after, --until or --end")
        }
        let count = collector.count
        let report = SearchReport(matches: candidates, count: count, paths: paths)
        console.note(report.numberedText)
        let question = "Recover to just before which? [1-\(candidates.count)] "
        guard let answer = console.askLine(question),
            let number = Int(answer.filter { !$0.isWhitespace }),
            candidates.indices.contains(number - 1)
        else {
            throw .usage(
                "nothing was chosen, and nothing was done",
                hint: "name the stop with --before, --after, --until or --end")
        }
        let id = candidates[number - 1].match.id.description
        console.note("as --before \(ShellText.quoted(id)) says without asking\n")
        return id
    }

    /// One of each transaction: what is chosen is where to stop.
    private func distinct(_ matches: [RankedMatch]) -> [RankedMatch] {
        var seen: Set<BinlogPosition> = []
        return matches.filter { seen.insert($0.match.id).inserted }
    }
}
