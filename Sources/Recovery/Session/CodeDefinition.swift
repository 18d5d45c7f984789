internal import Binlog

/// What code is called, and what its text names.
///
/// A routine, a package of them, a trigger, a view, or the defaults of a table's columns.
package struct CodeDefinition: Sendable {
    /// What runs it.
    package enum Kind: Hashable, Sendable {
        case function
        case procedure
        /// What a package's body holds.
        case package
        case view
        /// With what fires it: `INSERT`, `UPDATE`, `DELETE`.
        case trigger(event: String)
        /// What fills a table's columns where a statement does not.
        case defaults

        var isTrigger: Bool {
            if case .trigger = self { true } else { false }
        }

        /// It goes with its table.
        var isOfTable: Bool { isTrigger || self == .defaults }

        /// They are not renamed like tables.
        var isRoutine: Bool { self == .function || self == .procedure || self == .package }
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

    /// What a statement says to make it, or to drop it.
    var identity: CodeIdentity {
        let word: SQLLexeme =
            switch kind {
            case .function: .function
            case .procedure: .procedure
            case .package: .package
            case .view: .view
            case .trigger: .trigger
            case .defaults: .table
            }
        return CodeIdentity(
            word: word,
            name: kind.isTrigger
                ? CodeReferences.Name(schema: place.schema, name: trigger) : place)
    }

    mutating func rename(to name: String, schema: String) {
        place = CodeReferences.Name(schema: schema.lowercased(), name: name.lowercased())
        title = "\(schema).\(name)"
    }
}

/// What only one routine, trigger or view can be called.
package struct CodeIdentity: Hashable {
    /// FUNCTION, PROCEDURE, PACKAGE, TRIGGER, VIEW, or TABLE for its defaults.
    var word: SQLLexeme
    /// In lower case, with its schema.
    var name: CodeReferences.Name
}

/// What a statement does to routines, packages, triggers, views and unsafe defaults.
package enum CodeChange {
    /// Makes one; of a trigger there is one definition for each event that fires it.
    case makes([CodeDefinition], replaces: Bool)
    case drops([CodeIdentity])

    /// Nil for any other statement, and for one that cannot be read. ALTER of a routine leaves its
    /// text as it is.
    ///
    /// - Parameter database: the schema of a name without one.
    package init?(_ text: RawSpan, mode: SQLMode, database: String) {
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: mode, into: &tokens) else { return nil }
        let reader = CodeStatement(text, tokens, database: database)
        guard let change = reader.change else { return nil }
        self = change
    }

    /// What it makes.
    package var made: [CodeDefinition] {
        switch self {
        case .makes(let definitions, _): definitions
        case .drops: []
        }
    }
}

/// The tokens of a statement that makes or drops code.
private struct CodeStatement: ~Escapable {
    private let text: RawSpan
    private let tokens: [SQLToken]
    private let database: String

    @_lifetime(copy text)
    init(_ text: RawSpan, _ tokens: [SQLToken], database: String) {
        self.text = text
        self.tokens = tokens
        self.database = database
    }

    var change: CodeChange? {
        guard let (word, index) = kind else { return nil }
        switch tokens.first?.lexeme {
        case .create: return definitions(word, at: index)
        case .alter where word == .view || word == .table: return definitions(word, at: index)
        case .drop where word != .table: return .drops(dropped(word, at: index))
        default: return nil
        }
    }

    /// FUNCTION, PROCEDURE, PACKAGE, TRIGGER, VIEW or TABLE, and the index behind it.
    ///
    /// What a package offers is not asked for, only its body, which goes with it.
    private var kind: (SQLLexeme, Int)? {
        for (index, token) in tokens.enumerated() where token.kind == .word {
            switch token.lexeme {
            case .function, .procedure, .trigger, .view, .table: return (token.lexeme, index + 1)
            case .package:
                if isBody(at: index + 1) { return (token.lexeme, index + 2) }
                return tokens.first?.lexeme == .drop ? (token.lexeme, index + 1) : nil
            case .as, .on, .event: return nil
            default: continue
            }
        }
        return nil
    }

    /// The word, which is reserved: a package of that name stands in quotes.
    private func isBody(at index: Int) -> Bool {
        index < tokens.count && tokens[index].kind == .word && tokens[index].lexeme == .body
    }

    private func definitions(_ word: SQLLexeme, at index: Int) -> CodeChange? {
        guard let name = name(at: index) else { return nil }
        let schema = name.schema ?? database
        let replaces = !tokens[index..<name.end].contains { $0.lexeme == .exists }
        switch word {
        case .trigger:
            guard let on = self.index(of: .on, from: name.end), let table = self.name(at: on + 1)
            else { return nil }
            let references = references(from: table.end)
            var definitions: [CodeDefinition] = []
            for token in tokens[name.end..<on] {
                guard let event = event(token) else { continue }
                definitions.append(
                    CodeDefinition(
                        .trigger(event: event), schema: table.schema ?? schema, name: table.name,
                        trigger: name.name, references: references))
            }
            return .makes(definitions, replaces: replaces)
        case .view:
            let body = self.index(of: .as, from: name.end) ?? name.end
            let view = CodeDefinition(
                .view, schema: schema, name: name.name, references: references(from: body))
            return .makes([view], replaces: replaces)
        case .table:
            let references = references(from: name.end)
            guard references.unsafeFunction != nil else { return nil }
            let defaults = CodeDefinition(
                .defaults, schema: schema, name: name.name, references: references)
            return .makes([defaults], replaces: true)
        case .package:
            let package = CodeDefinition(
                .package, schema: schema, name: name.name, references: references(from: name.end))
            return .makes([package], replaces: replaces)
        default:
            let routine = CodeDefinition(
                word == .function ? .function : .procedure, schema: schema, name: name.name,
                references: references(from: behindParameters(from: name.end)))
            return .makes([routine], replaces: replaces)
        }
    }

    /// Of a view the names may be several.
    private func dropped(_ word: SQLLexeme, at index: Int) -> [CodeIdentity] {
        var found: [CodeIdentity] = []
        var next: Int? = index
        while let at = next, let name = name(at: at) {
            let place = CodeReferences.Name(
                schema: (name.schema ?? database).lowercased(), name: name.name.lowercased())
            found.append(CodeIdentity(word: word, name: place))
            let isList = name.end < tokens.count && tokens[name.end].lexeme == .comma
            next = isList ? name.end + 1 : nil
        }
        return found
    }

    private func references(from index: Int) -> CodeReferences {
        CodeReferences(Array(tokens[index...]), text)
    }

    /// `[IF [NOT] EXISTS] [schema.]name` at an index, and the index behind it.
    private func name(at index: Int) -> (schema: String?, name: String, end: Int)? {
        var index = index
        while index < tokens.count, [.if, .not, .exists].contains(tokens[index].lexeme) {
            index += 1
        }
        guard index < tokens.count, tokens[index].isName else { return nil }
        let first = tokens[index].name(in: text)
        guard index + 2 < tokens.count, tokens[index + 1].lexeme == .dot,
            tokens[index + 2].isName
        else { return (nil, first, index + 1) }
        return (first, tokens[index + 2].name(in: text), index + 3)
    }

    private func index(of lexeme: SQLLexeme, from index: Int) -> Int? {
        tokens[index...].firstIndex { $0.lexeme == lexeme }
    }

    private func behindParameters(from index: Int) -> Int {
        guard index < tokens.count, tokens[index].lexeme == .leftParenthesis else { return index }
        var depth = 0
        for place in index..<tokens.count {
            switch tokens[place].lexeme {
            case .leftParenthesis: depth += 1
            case .rightParenthesis: depth -= 1
            default: continue
            }
            if depth == 0 { return place + 1 }
        }
        return index
    }

    /// What fires a trigger.
    private func event(_ token: SQLToken) -> String? {
        switch token.lexeme {
        case .insert: "INSERT"
        case .update: "UPDATE"
        case .delete: "DELETE"
        default: nil
        }
    }
}

extension SQLToken {
    /// The name that it stands for, without its quotes.
    func name(in text: RawSpan) -> String {
        let name = text.extracting(range).decodedText()
        guard kind == .quotedName, let quote = name.first else { return name }
        return String(name.dropFirst().dropLast())
            .replacing("\(quote)\(quote)", with: "\(quote)")
    }
}
