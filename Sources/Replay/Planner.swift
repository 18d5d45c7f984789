public import Binlog
public import BinlogFiles
public import Recovery

/// Where a replay begins.
public enum StartRequest: Hashable, Sendable {
    /// The first event to replay, and the GTIDs that the backup says it holds there, if it does.
    case position(BinlogPosition, gtidPosition: GTIDPosition?)
    /// The last transaction of each domain that the backup already holds.
    case gtids(GTIDPosition)
}

/// What came of planning.
public enum PlanOutcome: Sendable {
    case plan(Plan, contained: GTIDPosition)
    /// The stop point matches nothing.
    case notFound
    /// It matches several transactions: the first ones, and how many there are.
    case ambiguous([TransactionSummary], count: Int)
}

/// Reads a chain from the start point on and makes a plan of it. Nothing is changed.
public struct Planner {
    /// Tells whether a logged text is the statement that was asked for; `mode` and `database` are
    /// nil where the log does not tell them.
    ///
    /// Several threads may ask at the same time.
    public typealias TextMatcher =
        @Sendable (
            _ text: RawSpan, _ mode: SQLMode?, _ database: RawSpan?
        ) -> Bool

    private let logs: LogSet
    private let start: StartRequest
    private let stop: StopRequest
    private let matches: TextMatcher?
    private let typedTables: [TableName]
    private let allowsDamagedTail: Bool
    private let passable: [Int: PassableRanges]
    private let onProgress: (UInt64) -> Void

    /// - Parameter typedTables: what the statement that `matches` looks for changes, as it was
    ///   typed.
    /// - Parameter allowsDamagedTail: the logs end before a torn tail of the last file.
    /// - Parameter passable: what behind the stop point need not be read, by the files' places in
    ///   the chain.
    public init(
        _ logs: LogSet, start: StartRequest, stop: StopRequest, matches: TextMatcher?,
        typedTables: [TableName] = [], allowsDamagedTail: Bool = false,
        passable: [Int: PassableRanges] = [:],
        onProgress: @escaping (UInt64) -> Void = { _ in }
    ) {
        self.logs = logs
        self.start = start
        self.stop = stop
        self.matches = matches
        self.typedTables = typedTables
        self.allowsDamagedTail = allowsDamagedTail
        self.passable = passable
        self.onProgress = onProgress
    }

    /// Reads as much of the chain as the stop point needs.
    ///
    /// Throws what is wrong with the logs before the stop point, `stop-before-backup`, and
    /// `position-mismatch` where the backup and the logs do not belong together.
    public func outcome() throws(RecoveryError) -> PlanOutcome {
        do {
            return try read()
        } catch let error as BinlogError {
            throw RecoveryError(error)
        } catch let error as RecoveryError {
            throw error
        } catch {
            throw RecoveryError(.unreadable, "\(error)")
        }
    }

    private func read() throws -> PlanOutcome {
        if case .before(.transaction(let id)) = stop { try checkIsBehindStart(id) }
        if case .after(.transaction(let id)) = stop { try checkIsBehindStart(id) }
        var chain = try ChainReader(logs, fileIndex: try firstFile())
        chain.allowsDamagedTail = allowsDamagedTail
        let finder = StartFinder(start, logs: logs)
        guard let begun = try finder.find(&chain) else {
            return try emptyOutcome(chain)
        }
        var builder = PlanBuilder(
            stop, start: begun.position, gtidPosition: begun.gtidPosition)
        let damage = try readTransactions(&chain, into: &builder, contained: begun.contained)
        switch builder.finder.matchCount {
        case 0 where isMark:
            try checkIsNotBeforeStart(begun)
            if let damage { throw damage }
            return .notFound
        case 2... where isText:
            return .ambiguous(builder.finder.matches, count: builder.finder.matchCount)
        default: break
        }
        if case .until = stop, builder.isDecided, builder.replayedTransactions == 0 {
            try checkIsNotBeforeStart(begun)
        }
        var plan = try builder.plan()
        plan.warnings += chain.notes.map { note in
            PlanWarning(
                note.code, "\(note.file ?? ""):\(note.offset ?? 0): \(note.message)",
                blocks: note.lost != nil)
        }
        plan.lostTail = chain.notes.lazy.compactMap(\.lost).first
        if let damage {
            plan.warnings.append(
                PlanWarning(
                    "damage-behind-stop",
                    "the log is damaged behind the stop point, at \(damage.file ?? ""):"
                        + "\(damage.offset ?? 0): \(damage.message)"))
        }
        return .plan(plan, contained: begun.contained)
    }

    private var isMark: Bool {
        switch stop {
        case .before, .after: true
        case .until, .end: false
        }
    }

    private var isText: Bool {
        switch stop {
        case .before(.statement), .after(.statement): true
        default: false
        }
    }

    /// Reads on; an error behind a stop point that is decided is returned, not thrown.
    private func readTransactions(
        _ chain: inout ChainReader, into builder: inout PlanBuilder, contained: GTIDPosition
    ) throws -> BinlogError? {
        var reader = TransactionReader(matches: matches, tables: typedTables)
        var stretches = StretchFeed<TransactionRun?>()
        var limits = StretchScout.Limits()
        limits.contained = contained
        limits.takesStatements = true
        var bytes: UInt64 = 0
        do throws(BinlogError) {
            // The chain stands on the first event of the range already.
            repeat {
                if let facts = try reader.take(chain) {
                    bytes += facts.transaction.sizeBytes
                    onProgress(bytes)
                    if contained.contains(facts.transaction.gtid) { continue }
                    builder.take(facts)
                }
                while !builder.isFinal {
                    if stretches.isEmpty, pass(&chain, &builder, &bytes) { continue }
                    guard try readStretch(&stretches, &chain, limits, into: &builder, &bytes)
                    else { break }
                }
                if builder.isFinal { break }
            } while try chain.advance()
        } catch {
            guard builder.isDecided else { throw error }
            return error
        }
        return nil
    }

    /// Passes over what is known of the file behind the chain's place; false where nothing is.
    private func pass(
        _ chain: inout ChainReader, _ builder: inout PlanBuilder, _ bytes: inout UInt64
    ) -> Bool {
        guard builder.isDecided, !chain.isInsideTransaction,
            let next = passable[chain.fileIndex]?.range(at: chain.nextOffset), builder.pass(next)
        else { return false }
        chain.skip(to: next.range.upperBound, reached: next.reached)
        bytes += UInt64(next.range.count)
        onProgress(bytes)
        return true
    }

    /// Has the stretch read that begins where the chain stands, or takes the oldest of those under
    /// way; false where there is neither.
    private func readStretch(
        _ stretches: inout StretchFeed<TransactionRun?>, _ chain: inout ChainReader,
        _ limits: StretchScout.Limits, into builder: inout PlanBuilder, _ bytes: inout UInt64
    ) throws(BinlogError) -> Bool {
        var limits = limits
        if builder.isDecided, let known = passable[chain.fileIndex] {
            // Where a range may be passed over, its begin is not to be read past.
            limits.endOffset = known.nextBegin(from: chain.nextOffset) ?? .max
        }
        if limits.endOffset > chain.nextOffset, !stretches.isFull,
            let stretch = try stretches.stretch(at: chain, limits)
        {
            let (file, stop, matches) = (chain.file.name, stop, matches)
            stretches.add(stretch, &chain) { () throws(BinlogError) in
                do throws(BinlogError) {
                    return try StretchSurvey.run(of: stretch, file: file, stop, matches)
                } catch {
                    // Damage is told by whoever reads event by event: it may lie behind the stop
                    // point, or be a crash's torn tail.
                    return nil
                }
            }
            return true
        }
        guard !stretches.isEmpty else { return false }
        let (stretch, run) = try stretches.next(chain)
        if let run, builder.take(run) {
            bytes += UInt64(stretch.range.count)
            onProgress(bytes)
        } else {
            stretches.giveUp(stretch, &chain)
        }
        return true
    }

    private func emptyOutcome(_ chain: borrowing ChainReader) throws -> PlanOutcome {
        guard case .position(let position, _) = start else { return .notFound }
        let builder = PlanBuilder(stop, start: position, gtidPosition: chain.gtidPosition)
        if isMark {
            try checkIsNotBeforeStart(
                StartFinder.Begun(
                    position: position, gtidPosition: chain.gtidPosition,
                    contained: GTIDPosition()))
            return .notFound
        }
        return .plan(try builder.plan(), contained: GTIDPosition())
    }

    // MARK: Before the start

    private func firstFile() throws(BinlogError) -> Int {
        switch start {
        case .position(let position, _):
            if logs.index(of: position.file) == nil { try checkAreLogs() }
            return try LogPlace(position, in: logs).fileIndex
        case .gtids(let gtids):
            for index in logs.files.indices.reversed() {
                guard let list = try Self.gtidList(of: logs.files[index]) else { continue }
                if gtids.isSuperset(of: list) { return index }
            }
            throw BinlogError(
                .chainGap, "the logs begin after \(gtids)",
                hint: "older log files are needed", file: logs.files.first?.name)
        }
    }

    /// A file that is no binary log at all is told before one that is missing.
    private func checkAreLogs() throws(BinlogError) {
        for file in logs.files {
            var reader = try LogReader(file)
            _ = try reader.advance()
        }
    }

    /// What stands in a file's GTID list; nil for a file without one.
    private static func gtidList(of file: LogFile) throws(BinlogError) -> GTIDPosition? {
        var reader = try LogReader(file)
        while try reader.advance() {
            if let list = try GTIDPosition(listedIn: reader.event) { return list }
            if reader.step != .outside { return nil }
        }
        return nil
    }

    private func checkIsBehindStart(_ id: BinlogPosition) throws {
        guard case .position(let position, _) = start, logs.index(of: id.file) != nil else {
            return
        }
        guard try LogPlace(id, in: logs) < LogPlace(position, in: logs) else { return }
        throw Self.stopBeforeBackup(position)
    }

    /// Looks for the stop point before the start point, to say so instead of "not found".
    private func checkIsNotBeforeStart(_ begun: StartFinder.Begun) throws {
        let place = try LogPlace(begun.position, in: logs)
        var earlier = PlanBuilder(
            stop, start: begun.position, gtidPosition: GTIDPosition())
        var reader = TransactionReader(matches: matches, tables: typedTables)
        do throws(BinlogError) {
            var chain = try ChainReader(logs, fileIndex: 0)
            while try chain.advance() {
                if LogPlace(fileIndex: chain.fileIndex, offset: chain.event.offset) >= place {
                    break
                }
                if let facts = try reader.take(chain) { earlier.take(facts) }
                if earlier.isDecided { break }
            }
        } catch {
            // Logs before the start point are not needed: their damage hides nothing that is.
            return
        }
        if earlier.isDecided { throw Self.stopBeforeBackup(begun.position) }
    }

    private static func stopBeforeBackup(_ position: BinlogPosition) -> RecoveryError {
        RecoveryError(
            .stopBeforeBackup,
            "the stop point lies before the backup, which was taken at \(position)",
            hint: "take an older backup")
    }
}

extension RecoveryError.Code {
    /// The stop point is older than the backup.
    public static let stopBeforeBackup = Self(rawValue: "stop-before-backup")
    /// The backup's position and GTIDs do not stand together in these logs.
    public static let positionMismatch = Self(rawValue: "position-mismatch")
    public static let unreadable = Self(rawValue: "unreadable")
}
