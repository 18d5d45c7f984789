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
    private static let functions: Set<String> = [
        "UUID", "UUID_SHORT", "SYS_GUID", "SYSDATE", "LOAD_FILE", "FOUND_ROWS", "ROW_COUNT", "USER",
        "SESSION_USER", "SYSTEM_USER", "VERSION", "GET_LOCK", "IS_FREE_LOCK", "IS_USED_LOCK",
        "RELEASE_LOCK", "RANDOM_BYTES", "MASTER_POS_WAIT", "MASTER_GTID_WAIT",
    ]

    /// Functions that hang on a setting.
    private static let settingOfFunction = [
        "WEEK": "default_week_format", "AVG": "div_precision_increment",
        "GROUP_CONCAT": "group_concat_max_len", "JSON_ARRAYAGG": "group_concat_max_len",
        "JSON_OBJECTAGG": "group_concat_max_len",
    ]

    /// Reads a statement's tokens.
    init(_ facts: StatementFacts, _ tokens: [SQLToken], _ text: RawSpan) {
        let changesRows: Bool
        switch facts.verb {
        case .insert, .replace, .update, .delete, .select, .loadData, .other: changesRows = true
        case .createTable:
            changesRows = facts.hasSelect
            let names = tokens.contains { $0.lexeme == .engine || $0.lexeme == .like }
            if !names { settings.insert("default_storage_engine") }
        default: return
        }
        for (index, token) in tokens.enumerated() {
            if changesRows, token.lexeme == .slash { settings.insert("div_precision_increment") }
            guard changesRows, token.kind == .word, index + 1 < tokens.count,
                tokens[index + 1].lexeme == .leftParenthesis, token.range.count <= 16
            else { continue }
            let name = text.extracting(token.range).decodedText().uppercased()
            if unsafe == nil, Self.functions.contains(name) { unsafe = name }
            if let setting = Self.settingOfFunction[name] { settings.insert(setting) }
        }
        let has = { (lexeme: SQLLexeme) in tokens.contains { $0.lexeme == lexeme } }
        if unsafe == nil, changesRows, facts.verb != .select, has(.limit), !has(.order) {
            unsafe = "LIMIT without ORDER BY"
        }
    }
}
