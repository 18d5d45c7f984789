internal import Binlog

/// What a statement's text may do otherwise when it runs again, though its session is the same.
public struct StatementRisk: Hashable, Sendable {
    /// What makes its result another one: a function, or a LIMIT without an order; nil for nothing.
    public var unsafe: String?
    /// Settings that it may hang on and that no log tells.
    public var settings: Set<String> = []

    public init() {}

    /// Functions whose result the log of a statement does not tell; RAND, NOW, LAST_INSERT_ID and
    /// CONNECTION_ID it does (MariaDB: sql/item_create.cc, `set_stmt_unsafe`).
    package static let functions: Set<String> = [
        "UUID", "UUID_SHORT", "SYS_GUID", "SYSDATE", "LOAD_FILE", "FOUND_ROWS", "ROW_COUNT", "USER",
        "CURRENT_USER", "CURRENT_ROLE", "SESSION_USER", "SYSTEM_USER", "VERSION", "GET_LOCK",
        "IS_FREE_LOCK", "IS_USED_LOCK",
        "RELEASE_LOCK", "RANDOM_BYTES", "MASTER_POS_WAIT", "MASTER_GTID_WAIT",
    ]

    /// Functions that hang on a setting.
    private static let settingOfFunction = [
        "WEEK": "default_week_format", "AVG": "div_precision_increment",
        "GROUP_CONCAT": "group_concat_max_len", "JSON_ARRAYAGG": "group_concat_max_len",
        "JSON_OBJECTAGG": "group_concat_max_len", "AES_ENCRYPT": "block_encryption_mode",
        "AES_DECRYPT": "block_encryption_mode",
    ]

    /// System variables that a replay sets as they were.
    private static let setVariables: Set<String> = [
        "TIMESTAMP", "SQL_MODE", "TIME_ZONE", "IDENTITY", "LAST_INSERT_ID", "INSERT_ID",
        "AUTO_INCREMENT_INCREMENT", "AUTO_INCREMENT_OFFSET", "LC_TIME_NAMES", "PSEUDO_THREAD_ID",
        "FOREIGN_KEY_CHECKS", "UNIQUE_CHECKS", "CHARACTER_SET_CLIENT", "COLLATION_CONNECTION",
        "COLLATION_SERVER", "COLLATION_DATABASE", "SQL_AUTO_IS_NULL",
    ]

    /// What stands before a table's name, which a list of columns may follow, or before a stored
    /// function's, which is none of the server's own.
    private static let beforeTables: Set<SQLLexeme> = [
        .into, .insert, .replace, .ignore, .delayed, .lowPriority, .highPriority, .table, .dot,
    ]

    /// Schemas that tell of the server itself.
    private static let serverSchemas: Set<String> = ["INFORMATION_SCHEMA", "PERFORMANCE_SCHEMA"]

    /// A name without parentheses that means something else in another session: a system variable,
    /// CURRENT_USER, CURRENT_ROLE, a schema that tells of the server; nil for any other token.
    static func ownName(
        at index: Int, of tokens: [SQLToken], _ text: RawSpan
    ) -> String? {
        let token = tokens[index]
        guard token.kind == .systemVariable else {
            if token.range.count >= 18, token.isName, index + 1 < tokens.count,
                tokens[index + 1].lexeme == .dot,
                serverSchemas.contains(token.name(in: text).uppercased())
            {
                return token.name(in: text).lowercased()
            }
            guard token.kind == .word, token.range.count == 12 else { return nil }
            let word = name(token, text)
            return ["CURRENT_USER", "CURRENT_ROLE"].contains(word) ? word : nil
        }
        var parts = [name(token, text)]
        // `@@global.server_id`: the scope, a dot, the name.
        if index + 2 < tokens.count, tokens[index + 1].lexeme == .dot {
            parts.append(name(tokens[index + 2], text))
        }
        let last = String((parts.last ?? "").drop { $0 == "@" })
        return setVariables.contains(last) ? nil : parts.joined(separator: ".").lowercased()
    }

    private static func name(_ token: SQLToken, _ text: RawSpan) -> String {
        text.extracting(token.range.prefix(64)).decodedText().uppercased()
    }

    /// Reads a statement's tokens.
    init(_ facts: StatementFacts, _ tokens: [SQLToken], _ text: RawSpan) {
        let changesRows = facts.evaluates
        if facts.verb == .createTable {
            let names = tokens.contains { $0.lexeme == .engine || $0.lexeme == .like }
            if !names { settings.insert("default_storage_engine") }
        }
        // It gives the rows that are there the default of a new column.
        if facts.verb == .alterTable { unsafe = CodeReferences(tokens, text).unsafeFunction }
        guard changesRows || facts.verb == .createTable else { return }
        for (index, token) in tokens.enumerated() {
            if changesRows, token.lexeme == .slash { settings.insert("div_precision_increment") }
            if changesRows, unsafe == nil { unsafe = Self.ownName(at: index, of: tokens, text) }
            guard changesRows, token.kind == .word, index + 1 < tokens.count,
                tokens[index + 1].lexeme == .leftParenthesis, token.range.count <= 16
            else { continue }
            let before = index > 0 ? tokens[index - 1].lexeme : .end
            if Self.beforeTables.contains(before) { continue }
            let name = text.extracting(token.range).decodedText().uppercased()
            if unsafe == nil, Self.functions.contains(name) { unsafe = name }
            if let setting = Self.settingOfFunction[name] { settings.insert(setting) }
        }
        let has = { (lexeme: SQLLexeme) in tokens.contains { $0.lexeme == lexeme } }
        guard changesRows, facts.verb != .select, has(.limit) else { return }
        if has(.order) {
            // Longer values are sorted by their beginning, and the limit may cut among them.
            settings.insert("max_sort_length")
        } else if unsafe == nil {
            unsafe = "LIMIT without ORDER BY"
        }
    }
}
