/// What a CREATE TABLE statement makes, for a forecast.
///
/// It reads what servers write (SHOW CREATE TABLE) and what people type; nil where the definition
/// is not in the text (LIKE, a SELECT), or not read.
public struct CreatedTable: Hashable, Sendable, Codable {
    /// A foreign key.
    public struct Reference: Hashable, Sendable, Codable {
        public var table: TableName
        /// It cascades or sets to NULL.
        public var acts: Bool
    }

    public var name: TableName
    public var definition: TableDefinition
    public var references: [Reference]

    /// - Parameter database: the schema of a name without one.
    public init?(_ text: RawSpan, mode: SQLMode, database: String?) {
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: mode, into: &tokens) else { return nil }
        var reader = CreateTableReader(text, tokens, database: database)
        guard let table = reader.read() else { return nil }
        self = table
    }

    /// The table that CREATE TABLE … LIKE makes, and the one that it is made like.
    static func model(
        _ text: RawSpan, mode: SQLMode, database: String?
    ) -> (made: TableName, like: TableName)? {
        var tokens: [SQLToken] = []
        guard SQLTokenizer.tokenize(text, mode: mode, into: &tokens) else { return nil }
        var reader = CreateTableReader(text, tokens, database: database)
        _ = reader.read()
        return reader.model
    }

    init(name: TableName, definition: TableDefinition, references: [Reference]) {
        self.name = name
        self.definition = definition
        self.references = references
    }
}

/// Goes through the tokens of one CREATE TABLE statement.
private struct CreateTableReader: ~Escapable {
    private let text: RawSpan
    private let tokens: [SQLToken]
    private let database: String?
    private var index = 0
    private var definition = TableDefinition(engine: "InnoDB")
    private var references: [CreatedTable.Reference] = []
    private var nullable: Set<String> = []
    /// Of texts without one of their own.
    private var characterSet: String?
    private var hashed: Set<String> = []
    /// What CREATE TABLE … LIKE makes, and what it is made like.
    private(set) var model: (made: TableName, like: TableName)?

    @_lifetime(copy text)
    init(_ text: RawSpan, _ tokens: [SQLToken], database: String?) {
        self.text = text
        self.tokens = tokens
        self.database = database
    }

    mutating func read() -> CreatedTable? {
        guard skip(.create) else { return nil }
        if skip(.or) { _ = skip(.replace) }
        let isSequence = lexeme() == .sequence
        guard skip(.table) || skip(.sequence) else { return nil }
        if skip(.if) {
            _ = skip(.not)
            _ = skip(.exists)
        }
        guard let name = tableName() else { return nil }
        if isSequence {
            definition.kind = .sequence
            definition.columns = [.init(DefinedColumn(name: "", type: "", octetLength: nil))]
            return CreatedTable(name: name, definition: definition, references: [])
        }
        if lexeme() == .like || lexeme(1) == .like {
            _ = skip(.leftParenthesis)
            index += 1
            model = tableName().map { (name, $0) }
            return nil
        }
        guard skip(.leftParenthesis), lexeme() != .select else { return nil }
        while let end = endOfItem() {
            item(until: end)
            index = end
            guard skip(.comma) else { break }
        }
        guard skip(.rightParenthesis), options() else { return nil }
        for place in definition.columns.indices
        where definition.columns[place].defined.isText
            && definition.columns[place].defined.characterSet == nil
        {
            definition.columns[place].defined.characterSet = characterSet
        }
        finishKeys()
        return CreatedTable(name: name, definition: definition, references: references)
    }

    // MARK: Tokens

    private func lexeme(_ ahead: Int = 0) -> SQLLexeme {
        index + ahead < tokens.count ? tokens[index + ahead].lexeme : .end
    }

    private mutating func skip(_ lexeme: SQLLexeme) -> Bool {
        guard self.lexeme() == lexeme else { return false }
        index += 1
        return true
    }

    private func word(_ place: Int) -> String {
        guard place < tokens.count else { return "" }
        return text.extracting(tokens[place].range).withUnsafeBytes {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// A name without its quotes.
    private func name(_ place: Int) -> String? {
        guard place < tokens.count, tokens[place].isName else { return nil }
        let word = word(place)
        guard tokens[place].kind == .quotedName, let quote = word.first else { return word }
        var name = ""
        var isEscaped = false
        for character in word.dropFirst().dropLast() {
            if character == quote, !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            name.append(character)
        }
        return name
    }

    private mutating func tableName() -> TableName? {
        guard let first = name(index) else { return nil }
        index += 1
        guard skip(.dot) else { return TableName(schema: database, table: first) }
        guard let second = name(index) else { return nil }
        index += 1
        return TableName(schema: first, table: second)
    }

    /// The comma or parenthesis behind a column, key or constraint.
    private func endOfItem() -> Int? {
        var depth = 0
        for place in index..<max(index, tokens.count) {
            switch tokens[place].lexeme {
            case .leftParenthesis: depth += 1
            case .rightParenthesis where depth == 0: return place
            case .rightParenthesis: depth -= 1
            case .comma where depth == 0: return place
            default: break
            }
        }
        return nil
    }

    // MARK: Items

    private mutating func item(until end: Int) {
        if skip(.constraint), lexeme() != .primary, lexeme() != .unique, lexeme() != .foreign {
            index += 1
        }
        // A text that no server takes may end here.
        guard index < end else { return }
        switch lexeme() {
        case .primary: key("PRIMARY", until: end)
        case .unique: key("unique \(definition.uniqueParts.count)", until: end)
        case .foreign: reference(until: end)
        case .key, .index, .check: return
        case .period where lexeme(1) == .for: return
        default:
            // FULLTEXT and SPATIAL keys, and CHECK, are words like a column's name.
            let first = word(index).uppercased()
            if tokens[index].kind == .word, ["FULLTEXT", "SPATIAL"].contains(first) { return }
            column(until: end)
        }
    }

    private mutating func key(_ key: String, until end: Int) {
        if (index..<max(index, end)).contains(where: { word($0).uppercased() == "HASH" }) {
            hashed.insert(key)
        }
        while index < end, !skip(.leftParenthesis) { index += 1 }
        while index < end, let column = name(index) {
            index += 1
            let isPrefix = skip(.leftParenthesis)
            if isPrefix { index += 2 }
            definition.uniqueParts.append(
                .init(
                    key: key, column: column, isPrefix: isPrefix, isHash: false,
                    isNullable: false))
            while index < end, ![.comma, .rightParenthesis].contains(lexeme()) { index += 1 }
            guard skip(.comma) else { return }
        }
    }

    private mutating func reference(until end: Int) {
        while index < end, !skip(.references) { index += 1 }
        guard index < end, let table = tableName() else { return }
        var acts = false
        for place in index..<end {
            let next = place + 1 < end ? tokens[place + 1].lexeme : .end
            if tokens[place].lexeme == .cascade || tokens[place].lexeme == .set && next == .null
                || tokens[place].lexeme == .set && word(place + 1).uppercased() == "DEFAULT"
            {
                acts = true
            }
        }
        references.append(CreatedTable.Reference(table: table, acts: acts))
    }

    private mutating func column(until end: Int) {
        guard let name = name(index) else { return }
        var column = TableDefinition.Column(
            DefinedColumn(name: name, type: type(at: index + 1), octetLength: nil))
        var isNullable = true
        var isComputed = false
        var isStored = false
        var depth = 0
        for place in (index + 1)..<max(index + 1, end) {
            switch tokens[place].lexeme {
            case .leftParenthesis: depth += 1
            case .rightParenthesis: depth -= 1
            case _ where depth > 0: continue
            case .not where place + 1 < end && tokens[place + 1].lexeme == .null:
                isNullable = false
            case .primary: inlineKey("PRIMARY", name)
            case .unique: inlineKey("unique \(definition.uniqueParts.count)", name)
            case .as: isComputed = true
            case .character, .collate:
                column.defined.characterSet =
                    characterSet(at: place) ?? column.defined.characterSet
            case .references:
                index = place
                reference(until: end)
            default:
                guard tokens[place].kind == .word else { continue }
                switch word(place).uppercased() {
                case "AUTO_INCREMENT": column.isCounter = true
                case "SERIAL":
                    column.isCounter = true
                    isNullable = false
                    inlineKey("unique \(definition.uniqueParts.count)", name)
                case "UNSIGNED":
                    column.isUnsigned = true
                    column.defined.type += " unsigned"
                case "STORED", "PERSISTENT": isStored = true
                case "CHARSET": column.defined.characterSet = characterSet(at: place)
                case "COMPRESSED": column.defined.type += " COMPRESSED"
                default: continue
                }
            }
        }
        column.isVirtual = isComputed && !isStored
        if isNullable { nullable.insert(name.lowercased()) }
        definition.columns.append(column)
    }

    /// The one that CHARACTER SET, CHARSET or COLLATE at that place tells.
    private func characterSet(at place: Int) -> String? {
        let isCollation = tokens[place].lexeme == .collate
        var next = place + 1
        if tokens[place].lexeme == .character {
            guard next < tokens.count, tokens[next].lexeme == .set else { return nil }
            next += 1
        }
        if next < tokens.count, tokens[next].lexeme == .equal { next += 1 }
        let name = word(next).trimmingPrefix { "'\"`".contains($0) }
            .prefix { $0.isLetter || $0.isNumber }
        // MariaDB has collations that are of no character set in particular.
        let isShared = isCollation && name.lowercased() == "uca1400"
        return name.isEmpty || isShared ? nil : String(name)
    }

    /// A type with what stands in parentheses behind it.
    private func type(at place: Int) -> String {
        guard place + 1 < tokens.count, tokens[place + 1].lexeme == .leftParenthesis,
            let end = tokens[(place + 1)...].firstIndex(where: { $0.lexeme == .rightParenthesis })
        else { return word(place) }
        let range = tokens[place].range.lowerBound..<tokens[end].range.upperBound
        return text.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func inlineKey(_ key: String, _ column: String) {
        definition.uniqueParts.append(
            .init(
                key: key, column: column, isPrefix: false, isHash: false, isNullable: false))
    }

    // MARK: The end

    /// False where the table is made of something that is not in the text.
    private mutating func options() -> Bool {
        while index < tokens.count {
            switch lexeme() {
            case .engine:
                index += 1
                _ = skip(.equal)
                definition.engine = name(index) ?? definition.engine
            case .partition: return true
            case .character, .collate:
                characterSet = self.characterSet(at: index) ?? characterSet
            case .name where word(index).uppercased() == "CHARSET":
                characterSet = self.characterSet(at: index)
            case .select: return false
            case .system where lexeme(1) == .versioning: definition.kind = .systemVersioned
            default: break
            }
            index += 1
        }
        return true
    }

    private mutating func finishKeys() {
        let names = Dictionary(
            definition.columns.map { ($0.defined.name.lowercased(), $0.defined) },
            uniquingKeysWith: { first, _ in first })
        for place in definition.uniqueParts.indices {
            let part = definition.uniqueParts[place]
            let column = part.column.lowercased()
            definition.uniqueParts[place].column = names[column]?.name ?? part.column
            definition.uniqueParts[place].isNullable =
                part.key != "PRIMARY" && nullable.contains(column)
            let type = (names[column]?.type.uppercased() ?? "").prefix { $0 != "(" }
            let isLong = type.hasSuffix("TEXT") || type.hasSuffix("BLOB")
            definition.uniqueParts[place].isHash =
                hashed.contains(part.key) || isLong && !part.isPrefix
        }
    }
}
