internal import Recovery
internal import Server

/// The routines, triggers and views that a target keeps.
extension UnsafeCode {
    /// Looks through a server, under ``SessionSetup/ownSettings``; no transaction may be open. An
    /// account that may not look sees none.
    init(on connection: borrowing Connection) throws(ServerError) {
        var definitions: [CodeDefinition] = []
        for query in Self.queries(isMariaDB: connection.serverVersion.isMariaDB) {
            definitions += try Self.definitions(query, connection)
        }
        self.init(definitions)
    }

    /// Whether the target is to be looked through again behind a statement.
    func mayChange(by statement: LoggedStatement) -> Bool {
        mayChange(
            by: statement.text, mode: SQLMode(bits: statement.sqlMode ?? 0))
    }

    /// Each gives kinds, schemas, names, names of triggers, bodies, and the modes these were made
    /// under; the server writes views anew, under none.
    private static func queries(isMariaDB: Bool) -> [String] {
        // Only MariaDB's own table can be read without opening every routine.
        let routines =
            isMariaDB
            ? "SELECT 'routine',db,name,'',body,sql_mode FROM mysql.proc WHERE db<>'sys'"
            : "SELECT 'routine',ROUTINE_SCHEMA,ROUTINE_NAME,'',ROUTINE_DEFINITION,SQL_MODE FROM "
                + "information_schema.ROUTINES WHERE ROUTINE_SCHEMA<>'sys'"
        return [
            routines,
            "SELECT EVENT_MANIPULATION,EVENT_OBJECT_SCHEMA,EVENT_OBJECT_TABLE,TRIGGER_NAME,"
                + "ACTION_STATEMENT,SQL_MODE FROM information_schema.TRIGGERS "
                + "WHERE TRIGGER_SCHEMA<>'sys'",
            "SELECT 'view',TABLE_SCHEMA,TABLE_NAME,'',VIEW_DEFINITION,'' FROM "
                + "information_schema.VIEWS WHERE TABLE_SCHEMA<>'sys'",
            "SELECT 'defaults',TABLE_SCHEMA,TABLE_NAME,'',COLUMN_DEFAULT,'' FROM "
                + "information_schema.COLUMNS WHERE COLUMN_DEFAULT LIKE '%(%' AND TABLE_SCHEMA "
                + "NOT IN ('sys','mysql','information_schema','performance_schema')",
        ]
    }

    private static func definitions(
        _ query: String, _ connection: borrowing Connection
    ) throws(ServerError) -> [CodeDefinition] {
        do throws(ServerError) {
            return try connection.query(query).compactMap { row in
                guard row.count == 6, let kind = row[0], let schema = row[1], let name = row[2],
                    let trigger = row[3], let body = row[4]
                else { return nil }
                let modes = (row[5] ?? "").split(separator: ",")
                let mode = SQLMode(
                    ansiQuotes: modes.contains("ANSI_QUOTES"),
                    noBackslashEscapes: modes.contains("NO_BACKSLASH_ESCAPES"))
                return CodeDefinition(
                    Self.kind(kind), schema: schema, name: name, trigger: trigger,
                    references: CodeReferences(ofCode: Array(body.utf8), mode: mode))
            }
        } catch {
            // ER_TABLEACCESS_DENIED_ERROR.
            guard error.number == 1142 else { throw error }
            return []
        }
    }

    private static func kind(_ name: String) -> CodeDefinition.Kind {
        switch name {
        // Or a procedure: the same name stands for both.
        case "routine": .function
        case "view": .view
        case "defaults": .defaults
        default: .trigger(event: name)
        }
    }
}
