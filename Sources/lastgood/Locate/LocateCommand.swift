import ArgumentParser
import Binlog
import BinlogFiles
import Catalog
import Recovery
import Report

/// `lastgood locate`: where a time or a GTID is in the logs.
struct LocateCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "locate",
        abstract: "Find where a time or a GTID is in the logs: the transactions on both sides.",
        discussion: """
            For a time the cut that a recovery --until it makes: before the first transaction, in \
            the order of the logs, that was committed then or later; and what lies behind it and \
            is stamped before that time. With a catalog next to nothing is read.

              lastgood locate 2026-11-21T15:59:00Z /backup/binlogs
              lastgood locate '2026-11-21 15:59:00' --time-zone Europe/Berlin /backup/binlogs
              lastgood locate 0-1-42 /backup/binlogs --json

            Exit codes: 0 found, 1 not in these logs, 10 damaged or not supported, 11 a gap \
            between files.
            """)

    @Argument(help: ArgumentHelp("A time, or a GTID.", valueName: "what"))
    var what: String

    @OptionGroup var logs: LogArguments
    @OptionGroup var zone: TimeZoneOption
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var common: CommonOptions

    func answer(_ console: Console) async throws -> Answer {
        var warnings: [PlanWarning] = []
        let set = try logs.find()
        let request = try request(set, &warnings)
        var progress = Progress(
            "locate", totalBytes: set.files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        var walk = LogWalk(set, CutFinder(request), catalog: catalog.view(of: set, console))
        await walk.run(&progress)
        progress.end()
        let found = walk.consumer
        let isHeld = found.finder.isDecided || !found.isGTID
        let cut = LocateReport(
            before: isHeld ? found.before.map { Self.told($0, set) } : nil,
            after: found.finder.matches.first.map { Self.told($0, set) }, found.finder,
            paths: logs.paths)
        if found.isGTID, !cut.isFound, UserTime.isDay(what) {
            warnings.append(
                PlanWarning(
                    "day-read-as-gtid",
                    "\(what) was read as a GTID; for the beginning of that day write "
                        + "'\(what) 00:00:00'"))
        }
        return Answer(
            text: cut.text, result: cut.json, warnings: warnings + walk.warnings + cut.warnings,
            failures: walk.failures, exitCode: cut.isFound ? .done : .nothingFound)
    }

    /// The transaction with its first statement, where that can be read.
    private static func told(_ summary: TransactionSummary, _ logs: LogSet) -> TransactionSummary {
        guard let index = logs.index(of: summary.id.file) else { return summary }
        var told = summary
        do throws(BinlogError) {
            var chain = try ChainReader(logs.only(index))
            guard try chain.advance() else { return summary }
            if chain.nextOffset < summary.id.offset {
                chain.skip(to: summary.id.offset, reached: GTIDPosition())
            }
            while told.statement == nil, try chain.advance(), chain.step != .outside {
                told.statement = try statement(chain.event)
                if chain.step == .ends || chain.step == .whole { break }
            }
        } catch {
            // What is wrong with it was told when it was read for the cut.
            return summary
        }
        return told
    }

    private static func statement(_ event: borrowing Event) throws(BinlogError) -> String? {
        switch event.type {
        case .annotateRows, .rowsQuery:
            guard let text = event.annotation else { return nil }
            return PrintableText.decoded(SecretMask.masked(text, mode: nil))
        case .query, .executeLoadQuery:
            let query = try QueryEvent(event)
            guard query.control == .none else { return nil }
            let text = PrintableText.decoded(SecretMask.masked(query.text, mode: nil))
            return text.prefix(8).uppercased() == "XA START" ? nil : text
        default: return nil
        }
    }

    private func request(
        _ set: LogSet, _ warnings: inout [PlanWarning]
    ) throws(Failure) -> StopRequest {
        if let gtid = GTID(what) { return .before(.gtid(gtid)) }
        let time = try UserTime(what, zone: zone.timeZone)
        if time.hasFraction, !PlanMaker.tellsMicroseconds(set) {
            warnings.append(
                PlanWarning(
                    PlanWarning.subSecond,
                    "the log holds whole seconds: the fraction of \(what) is dropped"))
        }
        warnings.append(time.echo)
        return .until(StopTime(seconds: time.seconds, microseconds: time.microseconds))
    }
}

/// Finds a stop point and the transaction before it in a chain of logs.
struct CutFinder: LogConsumer {
    let request: StopRequest
    private(set) var finder: StopFinder
    /// The last transaction before the cut.
    private(set) var before: TransactionSummary?
    private(set) var failures: [BinlogError] = []
    private(set) var version = 0
    private var fileName = ""
    /// Behind what was read of the file.
    private var nextOffset: UInt64 = 0

    static var readsAhead: Bool { false }

    init(_ request: StopRequest) {
        self.request = request
        finder = StopFinder(request)
    }

    var isFileUnreadable: Bool { false }
    var successor: Self { self }

    var isGTID: Bool {
        if case .until = request { false } else { true }
    }

    /// A GTID is there once; behind a time's cut something may come late.
    var isDone: Bool {
        isGTID && finder.isDecided
    }

    mutating func enter(_ fileName: String, isRelayLog: Bool) {
        self.fileName = fileName
        nextOffset = 0
    }

    mutating func take(_ chain: inout ChainReader) {
        guard chain.step == .ends || chain.step == .whole else { return }
        nextOffset = chain.nextOffset
        let facts = TransactionFacts(chain.transaction, file: fileName, tally: PlanTally())
        let (wasDecided, awaited) = (finder.isDecided, finder.awaitsNext)
        _ = finder.take(facts)
        if !finder.isDecided { before = TransactionSummary(facts) }
        if wasDecided != finder.isDecided || awaited != finder.awaitsNext { version += 1 }
    }

    mutating func fail(_ error: BinlogError) { failures.append(error) }
    mutating func join(_ later: Self) {}

    func shortcuts(in entry: CatalogEntry, next: CatalogEntry?) -> [SearchShortcut] {
        finder.awaitsNext
            ? []
            : entry.shortcuts(
                to: request, isDecided: finder.isDecided, from: nextOffset, next: next)
    }

    mutating func take(_ shortcut: SearchShortcut) {
        finder.pass(newestStamp: shortcut.newestCommit, count: Int(shortcut.transactions))
    }

    mutating func finish() {}
}
