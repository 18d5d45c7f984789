public import Binlog
public import BinlogFiles
public import Recovery
internal import Report

/// What an export is asked for.
public struct ExportRequest: Sendable {
    /// Only these; a name without schema is that table of any schema. Empty: all.
    public var tables: [TableName] = []
    /// Commit stamps in seconds since 1970; transactions before it are left out.
    public var since: UInt32?
    /// Transactions at it or later are left out.
    public var until: UInt32?
    /// What somebody else says of tables; it counts where the log itself does not tell.
    public var definitions: [TableName: TableDefinition] = [:]
    /// The program's version, as each change names it.
    public var version: String

    public init(version: String) { self.version = version }
}

/// Writes every change of a row that logs hold.
///
/// Statements that stand in a log as texts cannot be exported; each is listed among the
/// definitions, and counted.
public struct Exporter: Sendable {
    public private(set) var failures: [BinlogError] = []
    public private(set) var isFileUnreadable = false
    /// What kept it from writing: nothing more is read then.
    public private(set) var outputError: ExportError?
    public private(set) var summary = ExportSummary()

    private let request: ExportRequest
    private let survey: ExportSurvey
    private var output: ExportOutput
    private var writer: ChangeWriter
    private var maps = TableMapRegistry()
    private var mapsGeneration = 0
    /// By the registry's slots: the table, `nil` inside for one that is not wanted.
    private var slots: [Int??] = []
    private var tables: [Target] = []
    private var tableIndices: [Shape: Int] = [:]
    private var versions: [TableName: Int] = [:]
    /// Tables whose columns' names the log does not tell.
    private var toldElsewhere: Set<TableName> = []
    /// Tables that the logs have named so far.
    private var metTables: Set<TableName> = []
    /// Where the logs first define a table anew.
    private var redefinitions: [TableName: BinlogPosition] = [:]
    private var origin = ChangeWriter.Origin(
        id: BinlogPosition(file: "", offset: 0), milliseconds: 0, serverID: 0)
    private var isSkipped = false
    /// Offsets of the transaction's events that were undone, those still to come.
    private var undone: ArraySlice<Range<UInt64>> = []
    private var isNotYet = false
    private var day: UInt64 = 0
    private var lines: [UInt8] = []
    private var fileName = ""
    private var flavor = FormatDescription.Flavor.mariadb
    private var unsupported: Set<EventType> = []

    /// A table's version, and the place of its newest day.
    private struct Target: Sendable {
        var table: ExportedTable
        var day: UInt64?
        var place = 0
    }

    /// What makes a version of a table.
    private struct Shape: Hashable {
        var name: TableName
        var columns: [ExportedTable.Column]
        var stored: [TableColumn]
    }

    /// The file of definitions and of what could not be exported.
    static let definitionsFile = "_ddl.ndjson"
    /// Rows of one event are handed on when they are so many bytes.
    private static let mostLineBytes = 1 << 20

    public init(
        _ request: ExportRequest, _ survey: ExportSurvey, to destination: ExportDestination
    ) throws(ExportError) {
        self.request = request
        self.survey = survey
        output = try ExportOutput(destination)
        writer = ChangeWriter(version: request.version)
        summary.rolledBack = survey.count(.rolledBack) + survey.partlyUndone
        summary.undecided = survey.count(.undecided)
        failures += survey.unprepared
    }

    /// Another file begins, or the same again behind damage.
    public mutating func enter(_ fileName: String) {
        self.fileName = fileName
        isFileUnreadable = false
    }

    /// Notes what kept a part from being read.
    public mutating func fail(_ error: BinlogError) { failures.append(error) }

    /// The logs are over: writes what waits, and what describes it.
    public mutating func finish() {
        guard outputError == nil else { return }
        let places = tables.map(\.table)
        let isComplete = failures.isEmpty && summary.notExported == 0
        do throws(ExportError) {
            try output.finish([
                // It is there even when it is empty: a view reads it.
                (Self.definitionsFile, []),
                ("schema.json", ExportSchema.json(places, summary, isComplete: isComplete)),
                ("views.sql", DuckDBViews.sql(places)),
            ])
        } catch {
            outputError = error
        }
        summary.redefined = toldElsewhere.sorted { $0.description < $1.description }
            .compactMap { table in redefinitions[table].map { (table, $0) } }
        summary.tables = places.map { table in
            ExportSummary.Table(
                name: table.name, version: table.version,
                rows: summary.rows(of: table))
        }
    }

    // MARK: Events

    /// Takes the newest event of the chain.
    public mutating func take(_ chain: inout ChainReader) {
        guard outputError == nil else { return }
        let event = chain.event
        do throws(BinlogError) {
            switch chain.step {
            case .begins, .whole:
                begin(chain.transaction, event)
                try takeInside(event, chain.transaction)
            case .inside, .ends: try takeInside(event, chain.transaction)
            case .outside: takeOutside(event, event.type == .formatDescription ? chain.format : nil)
            }
        } catch {
            failures.append(error.inFile(fileName))
            isFileUnreadable = true
        }
    }

    private mutating func begin(_ transaction: Transaction, _ event: borrowing Event) {
        maps.endStatement()
        let id = BinlogPosition(file: fileName, offset: event.offset)
        origin = ChangeWriter.Origin(
            id: id, milliseconds: transaction.commitMilliseconds, gtid: transaction.gtid,
            serverID: transaction.serverID, threadID: transaction.threadID)
        isSkipped = false
        undone = survey.undone(in: id)[...]
        switch survey.fate(of: id) {
        case nil: break
        case .committedLater(let milliseconds): origin.milliseconds = milliseconds
        case .rolledBack, .undecided, .unfinished: isSkipped = true
        }
        writer.use(origin)
        let seconds = origin.milliseconds / 1000
        if let since = request.since, seconds < since { isSkipped = true }
        if let until = request.until, seconds >= until { isSkipped = true }
        day = seconds / 86_400
        let extra = transaction.head?.extraFlags ?? []
        isNotYet = extra.contains(.beginAlter) || extra.contains(.rollbackAlter)
    }

    private mutating func takeOutside(_ event: borrowing Event, _ format: FormatDescription?) {
        switch event.type {
        case .formatDescription:
            flavor = format?.flavor ?? .mariadb
            maps = TableMapRegistry(flavor: flavor)
            forgetSlots()
        case let type where type.support == .refused: noteUnsupported(type, at: event.offset)
        default: break
        }
    }

    private mutating func takeInside(
        _ event: borrowing Event, _ transaction: Transaction
    ) throws(BinlogError) {
        switch event.type {
        case .tableMap: try maps.record(event)
        case let type where type.isRows: try takeRows(event)
        case .query, .executeLoadQuery:
            if origin.threadID != transaction.threadID {
                origin.threadID = transaction.threadID
                writer.use(origin)
            }
            try takeQuery(event, isStandalone: transaction.isStandalone)
        case .incident:
            failures.append(
                BinlogError(
                    .incident, "the server recorded here that it lost events",
                    hint: "what it lost stands in no log", file: fileName, offset: event.offset))
        case let type where type.support == .refused: noteUnsupported(type, at: event.offset)
        default: break
        }
    }

    // MARK: Rows

    private mutating func takeRows(_ event: borrowing Event) throws(BinlogError) {
        let rows = try RowsEvent(event)
        defer { if rows.isDummy || rows.endsStatement { maps.endStatement() } }
        guard !rows.isDummy, !isSkipped, !isUndone(event.offset) else { return }
        let handle = try maps.table(of: rows)
        guard let index = target(handle) else { return }
        let layouts = try maps.layouts(of: rows, in: handle)
        var cursor = RowCursor(rows, layouts: layouts)
        let table = tables[index].table
        let place = place(of: index)
        var count = 0
        lines.removeAll(keepingCapacity: true)
        while try cursor.next() {
            try writer.append(cursor, count, of: rows, table, to: &lines)
            count += 1
            if lines.count >= Self.mostLineBytes { flush(to: place) }
        }
        flush(to: place)
        summary.add(UInt64(count), rows.operation, table)
    }

    private mutating func isUndone(_ offset: UInt64) -> Bool {
        while let range = undone.first, range.upperBound <= offset { undone.removeFirst() }
        return undone.first?.contains(offset) ?? false
    }

    private mutating func flush(to place: Int) {
        guard outputError == nil else { return }
        do throws(ExportError) {
            try output.append(lines, at: place)
        } catch {
            outputError = error
        }
        lines.removeAll(keepingCapacity: true)
    }

    /// The index of the table's version; nil where the table is not wanted.
    private mutating func target(_ handle: TableMapRegistry.Handle) -> Int? {
        if mapsGeneration != maps.generation { forgetSlots() }
        while slots.count <= handle.slot { slots.append(nil) }
        if let known = slots[handle.slot] { return known }
        let index = makeTarget(maps[handle])
        slots[handle.slot] = .some(index)
        return index
    }

    private mutating func makeTarget(_ map: TableMap) -> Int? {
        let name = TableName(schema: map.schema, table: map.table)
        guard wants(name) else { return nil }
        var names = ColumnNames(map, definition: request.definitions[name])
        // A name that may be another column's is worse than none.
        if names.isGuess {
            names = ColumnNames(map, definition: nil)
        } else if request.definitions[name] != nil, map.metadata.names.isEmpty {
            toldElsewhere.insert(name)
        }
        metTables.insert(name)
        let table = ExportedTable(names, version: (versions[name] ?? 0) + 1)
        let shape = Shape(
            name: name, columns: table.columns, stored: map.columns)
        if let index = tableIndices[shape] { return index }
        versions[name] = table.version
        tables.append(Target(table: table))
        tableIndices[shape] = tables.count - 1
        return tables.count - 1
    }

    private func wants(_ name: TableName) -> Bool {
        request.tables.isEmpty || request.tables.contains { Self.isMeant(name, by: $0) }
    }

    private static func isMeant(_ name: TableName, by wanted: TableName) -> Bool {
        wanted == name || wanted.schema == nil && wanted.table == name.table
    }

    /// Whether rows of a table that was asked for were exported.
    public func hasMet(_ wanted: TableName) -> Bool {
        tables.contains { Self.isMeant($0.table.name, by: wanted) }
    }

    private mutating func place(of index: Int) -> Int {
        if tables[index].day == day { return tables[index].place }
        let place = output.index(
            of: .init(path: ExportFiles.path(tables[index].table, day: day), isPacked: true))
        tables[index].day = day
        tables[index].place = place
        return place
    }

    private mutating func forgetSlots() {
        mapsGeneration = maps.generation
        slots.removeAll(keepingCapacity: true)
    }

    private mutating func noteUnsupported(_ type: EventType, at offset: UInt64) {
        guard unsupported.insert(type).inserted else { return }
        failures.append(
            BinlogError(
                .unsupportedEvent,
                "\(type) events are not supported by this version: what they did is not exported",
                hint: "a later version reads them", file: fileName, offset: offset))
    }

    // MARK: Statements

    private mutating func takeQuery(
        _ event: borrowing Event, isStandalone: Bool
    ) throws(BinlogError) {
        let query = try QueryEvent(event)
        maps.endStatement()
        guard query.control == .none, !isNotYet, !isSkipped || !request.definitions.isEmpty else {
            return
        }
        let mode: SQLMode
        do throws(BinlogError) {
            mode = SQLMode(bits: try query.statusVariables(flavor).sqlMode ?? 0)
        } catch {
            // What is not exported need not be understood.
            guard isSkipped else { throw error }
            return
        }
        var classifier = StatementClassifier()
        let facts = classifier.facts(of: query.text, mode: mode)
        guard !facts.verb.isTransactionControl else { return }
        let database =
            query.database.byteCount > 0
            ? query.database.withUnsafeBytes { PrintableText.decoded(Array($0)) } : nil
        let named = facts.tables.map {
            TableName(schema: $0.schema ?? database, table: $0.name ?? "")
        }
        noteRedefinition(by: facts, query.text, named, in: database, event.offset)
        guard !isSkipped else { return }
        let isWanted =
            request.tables.isEmpty || named.isEmpty
            || named.contains { $0.table.isEmpty || wants($0) }
        guard isWanted else { return }
        let kind = StatementKind(facts, query.text, isStandalone: isStandalone)
        if kind == .statement { summary.notExported += 1 } else { summary.definitions += 1 }
        let text = SecretMask.masked(query.text, mode: mode)
        writeStatement(
            kind, PrintableText.decoded(text), database, named, position: event.offset)
    }

    /// An ALTER of columns is one, a CREATE of a table that was there before, and a RENAME of
    /// another one to its name.
    private mutating func noteRedefinition(
        by facts: StatementFacts, _ text: RawSpan, _ tables: [TableName], in database: String?,
        _ offset: UInt64
    ) {
        guard facts.isDDL, !facts.isTemporary else { return }
        var redefined: [TableName] = []
        let isOfColumns = ColumnRedefinition.isIn(text, facts)
        for (table, target) in zip(tables, facts.tables) {
            let isFirst = metTables.insert(table).inserted
            if isOfColumns, facts.verb == .alterTable || !isFirst { redefined.append(table) }
            guard var new = target.newName else { continue }
            new.schema = new.schema ?? database
            if !metTables.insert(new).inserted { redefined.append(new) }
        }
        for table in redefined where redefinitions[table] == nil {
            redefinitions[table] = BinlogPosition(file: fileName, offset: offset)
        }
    }

    private mutating func writeStatement(
        _ kind: StatementKind, _ text: String, _ database: String?, _ tables: [TableName],
        position: UInt64
    ) {
        lines.removeAll(keepingCapacity: true)
        lines.append(#"{"before":null,"after":null"#)
        let first = tables.first
        let source = ExportedTable.source(
            of: TableName(schema: first?.schema ?? database, table: first?.table ?? ""))
        writer.appendSource(source, position: position, row: nil, kind.operation, to: &lines)
        lines.append(#","database":"#)
        JSONValue(database).write(to: &lines)
        lines.append(#","ddl":"#)
        JSONValue.string(text).write(to: &lines)
        lines.append("}\n")
        flush(to: output.index(of: .init(path: Self.definitionsFile, isPacked: false)))
    }
}

/// What a statement that stands in the log as a text is to an export.
private enum StatementKind {
    case definition, truncate
    /// It may have changed rows, and the log does not hold them.
    case statement

    init(_ facts: StatementFacts, _ text: RawSpan, isStandalone: Bool) {
        switch facts.verb {
        case .truncateTable: self = .truncate
        case .createTable: self = facts.hasSelect && isStandalone ? .statement : .definition
        case let verb where verb.isDDL: self = .definition
        case .insert, .replace, .update, .delete, .loadData, .select: self = .statement
        default: self = Self.mayChangeRows(text) ? .statement : .definition
        }
    }

    /// Whether it may call a routine.
    private static func mayChangeRows(_ text: RawSpan) -> Bool {
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: .standard, into: &tokens), let first = tokens.first
        else { return true }
        let word = text.extracting(first.range).withUnsafeBytes {
            String(decoding: $0, as: UTF8.self).uppercased()
        }
        let harmless = [
            "GRANT", "REVOKE", "FLUSH", "ANALYZE", "OPTIMIZE", "REPAIR", "CHECK", "CREATE",
            "ALTER", "DROP", "RENAME", "INSTALL", "UNINSTALL", "SET",
        ]
        return !harmless.contains(word)
    }

    var operation: StaticString {
        switch self {
        case .definition: "ddl"
        case .truncate: "t"
        case .statement: "statement"
        }
    }
}
