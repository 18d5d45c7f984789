internal import Binlog
internal import Recovery
internal import Server

/// Routines, triggers and views of a target whose results the log of a statement does not tell.
///
/// A plan sees that a statement calls UUID(), not that a function does which the statement calls.
/// Told rather too often: the schema of a routine does not count.
struct UnsafeCode {
    /// By the names of functions and procedures.
    private var routines: [String: Reason] = [:]
    private var views: [CodeReferences.Name: Reason] = [:]
    /// By their tables, and by the views through which these are written.
    private var triggers: [Firing: Reason] = [:]
    /// A definition that names one of them may change what is known.
    private var names: Set<String> = []

    /// What fires a trigger.
    private struct Firing: Hashable {
        var table: CodeReferences.Name
        /// `INSERT`, `UPDATE`, `DELETE`.
        var event: String
    }

    /// The code, and the function in it.
    private struct Reason {
        var code: String
        var function: String

        var text: String { "\(code): \(function)" }
    }

    init() {}

    /// Looks through a server; no transaction may be open. An account that may not look sees none.
    init(on connection: borrowing Connection) throws(ServerError) {
        var codes: [Code] = []
        for query in Self.queries(isMariaDB: connection.serverVersion.isMariaDB) {
            codes += try Self.codes(query, connection)
        }
        // Code that runs unsafe code is unsafe.
        var hasGrown = true
        while hasGrown {
            hasGrown = false
            for code in codes {
                if code.kind == "view", addWritten(through: code) { hasGrown = true }
                guard !isKnown(code), let function = function(in: code.references, code.schema)
                else { continue }
                add(code, function)
                hasGrown = true
            }
        }
    }

    private var isEmpty: Bool { routines.isEmpty && views.isEmpty && triggers.isEmpty }

    /// Whether a statement that changes definitions may make or remove such code.
    func mayChange(by definition: [UInt8], makesCode: Bool) -> Bool {
        guard makesCode || !isEmpty else { return false }
        let references = CodeReferences(ofCode: String(decoding: definition, as: UTF8.self))
        return makesCode && references.unsafeFunction != nil
            || !names.isDisjoint(with: references.names)
    }

    /// Why a statement may do something else here, for what its own text does not say; nil where
    /// nothing is known.
    func reason(
        for query: borrowing QueryEvent, _ judge: borrowing StatementJudge
    ) -> String? {
        guard !isEmpty, let facts = judge.facts, facts.evaluates,
            judge.risk(of: query.text).unsafe == nil
        else { return nil }
        let database = query.database.decodedText()
        let references = judge.references(in: query.text)
        let events = Self.events(facts.verb, references)
        for table in facts.tables {
            guard let name = table.name else { continue }
            let fired = CodeReferences.Name(
                schema: (table.schema ?? database).lowercased(), name: name.lowercased())
            for event in events {
                if let reason = triggers[Firing(table: fired, event: event)] { return reason.text }
            }
        }
        return reason(in: references, database)?.text
    }

    private static let allEvents = ["INSERT", "UPDATE", "DELETE"]

    private static func events(_ verb: StatementVerb, _ references: CodeReferences) -> [String] {
        switch verb {
        case .update: ["UPDATE"]
        case .delete: ["DELETE"]
        case .replace, .loadData: ["INSERT", "DELETE"]
        case .insert: references.mayUpdate ? ["INSERT", "UPDATE"] : ["INSERT"]
        default: []
        }
    }

    /// Of what is called or read; of several always the same.
    private func reason(in references: CodeReferences, _ schema: String) -> Reason? {
        references.called.compactMap { routines[$0] }.min { $0.text < $1.text }
            ?? references.read.compactMap { views[$0.inSchema(schema)] }
            .min { $0.text < $1.text }
    }

    private func function(in references: CodeReferences, _ schema: String) -> String? {
        if let function = references.unsafeFunction { return function }
        if let reason = reason(in: references, schema) { return reason.function }
        let written = references.written.map { $0.inSchema(schema) }
        return written.flatMap { table in
            Self.allEvents.compactMap { triggers[Firing(table: table, event: $0)]?.function }
        }.min()
    }

    private func isKnown(_ code: Code) -> Bool {
        switch code.kind {
        case "routine": routines[code.name] != nil
        case "view": views[code.place] != nil
        default: triggers[Firing(table: code.place, event: code.kind)] != nil
        }
    }

    private mutating func add(_ code: Code, _ function: String) {
        names.formUnion([code.name, code.trigger])
        switch code.kind {
        case "routine": routines[code.name] = Reason(code: code.title, function: function)
        case "view": views[code.place] = Reason(code: code.title, function: function)
        default:
            triggers[Firing(table: code.place, event: code.kind)] = Reason(
                code: "a trigger of \(code.title)", function: function)
        }
    }

    /// Who writes to a view writes to its tables.
    private mutating func addWritten(through view: Code) -> Bool {
        var hasGrown = false
        for table in view.references.read {
            for event in Self.allEvents {
                let through = Firing(table: view.place, event: event)
                let below = Firing(table: table.inSchema(view.schema), event: event)
                guard triggers[through] == nil, let reason = triggers[below] else { continue }
                triggers[through] = reason
                names.insert(view.name)
                hasGrown = true
            }
        }
        return hasGrown
    }

    // MARK: Reading a server

    private struct Code {
        /// `routine`, `view`, or what fires a trigger.
        var kind: String
        /// In lower case; of a trigger those of its table.
        var schema: String
        var name: String
        /// As the server writes them.
        var title: String
        /// The trigger's own name, in lower case.
        var trigger: String
        var references: CodeReferences

        var place: CodeReferences.Name { .init(schema: schema, name: name) }
    }

    /// Each gives kinds, schemas, names, names of triggers and bodies.
    private static func queries(isMariaDB: Bool) -> [String] {
        // Only MariaDB's own table can be read without opening every routine.
        let routines =
            isMariaDB
            ? "SELECT 'routine',db,name,'',body FROM mysql.proc WHERE db<>'sys'"
            : "SELECT 'routine',ROUTINE_SCHEMA,ROUTINE_NAME,'',ROUTINE_DEFINITION FROM "
                + "information_schema.ROUTINES WHERE ROUTINE_SCHEMA<>'sys'"
        return [
            routines,
            "SELECT EVENT_MANIPULATION,EVENT_OBJECT_SCHEMA,EVENT_OBJECT_TABLE,TRIGGER_NAME,"
                + "ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA<>'sys'",
            "SELECT 'view',TABLE_SCHEMA,TABLE_NAME,'',VIEW_DEFINITION FROM "
                + "information_schema.VIEWS WHERE TABLE_SCHEMA<>'sys'",
        ]
    }

    private static func codes(
        _ query: String, _ connection: borrowing Connection
    ) throws(ServerError) -> [Code] {
        do throws(ServerError) {
            return try connection.query(query).compactMap { row in
                guard row.count == 5, let kind = row[0], let schema = row[1], let name = row[2],
                    let trigger = row[3], let body = row[4]
                else { return nil }
                return Code(
                    kind: kind, schema: schema.lowercased(), name: name.lowercased(),
                    title: "\(schema).\(name)", trigger: trigger.lowercased(),
                    references: CodeReferences(ofCode: body))
            }
        } catch {
            // ER_TABLEACCESS_DENIED_ERROR.
            guard error.number == 1142 else { throw error }
            return []
        }
    }
}
