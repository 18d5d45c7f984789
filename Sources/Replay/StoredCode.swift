internal import Binlog
internal import Server

/// What a server keeps and runs inside a logged statement, unseen in its text.
///
/// Routines and triggers may leave the session otherwise than the statement's event tells: a clock
/// set to a minute later, a zone set back to SYSTEM. They, views and the expressions of columns may
/// read the session's number, which is set only where a statement is known to need it.
enum StoredCode {
    /// The variable that may be read without any trace in the log.
    private static let number = "pseudo_thread_id"

    /// Whoever changes a variable that `SessionState` sets must write one of these words: there is
    /// no dynamic SQL in functions and triggers.
    private static let words: Set<String> = [
        "auto_increment_increment", "auto_increment_offset", "character", "character_set_client",
        "character_set_collations", "charset", "check_constraint_checks", "collation_connection",
        "collation_database", "collation_server", "explicit_defaults_for_timestamp",
        "default_collation_for_utf8mb4", "default_table_encryption", "foreign_key_checks",
        "lc_time_names", "names", number, "sql_auto_is_null",
        "sql_if_exists", "sql_mode", "sql_require_primary_key", "system_versioning_insert_history",
        "time_zone", "timestamp",
        "unique_checks",
    ]

    /// Whether a server has any for which the whole session must be set before each statement;
    /// rather too often told than too rarely, and always to an account that may not look.
    static func needsWholeSession(on connection: borrowing Connection) throws(ServerError) -> Bool {
        // Without a backslash: the session's sql_mode may give it another meaning.
        let pattern =
            "REGEXP '(?i)(^|[^a-z0-9_$])(\(words.sorted().joined(separator: "|")))([^a-z0-9_$]|$)'"
        let isMariaDB = connection.serverVersion.isMariaDB
        // Only MariaDB's own table can be read without opening every routine.
        let routines =
            isMariaDB
            ? "mysql.proc WHERE db<>'sys' AND body"
            : "information_schema.ROUTINES WHERE ROUTINE_SCHEMA<>'sys' AND ROUTINE_DEFINITION"
        let triggerText =
            isMariaDB ? "CAST(ACTION_STATEMENT AS BINARY)" : "ACTION_STATEMENT"
        let readsNumber =
            "LOWER(CONCAT_WS(' ',COLUMN_DEFAULT,GENERATION_EXPRESSION)) LIKE '%\(number)%'"
        do throws(ServerError) {
            return try connection.value(
                "SELECT EXISTS(SELECT 1 FROM \(routines) \(pattern)) OR "
                    + "EXISTS(SELECT 1 FROM information_schema.TRIGGERS WHERE "
                    + "TRIGGER_SCHEMA<>'sys' AND \(triggerText) \(pattern)) OR "
                    + "EXISTS(SELECT 1 FROM information_schema.COLUMNS WHERE \(readsNumber)) OR "
                    + "EXISTS(SELECT 1 FROM information_schema.VIEWS WHERE TABLE_SCHEMA<>'sys' AND "
                    + "LOWER(VIEW_DEFINITION) LIKE '%\(number)%')")
                != "0"
        } catch {
            // ER_TABLEACCESS_DENIED_ERROR.
            guard error.number == 1142 else { throw error }
            return true
        }
    }

    /// Whether a statement that commits by itself makes such code.
    static func needsWholeSession(after step: LoggedStatement) -> Bool {
        let text = String(decoding: step.text, as: UTF8.self).lowercased()
        guard step.isDefinition else { return text.contains(number) }
        return text.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") }
            .contains { words.contains(String($0)) }
    }

    /// Whether a statement may read the session's number by its name, or as any `@@` variable; told
    /// from the bytes, as a text may be in a character set whose quotes nobody here can follow.
    static func mayReadThreadID(_ text: RawSpan) -> Bool {
        text.withUnsafeBytes { text in
            for index in text.indices.dropLast() {
                switch text[index] {
                case UInt8(ascii: "@") where text[index + 1] == UInt8(ascii: "@"): return true
                case UInt8(ascii: "p"), UInt8(ascii: "P"):
                    let rest = text[index...].prefix(number.utf8.count).lazy
                    // Bit 5 is all that the cases of a letter differ in.
                    if rest.map({ $0 | 0x20 }).elementsEqual(number.utf8.lazy.map { $0 | 0x20 }) {
                        return true
                    }
                default: break
                }
            }
            return false
        }
    }
}
