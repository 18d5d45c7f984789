package import Binlog

/// Routines, triggers and views whose results the log of a statement does not tell.
///
/// A statement's own text says that it calls UUID(), not that a function does which it calls.
/// Told rather too often: the schema of a routine does not count.
package struct UnsafeCode: Sendable {
    /// All that there is, safe or not.
    private var definitions: [CodeDefinition] = []
    /// By the names of functions and procedures.
    private var routines: [String: Reason] = [:]
    private var views: [CodeReferences.Name: Reason] = [:]
    /// By their tables, and by the views through which these are written.
    private var triggers: [Firing: Reason] = [:]
    /// A definition that names one of them may change what is known.
    private var names: Set<String> = []

    /// What fires a trigger.
    private struct Firing: Hashable, Sendable {
        var table: CodeReferences.Name
        /// `INSERT`, `UPDATE`, `DELETE`.
        var event: String
    }

    /// The code, and the function in it.
    private struct Reason: Sendable {
        var code: String
        var function: String

        var text: String { "\(code): \(function)" }
    }

    package init() {}

    package init(_ definitions: [CodeDefinition]) {
        self.definitions = definitions
        // Code that runs unsafe code is unsafe.
        var hasGrown = true
        while hasGrown {
            hasGrown = false
            for code in definitions {
                if code.kind == .view, addWritten(through: code) { hasGrown = true }
                guard !isKnown(code),
                    let function = function(in: code.references, code.place.schema ?? "")
                else { continue }
                add(code, function)
                hasGrown = true
            }
        }
    }

    /// None of it does anything else.
    package var isEmpty: Bool { routines.isEmpty && views.isEmpty && triggers.isEmpty }

    /// Whether a statement that changes definitions may make or remove such code.
    package func mayChange(by definition: [UInt8], makesCode: Bool) -> Bool {
        guard makesCode || !isEmpty else { return false }
        let references = CodeReferences(ofCode: String(decoding: definition, as: UTF8.self))
        return makesCode && references.unsafeFunction != nil
            || !names.isDisjoint(with: references.names)
    }

    /// Why a statement may do something else here, for what its own text does not say; nil where
    /// nothing is known.
    package func reason(
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

    private func isKnown(_ code: CodeDefinition) -> Bool {
        switch code.kind {
        case .function, .procedure: routines[code.place.name] != nil
        case .view: views[code.place] != nil
        case .trigger(let event): triggers[Firing(table: code.place, event: event)] != nil
        }
    }

    private mutating func add(_ code: CodeDefinition, _ function: String) {
        names.formUnion([code.place.name, code.trigger])
        let reason = Reason(code: code.title, function: function)
        switch code.kind {
        case .function, .procedure: routines[code.place.name] = reason
        case .view: views[code.place] = reason
        case .trigger(let event):
            triggers[Firing(table: code.place, event: event)] = Reason(
                code: "a trigger of \(code.title)", function: function)
        }
    }

    /// Who writes to a view writes to its tables.
    private mutating func addWritten(through view: CodeDefinition) -> Bool {
        var hasGrown = false
        for table in view.references.read {
            for event in Self.allEvents {
                let through = Firing(table: view.place, event: event)
                let schema = view.place.schema ?? ""
                let below = Firing(table: table.inSchema(schema), event: event)
                guard triggers[through] == nil, let reason = triggers[below] else { continue }
                triggers[through] = reason
                names.insert(view.place.name)
                hasGrown = true
            }
        }
        return hasGrown
    }

    // MARK: Following a log

    /// Takes in what a statement that changes definitions makes, drops or renames.
    ///
    /// - Parameter facts: what the statement says that it does.
    package mutating func take(
        _ text: RawSpan, mode: SQLMode, database: String, _ facts: StatementFacts
    ) {
        let made = CodeDefinition.all(in: text, mode: mode, database: database)
        var left = definitions
        if !made.isEmpty {
            left.removeAll { old in made.contains { $0.identity == old.identity } }
            left += made
        } else if let dropped = CodeDefinition.dropped(by: text, mode: mode) {
            left.removeAll { code in
                let name = code.kind.isTrigger ? code.trigger : code.place.name
                return dropped.isKind(code.kind) && dropped.names.contains(name)
            }
        } else {
            for table in facts.tables { Self.follow(table, facts.verb, database, &left) }
        }
        guard
            !made.isEmpty || left.count != definitions.count || facts.verb == .renameTable
                || facts.verb == .alterTable
        else { return }
        self = Self(left)
    }

    /// Triggers go with their tables, and views are renamed like tables.
    private static func follow(
        _ table: StatementFacts.Table, _ verb: StatementVerb, _ database: String,
        _ definitions: inout [CodeDefinition]
    ) {
        let schema = (table.schema ?? database).lowercased()
        guard let name = table.name?.lowercased() else {
            if verb == .dropDatabase { definitions.removeAll { $0.place.schema == schema } }
            return
        }
        let place = CodeReferences.Name(schema: schema, name: name)
        if verb == .dropTable {
            definitions.removeAll { $0.kind.isTrigger && $0.place == place }
        }
        guard let new = table.newName else { return }
        for index in definitions.indices
        where !definitions[index].kind.isRoutine && definitions[index].place == place {
            definitions[index].rename(to: new.table, schema: new.schema ?? schema)
        }
    }
}
