internal import Binlog
internal import BinlogFiles
internal import SystemPackage

/// Indexes several files of a chain with all processors.
///
/// A file that is most of the work is read by all threads, the others one by each.
struct IndexingPool {
    /// One file, and what is known of its beginning.
    struct Job: Sendable {
        var index: Int
        var path: FilePath
        var known: CatalogEntry?
    }

    private let logs: LogSet

    init(_ logs: LogSet) { self.logs = logs }

    /// Hands every file over when it is indexed; nil for one that is not there any more.
    func run<Trouble: Error>(
        _ jobs: [Job], _ done: (Job, CatalogEntry?) throws(Trouble) -> Void
    ) async throws(Trouble) {
        let totalBytes = jobs.reduce(UInt64(0)) { $0 + logs.files[$1.index].sizeBytes }
        let largeBytes = totalBytes / UInt64(Processors.count)
        var begun: [(job: Job, task: Task<CatalogEntry?, Never>)] = []
        defer { for (_, task) in begun { task.cancel() } }
        for job in jobs {
            let logs = logs
            guard logs.files[job.index].sizeBytes <= largeBytes else {
                try done(job, await Self.read(job, logs, splits: true))
                continue
            }
            begun.append((job, Task.detached { await Self.read(job, logs, splits: false) }))
            guard begun.count >= Processors.count else { continue }
            let (first, task) = begun.removeFirst()
            try done(first, await task.value)
        }
        while !begun.isEmpty {
            let (first, task) = begun.removeFirst()
            try done(first, await task.value)
        }
    }

    private static func read(_ job: Job, _ logs: LogSet, splits: Bool) async -> CatalogEntry? {
        // Before the file is read: what is written to it meanwhile makes the stamp old.
        guard let stamp = FileStamp(job.path) else { return nil }
        var indexer = FileIndexer(logs, fileIndex: job.index, splits: splits)
        let result = await indexer.run(after: job.known?.facts)
        var facts = job.known?.facts ?? FileFacts()
        facts.append(result.facts)
        if job.known != nil { facts.joinSmallBlocks(of: job.path) }
        guard let head = job.known?.head ?? result.head else {
            return CatalogEntry(unreadable: job.path, stamp, result.faults)
        }
        return CatalogEntry(job.path, stamp, head, facts, result)
    }
}

extension CatalogEntry {
    /// Nothing in it hangs on what follows.
    var canBeContinued: Bool { facts.blocks.last?.isPlain == true }

    fileprivate init(
        _ path: FilePath, _ stamp: FileStamp, _ head: LogHeadFacts, _ facts: FileFacts,
        _ result: FileIndexer.Result
    ) {
        self.path = path.string
        self.stamp = stamp
        self.head = head
        self.facts = facts
        end = result.end
        faults = result.faults
        headHash = []
        tailHash = []
        headHash = FileSample.headHash(of: path, end: headEnd) ?? []
        tailHash = FileSample.tailHash(of: path, end: indexedEnd) ?? []
    }

    /// Of a file that says nothing of itself.
    fileprivate init(unreadable path: FilePath, _ stamp: FileStamp, _ faults: [BinlogError]) {
        self.path = path.string
        self.stamp = stamp
        head = LogHeadFacts()
        facts = FileFacts()
        end = nil
        self.faults = faults
        headHash = []
        tailHash = []
    }
}
