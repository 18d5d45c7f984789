public import Binlog
public import BinlogFiles
internal import SystemPackage

/// Brings a catalog up to date with a chain of logs, file by file.
public struct CatalogIndexer {
    /// What was done with one file.
    public struct FileOutcome: Sendable {
        /// What it took.
        public enum State: String, Sendable { case fresh, grown, rebuilt, refused }

        public var name: String
        public var state: State
        /// Lower case, no full stop; nil where there is nothing to say.
        public var reason: String?
        /// What is wrong with the file itself.
        public var faults: [BinlogError]
    }

    private let logs: LogSet
    private let store: CatalogStore
    private let keepsTextsOfEncrypted: Bool
    /// What the catalog knew when the run began, and what it has learned since.
    private var fingerprints: [String: LogFingerprint] = [:]

    /// - Parameter keepsTextsOfEncrypted: statements of encrypted logs are kept in clear.
    public init(_ logs: LogSet, _ store: CatalogStore, keepsTextsOfEncrypted: Bool) {
        self.logs = logs
        self.store = store
        self.keepsTextsOfEncrypted = keepsTextsOfEncrypted
    }

    /// What is to be done with one file.
    private struct Work: Sendable {
        var job: IndexingPool.Job
        var state: FileOutcome.State
        var reason: String?
        var faults: [BinlogError] = []
    }

    /// Indexes what is not fresh; `done` is told of each file when it is.
    ///
    /// Throws what keeps the catalog from being written. What is wrong with a log is an outcome.
    public mutating func run(
        rebuildsAll: Bool = false, done: (FileOutcome, UInt64) -> Void
    ) async throws(CatalogStore.Trouble) {
        try forgetLostFiles()
        var stale: [Work] = []
        for index in logs.files.indices {
            let work = try plan(index, rebuildsAll: rebuildsAll)
            if work.state == .fresh {
                let outcome = FileOutcome(
                    name: logs.files[index].name, state: .fresh, reason: work.reason,
                    faults: work.faults)
                done(outcome, logs.files[index].sizeBytes)
            } else {
                stale.append(work)
            }
        }
        let pool = IndexingPool(logs)
        try await pool.run(stale.map(\.job)) {
            (job, entry) throws(CatalogStore.Trouble) in
            guard let work = stale.first(where: { $0.job.index == job.index }) else { return }
            done(try keep(entry, work), logs.files[job.index].sizeBytes)
        }
    }

    /// Files of the same folders that are gone: retention removes logs.
    private mutating func forgetLostFiles() throws(CatalogStore.Trouble) {
        let folders = Set(logs.files.map { AbsolutePath.of($0.path).removingLastComponent() })
        for (path, fingerprint) in try store.fingerprints() {
            let file = FilePath(path)
            if folders.contains(file.removingLastComponent()), FileStamp(file) == nil {
                try store.remove(path)
            } else {
                fingerprints[path] = fingerprint
            }
        }
    }

    /// Another file that says it is the same log, and is not.
    private func impostor(of entry: CatalogEntry) -> String? {
        let own = (entry.fingerprint, FilePath(entry.path))
        for (path, fingerprint) in fingerprints where path != entry.path {
            guard fingerprint.isSameLog(as: own.0) else { continue }
            let other = (fingerprint, FilePath(path))
            if FileStamp(other.1) != nil, !LogFingerprint.fit(own, other) { return path }
        }
        return nil
    }

    private func plan(_ index: Int, rebuildsAll: Bool) throws(CatalogStore.Trouble) -> Work {
        let path = AbsolutePath.of(logs.files[index].path)
        var work = Work(job: IndexingPool.Job(index: index, path: path), state: .rebuilt)
        let known = try store.entries(of: [path.string])[path.string]
        guard let known, !rebuildsAll else {
            work.reason = known == nil ? "new" : nil
            return work
        }
        switch Freshness(known, of: path) {
        case .fresh:
            work.state = .fresh
            work.faults = known.faults
        case .grown where known.canBeContinued:
            work.state = .grown
            // Only what is gone on with is needed whole.
            work.job.known = try store.entries(of: [path.string], withMinutes: true)[path.string]
            if work.job.known == nil {
                work.state = .rebuilt
                work.reason = "what was kept of it is damaged"
            }
        case .grown: work.reason = "it has grown, and what it held hangs on what follows"
        case .stale(let reason): work.reason = reason
        }
        return work
    }

    private mutating func keep(
        _ entry: CatalogEntry?, _ work: Work
    ) throws(CatalogStore.Trouble) -> FileOutcome {
        let name = logs.files[work.job.index].name
        guard let entry else {
            return FileOutcome(
                name: name, state: .refused, reason: "it cannot be read",
                faults: [BinlogError(.unreadable, "it cannot be read", file: name)])
        }
        if entry.facts.blocks.isEmpty, let fault = entry.faults.first {
            try store.remove(entry.path)
            return FileOutcome(
                name: name, state: .refused, reason: fault.message, faults: entry.faults)
        }
        if let other = impostor(of: entry) {
            try store.remove(entry.path)
            fingerprints[entry.path] = nil
            let fault = BinlogError(
                .sameIdentity,
                "it says that it is the same log as \(other), and its contents are others",
                hint: "one of the two was changed or is damaged: compare both with the server's",
                file: name)
            return FileOutcome(
                name: name, state: .refused, reason: fault.message, faults: [fault])
        }
        fingerprints[entry.path] = entry.fingerprint
        try store.put(entry, keepsTexts: !entry.head.isEncrypted || keepsTextsOfEncrypted)
        return FileOutcome(
            name: name, state: work.state, reason: work.reason, faults: entry.faults)
    }
}

extension BinlogError.Code {
    /// Two files have the same server, creation time and first GTID, and other contents.
    public static let sameIdentity = Self(rawValue: "same-identity")
}
