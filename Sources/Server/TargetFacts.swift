#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a given target says about itself, read before anything is changed on it.
public struct TargetFacts: Sendable, Hashable {
    public var version: ServerVersion
    public var user = ""
    /// Privileges on `*.*` in upper case, active roles included; `ALL PRIVILEGES` stands for all.
    public var globalPrivileges: Set<String> = []
    /// By lower-case name; a variable that the server does not know is absent.
    public var variables: [String: String] = [:]
    /// Replication connections with a running thread, by name.
    public var runningReplicas: [String] = []
    /// Sessions of others that change data, as the server describes them.
    public var otherWriters: [String] = []
    /// False when the account may not see other sessions.
    public var seesOtherSessions = true
    /// User databases and how many tables each has.
    public var tableCounts: [String: Int] = [:]
    /// Its own binary logs and their sizes in bytes.
    public var binaryLogs: [String: UInt64] = [:]
    /// Of the data directory's file system, nil when that is not on this machine.
    public var freeDiskBytes: UInt64?

    public init(version: ServerVersion) { self.version = version }

    public var serverID: UInt32? { variables["server_id"].flatMap { UInt32($0) } }
    public var maxPacketBytes: UInt64? { variables["max_allowed_packet"].flatMap { UInt64($0) } }

    func isOn(_ name: String) -> Bool {
        ["ON", "1", "YES"].contains(variables[name]?.uppercased() ?? "")
    }

    /// Whether the account has a global privilege, be it by ALL or, before 10.5, by SUPER.
    public func has(_ privilege: String) -> Bool {
        globalPrivileges.contains(privilege) || globalPrivileges.contains("ALL PRIVILEGES")
    }

    /// Asks a server; reads only. What the account may not see is left out, not an error.
    public static func read(
        _ connection: borrowing Connection, isLocal: Bool
    ) throws(ServerError) -> TargetFacts {
        var facts = TargetFacts(version: connection.serverVersion)
        facts.user = try connection.value("SELECT CURRENT_USER()") ?? ""
        for row in try connection.query("SHOW GRANTS") {
            facts.globalPrivileges.formUnion(globalPrivileges(grant: (row.first ?? nil) ?? ""))
        }
        for row in try connection.query("SHOW GLOBAL VARIABLES") where row.count == 2 {
            if let name = row[0] { facts.variables[name.lowercased()] = row[1] ?? "" }
        }
        try facts.readSessions(connection)
        try facts.readTables(connection)
        facts.binaryLogs =
            try optionally { () throws(ServerError) in
                try readBinaryLogs(connection)
            } ?? [:]
        if isLocal, let folder = facts.variables["datadir"] {
            facts.freeDiskBytes = freeBytes(folder)
        }
        return facts
    }

    private mutating func readSessions(
        _ connection: borrowing Connection
    ) throws(ServerError) {
        seesOtherSessions = has("PROCESS")
        let sessions = try connection.query(
            """
            SELECT id, user, command, IFNULL(info, '') FROM information_schema.processlist
            WHERE id <> CONNECTION_ID()
            """)
        var writers: [String: String] = [:]
        for row in sessions where row.count == 4 {
            let texts = row.map { $0 ?? "" }
            if texts[1] == "system user" {
                if texts[2].hasPrefix("Slave_") || texts[3].hasPrefix("Slave_") {
                    runningReplicas.append(texts[2])
                }
            } else if Self.isWriting(command: texts[2], statement: texts[3]) {
                writers[texts[0]] = "connection \(texts[0]) of \(texts[1])"
            }
        }
        // An open transaction that changed rows writes, even while its session sleeps.
        let transactions = try Self.optionally { () throws(ServerError) in
            try connection.query(
                """
                SELECT trx_mysql_thread_id FROM information_schema.innodb_trx
                WHERE trx_mysql_thread_id <> CONNECTION_ID() AND trx_rows_modified > 0
                """)
        }
        for row in transactions ?? [] {
            let id = (row.first ?? nil) ?? ""
            writers[id] = writers[id] ?? "connection \(id) with an open transaction"
        }
        otherWriters = writers.values.sorted()
        let replicas = try Self.optionally { () throws(ServerError) in
            try readReplicas(connection)
        }
        if let replicas { runningReplicas = replicas }
    }

    private func readReplicas(
        _ connection: borrowing Connection
    ) throws(ServerError) -> [String] {
        var names: [String] = []
        let statement =
            version.isMariaDB
            ? "SHOW ALL SLAVES STATUS"
            : version.isAtLeast(8, 0, 22) ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS"
        try connection.forEachNamedRow(statement) { row in
            let threads = ["IO", "SQL"].map {
                row["Slave_\($0)_Running"] ?? row["Replica_\($0)_Running"] ?? "No"
            }
            guard threads.contains(where: { $0 != "No" }) else { return }
            names.append(row["Connection_name"] ?? row["Channel_Name"] ?? "")
        }
        return names
    }

    private mutating func readTables(_ connection: borrowing Connection) throws(ServerError) {
        let system = TableVerification.systemSchemas.map(SQLText.quoteString)
            .joined(separator: ", ")
        let rows = try connection.query(
            """
            SELECT s.schema_name, COUNT(t.table_name) FROM information_schema.schemata s
            LEFT JOIN information_schema.tables t ON t.table_schema = s.schema_name
            WHERE s.schema_name NOT IN (\(system)) GROUP BY s.schema_name
            """)
        for row in rows where row.count == 2 {
            if let name = row[0] { tableCounts[name] = row[1].flatMap { Int($0) } ?? 0 }
        }
    }

    private static func readBinaryLogs(
        _ connection: borrowing Connection
    ) throws(ServerError) -> [String: UInt64] {
        var logs: [String: UInt64] = [:]
        for row in try connection.query("SHOW BINARY LOGS") where row.count >= 2 {
            if let name = row[0], let size = row[1].flatMap({ UInt64($0) }) { logs[name] = size }
        }
        return logs
    }

    /// Nil where the account may not ask, or the server does not know the question.
    private static func optionally<Value>(
        _ body: () throws(ServerError) -> Value
    ) throws(ServerError) -> Value? {
        do {
            return try body()
        } catch  where error.code == .connectionLost {
            throw error
        } catch {
            return nil
        }
    }

    /// A statement of another session that is not known to only read.
    static func isWriting(command: String, statement: String) -> Bool {
        guard ["Query", "Execute", "Prepare", "Long Data"].contains(command) else { return false }
        let first = statement.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }
        let reading: Set<String> = [
            "", "SELECT", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "SET", "USE", "BEGIN", "START",
            "COMMIT", "ROLLBACK", "WITH", "DO", "HELP", "KILL", "CHECKSUM", "CHECK", "FLUSH",
        ]
        return !reading.contains(first.uppercased())
    }

    /// The privileges of a line `GRANT A, B ON *.* TO …`; none for another one.
    static func globalPrivileges(grant: String) -> Set<String> {
        let parts = grant.split(separator: " ON *.* TO ", maxSplits: 1)
        guard grant.hasPrefix("GRANT "), parts.count == 2 else { return [] }
        let list = parts[0].dropFirst(6)
        var privileges = Set(
            list.split(separator: ",").map { $0.drop { $0 == " " }.uppercased() })
        if grant.contains("WITH GRANT OPTION") { privileges.insert("GRANT OPTION") }
        return privileges
    }

    /// What an ordinary user may still write to a folder's file system; nil where the system does
    /// not tell.
    package static func freeBytes(_ folder: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) &* UInt64(status.f_frsize)
    }
}
