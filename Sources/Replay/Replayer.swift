internal import Binlog
internal import BinlogFiles
public import Recovery
internal import Server

/// Which part of which logs is replayed.
struct ReplayJob {
    let logs: LogSet
    let stopPosition: BinlogPosition
    let start: LogPlace
    let stop: LogPlace
    /// Where an earlier run stood; before it everything is only read.
    let resumeAt: LogPlace
    /// Transactions that the backup already holds though they stand behind the start.
    let contained: GTIDPosition

    /// Throws `chain-gap` where one of the three places is in a file that is not there.
    init(
        _ logs: LogSet, start: BinlogPosition, stop: BinlogPosition, resumeAt: BinlogPosition,
        contained: GTIDPosition
    ) throws(BinlogError) {
        self.logs = logs
        stopPosition = stop
        self.start = try LogPlace(start, in: logs)
        self.stop = try LogPlace(stop, in: logs)
        self.resumeAt = try LogPlace(resumeAt, in: logs)
        self.contained = contained
    }
}

/// Reads a chain from the start point to the stop point and has it applied.
struct Replayer: ~Copyable {
    private var applier: Applier
    private let job: ReplayJob
    private var held = HeldXA()
    private var stretches: StretchFeed<StretchOutcome>
    /// Of the definitions that the stretches under way were given.
    private var definitions = 0

    /// - Parameter mostStretches: how many stretches of the log are under way at most.
    init(_ job: ReplayJob, _ applier: consuming Applier, mostStretches: Int) {
        self.job = job
        stretches = StretchFeed(mostJobs: mostStretches)
        self.applier = applier
    }

    private static let progressBytes: UInt64 = 4 << 20

    /// Runs to the stop point and commits; `onProgress` is told how far it has read.
    ///
    /// Throws `ReplayFailure`; the target then stands at the newest checkpoint.
    mutating func run(
        onProgress: (ReplayTally) -> Void
    ) throws(ReplayFailure) -> ReplayTally {
        do {
            return try read(onProgress)
        } catch {
            var failure = ReplayFailure(wrapping: error)
            failure.reached = applier.reached.position
            failure.committed = applier.session.checkpoint.position
            failure.losesTemporaryTables = applier.session.checkpoint.hasTemporaryTables
            // Half-committed by lanes, a window can be finished in no other way.
            if applier.stretchEnd != nil { failure.isOfRows = false }
            throw failure
        }
    }

    /// The session with the temporary tables as they were at the newest checkpoint, when the run
    /// has ended; nil where there are none, or nobody can bring them back.
    consuming func temporaryTables() -> TemporaryTables.Session? { applier.temporaryTables() }

    private mutating func read(_ onProgress: (ReplayTally) -> Void) throws -> ReplayTally {
        var chain = try ChainReader(job.logs, fileIndex: job.start.fileIndex)
        var toldBytes: UInt64 = 0
        while true {
            if try !skipStretch(&chain) {
                // Whatever the chain says next, what is before it comes first.
                if !stretches.isEmpty {
                    try finishStretch(&chain)
                    continue
                }
                // What stands behind the stop is not needed, and may be damaged.
                let next = LogPlace(fileIndex: chain.fileIndex, offset: chain.nextOffset)
                if next >= job.stop, !chain.isInsideTransaction { break }
                guard try chain.advance() else { break }
                let place = LogPlace(fileIndex: chain.fileIndex, offset: chain.event.offset)
                if place >= job.stop { break }
                do {
                    try take(chain, at: place)
                } catch {
                    throw ReplayFailure(wrapping: error).at(
                        BinlogPosition(file: chain.file.name, offset: chain.event.offset))
                }
            }
            if applier.reached.tally.bytes >= toldBytes + Self.progressBytes {
                toldBytes = applier.reached.tally.bytes
                onProgress(applier.reached.tally)
            }
        }
        try applier.commit()
        try checkStop(chain)
        var tally = applier.reached.tally
        tally.exactTables = applier.exactTables
        return tally
    }

    private func checkStop(_ chain: borrowing ChainReader) throws(ReplayFailure) {
        let end = LogPlace(fileIndex: chain.fileIndex, offset: chain.nextOffset)
        guard end >= job.stop else {
            throw ReplayFailure(
                .planChanged, "the logs end before the stop point \(job.stopPosition)",
                hint: "a log changed since the plan was made")
        }
    }

    private mutating func take(_ chain: borrowing ChainReader, at place: LogPlace) throws {
        let event = chain.event
        let isDone = place < job.resumeAt
        if event.type == .formatDescription, let format = chain.format {
            try applier.take(format: event, format, in: chain.file.name, isDone: isDone)
        }
        let transaction = chain.transaction
        guard chain.step != .outside, place >= job.start, !isContained(transaction) else { return }
        switch chain.step {
        case .outside: return
        case .begins, .inside:
            if !isDone, !transaction.isXA {
                try applier.take(event, of: transaction, in: chain.file.name)
            }
        case .ends, .whole:
            try end(transaction, event, place, file: chain.file.name, isDone: isDone)
        }
    }

    // MARK: Stretches

    /// Has the stretch folded that begins where the chain stands, and goes on behind it; false
    /// where none does.
    private mutating func skipStretch(_ chain: inout ChainReader) throws -> Bool {
        let place = LogPlace(fileIndex: chain.fileIndex, offset: chain.nextOffset)
        guard applier.takesStretches, place >= max(job.start, job.resumeAt), place < job.stop else {
            return false
        }
        if stretches.isFull {
            try finishStretch(&chain)
            return true
        }
        if definitions != applier.definitions {
            definitions = applier.definitions
            stretches.forgetTables()
        }
        var limits = StretchScout.Limits()
        if place.fileIndex == job.stop.fileIndex { limits.endOffset = job.stop.offset }
        if let end = applier.stretchEnd, end.file == chain.file.name {
            // What stands behind it is not begun before everything up to it is committed.
            guard place.offset < end.offset || stretches.isEmpty else {
                try finishStretch(&chain)
                return true
            }
            limits.endOffset = min(limits.endOffset, end.offset)
        }
        limits.transactionCount = applier.stretchTransactions
        limits.contained = job.contained
        guard let stretch = try stretches.stretch(at: chain, limits) else { return false }
        stretches.add(stretch, &chain, try applier.work(on: stretch))
        return true
    }

    /// Takes what the oldest stretch comes to.
    private mutating func finishStretch(_ chain: inout ChainReader) throws {
        var (stretch, outcome) = try stretches.next(chain)
        do {
            var inOrder: Set<TargetSchema.Name> = []
            while case .cannotFold(let table, let isLasting) = outcome {
                if isLasting { applier.giveUp(table) } else { inOrder.insert(table) }
                outcome = try applier.work(on: stretch, inOrder: inOrder)()
            }
            guard case .folded(let fold) = outcome else {
                return stretches.giveUp(stretch, &chain)
            }
            let end = BinlogPosition(file: chain.file.name, offset: stretch.range.upperBound)
            try applier.take(fold, of: stretch, at: end)
            // Their rows may be folded again behind it, and must not overtake these.
            if !inOrder.isEmpty { try applier.commit() }
        } catch {
            throw ReplayFailure(wrapping: error).at(
                BinlogPosition(file: chain.file.name, offset: stretch.range.lowerBound))
        }
    }

    // MARK: Transactions

    private mutating func end(
        _ transaction: Transaction, _ event: borrowing Event, _ place: LogPlace, file: String,
        isDone: Bool
    ) throws {
        var isRolledBack = false
        switch transaction.ending {
        case .xid where transaction.isXA:
            // Read again: its events have been passed over.
            let place = LogPlace(fileIndex: place.fileIndex, offset: transaction.beginOffset)
            let whole = HeldXA.Held(place: place, transaction: transaction)
            if !isDone { try apply(whole, for: transaction, in: file) }
        case .xid, .commit, .alterBegin, .alterRollback: break
        case .rollback: isRolledBack = true
        case .statement, .alterCommit:
            if !isDone { try applier.take(event, of: transaction, in: file) }
        case .xaPrepare:
            held.hold(
                transaction,
                at: LogPlace(fileIndex: place.fileIndex, offset: transaction.beginOffset))
        case .xaRollback:
            // What it did to counters and to tables that cannot roll back stays on the source.
            if let decided = held.decide(transaction), !isDone {
                try apply(decided, for: transaction, in: file)
                isRolledBack = true
            }
        case .xaCommit:
            let decided = held.decide(transaction)
            if !isDone { try apply(decided, for: transaction, in: file) }
        case .incident:
            throw BinlogError(
                .incident, "the server recorded that it lost events", file: file,
                offset: event.offset)
        }
        guard !isDone else { return }
        try applier.end(
            transaction, isRolledBack: isRolledBack,
            at: BinlogPosition(file: file, offset: transaction.endOffset))
    }

    /// Reads a prepared XA transaction again, now that it is committed.
    private mutating func apply(
        _ held: HeldXA.Held?, for transaction: Transaction, in file: String
    ) throws {
        guard let held else {
            throw BinlogError(
                .missingXA, "an XA COMMIT stands here whose XA PREPARE is before the start point",
                hint: "what it changed is neither in the backup nor in the logs replayed; take an "
                    + "older backup", file: file, offset: transaction.beginOffset)
        }
        let log = job.logs.files[held.place.fileIndex]
        var reader = try LogReader(log)
        guard try reader.advance() else { return }
        reader.seek(to: held.place.offset)
        while try reader.advance(), reader.step != .ends {
            try applier.take(reader.event, of: held.transaction, in: log.name)
        }
    }

    private func isContained(_ transaction: Transaction) -> Bool {
        job.contained.contains(transaction.gtid)
    }
}

extension RecoveryError.Code {
    /// The logs or the backup are not those that the plan was made from.
    public static let planChanged = Self(rawValue: "plan-changed")
}
