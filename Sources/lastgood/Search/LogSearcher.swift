import Binlog
import BinlogFiles
import Catalog
import Recovery
import SystemPackage

/// Searches a chain of logs with all processors, and goes on behind damage where it can.
///
/// One thread reads the chain. Of a large file, others search ranges ahead of it; when it arrives
/// at the begin of such a range, exactly between two transactions, it takes over what was found and
/// goes on behind the range. What was searched ahead counts only if it has no fault and depends on
/// nothing before it; else the range is read again.
struct LogSearcher {
    private(set) var warnings: [PlanWarning] = []

    private let logs: LogSet
    private let filter: SearchFilter
    private let emptyCollector: MatchCollector
    private let catalog: CatalogView
    /// Where to begin in the first file, behind damage.
    private let fromOffset: UInt64?
    private var events: EventSearcher
    private(set) var collector: MatchCollector
    private var currentFile = -1
    /// Sizes of the files before the one being read.
    private var doneBytes: UInt64 = 0
    private var ahead: [SearchAhead] = []
    private var nextCut = UInt64.max

    /// A range that another thread searches, or of which the catalog knows what is found.
    private struct SearchAhead {
        enum Source {
            case task(Task<SearchedSegment?, Never>)
            case catalog(SearchShortcut)
        }

        var range: Range<UInt64>
        var source: Source

        /// What is found in it; nil where it has to be read.
        func segment(_ collector: MatchCollector) async -> SearchedSegment? {
            switch source {
            case .task(let task): return await task.value
            case .catalog(let shortcut):
                var collector = collector
                for match in shortcut.matches { collector.add(match) }
                return SearchedSegment(
                    range: range, collector: collector, reached: shortcut.reached)
            }
        }

        func cancel() {
            if case .task(let task) = source { task.cancel() }
        }
    }

    /// Where reading the chain pauses.
    private enum Pause { case cut, unreadable, end }

    init(
        _ logs: LogSet, _ filter: SearchFilter, _ collector: MatchCollector,
        fromOffset: UInt64? = nil, catalog: CatalogView = CatalogView()
    ) {
        self.catalog = catalog
        self.fromOffset = fromOffset
        self.logs = logs
        self.filter = filter
        emptyCollector = collector
        self.collector = collector
        events = EventSearcher(filter)
    }

    /// What kept parts of the logs from being searched.
    var failures: [Failure] { events.failures.map { Failure($0) } }

    /// Reads the whole chain.
    mutating func run(_ progress: inout Progress) async {
        var index = 0
        while index < logs.files.count { index = await read(from: index, &progress) }
        events.finish()
        collector.take(&events)
    }

    /// Reads from a file to the end of the chain or to damage; the file to go on with.
    private mutating func read(from index: Int, _ progress: inout Progress) async -> Int {
        defer { forgetAhead() }
        do throws(BinlogError) {
            var chain = try ChainReader(logs, fileIndex: index)
            enter(index)
            do throws(BinlogError) {
                if let fromOffset, index == 0 { try begin(&chain, at: fromOffset) }
                var pause = try scan(&chain, &progress)
                while pause == .cut {
                    await takeAhead(&chain)
                    pause = try scan(&chain, &progress)
                }
                note(chain.notes)
                return pause == .unreadable ? chain.fileIndex + 1 : logs.files.count
            } catch {
                note(chain.notes)
                return stop(error, at: chain.fileIndex, from: index)
            }
        } catch {
            events.fail(error.inFile(logs.files[index].name))
            return index + 1
        }
    }

    /// Takes the file's format, and goes on where whole events stand behind an offset.
    private mutating func begin(
        _ chain: inout ChainReader, at offset: UInt64
    ) throws(BinlogError) {
        forgetAhead()
        guard try chain.advance() else { return }
        events.take(&chain)
        let file = logs.files[0].name
        guard let place = try chain.resynchronize(from: offset) else {
            throw BinlogError(
                .corrupt, "no whole events were found from here on", file: file, offset: offset)
        }
        warnings.append(
            PlanWarning(
                "resynchronized",
                "the search begins at \(file):\(place), the first whole transaction from "
                    + "\(offset) on; what stands before it is not known"))
    }

    /// Reads events up to the next cut, an unreadable part, or the end of the chain.
    private mutating func scan(
        _ chain: inout ChainReader, _ progress: inout Progress
    ) throws(BinlogError) -> Pause {
        while try chain.advance() {
            if chain.fileIndex != currentFile {
                enter(chain.fileIndex, isRelayLog: chain.isRelayLog)
            }
            events.take(&chain)
            if events.hasMatches { collector.take(&events) }
            progress.update(doneBytes &+ chain.nextOffset)
            if events.isFileUnreadable { return .unreadable }
            if chain.nextOffset >= nextCut { return .cut }
        }
        return .end
    }

    private mutating func enter(_ index: Int, isRelayLog: Bool = false) {
        currentFile = index
        let file = logs.files[index]
        events.enter(file.name, isRelayLog: isRelayLog)
        doneBytes = logs.files[..<index].reduce(0) { $0 &+ $1.sizeBytes }
        forgetAhead()
        guard let entry = catalog.entries[index], fromOffset == nil else {
            for range in SegmentPlan(file).ranges { searchAhead(index, range) }
            nextCut = ahead.first?.range.lowerBound ?? .max
            return
        }
        var begin: UInt64 = 0
        let shortcuts = entry.shortcuts(for: filter, leastBytes: emptyCollector.leastBytes)
        for shortcut in shortcuts {
            let range = shortcut.range
            for part in entry.parts(of: begin..<range.lowerBound) { searchAhead(index, part) }
            ahead.append(SearchAhead(range: range, source: .catalog(shortcut)))
            begin = range.upperBound
        }
        // The file may have grown since its size was asked for.
        for part in entry.parts(of: begin..<max(begin, file.sizeBytes)) {
            searchAhead(index, part)
        }
        nextCut = ahead.first?.range.lowerBound ?? .max
    }

    private mutating func searchAhead(_ index: Int, _ range: Range<UInt64>) {
        let (logs, filter, collector) = (logs, filter, emptyCollector)
        let task = Task.detached {
            SearchedSegment.search(logs, fileIndex: index, range, filter, collector)
        }
        ahead.append(SearchAhead(range: range, source: .task(task)))
    }

    private mutating func forgetAhead() {
        for entry in ahead { entry.cancel() }
        ahead.removeAll()
        nextCut = .max
    }

    /// Takes over what was searched ahead of the place where the chain stands.
    private mutating func takeAhead(_ chain: inout ChainReader) async {
        while let next = ahead.first, chain.nextOffset >= next.range.lowerBound {
            ahead.removeFirst()
            let fits =
                chain.nextOffset == next.range.lowerBound && !chain.isInsideTransaction
                && events.isIndependent
            if fits, let segment = await next.segment(emptyCollector) {
                collector.merge(segment.collector)
                chain.skip(to: segment.range.upperBound, reached: segment.reached)
            } else {
                next.cancel()
            }
        }
        nextCut = ahead.first?.range.lowerBound ?? .max
    }

    private mutating func note(_ notes: [ChainNote]) {
        for note in notes {
            let place = note.file.map { "\($0): " } ?? ""
            warnings.append(PlanWarning(note.code, place + note.message))
        }
    }

    /// Notes an error of the chain; the search goes on with the file behind the damage.
    private mutating func stop(_ error: BinlogError, at fileIndex: Int, from index: Int) -> Int {
        events.fail(error.inFile(logs.files[fileIndex].name))
        let name = error.file ?? logs.files[fileIndex].name
        let damaged = logs.files.firstIndex { $0.name == name || $0.path.string == name }
        guard let damaged else { return fileIndex + 1 }
        return max(error.code == .chainGap ? damaged : damaged + 1, index + 1)
    }
}

/// What was found in a range of a file, all of it searched without a fault.
struct SearchedSegment: Sendable {
    var range: Range<UInt64>
    var collector: MatchCollector
    /// The last GTID of each domain in the range.
    var reached: GTIDPosition

    /// Searches a range that is thought to hold whole transactions; nil where it does not, or where
    /// anything in it is wrong or hangs together with what is outside.
    static func search(
        _ logs: LogSet, fileIndex: Int, _ range: Range<UInt64>, _ filter: SearchFilter,
        _ collector: MatchCollector
    ) -> SearchedSegment? {
        var events = EventSearcher(filter)
        var collector = collector
        do throws(BinlogError) {
            var chain = try ChainReader(logs, fileIndex: fileIndex)
            guard try chain.advance(), chain.step == .outside else { return nil }
            events.enter(logs.files[fileIndex].name)
            events.take(&chain)
            chain.skip(to: range.lowerBound, reached: GTIDPosition())
            var count = 0
            while chain.nextOffset < range.upperBound {
                guard try chain.advance(), chain.fileIndex == fileIndex else { return nil }
                events.take(&chain)
                if events.hasMatches { collector.take(&events) }
                count += 1
                if count % 65_536 == 0, Task.isCancelled { return nil }
            }
            guard chain.nextOffset == range.upperBound, !chain.isInsideTransaction,
                events.failures.isEmpty, events.isIndependent
            else { return nil }
            return SearchedSegment(
                range: range, collector: collector, reached: chain.gtidPosition)
        } catch {
            return nil
        }
    }
}
