internal import Binlog
internal import BinlogFiles
internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Has stretches folded by other threads and gives the outcomes in the stretches' order.
///
/// Threads of their own, not tasks: whoever waits here may block one of the few that tasks have.
struct StretchQueue: ~Copyable {
    typealias Work = @Sendable () throws(BinlogError) -> StretchOutcome

    /// A stretch under way.
    private struct Job {
        let stretch: Stretch
        let file: LogFile
        let answer: Answer
    }

    private final class Answer: Sendable {
        let isThere = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<StretchOutcome, BinlogError>?>(nil)
    }

    private var jobs: [Job] = []
    private let threads = DispatchQueue(label: "lastgood.fold", attributes: .concurrent)
    private let mostJobs = 1 + max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    var isEmpty: Bool { jobs.isEmpty }

    /// More would only take memory.
    var isFull: Bool { jobs.count >= mostJobs }

    mutating func add(_ stretch: Stretch, of file: LogFile, _ work: @escaping Work) {
        let answer = Answer()
        jobs.append(Job(stretch: stretch, file: file, answer: answer))
        threads.async {
            let result = Result { () throws(BinlogError) in try work() }
            answer.outcome.withLock { $0 = result }
            answer.isThere.signal()
        }
    }

    /// Waits for the oldest stretch; throws what its work threw.
    mutating func next() throws(BinlogError) -> (Stretch, LogFile, StretchOutcome) {
        let job = jobs.removeFirst()
        job.answer.isThere.wait()
        let result = job.answer.outcome.withLock { outcome in
            defer { outcome = nil }
            return outcome
        }
        guard let result else { preconditionFailure("a thread has given no answer") }
        do throws(BinlogError) {
            return (job.stretch, job.file, try result.get())
        } catch {
            throw error.inFile(job.file.name)
        }
    }
}
