import Binlog
import BinlogFiles
import Catalog
import Recovery
import SystemPackage

/// What a walk over logs feeds with their consumer.
protocol LogConsumer: Sendable {
    /// Whether ranges of a file may be read before what stands in front of them.
    static var readsAhead: Bool { get }
    /// It wants nothing more.
    var isDone: Bool { get }
    /// What could not be read.
    var failures: [BinlogError] { get }
    /// The rest of the file cannot be read.
    var isFileUnreadable: Bool { get }
    /// Whether what follows can be read without what has been.
    var isIndependent: Bool { get }
    /// What was read ahead under another version is void.
    var version: Int { get }
    /// One that reads a range further on.
    var successor: Self { get }

    /// Another file begins, or the same again behind damage.
    mutating func enter(_ fileName: String, isRelayLog: Bool)
    /// Takes the newest event of the chain.
    mutating func take(_ chain: inout ChainReader)
    /// Notes what kept a part from being read.
    mutating func fail(_ error: BinlogError)
    /// Takes in what a successor found in the range that comes next.
    mutating func join(_ later: Self)
    /// The ranges of a file that need not be read, as far as a catalog tells of it and of the file
    /// behind it; ascending.
    func shortcuts(in entry: CatalogEntry, next: CatalogEntry?) -> [SearchShortcut]
    /// Takes in what the catalog tells of such a range.
    mutating func take(_ shortcut: SearchShortcut)
    /// The logs are over.
    mutating func finish()
}

extension LogConsumer {
    static var readsAhead: Bool { true }
    var isDone: Bool { false }
    var isIndependent: Bool { true }
    var version: Int { 0 }

    func shortcuts(in entry: CatalogEntry, next: CatalogEntry?) -> [SearchShortcut] { [] }
    mutating func take(_ shortcut: SearchShortcut) {}
}

/// Walks over a chain of logs with all processors, and goes on behind damage where it can.
///
/// One thread reads the chain. Of a large file, others read ranges ahead of it; when it arrives at
/// the begin of such a range, exactly between two transactions, it takes over what was found and
/// goes on behind the range. What was read ahead counts only if it has no fault and depends on
/// nothing before it; else the range is read again.
struct LogWalk<Consumer: LogConsumer> {
    private(set) var warnings: [PlanWarning] = []

    private let logs: LogSet
    private let catalog: CatalogView
    /// Where to begin in the first file, behind damage.
    private let fromOffset: UInt64?
    private(set) var consumer: Consumer
    private var currentFile = -1
    /// Sizes of the files before the one being read.
    private var doneBytes: UInt64 = 0
    private var ahead: [Ahead] = []
    /// The consumer's version under which it is read.
    private var aheadVersion = 0
    private var restarts = 0
    private var nextCut = UInt64.max

    /// How often reading ahead begins again where no catalog tells of other tables' ranges: each
    /// time what was read so far is lost.
    private static var mostRestarts: Int { 16 }

    /// A range that another thread reads, or of which the catalog knows what is found.
    private struct Ahead {
        enum Source {
            case task(Task<WalkedRange<Consumer>?, Never>)
            case catalog(SearchShortcut)
        }

        var range: Range<UInt64>
        var source: Source

        func cancel() {
            if case .task(let task) = source { task.cancel() }
        }
    }

    /// Where reading the chain pauses.
    private enum Pause { case cut, unreadable, end }

    init(
        _ logs: LogSet, _ consumer: Consumer, fromOffset: UInt64? = nil,
        catalog: CatalogView = CatalogView()
    ) {
        self.catalog = catalog
        self.fromOffset = fromOffset
        self.logs = logs
        self.consumer = consumer
    }

    /// What kept parts of the logs from being read.
    var failures: [Failure] { consumer.failures.map { Failure($0) } }

    /// Reads the whole chain.
    mutating func run(_ progress: inout Progress) async {
        var index = 0
        while index < logs.files.count { index = await read(from: index, &progress) }
        consumer.finish()
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
            consumer.fail(error.inFile(logs.files[index].name))
            return index + 1
        }
    }

    /// Takes the file's format, and goes on where whole events stand behind an offset.
    private mutating func begin(
        _ chain: inout ChainReader, at offset: UInt64
    ) throws(BinlogError) {
        forgetAhead()
        guard try chain.advance() else { return }
        consumer.take(&chain)
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
            consumer.take(&chain)
            progress.update(doneBytes &+ chain.nextOffset)
            if consumer.isDone { return .end }
            if consumer.isFileUnreadable { return .unreadable }
            if consumer.version != aheadVersion, !chain.isInsideTransaction {
                planAhead(from: chain.nextOffset)
            }
            if chain.nextOffset >= nextCut { return .cut }
        }
        return .end
    }

    private mutating func enter(_ index: Int, isRelayLog: Bool = false) {
        currentFile = index
        consumer.enter(logs.files[index].name, isRelayLog: isRelayLog)
        doneBytes = logs.files[..<index].reduce(0) { $0 &+ $1.sizeBytes }
        restarts = 0
        planAhead(from: 0)
    }

    /// Begins to read ahead what of the file lies behind an offset.
    private mutating func planAhead(from offset: UInt64) {
        forgetAhead()
        aheadVersion = consumer.version
        let file = logs.files[currentFile]
        defer { nextCut = ahead.first?.range.lowerBound ?? .max }
        restarts += 1
        let isWorthwhile = Consumer.readsAhead && restarts <= Self.mostRestarts
        guard let entry = catalog.entries[currentFile], fromOffset == nil else {
            guard isWorthwhile else { return }
            for range in SegmentPlan(file).ranges where range.lowerBound >= offset {
                readAhead(range)
            }
            return
        }
        var begin = offset
        let next = catalog.entries[currentFile + 1]
        for shortcut in consumer.shortcuts(in: entry, next: next)
        where shortcut.range.lowerBound >= offset {
            let range = shortcut.range
            if isWorthwhile {
                for part in entry.parts(of: begin..<range.lowerBound) { readAhead(part) }
            }
            ahead.append(Ahead(range: range, source: .catalog(shortcut)))
            begin = range.upperBound
        }
        guard isWorthwhile else { return }
        // The file may have grown since its size was asked for.
        for part in entry.parts(of: begin..<max(begin, file.sizeBytes)) { readAhead(part) }
    }

    private mutating func readAhead(_ range: Range<UInt64>) {
        let (logs, index, consumer) = (logs, currentFile, consumer.successor)
        let task = Task.detached {
            WalkedRange.walk(logs, fileIndex: index, range, consumer)
        }
        ahead.append(Ahead(range: range, source: .task(task)))
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
                && consumer.isIndependent
            guard fits else {
                next.cancel()
                continue
            }
            switch next.source {
            case .catalog(let shortcut):
                consumer.take(shortcut)
                chain.skip(to: shortcut.range.upperBound, reached: shortcut.reached)
            case .task(let task):
                guard let walked = await task.value else { continue }
                consumer.join(walked.consumer)
                chain.skip(to: walked.range.upperBound, reached: walked.reached)
            }
            if consumer.version != aheadVersion { return planAhead(from: chain.nextOffset) }
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
        consumer.fail(error.inFile(logs.files[fileIndex].name))
        let name = error.file ?? logs.files[fileIndex].name
        let damaged = logs.files.firstIndex { $0.name == name || $0.path.string == name }
        guard let damaged else { return fileIndex + 1 }
        return max(error.code == .chainGap ? damaged : damaged + 1, index + 1)
    }
}

/// What was found in a range of a file, all of it read without a fault.
struct WalkedRange<Consumer: LogConsumer>: Sendable {
    var range: Range<UInt64>
    var consumer: Consumer
    /// The last GTID of each domain in the range.
    var reached: GTIDPosition

    /// Reads a range that is thought to hold whole transactions; nil where it does not, or where
    /// anything in it is wrong or hangs together with what is outside.
    static func walk(
        _ logs: LogSet, fileIndex: Int, _ range: Range<UInt64>, _ consumer: Consumer
    ) -> Self? {
        var consumer = consumer
        do throws(BinlogError) {
            var chain = try ChainReader(logs, fileIndex: fileIndex)
            guard try chain.advance(), chain.step == .outside else { return nil }
            consumer.enter(logs.files[fileIndex].name, isRelayLog: false)
            consumer.take(&chain)
            chain.skip(to: range.lowerBound, reached: GTIDPosition())
            var count = 0
            while chain.nextOffset < range.upperBound {
                guard try chain.advance(), chain.fileIndex == fileIndex else { return nil }
                consumer.take(&chain)
                count += 1
                if count % 4096 == 0, Task.isCancelled { return nil }
            }
            guard chain.nextOffset == range.upperBound, !chain.isInsideTransaction,
                consumer.failures.isEmpty, consumer.isIndependent
            else { return nil }
            return WalkedRange(range: range, consumer: consumer, reached: chain.gtidPosition)
        } catch {
            return nil
        }
    }
}
