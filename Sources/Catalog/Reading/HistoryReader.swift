public import Binlog
public import BinlogFiles
public import Recovery

/// Feeds the follower of a row with events; rows of other tables are passed over unread.
public struct HistoryReader: Sendable {
    /// What could not be read.
    public private(set) var failures: [BinlogError] = []
    /// The rest of the file cannot be read.
    public private(set) var isFileUnreadable = false
    /// What was found, and what is followed.
    public private(set) var follower: HistoryFollower

    private var tables = TableMapRegistry()
    private var tablesGeneration = 0
    /// By the registry's slots: whether the table is followed; nil where that was not asked since
    /// it last changed.
    private var followed: [Bool?] = []
    private var followedVersion = 0
    /// Followed tables that the open statement has mapped and told no row of.
    private var opened: Set<Int> = []
    private var unsupported: Set<EventType> = []
    private var fileName = ""
    private var isRelayLog = false
    private var flavor = FormatDescription.Flavor.mariadb

    public init(_ request: HistoryRequest) { follower = HistoryFollower(request) }

    /// Whether what follows can be read without what has been.
    public var isIndependent: Bool { !isRelayLog }

    /// One that reads a range further on, following what is followed here.
    public var successor: Self {
        var next = self
        next.follower = follower.successor
        next.failures = []
        next.opened = []
        return next
    }

    /// Takes in what a successor found from here on.
    public mutating func join(_ later: Self) {
        follower.join(later.follower)
        unsupported.formUnion(later.unsupported)
    }

    /// Another file begins, or the same again behind damage.
    public mutating func enter(_ fileName: String, isRelayLog: Bool) {
        self.fileName = fileName
        self.isRelayLog = isRelayLog
        isFileUnreadable = false
        if !isRelayLog { endStatement() }
    }

    /// Notes what kept a part from being read.
    public mutating func fail(_ error: BinlogError) { failures.append(error) }

    /// The logs are over.
    public mutating func finish() { follower.finish() }

    /// Takes the newest event of the chain.
    public mutating func take(_ chain: inout ChainReader) {
        let event = chain.event
        do throws(BinlogError) {
            switch chain.step {
            case .begins, .whole:
                begin(chain.transaction, event)
                try takeInside(event)
                if chain.step == .whole { end(chain.transaction) }
            case .inside: try takeInside(event)
            case .ends:
                try takeInside(event)
                end(chain.transaction)
            case .outside:
                takeOutside(event, event.type == .formatDescription ? chain.format : nil)
            }
        } catch {
            failures.append(error.inFile(fileName))
            isFileUnreadable = true
        }
    }

    private mutating func begin(_ transaction: Transaction, _ event: borrowing Event) {
        if !isRelayLog || event.type.beginsTransaction { tables.endStatement() }
        opened.removeAll(keepingCapacity: true)
        follower.begin(transaction, id: BinlogPosition(file: fileName, offset: event.offset))
    }

    private mutating func end(_ transaction: Transaction) {
        endStatement()
        follower.end(transaction)
    }

    private mutating func endStatement() {
        tables.endStatement()
        if !opened.isEmpty {
            follower.opened()
            opened.removeAll(keepingCapacity: true)
        }
        follower.endStatement()
    }

    private mutating func takeOutside(_ event: borrowing Event, _ format: FormatDescription?) {
        switch event.type {
        case .formatDescription:
            if let format, format.created != 0 { follower.serverRestarted() }
            flavor = format?.flavor ?? .mariadb
            guard !isRelayLog else { return }
            tables = TableMapRegistry(flavor: flavor)
            forgetMaps()
        case let type where type.support == .refused: noteUnsupported(type, at: event.offset)
        default: break
        }
    }

    private mutating func takeInside(_ event: borrowing Event) throws(BinlogError) {
        switch event.type {
        case .tableMap:
            let handle = try tables.record(event)
            if isFollowed(handle) { opened.insert(handle.slot) }
        case let type where type.isRows: try takeRows(event)
        case .annotateRows, .rowsQuery:
            if let text = event.annotation { follower.annotate(text) }
        case .query, .executeLoadQuery: try takeQuery(event)
        case .gtid, .xid, .intvar, .rand, .userVar, .xaPrepare: break
        case .incident:
            failures.append(
                BinlogError(
                    .incident, "the server recorded here that it lost events",
                    hint: "what it lost stands in no log", file: fileName, offset: event.offset))
        case let type where type.support == .refused: noteUnsupported(type, at: event.offset)
        default: break
        }
    }

    private mutating func takeQuery(_ event: borrowing Event) throws(BinlogError) {
        let query = try QueryEvent(event)
        guard query.control == .none else { return }
        endStatement()
        // A statement that was stopped by an error may have changed rows all the same.
        follower.statement(
            query.text, database: query.database,
            mode: SQLMode(bits: try query.statusVariables(flavor).sqlMode ?? 0),
            threadID: query.threadID)
    }

    private mutating func takeRows(_ event: borrowing Event) throws(BinlogError) {
        let rows = try RowsEvent(event)
        if !rows.isDummy {
            let handle = try tables.table(of: rows)
            if isFollowed(handle) {
                opened.remove(handle.slot)
                let layouts = try tables.layouts(of: rows, in: handle)
                try follower.take(rows, tables[handle], slot: handle.slot, layouts)
            }
        }
        if rows.isDummy || rows.endsStatement { endStatement() }
    }

    @inline(__always)
    private mutating func isFollowed(_ handle: TableMapRegistry.Handle) -> Bool {
        if followedVersion == follower.version, tablesGeneration == tables.generation,
            handle.slot < followed.count, let known = followed[handle.slot]
        {
            return known
        }
        return askFollowed(handle)
    }

    private mutating func askFollowed(_ handle: TableMapRegistry.Handle) -> Bool {
        if followedVersion != follower.version || tablesGeneration != tables.generation {
            if tablesGeneration != tables.generation { forgetMaps() }
            followed.removeAll(keepingCapacity: true)
            followedVersion = follower.version
        }
        while followed.count <= handle.slot { followed.append(nil) }
        let isFollowed = follower.follows(tables[handle])
        followed[handle.slot] = isFollowed
        return isFollowed
    }

    private mutating func forgetMaps() {
        tablesGeneration = tables.generation
        followed.removeAll(keepingCapacity: true)
        follower.forgetMaps()
    }

    private mutating func noteUnsupported(_ type: EventType, at offset: UInt64) {
        guard unsupported.insert(type).inserted else { return }
        failures.append(
            BinlogError(
                .unsupportedEvent,
                "\(type) events are not supported by this version: what they did is not told",
                hint: "a later version reads them", file: fileName, offset: offset))
    }
}
