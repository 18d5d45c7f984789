internal import Binlog
internal import BinlogFiles
internal import Dispatch
internal import Synchronization

/// Finds stretches ahead of a chain, has other threads work on them, and gives the outcomes in the
/// log's order.
///
/// Threads of their own, not tasks: whoever waits here may block one of the few that tasks have.
struct StretchFeed<Outcome: Sendable>: ~Copyable {
    typealias Work = @Sendable () throws(BinlogError) -> Outcome

    /// A stretch under way.
    private struct Job {
        let stretch: Stretch
        let answer: Answer
        /// How far the chain had come before it.
        let before: GTIDPosition
    }

    private final class Answer: Sendable {
        let isThere = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Outcome, BinlogError>?>(nil)
    }

    private var scout: StretchScout?
    private var scoutFileIndex = -1
    /// Up to here of the file being read everything goes event by event.
    private var giveUpOffset: UInt64 = 0
    private var jobs: [Job] = []
    /// How far the chain had come before the stretch taken last.
    private var beforeTaken = GTIDPosition()
    private let threads = DispatchQueue(label: "lastgood.stretches", attributes: .concurrent)
    private let mostJobs: Int

    /// - Parameter mostJobs: how many stretches are under way at most.
    init(mostJobs: Int = 1 + Processors.count) { self.mostJobs = mostJobs }

    /// No stretch is under way.
    var isEmpty: Bool { jobs.isEmpty }

    /// More would only take memory. A long transaction counts as several stretches.
    var isFull: Bool {
        jobs.count >= mostJobs
            || jobs.reduce(0) { $0 + $1.stretch.range.count }
                >= mostJobs * Int(StretchScout.chunkBytes)
    }

    /// The stretch that begins where the chain stands; nil where none does.
    mutating func stretch(
        at chain: borrowing ChainReader, _ limits: StretchScout.Limits
    ) throws(BinlogError) -> Stretch? {
        guard !chain.isInsideTransaction, !chain.isAtBoundary, let format = chain.format else {
            return nil
        }
        do throws(BinlogError) {
            if scoutFileIndex != chain.fileIndex {
                scout = try StretchScout(chain, format)
                scoutFileIndex = chain.fileIndex
                giveUpOffset = 0
            }
            guard chain.nextOffset >= giveUpOffset else { return nil }
            return try scout?.stretch(at: chain.nextOffset, limits)
        } catch {
            throw error.inFile(chain.file.name)
        }
    }

    /// Has a stretch worked on that begins where the chain stands, and takes the chain behind it.
    mutating func add(_ stretch: Stretch, _ chain: inout ChainReader, _ work: @escaping Work) {
        let answer = Answer()
        jobs.append(Job(stretch: stretch, answer: answer, before: chain.gtidPosition))
        threads.async {
            let result = Result { () throws(BinlogError) in try work() }
            answer.outcome.withLock { $0 = result }
            answer.isThere.signal()
        }
        chain.skip(
            to: stretch.range.upperBound, reached: stretch.reached,
            timestamp: stretch.lastTimestamp)
    }

    /// Waits for the oldest stretch; throws what its work threw.
    ///
    /// All that are under way are of the file being read.
    mutating func next(_ chain: borrowing ChainReader) throws(BinlogError) -> (Stretch, Outcome) {
        let job = jobs.removeFirst()
        beforeTaken = job.before
        job.answer.isThere.wait()
        let result = job.answer.outcome.withLock { outcome in
            defer { outcome = nil }
            return outcome
        }
        guard let result else { preconditionFailure("a thread has given no answer") }
        do throws(BinlogError) {
            return (job.stretch, try result.get())
        } catch {
            throw error.inFile(chain.file.name)
        }
    }

    /// Takes the chain back to where the stretch taken last begins, that has to go event by event.
    mutating func giveUp(_ stretch: Stretch, _ chain: inout ChainReader) {
        jobs.removeAll()
        giveUpOffset = stretch.range.upperBound
        chain.goBack(to: stretch.range.lowerBound, reached: beforeTaken)
    }

    /// Has each table's map told again by the next stretch that holds it.
    mutating func forgetTables() { scout?.forgetTables() }
}
