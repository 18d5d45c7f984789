internal import Binlog
internal import BinlogFiles
internal import Recovery

/// Reads one file for the catalog, with all its checks.
///
/// A large file is read by several threads, as a search reads it: what was read ahead counts only
/// if reading everything before it ends exactly there.
struct FileIndexer {
    /// What reading a file found.
    struct Result: Sendable {
        var facts: FileFacts
        var head: LogHeadFacts?
        var end: FileEnd?
        /// What stopped the reading, or could not be understood.
        var faults: [BinlogError] = []
    }

    private let logs: LogSet
    private let splits: Bool
    private var head: LogHeadFacts?

    /// - Parameter splits: whether several threads may read the file.
    init(_ logs: LogSet, fileIndex: Int, splits: Bool) {
        self.logs = logs.only(fileIndex)
        self.splits = splits
    }

    /// Searches for what a catalog keeps.
    private static var searcher: EventSearcher {
        var filter = SearchFilter()
        filter.keepsDefinitions = true
        var searcher = EventSearcher(filter)
        searcher.tally = BlockTally()
        return searcher
    }

    /// Reads the file, or what stands behind all that is known.
    mutating func run(after known: FileFacts? = nil) async -> Result {
        var events = Self.searcher
        do throws(BinlogError) {
            var chain = try ChainReader(logs)
            events.enter(chain.file.name)
            do throws(BinlogError) {
                try await read(&chain, &events, after: known)
            } catch {
                // What is wrong stands behind the last whole transaction.
                events.closeBlock(of: chain.file)
                events.fail(error.inFile(chain.file.name))
            }
            if chain.isRelayLog {
                events.fail(BinlogError(.relayLog, "a relay log is not indexed"))
            }
            return result(&events, chain.fileEnd)
        } catch {
            events.fail(error.inFile(logs.files[0].name))
            return result(&events, nil)
        }
    }

    private func result(_ events: inout EventSearcher, _ end: FileEnd?) -> Result {
        events.closeBlock(of: logs.files[0])
        return Result(
            facts: events.tally?.facts ?? FileFacts(), head: head, end: end,
            faults: events.failures)
    }

    private mutating func read(
        _ chain: inout ChainReader, _ events: inout EventSearcher, after known: FileFacts?
    ) async throws(BinlogError) {
        if let known, let begin = known.endOffset {
            guard try chain.advance() else { return }
            events.take(&chain)
            // Its marks are known.
            events.tally = BlockTally()
            chain.skip(to: begin, reached: GTIDPosition())
        } else {
            try readHead(&chain, &events)
        }
        let ranges = splits ? SegmentPlan(chain.file).ranges : []
        let ahead = ranges.filter { $0.lowerBound > chain.nextOffset }.map { range in
            let logs = logs
            return (range, Task.detached { Self.part(logs, range) })
        }
        defer { for (_, task) in ahead { task.cancel() } }
        for (range, task) in ahead {
            guard try Self.scan(&chain, &events, until: range.lowerBound) else { return }
            guard chain.nextOffset == range.lowerBound, !chain.isInsideTransaction,
                events.isIndependent, let part = await task.value
            else { continue }
            events.closeBlock(of: chain.file)
            events.tally?.append(part)
            chain.skip(to: range.upperBound, reached: GTIDPosition())
        }
        _ = try Self.scan(&chain, &events, until: .max)
    }

    /// Reads what stands before the first transaction, and that one's first event.
    private mutating func readHead(
        _ chain: inout ChainReader, _ events: inout EventSearcher
    ) throws(BinlogError) {
        while try chain.advance() {
            events.take(&chain)
            if head == nil, let format = chain.format {
                head = LogHeadFacts(format, timestamp: chain.event.header.timestamp)
            }
            if chain.event.type == .startEncryption { head?.isEncrypted = true }
            guard chain.step == .outside else {
                head?.firstGTID = chain.transaction.gtid
                head?.firstCommit = chain.transaction.timestamp
                return
            }
        }
    }

    /// Reads up to an offset, at least; false where the rest of the file cannot be read.
    private static func scan(
        _ chain: inout ChainReader, _ events: inout EventSearcher, until limit: UInt64
    ) throws(BinlogError) -> Bool {
        while chain.nextOffset < limit, try chain.advance() {
            events.take(&chain)
            if events.isFileUnreadable {
                events.tally?.faults += 1
                return false
            }
            if events.hasMatches { events.tallyMatches() }
            if chain.step == .ends || chain.step == .whole, events.isBlockFull {
                events.closeBlock(of: chain.file)
            }
        }
        return true
    }

    /// Reads a range that is thought to hold whole transactions; nil where it does not, or where
    /// anything in it is wrong or hangs together with what is outside.
    private static func part(_ logs: LogSet, _ range: Range<UInt64>) -> FileFacts? {
        var events = searcher
        do throws(BinlogError) {
            var chain = try ChainReader(logs)
            guard try chain.advance() else { return nil }
            events.enter(chain.file.name)
            events.take(&chain)
            // The one that reads the beginning notes its marks.
            events.tally = BlockTally()
            chain.skip(to: range.lowerBound, reached: GTIDPosition())
            let isReadable = try scan(&chain, &events, until: range.upperBound)
            guard isReadable, chain.nextOffset == range.upperBound, !chain.isInsideTransaction,
                events.failures.isEmpty, events.isIndependent, !Task.isCancelled
            else { return nil }
            events.closeBlock(of: chain.file)
            return events.tally?.facts
        } catch {
            return nil
        }
    }
}

extension EventSearcher {
    fileprivate var isBlockFull: Bool {
        guard let block = tally?.openBlock else { return false }
        return block.upperBound - block.lowerBound >= BlockTally.blockBytes
    }

    fileprivate mutating func tallyMatches() {
        let matches = takeMatches()
        tally?.found(matches)
    }

    fileprivate mutating func closeBlock(of file: LogFile) {
        guard let block = tally?.openBlock else { return }
        let checksum = FileSample.checksum(of: block, in: file.path)
        let isPlain = isIndependent && failures.count == tally?.faults
        tally?.faults = failures.count
        tally?.closeBlock(isPlain: isPlain, checksum: checksum)
    }
}
