internal import Binlog
internal import Recovery
internal import Server

/// A statement as it is run on the target: its bytes, and the session it needs.
struct LoggedStatement {
    var text: [UInt8]
    /// The default database; nil where the statement does not depend on one.
    var database: [UInt8]?
    var state: SessionState
    /// The sql_mode it runs under; nil where the log does not tell.
    var sqlMode: UInt64?
    /// The error it ended with on its server; 0 for none.
    var errorCode: UInt16
    /// It makes a routine, a trigger, an event or a view.
    var isDefinition = false
    /// It reads a file, which must be there until it has run.
    var loads = false
    /// The file that the session sends when the target asks for it.
    var sentFile: SentFile?
    /// The server whose id an event that it makes shall bear; nil where it makes none.
    var eventServerID: UInt32?
    /// Who CURRENT_USER() was, where what it does hangs on that.
    var invoker: Invoker?
    /// The role that it grants or takes away, which its administrator alone may.
    var grantedRole: [UInt8]?
    /// It drops temporary tables, of which some may be unknown.
    var dropsTemporaryTables = false
    /// It drops several tables, of which some may have been unknown on its server, too.
    var dropsSeveralTables = false
    /// The table that a CREATE TABLE … SELECT makes: the server may log it and lose it in a crash.
    var madeBySelect: TableName?
    /// The errors that say that a part of it has been done, where it can run again after a crash
    /// that left it half done; nil where it cannot.
    var errorsOfRepeating: Set<Int>?
    /// The table that a CREATE TABLE … SELECT makes where it can be made again; not one that may
    /// have been there before (IF NOT EXISTS).
    var madeAnew: TableName?
    /// Tables that get each other's names or rows, each with its schema where the text says it.
    var swapped: [TableName] = []
    /// It is a list of tables that get other names.
    var renamesSeveral = false
}

extension LoggedStatement {
    /// The statement of an event that `judge` has judged; throws what is wrong with its file.
    init(
        _ query: borrowing QueryEvent, _ event: borrowing Event, _ state: SessionState,
        _ judge: borrowing StatementJudge, isDefinition: Bool,
        invoker: StatusVariables.Invoker?, loads: LoadFiles
    ) throws {
        let needsDatabase =
            !event.header.flags.contains(.suppressUse) && query.database.byteCount > 0
        if let load = query.load {
            text = try loads.text(
                query, load, mode: SQLMode(bits: state.sqlMode ?? 0), at: event.offset)
            let table = judge.facts?.tables.first
            sentFile = try loads.sentFile(load.fileID).map { path in
                SentFile(
                    path: path,
                    takesEveryRow: load.duplicates == .error && query.errorCode == 0,
                    table: table.flatMap { table in
                        table.name.map {
                            TargetSchema.Name(
                                TableName(schema: table.schema, table: $0),
                                in: query.database.copied())
                        }
                    },
                    sqlMode: state.sqlMode)
            }
        } else {
            text = judge.textForReplay(query.text)
        }
        self.loads = query.load != nil
        database = needsDatabase ? query.database.copied() : nil
        self.state = state
        sqlMode = state.sqlMode
        errorCode = query.errorCode
        self.isDefinition = isDefinition
        self.invoker = try invoker.flatMap { (invoker) throws(BinlogError) in
            try Invoker(invoker, database: database, at: event.offset)
        }
        grantedRole = judge.grantedRole
        eventServerID = judge.mayMakeEvent ? event.header.serverID : nil
        dropsTemporaryTables = judge.dropsTemporaryTables
        dropsSeveralTables = judge.dropsSeveralTables
        madeBySelect = judge.madeBySelect
        let words = judge.words(3, of: query.text)
        errorsOfRepeating = Self.errorsOfRepeating(words)
        madeAnew = words[2] == "IF" ? nil : judge.madeBySelect
        swapped = Self.swapped(judge)
        renamesSeveral = judge.facts.map { $0.verb == .renameTable && $0.tables.count > 1 } ?? false
    }

    /// A list of tables or accounts is done one after another, and a crash leaves what was done.
    ///
    /// Not REVOKE: it stops at the first account that has no such right.
    static func errorsOfRepeating(_ words: [String]) -> Set<Int>? {
        switch (words[0], words[1]) {
        // Unknown: a database, tables, keys, routines, triggers, accounts, servers, events, roles,
        // sequences, views.
        case ("DROP", _): [1008, 1051, 1091, 1305, 1360, 1396, 1477, 1539, 1959, 4091, 4092]
        // A server drops the old one and makes the new one.
        case ("CREATE", "OR"): []
        case ("GRANT", _): []
        case ("CREATE", "USER"), ("CREATE", "ROLE"): [1396]
        default: nil
        }
    }

    static func swapped(_ judge: borrowing StatementJudge) -> [TableName] {
        guard let facts = judge.facts, facts.verb == .renameTable || judge.exchangesPartition
        else { return [] }
        let new = facts.tables.compactMap(\.newName?.table)
        return facts.tables.compactMap { table in
            guard let name = table.name, judge.exchangesPartition || new.contains(name) else {
                return nil
            }
            return TableName(schema: table.schema, table: name)
        }
    }
}

extension LoggedStatement {
    /// Finds who may grant the role; the log need not tell.
    mutating func findInvoker(on connection: borrowing Connection) throws(ServerError) {
        guard invoker == nil, let grantedRole else { return }
        invoker = try Invoker(administering: grantedRole, on: connection)
    }

    /// Runs it; its session must be as it needs it. Throws what the server says.
    func send(over connection: borrowing Connection) throws(ServerError) {
        if let invoker {
            try connection.execute(invoker.call)
            return
        }
        guard let sentFile else {
            try connection.execute(bytes: text)
            return
        }
        try sentFile.load(by: text, over: connection)
    }

    /// Removes the procedure that it may have run in.
    var procedureRemoval: String? {
        invoker?.removal ?? grantedRole.map { _ in Invoker.administratorRemoval }
    }
}

/// What a statement's error code asks of a replay.
enum ExpectedError: Hashable {
    /// It must succeed.
    case none
    /// It must end with this error.
    case same(UInt16)
    /// It was cut off half-way, and the user allowed that: it may succeed or fail.
    case any
    /// The source undid it for reasons of its own (locks): it may succeed, and is then undone.
    case undone

    /// Codes with which a statement was cut off half-way: nothing reproduces that.
    static let halfWay: Set<UInt16> = [1053, 1158, 1160, 1184, 1317, 1927, 1969]

    /// Codes that count as one: they say "duplicate" in several ways.
    private static let duplicates: Set<UInt16> = [1022, 1062, 1467, 1586]

    init(code: UInt16) {
        switch code {
        case 0: self = .none
        case 1205, 1213, 1614: self = .undone
        case _ where Self.halfWay.contains(code): self = .any
        default: self = .same(code)
        }
    }

    func allows(_ number: Int) -> Bool {
        switch self {
        case .none: false
        case .any: true
        case .undone: [1205, 1213, 1614].contains(number)
        case .same(let code):
            number == Int(code)
                || (Self.duplicates.contains(code)
                    && UInt16(exactly: number).map(Self.duplicates.contains) == true)
        }
    }
}
