public import Binlog
public import BinlogFiles
public import Recovery

/// Feeds a search with events, transaction by transaction.
///
/// The hot path of `search`: nothing is allocated per event, names are looked at once per table.
public struct EventSearcher: Sendable {
    /// What could not be searched.
    public private(set) var failures: [BinlogError] = []
    /// The rest of the file cannot be read.
    public private(set) var isFileUnreadable = false
    /// There is something for `takeMatches` to give.
    public private(set) var hasMatches = false

    private var matcher: SearchMatcher
    private var tables = TableMapRegistry()
    private var tablesGeneration = 0
    /// The matcher's tables by the slots of the registry.
    private var handles: [SearchMatcher.TableHandle?] = []
    private var unsupported: Set<EventType> = []
    private var fileName = ""
    /// A statement's table maps may stand in the file before.
    private var isRelayLog = false
    private var flavor = FormatDescription.Flavor.mariadb
    private var quiet: QuietTransaction
    /// Counts for a catalog; nil for a search.
    var tally: BlockTally?

    public init(_ filter: SearchFilter) {
        matcher = SearchMatcher(filter: filter)
        quiet = QuietTransaction(filter)
    }

    /// Whether what follows can be searched without what has been.
    public var isIndependent: Bool { matcher.isIndependent }

    /// Another file begins, or the same again behind damage.
    public mutating func enter(_ fileName: String, isRelayLog: Bool = false) {
        self.fileName = fileName
        self.isRelayLog = isRelayLog
        isFileUnreadable = false
        if !isRelayLog { tables.endStatement() }
    }

    /// Notes what kept a part from being read.
    public mutating func fail(_ error: BinlogError) { failures.append(error) }

    /// The logs are over: XA transactions that are still prepared are matches now.
    public mutating func finish() {
        matcher.finish()
        hasMatches = true
    }

    /// What was found since the last call, in the order in which it became certain.
    public mutating func takeMatches() -> [SearchMatch] {
        hasMatches = false
        return matcher.takeMatches()
    }

    /// Takes the newest event of the chain.
    public mutating func take(_ chain: inout ChainReader) {
        let event = chain.event
        do throws(BinlogError) {
            // What is indexed is believed later by those who would have read all of it.
            if tally != nil { try event.checkBody(flavor) }
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
        tally?.begin(transaction)
        let extra = transaction.head?.extraFlags ?? []
        quiet.begin(
            SearchMatcher.GroupBegin(
                id: BinlogPosition(file: fileName, offset: event.offset),
                timestamp: transaction.timestamp, gtid: transaction.gtid,
                serverID: transaction.serverID, threadID: transaction.head?.threadID,
                alter: extra.contains(.beginAlter)
                    ? .start
                    : extra.contains(.commitAlter)
                        ? .commit : extra.contains(.rollbackAlter) ? .rollback : .none),
            &matcher)
    }

    private mutating func end(_ transaction: Transaction) {
        let end = BinlogPosition(file: fileName, offset: transaction.endOffset)
        let ending: SearchMatcher.GroupEnd =
            switch transaction.ending {
            case .rollback: .rollback
            case .xaPrepare: .xaPrepared(xaID(transaction))
            case .xaCommit: .xaCommit(xaID(transaction))
            case .xaRollback: .xaRollback(xaID(transaction))
            case .xid, .commit, .statement, .alterBegin, .alterCommit, .alterRollback, .incident:
                .commit
            }
        if quiet.end(ending, at: end, &matcher) { hasMatches = true }
        tally?.end(transaction)
    }

    private func xaID(_ transaction: Transaction) -> XATransactionID? {
        transaction.xaID.map {
            XATransactionID(
                formatID: UInt64(UInt32(bitPattern: $0.formatID)), global: $0.globalID,
                branch: $0.branchQualifier)
        }
    }

    private mutating func takeOutside(_ event: borrowing Event, _ format: FormatDescription?) {
        switch event.type {
        case .formatDescription:
            if let format, format.created != 0 {
                matcher.serverRestarted()
                tally?.restarted(at: event.offset, timestamp: format.created)
            }
            flavor = format?.flavor ?? .mariadb
            guard !isRelayLog else { return }
            tables = TableMapRegistry(flavor: flavor)
            handles.removeAll(keepingCapacity: true)
            tablesGeneration = 0
        case let type where type.support == .refused: noteUnsupported(type, at: event.offset)
        default: break
        }
    }

    private mutating func takeInside(_ event: borrowing Event) throws(BinlogError) {
        tally?.stamp(event.header.timestamp)
        switch event.type {
        case .tableMap:
            let handle = try tables.record(event)
            let table = matcherTable(handle)
            _ = tally?.touch(table.number) { matcher.name(of: table) }
            quiet.map(table, timestamp: event.header.timestamp, &matcher)
        case let type where type.isRows: try takeRows(event)
        case .annotateRows, .rowsQuery:
            guard let text = event.annotation else { return }
            tally?.say(text)
            quiet.annotate(text, timestamp: event.header.timestamp, &matcher)
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
        quiet.makeLoud(&matcher)
        let mode = try Self.sqlMode(query, flavor)
        matcher.statement(
            query.text, database: query.database, sqlMode: mode,
            timestamp: event.header.timestamp, threadID: query.threadID,
            errorCode: query.errorCode, executionSeconds: query.executionSeconds)
        if tally != nil {
            tally?.ran(seconds: query.executionSeconds)
            tally?.thread(query.threadID)
            tally?.say(query.text)
            tally?.text(
                of: matcher.namedTables(database: query.database),
                bytes: event.header.lengthBytes)
        }
    }

    /// Servers write flags2 (code 0) and sql_mode (code 1) first: then nothing else need be read.
    private static func sqlMode(
        _ query: borrowing QueryEvent, _ flavor: FormatDescription.Flavor
    ) throws(BinlogError) -> SQLMode {
        var reader = ByteReader(query.statusBytes, at: query.statusOffset)
        if reader.remaining >= 14, try reader.u8() == 0 {
            try reader.skip(4)
            if try reader.u8() == 1 { return SQLMode(bits: try reader.u64()) }
        }
        return SQLMode(bits: try query.statusVariables(flavor).sqlMode ?? 0)
    }

    private mutating func takeRows(_ event: borrowing Event) throws(BinlogError) {
        let rows = try RowsEvent(event)
        if rows.isDummy {
            tables.endStatement()
            return
        }
        let handle = try tables.table(of: rows)
        let count = try tables.countRows(in: rows, of: handle)
        let table = matcherTable(handle)
        if let number = tally?.touch(table.number, name: { matcher.name(of: table) }) {
            tally?.rows(
                number, rows.operation, count: count, bytes: event.header.lengthBytes,
                endsStatement: rows.endsStatement)
        }
        let change = QuietTransaction.Change(
            table: table, operation: rows.operation, count: count,
            endsStatement: rows.endsStatement)
        quiet.add(change, &matcher)
        if rows.endsStatement { tables.endStatement() }
    }

    @inline(__always)
    private mutating func matcherTable(
        _ handle: TableMapRegistry.Handle
    ) -> SearchMatcher.TableHandle {
        if handle.slot < handles.count, tablesGeneration == tables.generation,
            let known = handles[handle.slot]
        {
            return known
        }
        return register(handle)
    }

    private mutating func register(
        _ handle: TableMapRegistry.Handle
    ) -> SearchMatcher.TableHandle {
        if tablesGeneration != tables.generation {
            tablesGeneration = tables.generation
            handles.removeAll(keepingCapacity: true)
        }
        let map = tables[handle]
        let names = map.metadata.names
        let nullable =
            names.count == map.columns.count && !names.isEmpty
            ? Set(map.columns.indices.filter { map.columns[$0].isNullable }.map { names[$0] })
            : nil
        let registered = matcher.register(
            schema: map.schema, table: map.table, nullableColumns: nullable)
        while handles.count <= handle.slot { handles.append(nil) }
        handles[handle.slot] = registered
        return registered
    }

    private mutating func noteUnsupported(_ type: EventType, at offset: UInt64) {
        guard unsupported.insert(type).inserted else { return }
        failures.append(
            BinlogError(
                .unsupportedEvent,
                "\(type) events are not supported by this version: what they did is not searched",
                hint: "a later version reads them", file: fileName, offset: offset))
    }
}
