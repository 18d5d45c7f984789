internal import Server

/// Routines and triggers, which run inside a logged statement and may leave the session otherwise
/// than its event tells: a clock set to a minute later, a zone set back to SYSTEM.
enum StoredPrograms {
    /// Whoever changes a variable that `SessionState` sets must write one of these words: there is
    /// no dynamic SQL in functions and triggers.
    private static let words: Set<String> = [
        "auto_increment_increment", "auto_increment_offset", "character", "character_set_client",
        "character_set_collations", "charset", "check_constraint_checks", "collation_connection",
        "collation_database", "collation_server", "explicit_defaults_for_timestamp",
        "foreign_key_checks", "lc_time_names", "names", "pseudo_thread_id", "sql_auto_is_null",
        "sql_if_exists", "sql_mode", "system_versioning_insert_history", "time_zone", "timestamp",
        "unique_checks",
    ]

    /// Whether a server has one that may change what `SessionState` sets; rather too often told
    /// than too rarely, and always to an account that may not look.
    static func mayChangeSessions(on connection: borrowing Connection) throws(ServerError) -> Bool {
        // Without a backslash: the session's sql_mode may give it another meaning.
        let pattern =
            "REGEXP '(?i)(^|[^a-z0-9_$])(\(words.sorted().joined(separator: "|")))([^a-z0-9_$]|$)'"
        do throws(ServerError) {
            return try connection.value(
                "SELECT EXISTS(SELECT 1 FROM mysql.proc WHERE db<>'sys' AND body \(pattern)) OR "
                    + "EXISTS(SELECT 1 FROM information_schema.TRIGGERS WHERE "
                    + "TRIGGER_SCHEMA<>'sys' AND CAST(ACTION_STATEMENT AS BINARY) \(pattern))")
                != "0"
        } catch {
            // ER_TABLEACCESS_DENIED_ERROR.
            guard error.number == 1142 else { throw error }
            return true
        }
    }

    /// Whether the text of a definition tells of such a one.
    static func mayChangeSessions(_ definition: [UInt8]) -> Bool {
        let text = String(decoding: definition, as: UTF8.self).lowercased()
        return text.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "$") }
            .contains { words.contains(String($0)) }
    }
}
