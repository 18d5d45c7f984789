internal import Recovery
internal import Server

/// How it is known after a crash whether a statement that commits by itself has run.
enum StepEvidence: Hashable, Sendable {
    /// The target logs each one alone, under a GTID whose sequence number is the step's.
    case markers
    /// The target's definitions are compared with what they were before.
    case definitions

    /// The replication domain of markers, which no real server is likely to use.
    static let markerDomain: UInt32 = 4_201_337_001

    /// Whether the step of `checkpoint` ran before the crash.
    func hasRun(
        _ statement: LoggedStatement, _ checkpoint: Checkpoint, _ connection: borrowing Connection
    ) throws(ServerError) -> Bool {
        switch self {
        case .definitions:
            return try SchemaFingerprint.read(connection) != checkpoint.fingerprint
        case .markers:
            let logged = try Self.lastMarker(connection) >= (checkpoint.pendingStep ?? 0)
            guard logged, let table = statement.madeBySelect else { return logged }
            return try Self.exists(table, statement, connection)
        }
    }

    private static func lastMarker(_ connection: borrowing Connection) throws(ServerError) -> UInt64
    {
        let position = try connection.value("SELECT @@global.gtid_binlog_pos") ?? ""
        for part in position.split(separator: ",") {
            let numbers = part.split(separator: "-").compactMap { UInt64($0) }
            if numbers.count == 3, numbers[0] == UInt64(markerDomain) { return numbers[2] }
        }
        return 0
    }

    private static func exists(
        _ table: TableName, _ statement: LoggedStatement, _ connection: borrowing Connection
    ) throws(ServerError) -> Bool {
        let name = TargetSchema.Name(table, in: statement.database)
        return try connection.value(
            "SELECT COUNT(*) FROM information_schema.TABLES WHERE \(name.condition)") != "0"
    }
}

/// A figure that changes whenever a definition of the server does: tables, columns, keys, routines,
/// views, triggers, events, accounts, and the storage engine's own table ids (TRUNCATE changes
/// them). Read under ``SessionSetup/ownSettings``.
enum SchemaFingerprint {
    private static let sources: [(table: String, columns: [String])] = [
        (
            "information_schema.SCHEMATA",
            ["SCHEMA_NAME", "DEFAULT_COLLATION_NAME", "SCHEMA_COMMENT"]
        ),
        (
            "information_schema.TABLES",
            [
                "TABLE_SCHEMA", "TABLE_NAME", "ENGINE", "TABLE_COLLATION", "CREATE_OPTIONS",
                "TABLE_COMMENT", "TABLE_TYPE",
                // The only thing that tells two tables apart that were swapped. Those of
                // information_schema are made when they are looked at.
                "IF(ENGINE IN ('MyISAM','Aria') AND TABLE_TYPE<>'SYSTEM VIEW',CREATE_TIME,'')",
            ]
        ),
        (
            "information_schema.COLUMNS",
            [
                "TABLE_SCHEMA", "TABLE_NAME", "ORDINAL_POSITION", "COLUMN_NAME", "COLUMN_TYPE",
                "COLLATION_NAME", "IS_NULLABLE", "COLUMN_DEFAULT", "EXTRA", "COLUMN_COMMENT",
                "GENERATION_EXPRESSION",
            ]
        ),
        (
            "information_schema.STATISTICS",
            [
                "TABLE_SCHEMA", "TABLE_NAME", "INDEX_NAME", "SEQ_IN_INDEX", "COLUMN_NAME",
                "NON_UNIQUE", "INDEX_TYPE", "SUB_PART",
            ]
        ),
        (
            "information_schema.PARTITIONS",
            ["TABLE_SCHEMA", "TABLE_NAME", "PARTITION_NAME", "PARTITION_DESCRIPTION"]
        ),
        (
            "information_schema.REFERENTIAL_CONSTRAINTS",
            ["CONSTRAINT_SCHEMA", "CONSTRAINT_NAME", "UPDATE_RULE", "DELETE_RULE", "TABLE_NAME"]
        ),
        (
            "information_schema.CHECK_CONSTRAINTS",
            ["CONSTRAINT_SCHEMA", "TABLE_NAME", "CHECK_CLAUSE"]
        ),
        (
            "information_schema.TABLE_CONSTRAINTS",
            ["CONSTRAINT_SCHEMA", "TABLE_NAME", "CONSTRAINT_NAME", "CONSTRAINT_TYPE"]
        ),
        (
            "information_schema.ROUTINES",
            ["ROUTINE_SCHEMA", "ROUTINE_NAME", "ROUTINE_DEFINITION", "SQL_MODE", "DEFINER"]
        ),
        (
            "information_schema.VIEWS",
            ["TABLE_SCHEMA", "TABLE_NAME", "VIEW_DEFINITION", "DEFINER", "SECURITY_TYPE"]
        ),
        (
            "information_schema.TRIGGERS",
            ["TRIGGER_SCHEMA", "TRIGGER_NAME", "ACTION_STATEMENT", "DEFINER", "ACTION_ORDER"]
        ),
        (
            "information_schema.EVENTS",
            ["EVENT_SCHEMA", "EVENT_NAME", "EVENT_DEFINITION", "STATUS", "DEFINER"]
        ),
        // MariaDB's and MySQL's: what a server does not have is the same before and after.
        ("information_schema.INNODB_SYS_TABLES", ["NAME", "TABLE_ID"]),
        ("information_schema.INNODB_TABLES", ["NAME", "TABLE_ID"]),
        ("mysql.global_priv", ["Host", "User", "Priv"]),
        (
            "mysql.user",
            [
                "Host", "User", "plugin", "authentication_string", "Select_priv", "Super_priv",
                "Grant_priv", "account_locked", "User_attributes",
            ]
        ),
        ("mysql.global_grants", ["HOST", "USER", "PRIV"]),
        ("mysql.role_edges", ["FROM_USER", "FROM_HOST", "TO_USER", "TO_HOST"]),
        ("mysql.db", ["Host", "Db", "User", "Select_priv", "Insert_priv", "Grant_priv"]),
        ("mysql.tables_priv", ["Host", "Db", "User", "Table_name", "Table_priv", "Column_priv"]),
        ("mysql.roles_mapping", ["Host", "User", "Role", "Admin_option"]),
        ("mysql.columns_priv", ["Host", "Db", "User", "Table_name", "Column_name", "Column_priv"]),
        ("mysql.procs_priv", ["Host", "Db", "User", "Routine_name", "Routine_type", "Proc_priv"]),
        ("mysql.proxies_priv", ["Host", "User", "Proxied_host", "Proxied_user", "With_grant"]),
        ("mysql.servers", ["Server_name", "Host", "Db", "Username", "Port", "Socket", "Wrapper"]),
    ]

    /// What the account may not read, what this server does not have (a schema, a table, a column,
    /// the definer of `mysql.user`), and what is marked as crashed is the same before and after.
    private static let unreadable: Set<Int> = [
        145, 1044, 1049, 1054, 1109, 1142, 1143, 1146, 1194, 1195, 1227, 1356, 1449,
    ]

    static func read(_ connection: borrowing Connection) throws(ServerError) -> String {
        var parts: [String] = []
        for source in sources {
            let columns = source.columns.map { "IFNULL(\($0),'\\0')" }.joined(separator: ",")
            // The checkpoint's own schema does not belong to what is compared, nor what a crash of
            // the server in an ALTER TABLE may leave of its copy.
            let own =
                "WHERE CONCAT_WS('/',\(columns)) NOT LIKE '\(Checkpoint.schema)/%' "
                + "AND CONCAT_WS('/',\(columns)) NOT REGEXP '^[^/]*/#sql'"
            // Not CRC32, of which a sum may stay the same where two names swap their table ids.
            let hash = "CONV(LEFT(SHA2(CONCAT_WS('/',\(columns)),256),15),16,10)"
            let sum = "IFNULL(SUM(CAST(\(hash) AS UNSIGNED)),0)"
            do throws(ServerError) {
                parts.append(
                    try connection.value(
                        "SELECT CONCAT(COUNT(*),':',\(sum)) FROM \(source.table) \(own)")
                        ?? "")
            } catch {
                guard unreadable.contains(error.number) else { throw error }
                parts.append("-")
            }
        }
        return String(fnv1a(parts.joined(separator: " ")), radix: 16)
    }

    private static func fnv1a(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
