internal import Recovery
internal import Server

/// The file of a LOAD DATA that the session sends when the target asks for it.
///
/// A target reads it as LOCAL, and by LOCAL a server passes over rows that it would refuse
/// otherwise, and takes changed values where a strict mode would refuse them.
struct SentFile {
    var path: String
    /// Every row of it was taken on its server, none ignored and none replaced.
    var takesEveryRow = false
    /// Where it goes.
    var table: TargetSchema.Name?
    /// The sql_mode it was loaded under; nil where the log does not tell.
    var sqlMode: UInt64?

    /// What a strict mode refuses and LOCAL lets pass: a row with too few or too many fields, NULL,
    /// out of range, cut off, no such value, too long, no such time, a CHECK that fails.
    ///
    /// Tried on MariaDB 10.11. Not 1364: a field without a default is a warning in either way.
    private static let refusals: Set<Int> = [
        1048, 1261, 1262, 1263, 1264, 1265, 1292, 1366, 1406, 1411, 4025,
    ]

    /// Runs a LOAD DATA LOCAL; throws where the target took the file otherwise than its server.
    func load(by text: [UInt8], over connection: borrowing Connection) throws(ServerError) {
        let skipped = try connection.execute(bytes: text, sendingFile: path)
        guard takesEveryRow else { return }
        guard skipped == 0 else {
            throw ServerError(
                .sqlError,
                "LOAD DATA passed over \(skipped) rows that its server took: the target's data "
                    + "differs from the source's")
        }
        if let warning = try refusal(connection) {
            throw ServerError(
                .sqlError,
                "LOAD DATA took changed values, which its server, in its strict sql_mode, would "
                    + "have refused: \(warning)")
        }
    }

    /// The first warning about what a source in a strict mode cannot have done.
    private func refusal(_ connection: borrowing Connection) throws(ServerError) -> String? {
        guard let sqlMode, sqlMode & SessionState.strictModes != 0 else { return nil }
        for row in try connection.query("SHOW WARNINGS") where row[0] == "Warning" {
            guard let number = row[1].flatMap(Int.init), Self.refusals.contains(number) else {
                continue
            }
            return try refusesAll(sqlMode, connection) ? row[2] ?? "" : nil
        }
        return nil
    }

    /// STRICT_TRANS_TABLES lets the later rows of a table without transactions pass.
    private func refusesAll(
        _ sqlMode: UInt64, _ connection: borrowing Connection
    ) throws(ServerError) -> Bool {
        if sqlMode & SessionState.strictAllTables != 0 { return true }
        guard let table else { return false }
        return try connection.value(
            "SELECT TRANSACTIONS FROM information_schema.ENGINES WHERE ENGINE=(SELECT ENGINE FROM "
                + "information_schema.TABLES WHERE \(table.condition))") == "YES"
    }
}
