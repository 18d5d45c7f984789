internal import Server

/// What is set once for a session that applies a log.
enum SessionSetup {
    /// Returns how many bytes of row events go in one of its BINLOG statements.
    ///
    /// - Parameter marksSteps: each statement that commits by itself leaves a marker in the log.
    static func apply(
        to connection: borrowing Connection, writesBinlog: Bool, marksSteps: Bool
    ) throws(ServerError) -> Int {
        if !writesBinlog { try connection.execute("SET SESSION sql_log_bin=0") }
        // No sql_mode: rows are as their server took them, whatever the target takes from others.
        try connection.execute("SET SESSION wait_timeout=2147483,autocommit=1,sql_mode=0")
        // A log of a server that did not have this variable cannot tell that it was empty.
        if try connection.value("SHOW VARIABLES LIKE 'character_set_collations'") != nil {
            try connection.execute("SET SESSION character_set_collations=''")
        }
        // An ALTER that is in a log was not refused for a table's history.
        if try connection.value("SHOW VARIABLES LIKE 'system_versioning_alter_history'") != nil {
            try connection.execute("SET SESSION system_versioning_alter_history=KEEP")
        }
        if !connection.serverVersion.isMariaDB, connection.serverVersion.isAtLeast(8, 0, 30) {
            // The log holds the keys that its server made, and counters are to be seen as they are.
            try connection.execute(
                "SET SESSION sql_generate_invisible_primary_key=OFF,"
                    + "information_schema_stats_expiry=0")
        }
        if marksSteps {
            try connection.execute("SET SESSION gtid_domain_id=\(StepEvidence.markerDomain)")
        }
        let packet = try connection.value("SELECT @@session.max_allowed_packet")
        return pieceBytes(maxPacketBytes: packet.flatMap { Int($0) } ?? 1 << 20)
    }

    /// What the target keeps is written the same under them, whatever a log's statement has set.
    static let ownSettings =
        "SET @@session.sql_mode=0,@@session.time_zone='+00:00',@@session.lc_time_names='en_US',"
        + "@@session.sql_auto_is_null=0,@@session.character_set_client=utf8mb4,"
        + "@@session.collation_connection=utf8mb4_general_ci"

    /// Fits a processor's cache, and memory that is at hand. On a virtual machine for which new
    /// memory was dear, pieces of 4 MiB made a fold up to a quarter slower; elsewhere as fast.
    static let largestPieceBytes = 512 << 10

    /// What fits a target's packets, from its `max_allowed_packet`: Base64 adds a third, and the
    /// table maps are repeated.
    static func pieceBytes(maxPacketBytes: Int) -> Int {
        min(largestPieceBytes, max(4096, maxPacketBytes / 2))
    }
}
