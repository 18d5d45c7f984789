import Binlog
import BinlogFiles
import Catalog
import Recovery

/// A search over a chain of logs.
typealias LogSearcher = LogWalk<MatchFinder>

extension LogSearcher {
    init(
        _ logs: LogSet, _ filter: SearchFilter, _ collector: MatchCollector,
        fromOffset: UInt64? = nil, catalog: CatalogView = CatalogView()
    ) {
        self.init(
            logs, MatchFinder(filter, collector), fromOffset: fromOffset, catalog: catalog)
    }

    /// What was found.
    var collector: MatchCollector { consumer.collector }
}

/// Finds the statements that a filter wants, and keeps those that will be shown.
struct MatchFinder: LogConsumer {
    private(set) var collector: MatchCollector
    private let filter: SearchFilter
    private let emptyCollector: MatchCollector
    private var events: EventSearcher

    init(_ filter: SearchFilter, _ collector: MatchCollector) {
        self.filter = filter
        self.collector = collector
        emptyCollector = collector
        events = EventSearcher(filter)
    }

    var failures: [BinlogError] { events.failures }
    var isFileUnreadable: Bool { events.isFileUnreadable }
    var isIndependent: Bool { events.isIndependent }
    var successor: Self { Self(filter, emptyCollector) }

    mutating func enter(_ fileName: String, isRelayLog: Bool) {
        events.enter(fileName, isRelayLog: isRelayLog)
    }

    mutating func take(_ chain: inout ChainReader) {
        events.take(&chain)
        if events.hasMatches { collector.take(&events) }
    }

    mutating func fail(_ error: BinlogError) { events.fail(error) }

    mutating func join(_ later: Self) { collector.merge(later.collector) }

    func shortcuts(in entry: CatalogEntry, next: CatalogEntry?) -> [SearchShortcut] {
        entry.shortcuts(for: filter, leastBytes: emptyCollector.leastBytes)
    }

    mutating func take(_ shortcut: SearchShortcut) {
        for match in shortcut.matches { collector.add(match) }
    }

    mutating func finish() {
        events.finish()
        collector.take(&events)
    }
}
