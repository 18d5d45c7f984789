internal import Binlog

/// A routine, a trigger or a view: what it is called, and what its text names.
package struct CodeDefinition: Sendable {
    /// What runs it.
    package enum Kind: Hashable, Sendable {
        case function
        case procedure
        case view
        /// With what fires it: `INSERT`, `UPDATE`, `DELETE`.
        case trigger(event: String)

        var isRoutine: Bool { self == .function || self == .procedure }
        var isTrigger: Bool { !isRoutine && self != .view }
    }

    var kind: Kind
    /// Schema and name in lower case; of a trigger those of its table.
    var place: CodeReferences.Name
    /// As it was written.
    var title: String
    /// The trigger's own name, in lower case.
    var trigger = ""
    var references: CodeReferences

    package init(
        _ kind: Kind, schema: String, name: String, trigger: String = "",
        references: CodeReferences
    ) {
        self.kind = kind
        place = CodeReferences.Name(schema: schema.lowercased(), name: name.lowercased())
        title = "\(schema).\(name)"
        self.trigger = trigger.lowercased()
        self.references = references
    }

    /// What two of them have in common of which only one can be.
    struct Identity: Hashable {
        var kind: Kind
        var place: CodeReferences.Name
        var trigger: String
    }

    var identity: Identity { Identity(kind: kind, place: place, trigger: trigger) }

    mutating func rename(to name: String, schema: String) {
        place = CodeReferences.Name(schema: schema.lowercased(), name: name.lowercased())
        title = "\(schema).\(name)"
    }

    /// What a CREATE or ALTER statement makes: of a trigger one for each event that fires it; none
    /// where it makes something else, or cannot be read.
    ///
    /// - Parameter database: the schema of a name without one.
    package static func all(
        in text: RawSpan, mode: SQLMode, database: String
    ) -> [CodeDefinition] {
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: mode, into: &tokens) else { return [] }
        let reader = CodeStatement(text, tokens)
        guard let (kind, index) = reader.kind, var name = reader.name(at: index) else { return [] }
        if kind == .view, let select = reader.index(of: .as, from: name.end) { name.end = select }
        let references = CodeReferences(Array(tokens[name.end...]), text)
        guard kind == .trigger else {
            let kind: Kind = kind == .view ? .view : kind == .function ? .function : .procedure
            return [
                CodeDefinition(
                    kind, schema: name.schema ?? database, name: name.name, references: references)
            ]
        }
        guard let on = reader.index(of: .on, from: name.end), let table = reader.name(at: on + 1)
        else { return [] }
        let events = tokens[name.end..<on].compactMap { reader.event($0) }
        return events.map { event in
            CodeDefinition(
                .trigger(event: event), schema: table.schema ?? name.schema ?? database,
                name: table.name, trigger: name.name, references: references)
        }
    }

    /// What a DROP of code names, whatever their schemas.
    struct Dropped {
        fileprivate var lexeme: SQLLexeme
        /// In lower case.
        var names: Set<String>

        func isKind(_ kind: Kind) -> Bool {
            switch kind {
            case .function: lexeme == .function
            case .procedure: lexeme == .procedure
            case .view: lexeme == .view
            case .trigger: lexeme == .trigger
            }
        }
    }

    /// What a statement drops; nil where it drops no code.
    static func dropped(by text: RawSpan, mode: SQLMode) -> Dropped? {
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: mode, into: &tokens),
            tokens.first?.lexeme == .drop
        else { return nil }
        let reader = CodeStatement(text, tokens)
        guard let (kind, index) = reader.kind else { return nil }
        var names: Set<String> = []
        var next: Int? = index
        while let at = next, let name = reader.name(at: at) {
            names.insert(name.name.lowercased())
            let isList = name.end < tokens.count && tokens[name.end].lexeme == .comma
            next = isList ? name.end + 1 : nil
        }
        return Dropped(lexeme: kind, names: names)
    }
}

/// The tokens of a statement that makes or drops code.
private struct CodeStatement: ~Escapable {
    private let text: RawSpan
    private let tokens: [SQLToken]

    @_lifetime(copy text)
    init(_ text: RawSpan, _ tokens: [SQLToken]) {
        self.text = text
        self.tokens = tokens
    }

    /// FUNCTION, PROCEDURE, TRIGGER or VIEW, and the index behind it.
    var kind: (SQLLexeme, Int)? {
        for (index, token) in tokens.enumerated() where token.kind == .word {
            switch token.lexeme {
            case .function, .procedure, .trigger, .view: return (token.lexeme, index + 1)
            case .table, .as, .on, .event: return nil
            default: continue
            }
        }
        return nil
    }

    /// `[IF [NOT] EXISTS] [schema.]name` at an index, and the index behind it.
    func name(at index: Int) -> (schema: String?, name: String, end: Int)? {
        var index = index
        while index < tokens.count, [.if, .not, .exists].contains(tokens[index].lexeme) {
            index += 1
        }
        guard index < tokens.count, tokens[index].isName else { return nil }
        let first = name(tokens[index])
        guard index + 2 < tokens.count, tokens[index + 1].lexeme == .dot,
            tokens[index + 2].isName
        else { return (nil, first, index + 1) }
        return (first, name(tokens[index + 2]), index + 3)
    }

    private func name(_ token: SQLToken) -> String {
        let name = text.extracting(token.range).decodedText()
        guard token.kind == .quotedName else { return name }
        return String(name.dropFirst().dropLast()).replacing("``", with: "`")
    }

    func index(of lexeme: SQLLexeme, from index: Int) -> Int? {
        tokens[index...].firstIndex { $0.lexeme == lexeme }
    }

    /// What fires a trigger.
    func event(_ token: SQLToken) -> String? {
        switch token.lexeme {
        case .insert: "INSERT"
        case .update: "UPDATE"
        case .delete: "DELETE"
        default: nil
        }
    }
}
