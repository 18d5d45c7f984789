internal import Binlog

/// What a statement, or the body of a routine, a trigger or a view, names: told rather too often.
///
/// Names are in lower case; what is called counts by its name, and by its schema's or package's. A
/// text that cannot be read names nothing.
package struct CodeReferences: Sendable {
    /// Behind CALL, before a parenthesis that cannot be a list of columns, or where a statement
    /// ends with it: in `sql_mode=ORACLE` procedures are called by their mere names.
    package private(set) var called: Set<String> = []
    /// Behind FROM, JOIN or a comma.
    package private(set) var read: Set<Name> = []
    /// Behind INTO, UPDATE, REPLACE and the like.
    package private(set) var written: Set<Name> = []
    /// It says ON DUPLICATE KEY UPDATE.
    package private(set) var mayUpdate = false
    /// All of them.
    package private(set) var names: Set<String> = []
    /// What in it hangs on more than the log of a statement tells, the first of all.
    ///
    /// A function, a variable of the server, a LIMIT without an order; not the user's name, which
    /// is the definer's in code.
    package private(set) var unsafeFunction: String?

    /// A table or view, with its schema where the text says it.
    package struct Name: Hashable, Sendable {
        package var schema: String?
        package var name: String

        package init(schema: String?, name: String) {
            self.schema = schema
            self.name = name
        }

        /// The same, in `database` where the text says no schema.
        package func inSchema(_ database: String) -> Name {
            Name(schema: schema ?? database.lowercased(), name: name)
        }
    }

    private static let definers: Set<String> = ["CURRENT_USER", "CURRENT_ROLE"]
    private static let functions = StatementRisk.functions.subtracting(definers)

    /// - Parameter mode: the one it was made under.
    package init(ofCode bytes: [UInt8], mode: SQLMode) {
        let text = bytes.span.bytes
        var tokens: [SQLToken] = []
        if !SQLTokenizer.tokenize(text, mode: mode, into: &tokens) { tokens = [] }
        self.init(tokens, text)
    }

    init(_ tokens: [SQLToken], _ text: RawSpan) {
        var before = SQLLexeme.end
        var index = 0
        var isOrdered = false
        while index < tokens.count {
            take(tokens[index], at: index, of: tokens, text, &isOrdered)
            guard Self.isName(at: index, of: tokens) else {
                if tokens[index].lexeme == .duplicate { mayUpdate = true }
                before = Self.place(before, then: tokens[index].lexeme)
                index += 1
                continue
            }
            var name = Name(schema: nil, name: tokens[index].name(in: text).lowercased())
            index += 1
            while index + 1 < tokens.count, tokens[index].lexeme == .dot, tokens[index + 1].isName {
                name = Name(
                    schema: name.name, name: tokens[index + 1].name(in: text).lowercased())
                index += 2
            }
            take(name, behind: before, before: index < tokens.count ? tokens[index].lexeme : .end)
            before = .name
        }
    }

    /// What is unsafe without being called.
    private mutating func take(
        _ token: SQLToken, at index: Int, of tokens: [SQLToken], _ text: RawSpan,
        _ isOrdered: inout Bool
    ) {
        switch token.lexeme {
        case .semicolon, .select, .update, .delete: isOrdered = false
        case .order: isOrdered = true
        case .limit where !isOrdered && unsafeFunction == nil:
            unsafeFunction = "LIMIT without ORDER BY"
        default: break
        }
        guard unsafeFunction == nil, let name = StatementRisk.ownName(at: index, of: tokens, text),
            !Self.definers.contains(name)
        else { return }
        unsafeFunction = name
    }

    private mutating func take(_ name: Name, behind before: SQLLexeme, before next: SQLLexeme) {
        names.insert(name.name)
        switch before {
        case .into, .update, .replace, .insert, .delete:
            written.insert(name)
            return
        case .call:
            call(name)
            return
        // What opens behind it is a list of columns.
        case .table, .index, .key, .unique, .references, .as, .with: return
        case .from, .join, .straightJoin, .comma: read.insert(name)
        default: if next == .semicolon { call(name) }
        }
        guard next == .leftParenthesis else { return }
        call(name)
        let function = name.name.uppercased()
        if unsafeFunction == nil, Self.functions.contains(function) { unsafeFunction = function }
    }

    private mutating func call(_ name: Name) {
        called.insert(name.name)
        guard let schema = name.schema else { return }
        called.insert(schema)
        names.insert(schema)
    }

    /// The word that says what the next name is.
    private static func place(_ before: SQLLexeme, then next: SQLLexeme) -> SQLLexeme {
        switch next {
        case .ignore, .delayed, .lowPriority, .highPriority, .quick: before
        case .leftParenthesis where [.from, .join, .straightJoin, .comma].contains(before): before
        case .from where before == .delete: .delete
        default: next
        }
    }

    /// USER is a word of the language, and a function before a parenthesis.
    private static func isName(at index: Int, of tokens: [SQLToken]) -> Bool {
        let token = tokens[index]
        if token.kind == .quotedName || token.kind == .word && token.lexeme == .name { return true }
        return token.lexeme == .user && index + 1 < tokens.count
            && tokens[index + 1].lexeme == .leftParenthesis
    }
}
