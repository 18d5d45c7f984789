/// A statement as a person types it, to be found among logged texts.
///
/// Compared as tokens: comments, backticks, a trailing `;` and `IF EXISTS` do not count, nor does
/// the case of keywords; names and literals must be equal. A typed `shop.orders` matches a logged
/// `orders` of database `shop`; a typed `orders` matches that table of any schema. Of a list in
/// DROP TABLE, TRUNCATE or RENAME TABLE it is enough that each typed table stands in the logged
/// one.
public struct StatementPattern: Sendable {
    /// A typed text that cannot be a statement.
    public enum Unreadable: Error, Sendable, Hashable {
        case empty
        /// Quotes or comments do not end.
        case unterminated
    }

    /// What is compared.
    enum Form: Sendable {
        case dropTables([TableName], isTemporary: Bool)
        case dropDatabase(String)
        case truncate(TableName)
        case dropList(DropList)
        case renameTables([(old: TableName, new: TableName?)])
        case tokens([PatternToken])
    }

    let form: Form
    /// The keyword that a logged text must begin with.
    private let firstWord: [UInt8]
    /// The tables that the typed statement changes, as they were typed.
    public let tables: [TableName]
    /// What a logged text that is the statement has for its key, if it has one; nil where it may
    /// have any.
    public let key: StatementKey?

    /// Reads a typed text; double quotes are taken for either meaning.
    public init(_ typed: some StringProtocol) throws(Unreadable) {
        let bytes = Array(typed.utf8)
        let read = bytes.span.bytes.withSQLText { Self.read($0) }
        guard let read else { throw .unterminated }
        guard let first = read.tokens.first else { throw .empty }
        tables = read.tables
        form = read.form
        key = StatementKey(bytes.span.bytes)
        firstWord = first.content.map(asciiLowercased)
    }

    private struct Typed {
        var form: Form
        var tokens: [PatternToken]
        var tables: [TableName]
    }

    /// In the first mode that makes sense of every name, else in the first that ends all quotes.
    private static func read(_ text: SQLText) -> Typed? {
        var readable: Typed?
        for mode in SQLMode.all {
            guard var tokens = PatternCursor.tokens(of: text, mode: mode) else { continue }
            while tokens.last?.lexeme == .semicolon { tokens.removeLast() }
            var classifier = StatementClassifier()
            classifier.read(text, mode: mode)
            let outline = classifier.outline
            let tables = outline.targets.compactMap { target in
                outline.string(target.table).map {
                    TableName(schema: outline.string(target.schema), table: $0)
                }
            }
            let form =
                listForm(outline, tokens) ?? DropList(tokens).map { .dropList($0) }
                ?? .tokens(tokens)
            let typed = Typed(form: form, tokens: tokens, tables: tables)
            if !outline.isMalformed, !hasStringBesideDot(tokens) { return typed }
            readable = readable ?? typed
        }
        return readable
    }

    /// No string stands beside a dot: those are names in double quotes.
    private static func hasStringBesideDot(_ tokens: [PatternToken]) -> Bool {
        zip(tokens, tokens.dropFirst()).contains { first, second in
            first.kind == .string && second.lexeme == .dot
                || first.lexeme == .dot && second.kind == .string
        }
    }

    /// The form of statements whose lists are compared table by table.
    private static func listForm(_ outline: StatementOutline, _ tokens: [PatternToken]) -> Form? {
        if outline.targets.isEmpty || outline.isUnreadable || outline.isMalformed { return nil }
        if tokens.contains(where: { $0.lexeme == .semicolon }) { return nil }
        let names = names(outline)
        switch outline.verb {
        case .dropTable:
            return .dropTables(names.map(\.old), isTemporary: outline.isTemporary)
        case .dropDatabase where tokens.first?.lexeme == .drop:
            return outline.string(outline.targets[0].schema).map { .dropDatabase($0) }
        case .truncateTable: return .truncate(names[0].old)
        case .renameTable: return .renameTables(names)
        default: return nil
        }
    }

    private static func names(
        _ outline: StatementOutline
    ) -> [(old: TableName, new: TableName?)] {
        outline.targets.map { target in
            let old = TableName(
                schema: outline.string(target.schema), table: outline.string(target.table) ?? "")
            let new = outline.string(target.newTable).map {
                TableName(schema: outline.string(target.newSchema), table: $0)
            }
            return (old, new)
        }
    }

    // MARK: Matching

    /// Whether the logged `text` is the statement.
    ///
    /// `mode` is nil for annotate texts: every reading counts. `database` is the event's default
    /// database, nil where the log does not tell: then a typed schema is not compared with a name
    /// that the log has without one, and the caller can compare `tables` with the table maps.
    public func matches(_ text: RawSpan, mode: SQLMode?, database: RawSpan?) -> Bool {
        guard mayBegin(text) else { return false }
        var schema: String?
        if let database { schema = database.withSQLText { PrintableText.decoded($0.bytes) } }
        return text.withSQLText { text in
            guard mode == nil else { return matches(text, mode ?? .standard, schema) }
            let marks = text.index(of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: 0)
            if marks == text.count { return matches(text, .standard, schema) }
            return SQLMode.all.contains { matches(text, $0, schema) }
        }
    }

    /// Rejects nearly every other statement by its first letters, before anything is tokenized.
    private func mayBegin(_ text: RawSpan) -> Bool {
        text.withSQLText { text in
            var index = 0
            while SQLText.isSpace(text[index]) { index += 1 }
            guard SQLText.isNameByte(text[index]) else { return index < text.count }
            if isWord("set", text, index) || isWord("analyze", text, index) { return true }
            for offset in firstWord.indices
            where asciiLowercased(text[index + offset]) != firstWord[offset] {
                return false
            }
            return !SQLText.isNameByte(text[index + firstWord.count])
        }
    }

    private func isWord(_ word: StaticString, _ text: SQLText, _ index: Int) -> Bool {
        word.withUTF8Buffer { word in
            for offset in word.indices where text[index + offset] | 0x20 != word[offset] {
                return false
            }
            return true
        }
    }

    private func matches(_ text: SQLText, _ mode: SQLMode, _ schema: String?) -> Bool {
        if case .tokens(let tokens) = form {
            return TokenComparison(tokens, schema: schema).matches(text, mode)
        }
        if case .dropList(let typed) = form {
            let logged = PatternCursor.tokens(of: text, mode: mode).flatMap { DropList($0) }
            return logged.map { typed.isPart(of: $0, schema) } ?? false
        }
        var classifier = StatementClassifier()
        classifier.read(text, mode: mode)
        let outline = classifier.outline
        if outline.isUnreadable { return false }
        let names = Self.names(outline)
        switch form {
        case .dropTables(let typed, let isTemporary):
            guard outline.verb == .dropTable, outline.isTemporary == isTemporary else {
                return false
            }
            return typed.allSatisfy { table in names.contains { table.isNamed($0.old, schema) } }
        case .dropDatabase(let typed):
            return outline.verb == .dropDatabase
                && outline.targets.contains { outline.string($0.schema) == typed }
        case .truncate(let typed):
            return outline.verb == .truncateTable
                && names.contains { typed.isNamed($0.old, schema) }
        case .renameTables(let typed):
            guard outline.verb == .renameTable else { return false }
            return typed.allSatisfy { pair in
                names.contains { logged in
                    pair.old.isNamed(logged.old, schema)
                        && pair.new.map { new in
                            logged.new.map { new.isNamed($0, schema) } ?? false
                        } ?? true
                }
            }
        case .tokens, .dropList: return false
        }
    }
}

/// What a DROP VIEW or DROP SEQUENCE names: one of a list is enough, as with tables.
struct DropList: Sendable {
    private let object: SQLLexeme
    private let names: [TableName]

    /// Nil for any other statement.
    init?(_ tokens: [PatternToken]) {
        var rest = tokens[...]
        guard rest.popFirst()?.lexeme == .drop, let object = rest.popFirst()?.lexeme,
            object == .view || object == .sequence
        else { return nil }
        var names: [TableName] = []
        var next: SQLLexeme?
        repeat {
            guard let first = rest.popFirst(), first.isName else { return nil }
            var name = TableName(schema: nil, table: first.text)
            if rest.first?.lexeme == .dot {
                guard let second = rest.dropFirst().first, second.isName else { return nil }
                rest.removeFirst(2)
                name = TableName(schema: first.text, table: second.text)
            }
            names.append(name)
            next = rest.popFirst()?.lexeme
        } while next == .comma
        if next == .restrict || next == .cascade { next = rest.popFirst()?.lexeme }
        guard next == nil || next == .semicolon, rest.isEmpty else { return nil }
        self.object = object
        self.names = names
    }

    /// Whether the logged statement drops each of these.
    func isPart(of logged: DropList, _ schema: String?) -> Bool {
        object == logged.object
            && names.allSatisfy { name in logged.names.contains { name.isNamed($0, schema) } }
    }
}

extension TableName {
    /// Whether this typed name means the `logged` one, whose default schema is `schema` (nil:
    /// unknown).
    func isNamed(_ logged: TableName, _ schema: String?) -> Bool {
        guard table == logged.table else { return false }
        guard let typedSchema = self.schema, let loggedSchema = logged.schema ?? schema else {
            return true
        }
        return typedSchema == loggedSchema
    }
}
