internal import Binlog
internal import Recovery
internal import Server

/// How far a replay has come, kept in the target itself.
///
/// A row of one table in a schema of its own, that of lane 0. It changes in the same transaction as
/// the rows it speaks of, so neither a kill of this program nor of the server can part the two. The
/// other lanes' rows hold a `LaneRecord` each.
struct Checkpoint: Hashable, Sendable {
    /// The first event that has not been applied.
    var position: BinlogPosition
    /// A statement that commits by itself is about to run: its number, counted from 1.
    var pendingStep: UInt64?
    /// What the target's definitions looked like before it, where no marker can tell; or
    /// `unsureRows`.
    var fingerprint: String?
    /// The session that wrote it holds temporary tables, which end with it.
    var hasTemporaryTables = false
    /// How many such statements have been run.
    var stepsDone: UInt64
    /// What has been applied so far, for the report at the end.
    var tally: ReplayTally

    static let schema = "lastgood_recovery"

    /// The fingerprint while a transaction is under way that cannot be rolled back.
    static let unsureRows = "unsure-rows"
    /// Stands in front of the fingerprint where there are temporary tables.
    private static let temporaryMark = "temporary-tables "

    static let creation = """
        CREATE DATABASE IF NOT EXISTS `\(schema)` CHARACTER SET utf8mb4;
        CREATE TABLE IF NOT EXISTS `\(schema)`.progress (
          lane INT NOT NULL PRIMARY KEY,
          next_file VARBINARY(1024) NOT NULL,
          next_offset BIGINT UNSIGNED NOT NULL,
          pending_step BIGINT UNSIGNED NULL,
          steps_done BIGINT UNSIGNED NOT NULL,
          tally BLOB NOT NULL,
          fingerprint VARBINARY(255) NULL,
          `window` LONGBLOB NULL,
          connection_id BIGINT UNSIGNED NOT NULL
        ) ENGINE=InnoDB COMMENT='lastgood: a recovery is under way; dropped at its end'
        """

    static let removal = "DROP DATABASE IF EXISTS `\(schema)`"

    init(position: BinlogPosition) {
        self.position = position
        stepsDone = 0
        tally = ReplayTally()
    }

    /// The assignments of an UPDATE; text as hex, so that no session setting changes its meaning.
    var assignments: String {
        "next_file=\(Self.hex(position.file)),next_offset=\(position.offset),"
            + "pending_step=\(pendingStep.map(String.init) ?? "NULL"),steps_done=\(stepsDone),"
            + "tally=\(Self.hex(tally.encoded)),connection_id=CONNECTION_ID(),"
            + "fingerprint=\(storedFingerprint.map(Self.hex) ?? "NULL")"
    }

    private var storedFingerprint: String? {
        hasTemporaryTables ? Self.temporaryMark + (fingerprint ?? "") : fingerprint
    }

    var insertStatement: String {
        "REPLACE INTO `\(Self.schema)`.progress SET lane=0,\(assignments)"
    }

    var updateStatement: String {
        "UPDATE `\(Self.schema)`.progress SET \(assignments) WHERE lane=0"
    }

    /// Makes the row of a lane beside the first, without a record.
    static func insertStatement(lane: Int) -> String {
        "REPLACE INTO `\(schema)`.progress SET lane=\(lane),next_file=x'',next_offset=0,"
            + "steps_done=0,tally=x'',connection_id=CONNECTION_ID()"
    }

    /// Writes such a lane's record; the first statement of the transaction it speaks of.
    static func updateStatement(lane: Int, _ record: LaneRecord) -> String {
        "UPDATE `\(schema)`.progress SET `window`=\(hex(record.encoded)),"
            + "connection_id=CONNECTION_ID() WHERE lane=\(lane)"
    }

    private static func hex(_ text: String) -> String { SQLText.hexLiteral(text.utf8) }

    /// The lanes beside the first that have a row.
    static func lanes(_ connection: borrowing Connection) throws(ServerError) -> [Int] {
        try connection.query("SELECT lane FROM `\(schema)`.progress WHERE lane>0")
            .compactMap { row in row.first.flatMap { $0 }.flatMap { Int($0) } }
    }

    /// Reads the records of the lanes beside the first, and locks them likewise.
    ///
    /// Throws `state-damaged` for one that this version did not write.
    static func laneRecords(_ connection: borrowing Connection) throws -> [LaneRecord] {
        let rows = try connection.query(
            "SELECT `window` FROM `\(schema)`.progress WHERE lane>0 AND `window` IS NOT NULL "
                + "FOR UPDATE")
        return try rows.map { row in
            guard let record = LaneRecord(encoded: row.first.flatMap { $0 } ?? "") else {
                throw unreadable
            }
            return record
        }
    }

    private static var unreadable: ReplayFailure {
        ReplayFailure(.stateDamaged, "the checkpoint in the target cannot be read")
    }

    /// Reads the checkpoint and locks it against a session that may still be at work; the caller
    /// ends that transaction.
    ///
    /// Returns nil where there is none. Throws `state-damaged` for a row that this version did not
    /// write.
    static func read(_ connection: borrowing Connection) throws -> Checkpoint? {
        guard try exists(connection) else { return nil }
        let rows = try connection.query(
            "SELECT next_file,next_offset,pending_step,steps_done,tally,fingerprint "
                + "FROM `\(schema)`.progress WHERE lane=0 FOR UPDATE")
        guard let row = rows.first else { return nil }
        guard row.count == 6, let file = row[0], let offset = number(row[1]),
            let steps = number(row[3]), let tally = row[4].flatMap({ ReplayTally(encoded: $0) })
        else { throw unreadable }
        var checkpoint = Checkpoint(position: BinlogPosition(file: file, offset: offset))
        checkpoint.pendingStep = number(row[2])
        checkpoint.stepsDone = steps
        checkpoint.tally = tally
        checkpoint.fingerprint = row[5]
        if let stored = row[5], stored.hasPrefix(temporaryMark) {
            checkpoint.hasTemporaryTables = true
            let rest = String(stored.dropFirst(temporaryMark.count))
            checkpoint.fingerprint = rest.isEmpty ? nil : rest
        }
        return checkpoint
    }

    static func exists(_ connection: borrowing Connection) throws(ServerError) -> Bool {
        try connection.value(
            "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA='\(schema)' "
                + "AND TABLE_NAME='progress'") == "1"
    }

    private static func number(_ text: String?) -> UInt64? { text.flatMap { UInt64($0) } }
}
