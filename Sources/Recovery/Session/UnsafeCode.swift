package import Binlog

/// Routines, triggers and views whose results the log of a statement does not tell.
///
/// A statement's own text says that it calls UUID(), not that a function does which it calls.
/// Told rather too often: the schema of a routine does not count.
public struct UnsafeCode: Sendable {
    /// All that there is, safe or not.
    private var definitions: [CodeDefinition] = []
    /// What follows from them has yet to be worked out.
    private var isStale = false
    /// By the names of functions, procedures and packages.
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

    /// There is none.
    public init() {}

    package init(_ definitions: [CodeDefinition]) {
        self.definitions = definitions
        resolve()
    }

    /// Code that runs unsafe code is unsafe: what becomes so is followed to all that name it.
    private mutating func resolve() {
        isStale = false
        (routines, views, triggers, names) = ([:], [:], [:], [])
        var naming: [String: [Int]] = [:]
        var open: [String] = []
        for (index, code) in definitions.enumerated() {
            for name in code.references.names { naming[name, default: []].append(index) }
            guard let function = code.references.unsafeFunction, !isKnown(code) else { continue }
            add(code, function)
            open.append(code.place.name)
        }
        while let name = open.popLast() {
            for index in naming[name] ?? [] {
                let code = definitions[index]
                var hasGrown = code.kind == .view && addWritten(through: code)
                if !isKnown(code),
                    let function = function(in: code.references, code.place.schema ?? "")
                {
                    add(code, function)
                    hasGrown = true
                }
                if hasGrown { open.append(code.place.name) }
            }
        }
    }

    /// None of it does anything else.
    public var isEmpty: Bool { routines.isEmpty && views.isEmpty && triggers.isEmpty }

    /// Whether a statement that changes definitions may make or remove such code.
    package func mayChange(by definition: [UInt8], mode: SQLMode) -> Bool {
        let references = CodeReferences(ofCode: definition, mode: mode)
        return references.unsafeFunction != nil || !names.isDisjoint(with: references.names)
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
    /// What defaults are taken by.
    private static let filling = ["INSERT", "UPDATE"]

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
        case .function, .procedure, .package: routines[code.place.name] != nil
        case .view: views[code.place] != nil
        case .trigger(let event): triggers[Firing(table: code.place, event: event)] != nil
        case .defaults:
            Self.filling.allSatisfy { triggers[Firing(table: code.place, event: $0)] != nil }
        }
    }

    private mutating func add(_ code: CodeDefinition, _ function: String) {
        names.formUnion([code.place.name, code.trigger])
        let reason = Reason(code: code.title, function: function)
        switch code.kind {
        case .function, .procedure, .package: routines[code.place.name] = reason
        case .view: views[code.place] = reason
        case .trigger(let event):
            triggers[Firing(table: code.place, event: event)] = Reason(
                code: "a trigger of \(code.title)", function: function)
        case .defaults:
            for event in Self.filling {
                triggers[Firing(table: code.place, event: event)] = Reason(
                    code: "the defaults of \(code.title)", function: function)
            }
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

    /// Takes in what a statement that changes definitions makes, drops or renames; `refresh` then
    /// works out what that comes to.
    ///
    /// - Parameter facts: what the statement says that it does.
    public mutating func take(
        _ text: RawSpan, mode: SQLMode, database: String, _ facts: StatementFacts
    ) {
        let change = CodeChange(text, mode: mode, database: database)
        // A table that is made anew loses what it had, and one that is renamed takes all with it.
        if facts.verb == .createTable { follow(text, mode, facts, database) }
        switch change {
        case .makes(let made, let replaces): take(made, replaces: replaces)
        case .drops(let identities): remove { identities.contains($0.identity) }
        case nil: break
        }
        if facts.verb != .createTable { follow(text, mode, facts, database) }
    }

    private mutating func take(_ made: [CodeDefinition], replaces: Bool) {
        guard let identity = made.first?.identity else { return }
        if replaces {
            definitions.removeAll { $0.identity == identity }
        } else if definitions.contains(where: { $0.identity == identity }) {
            return
        }
        definitions += made
        isStale = true
    }

    /// Works out anew what is unsafe, where definitions have changed.
    public mutating func refresh() {
        if isStale { resolve() }
    }

    private mutating func remove(_ isGone: (CodeDefinition) -> Bool) {
        let count = definitions.count
        definitions.removeAll(where: isGone)
        if definitions.count != count { isStale = true }
    }

    private mutating func follow(
        _ text: RawSpan, _ mode: SQLMode, _ facts: StatementFacts, _ database: String
    ) {
        guard !facts.isDefinition, !definitions.isEmpty else { return }
        for table in facts.tables { follow(table, facts, database) }
        if facts.verb == .createTable { copyDefaults(text, mode, facts, database) }
    }

    /// LIKE takes the defaults of a table, and so may a SELECT.
    private mutating func copyDefaults(
        _ text: RawSpan, _ mode: SQLMode, _ facts: StatementFacts, _ database: String
    ) {
        guard let made = facts.tables.first, let name = made.name,
            definitions.contains(where: { $0.kind == .defaults })
        else { return }
        let names = CodeReferences(ofCode: text.copied(), mode: mode).names
        let copies = definitions.filter {
            $0.kind == .defaults && names.contains($0.place.name)
        }.map {
            CodeDefinition(
                .defaults, schema: made.schema ?? database, name: name, references: $0.references)
        }
        // Of a temporary table nobody says when it has gone: one of each name is enough.
        guard let identity = copies.first?.identity,
            !definitions.contains(where: { $0.identity == identity })
        else { return }
        definitions += copies
        isStale = true
    }

    /// Triggers and defaults go with their tables, and views are renamed like tables.
    private mutating func follow(
        _ table: StatementFacts.Table, _ facts: StatementFacts, _ database: String
    ) {
        // One that hides a table has no triggers.
        guard !facts.isTemporary else { return }
        let schema = (table.schema ?? database).lowercased()
        guard let name = table.name?.lowercased() else {
            if facts.verb == .dropDatabase { remove { $0.place.schema == schema } }
            return
        }
        let place = CodeReferences.Name(schema: schema, name: name)
        if facts.verb == .dropTable || table.kinds.contains(.replaceTable) {
            remove { $0.kind.isOfTable && $0.place == place }
        }
        guard let new = table.newName else { return }
        for index in definitions.indices
        where !definitions[index].kind.isRoutine && definitions[index].place == place {
            definitions[index].rename(to: new.table, schema: new.schema ?? schema)
            isStale = true
        }
    }
}
