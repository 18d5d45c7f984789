import ArgumentParser
import Binlog
import BinlogFiles
import Catalog
import Foundation
import Recovery
import Report

/// `lastgood timeline`: what happened when.
struct TimelineCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Show what happened when: rows and statements by table and time.",
        discussion: """
            Marks every destructive statement, and the gaps, restarts and clock jumps of the logs. \
            Times are commit stamps in UTC. With a catalog (lastgood index) it takes milliseconds.

              lastgood timeline /backup/binlogs
              lastgood timeline /backup/binlogs --html day.html
              lastgood timeline /backup/binlogs --table shop.orders --bucket minute --json

            Exit codes: 0 done, 1 nothing happened, 10 damaged or not supported (what could be \
            read is still shown), 11 a gap between files.
            """)

    @OptionGroup var logs: LogArguments
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var zone: TimeZoneOption
    @OptionGroup var common: CommonOptions

    @Option(
        help: ArgumentHelp("Only this table (repeatable).", valueName: "schema.table"))
    var table: [String] = []

    @Option(help: ArgumentHelp("Only what happened at this time or later.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only what happened before this time.", valueName: "time"))
    var until: String?

    @Option(help: "How long a bucket is (default: as the time that the logs cover asks for).")
    var bucket: BucketLength?

    @Option(
        help: ArgumentHelp(
            "Write a page for a browser, which needs nothing but itself.", valueName: "file"))
    var html: String?

    @Option(
        help: ArgumentHelp("How many destructive statements to mark.", valueName: "n"))
    var limit = 1000

    func answer(_ console: Console) async throws -> Answer {
        guard limit > 0 else { throw Failure.usage("--limit must be at least 1") }
        var filter = SearchFilter()
        for name in table { filter.tables.append(try SearchOptions.tableName(name)) }
        var warnings: [PlanWarning] = []
        filter.since = try zone.seconds(since, &warnings)
        filter.until = try zone.seconds(until, &warnings)
        let set = try logs.find()
        var progress = Progress(
            "timeline", totalBytes: set.files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        var view = catalog.view(of: set, withMinutes: true, console)
        var doneBytes: UInt64 = 0
        await view.complete(set) { sizeBytes in
            doneBytes &+= sizeBytes
            progress.update(doneBytes)
        }
        var searcher = LogSearcher(
            set, filter, MatchCollector(order: .danger, limit: limit, leastBytes: 0),
            catalog: view)
        await searcher.run(&progress)
        progress.end()
        let maker = TimelineMaker(
            logs: set, view: view, tables: filter.tables, since: filter.since,
            until: filter.until)
        let minutes = maker.buckets(ofSeconds: 60)
        let timeline = timeline(maker, minutes, &searcher)
        if let html { try write(TimelinePage(timeline, minutes: minutes), to: html) }
        return Answer(
            text: timeline.text, result: timeline.json, warnings: warnings + searcher.warnings,
            failures: searcher.failures,
            exitCode: timeline.buckets.isEmpty && timeline.marks.isEmpty ? .nothingFound : .done)
    }

    /// Whole or not at all.
    private func write(_ page: TimelinePage, to path: String) throws(Failure) {
        let bytes = page.html { Data(SHA256.digest(of: $0) ?? []).base64EncodedString() }
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure(
                "output-failed", "the page cannot be written: \(error.localizedDescription)",
                file: path)
        }
    }

    private func timeline(
        _ maker: TimelineMaker, _ minutes: [Timeline.Bucket], _ searcher: inout LogSearcher
    ) -> Timeline {
        let span = (minutes.last?.start ?? 0) - (minutes.first?.start ?? 0)
        let length = bucket ?? BucketLength(spanSeconds: span)
        var collector = searcher.collector
        let count = collector.count
        let destructive = collector.best().map { entry in
            Timeline.Mark(
                .destructive(entry), timestamp: entry.match.timestamp,
                id: entry.match.id.description)
        }
        let marks = (destructive + maker.clockMarks).sorted { $0.timestamp < $1.timestamp }
        return Timeline(
            buckets: length == .minute ? minutes : maker.buckets(ofSeconds: length.seconds),
            bucketSeconds: length.seconds, marks: marks, destructiveCount: count,
            gaps: maker.gaps, paths: logs.paths)
    }
}

/// How long a bucket of a timeline is.
enum BucketLength: String, ExpressibleByArgument, CaseIterable {
    case minute, hour, day

    var seconds: UInt64 {
        switch self {
        case .minute: 60
        case .hour: 3600
        case .day: 86_400
        }
    }

    /// At most a few hundred buckets.
    init(spanSeconds: UInt64) {
        self =
            switch spanSeconds {
            case ..<(6 * 3600): .minute
            case ..<(15 * 86_400): .hour
            default: .day
            }
    }
}
