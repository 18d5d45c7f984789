public import Binlog
public import BinlogFiles
public import Recovery

/// What has to be known of logs before their first change is exported: which transactions came to
/// nothing, and when XA transactions were committed.
public struct ExportSurvey: Sendable {
    public private(set) var failures: [BinlogError] = []
    public private(set) var isFileUnreadable = false
    /// The tables whose rows the logs hold.
    public private(set) var tables: Set<TableName> = []

    private var fates: [BinlogPosition: Fate] = [:]
    /// Parts of transactions that were undone by ROLLBACK TO.
    private var undone: [BinlogPosition: [Range<UInt64>]] = [:]
    /// With the offset of each.
    private var savepoints = Savepoints<UInt64>()
    /// XA transactions that were committed here and prepared before.
    private(set) var unprepared: [BinlogError] = []
    private var decisions: [Decision] = []
    private var prepared: [XAID: BinlogPosition] = [:]
    private var open: BinlogPosition?
    private var fileName = ""
    private var maps = TableMapRegistry()

    /// What became of a transaction whose end is not a plain commit.
    enum Fate: Hashable, Sendable {
        case rolledBack
        /// Its XA COMMIT is stamped so, in milliseconds since 1970.
        case committedLater(UInt64)
        /// XA PREPARE, and no end in these logs.
        case undecided
        /// The log ends or is damaged before its end.
        case unfinished
    }

    private enum Decision: Sendable {
        case prepared(XAID, BinlogPosition)
        case committed(XAID, milliseconds: UInt64, BinlogPosition)
        case rolledBack(XAID)
    }

    public init() {}

    /// One that reads a range further on.
    public var successor: Self { Self() }

    /// Takes in what a successor found in the range that comes next.
    public mutating func join(_ later: Self) {
        tables.formUnion(later.tables)
        fates.merge(later.fates) { _, new in new }
        undone.merge(later.undone) { _, new in new }
        decisions += later.decisions
    }

    /// Another file begins, or the same again behind damage.
    public mutating func enter(_ fileName: String) {
        closeOpen()
        self.fileName = fileName
        isFileUnreadable = false
    }

    /// Notes what kept a part from being read.
    public mutating func fail(_ error: BinlogError) { failures.append(error) }

    private mutating func closeOpen() {
        if let open { fates[open] = .unfinished }
        open = nil
    }

    /// The logs are over.
    public mutating func finish() {
        closeOpen()
        for decision in decisions {
            switch decision {
            case .prepared(let xid, let id):
                prepared[xid] = id
                fates[id] = .undecided
            case .committed(let xid, let milliseconds, let place):
                if let id = prepared.removeValue(forKey: xid) {
                    fates[id] = .committedLater(milliseconds)
                } else {
                    unprepared.append(
                        BinlogError(
                            .missingXA,
                            "an XA COMMIT stands here whose XA PREPARE is before these logs: what "
                                + "it changed is not exported",
                            hint: "give the logs before it too", file: place.file,
                            offset: place.offset))
                }
            case .rolledBack(let xid):
                if let id = prepared.removeValue(forKey: xid) { fates[id] = .rolledBack }
            }
        }
        decisions = []
    }

    func fate(of id: BinlogPosition) -> Fate? { fates.isEmpty ? nil : fates[id] }

    /// Offsets of a transaction's events that were undone before its end.
    func undone(in id: BinlogPosition) -> [Range<UInt64>] {
        undone.isEmpty ? [] : undone[id] ?? []
    }

    /// Transactions of which a part was undone.
    var partlyUndone: Int { undone.count }

    /// How many transactions have a fate, for people.
    func count(_ fate: Fate) -> Int { fates.values.count { $0 == fate } }

    /// Takes the newest event of the chain.
    public mutating func take(_ chain: inout ChainReader) {
        let event = chain.event
        if chain.step == .begins {
            open = BinlogPosition(file: fileName, offset: event.offset)
            savepoints.removeAll()
        }
        do throws(BinlogError) {
            switch event.type {
            case .formatDescription:
                maps = TableMapRegistry(flavor: chain.format?.flavor ?? .mariadb)
            case .tableMap: try note(event)
            case .query: try noteQuery(event)
            default: break
            }
        } catch {
            failures.append(error.inFile(fileName))
            isFileUnreadable = true
        }
        let step = chain.step
        guard step == .ends || step == .whole else { return }
        open = nil
        note(chain.transaction)
    }

    private mutating func note(_ event: borrowing Event) throws(BinlogError) {
        let generation = maps.generation
        let handle = try maps.record(event)
        maps.endStatement()
        guard generation == maps.generation else { return }
        let map = maps[handle]
        tables.insert(TableName(schema: map.schema, table: map.table))
    }

    private mutating func noteQuery(_ event: borrowing Event) throws(BinlogError) {
        guard let open else { return }
        let query = try QueryEvent(event)
        switch SavepointStatement(query.text) {
        case .set(let name)?: savepoints.set(name, event.offset)
        case .rollback(let name)?:
            guard let begin = savepoints.rollBack(to: name) else { return }
            while let last = undone[open]?.last, last.lowerBound >= begin {
                undone[open]?.removeLast()
            }
            undone[open, default: []].append(begin..<event.offset)
        case nil: break
        }
    }

    private mutating func note(_ transaction: Transaction) {
        let id = BinlogPosition(file: fileName, offset: transaction.beginOffset)
        switch (transaction.ending, transaction.xaID) {
        case (.rollback, _): fates[id] = .rolledBack
        case (.xaPrepare, let xid?): decisions.append(.prepared(xid, id))
        case (.xaCommit, let xid?):
            decisions.append(.committed(xid, milliseconds: transaction.commitMilliseconds, id))
        case (.xaRollback, let xid?): decisions.append(.rolledBack(xid))
        default: break
        }
    }
}

extension Transaction {
    /// When it was committed, in milliseconds since 1970.
    var commitMilliseconds: UInt64 {
        commitMicroseconds.map { $0 / 1000 } ?? UInt64(timestamp) * 1000
    }
}
