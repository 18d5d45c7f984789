internal import Binlog
internal import BinlogFiles
internal import Recovery

/// Gathers what a plan needs to know of each transaction while its events go by.
struct TransactionReader {
    private let matches: Planner.TextMatcher?
    /// The tables of the statement looked for, where they were typed with their schema.
    private let tables: [TableName]
    private var registry = TableMapRegistry()
    private var judge = StatementJudge()
    private var tally = PlanTally()
    private var rowCounts = RowCounts()
    private var facts = Pending()
    private var firstText: [UInt8] = []
    private var firstMode: SQLMode?
    private var firstDatabase: [UInt8]?
    /// An annotate text that matches, until its statement's tables have gone by.
    private var annotated: AnnotatedStatement?

    private struct Pending {
        var matchesStatement = false
        var isSchemaUnsure = false
        var matchedText: [UInt8]?
        var matchedMode: SQLMode?
        var matchedDatabase: [UInt8]?
        var refusal: BinlogError?
        var excluded: [ExcludedStatement] = []
        var unsafe: [UnsafeStatement] = []
        var halfWayError: UInt16?
    }

    /// How much of a text is kept to show it.
    private static let shownBytes = 4096

    /// - Parameter tables: what the statement that `matches` looks for changes, as it was typed.
    init(matches: Planner.TextMatcher?, tables: [TableName] = []) {
        self.matches = matches
        self.tables = tables.filter { $0.schema != nil }
    }

    /// Takes the chain's newest event; gives the facts of a transaction with its last one.
    mutating func take(_ chain: borrowing ChainReader) throws(BinlogError) -> TransactionFacts? {
        let event = chain.event
        guard chain.step != .outside else {
            guard event.type.support != .refused || event.header.flags.contains(.ignorable) else {
                throw BinlogError(
                    .unsupportedEvent, "\(event.type) events cannot be replayed by this version",
                    file: chain.file.name, offset: event.offset)
            }
            if event.type == .formatDescription, let format = chain.format {
                registry.use(format.flavor)
            }
            return nil
        }
        if chain.step == .begins || chain.step == .whole { begin() }
        do throws(BinlogError) {
            try read(event, chain)
        } catch {
            throw error.inFile(chain.file.name)
        }
        guard chain.step == .ends || chain.step == .whole else { return nil }
        return end(chain)
    }

    private mutating func begin() {
        tally = PlanTally()
        facts = Pending()
        firstText.removeAll(keepingCapacity: true)
        firstMode = nil
        firstDatabase = nil
        annotated = nil
        registry.endStatement()
    }

    /// The schema that a Table_map names.
    static func schema(of event: borrowing Event) throws(BinlogError) -> [UInt8] {
        var reader = event.reader
        try reader.skip(8)
        let length = Int(try reader.u8())
        return try reader.take(length).copied()
    }

    private mutating func end(_ chain: borrowing ChainReader) -> TransactionFacts {
        settleAnnotated()
        let transaction = chain.transaction
        tally.transactions = 1
        tally.bytes = transaction.sizeBytes
        if let flags = transaction.head?.flags, flags.isDisjoint(with: [.transactional, .ddl]),
            transaction.ending != .statement || tally.rowStatements > 0
        {
            tally.nonTransactional = 1
        }
        var result = TransactionFacts(transaction, file: chain.file.name, tally: tally)
        result.matchesStatement = facts.matchesStatement
        result.isSchemaUnsure = facts.isSchemaUnsure
        result.refusal = facts.refusal?.inFile(chain.file.name)
        result.excluded = facts.excluded
        result.unsafe = facts.unsafe
        result.halfWayError = facts.halfWayError
        if let text = facts.matchedText {
            result.statement = Self.shown(text, facts.matchedMode)
            // An annotate text has no database: the first table it changed tells one.
            result.database = (facts.matchedDatabase ?? firstDatabase).map {
                String(decoding: $0, as: UTF8.self)
            }
        } else if !firstText.isEmpty {
            result.statement = Self.shown(firstText, firstMode)
            result.database = firstDatabase.map { String(decoding: $0, as: UTF8.self) }
        }
        return result
    }

    private mutating func read(
        _ event: borrowing Event, _ chain: borrowing ChainReader
    ) throws(BinlogError) {
        try tally.takeSize(of: event)
        switch event.type {
        case .tableMap:
            let handle = try registry.record(event)
            let name = TableName(registry[handle])
            annotated?.tables.append(name)
            tally.tables.changed.insert(name)
            if firstDatabase == nil { firstDatabase = try Self.schema(of: event) }
        case let type where type.isRows:
            try tally.take(RowsEvent(event), &registry)
        case .annotateRows, .rowsQuery: if let text = event.annotation { readAnnotate(text) }
        case .query, .executeLoadQuery: try readQuery(event, chain)
        case .userVar:
            let variable = try UserVarEvent(event)
            if !variable.canBeSet { refuse(variable, at: event.offset) }
        case .incident:
            facts.refusal = BinlogError(
                .incident,
                "the server recorded that it lost events: "
                    + PrintableText.escapeControlCharacters(try IncidentEvent(event).message),
                hint: "what it lost stands in no log: stop before this place, or take a newer "
                    + "backup", offset: event.offset)
        case let type where type.support == .refused: refuse("a \(type) event", at: event.offset)
        default: break
        }
    }

    private mutating func refuse(_ variable: UserVarEvent, at offset: UInt64) {
        let name = PrintableText.escapeControlCharacters(variable.name)
        let type = PrintableText.escapeControlCharacters(variable.typeName)
        facts.refusal =
            facts.refusal
            ?? BinlogError(
                .unsupportedEvent,
                "the user variable \(name) holds a \(type) that no statement can set",
                hint:
                    "stop before it; a geometry with an SRID or without points cannot be set with "
                    + "its type", offset: offset)
    }

    private mutating func refuse(_ what: String, at offset: UInt64) {
        facts.refusal =
            facts.refusal
            ?? BinlogError(
                .unsupportedEvent, "\(what) cannot be replayed by this version",
                hint: "stop before it, or take the version that reads it", offset: offset)
    }

    private mutating func readText(_ text: RawSpan, _ mode: SQLMode?, _ database: RawSpan?) {
        settleAnnotated()
        guard isMatch(text, mode, database) else { return }
        var kept: [UInt8] = []
        Self.keep(text, in: &kept)
        facts.matchesStatement = true
        facts.matchedText = kept
        facts.matchedMode = mode
        facts.matchedDatabase = Self.copied(database)
    }

    private mutating func readAnnotate(_ text: RawSpan) {
        settleAnnotated()
        guard isMatch(text, nil, nil) else { return }
        var kept: [UInt8] = []
        Self.keep(text, in: &kept)
        var classifier = StatementClassifier()
        let named = classifier.facts(of: text, mode: nil).tables.compactMap { table in
            table.name.map { TableName(schema: table.schema, table: $0) }
        }
        annotated = AnnotatedStatement(text: kept, named: named)
    }

    private mutating func isMatch(
        _ text: RawSpan, _ mode: SQLMode?, _ database: RawSpan?
    ) -> Bool {
        if firstText.isEmpty {
            firstMode = mode
            firstDatabase = Self.copied(database)
            Self.keep(text, in: &firstText)
        }
        guard let matches, !facts.matchesStatement else { return false }
        return matches(text, mode, database)
    }

    /// An annotate text tells no database, but the tables behind it do: a statement in another
    /// schema than the typed one is not meant. Where no table has the name, it may be a view's.
    private mutating func settleAnnotated() {
        guard let statement = annotated else { return }
        annotated = nil
        guard let isSure = statement.isMeant(by: tables) else { return }
        facts.matchesStatement = true
        facts.isSchemaUnsure = !isSure
        facts.matchedText = statement.text
        // The first table that it changed tells the database.
        facts.matchedDatabase = statement.tables.first?.schema.map { Array($0.utf8) }
    }

    private mutating func readQuery(
        _ event: borrowing Event, _ chain: borrowing ChainReader
    ) throws(BinlogError) {
        let query = try QueryEvent(event)
        guard query.control == .none else { return }
        let status = try query.statusVariables(chain.format?.flavor ?? .mariadb)
        let mode = SQLMode(bits: status.sqlMode ?? 0)
        let head = chain.transaction.head
        if let head, !head.extraFlags.isDisjoint(with: [.beginAlter, .rollbackAlter]) { return }
        let policy = judge.policy(
            of: query.text, mode: mode, isAlone: chain.transaction.isStandalone,
            hasFile: query.load != nil)
        if query.load != nil {
            tally.loads += 1
            if query.errorCode != 0 { tally.failedLoads += 1 }
        }
        if policy != .control || judge.dropsTemporaryTables {
            readText(query.text, mode, query.database)
        }
        switch policy {
        case .control: return
        case .run: break
        case .step: tally.barriers += 1
        case .excluded(let reason):
            facts.excluded.append(
                ExcludedStatement(
                    id: BinlogPosition(
                        file: chain.file.name, offset: chain.transaction.beginOffset),
                    statement: Self.shown(query.text.copied(), mode), reason: reason))
            return
        case .refused(let what): return refuse(what, at: event.offset)
        }
        let risk = judge.risk(of: query.text)
        tally.take(judge, status, risk)
        if let reason = risk.unsafe {
            facts.unsafe.append(
                UnsafeStatement(
                    id: BinlogPosition(
                        file: chain.file.name, offset: chain.transaction.beginOffset),
                    reason: reason))
        }
        if let facts = judge.facts, facts.isDDL {
            if judge.references(in: query.text).unsafeFunction != nil {
                tally.makesUnsafeCode = true
            }
            tally.tables.take(
                facts, query.text, mode: mode,
                database: Self.copied(query.database).map { String(decoding: $0, as: UTF8.self) })
        }
        if ExpectedError.halfWay.contains(query.errorCode) { facts.halfWayError = query.errorCode }
    }

    static func copied(_ bytes: RawSpan?) -> [UInt8]? {
        guard let bytes else { return nil }
        return bytes.copied()
    }

    static func keep(_ text: RawSpan, in bytes: inout [UInt8]) {
        text.extracting(0..<min(text.byteCount, shownBytes)).withUnsafeBytes {
            bytes.append(contentsOf: $0)
        }
    }

    /// A text for people: secrets masked.
    static func shown(_ text: [UInt8], _ mode: SQLMode?) -> String {
        let masked = text.withUnsafeBytes {
            SecretMask.masked(unsafe RawSpan(_unsafeBytes: $0), mode: mode)
        }
        return PrintableText.decoded(masked)
    }
}

/// A statement that was logged as rows, by the text in front of them.
private struct AnnotatedStatement {
    var text: [UInt8]
    /// The tables that the text says it changes.
    let named: [TableName]
    /// Of its table maps: its own come before those that triggers change.
    var tables: [TableName] = []

    /// Whether it may be the one that was typed with these tables, each with its schema, and
    /// whether that is sure; nil where it is another.
    func isMeant(by typed: [TableName]) -> Bool? {
        let unnamed = typed.filter { !named.contains($0) }
        var isSure = unnamed.count < typed.count || typed.isEmpty
        for table in unnamed {
            let own = tables.first {
                !named.contains($0) && Self.areSame($0.table, table.table)
            }
            guard let own else { continue }
            guard Self.areSame(own.schema ?? "", table.schema ?? "") else { return nil }
            isSure = true
        }
        return isSure
    }

    /// Where `lower_case_table_names` is 1, maps hold names as nobody typed them.
    private static func areSame(_ first: String, _ second: String) -> Bool {
        first == second || first.lowercased() == second.lowercased()
    }
}

extension PlanTally {
    /// Counts a statement that has been judged.
    mutating func take(
        _ judge: borrowing StatementJudge, _ status: borrowing StatusVariables,
        _ risk: StatementRisk
    ) {
        textStatements += 1
        if risk.unsafe != nil { unsafeStatements += 1 }
        if judge.facts?.evaluates == true { evaluatingStatements += 1 }
        for setting in risk.settings { settings[setting, default: 0] += 1 }
        if judge.dependsOnRowOrder { dependsOnRowOrder = true }
        if status.timeZone.map({ $0.elementsEqual("SYSTEM".utf8) }) == true {
            usesSystemTimeZone = true
        }
    }

    /// Counts the rows of an event, and the statement that it ends.
    mutating func take(
        _ event: borrowing RowsEvent, _ registry: inout TableMapRegistry
    ) throws(BinlogError) {
        if !event.isDummy {
            let handle = try registry.table(of: event)
            rows.add(UInt64(try registry.countRows(in: event, of: handle)), event.operation)
        }
        if event.endsStatement || event.isDummy {
            rowStatements += 1
            registry.endStatement()
        }
    }
}

extension TableName {
    /// The table of a table map.
    init(_ map: TableMap) { self.init(schema: map.schema, table: map.table) }
}
