public import Binlog
import Recovery

/// Where in the binary log a backup was taken.
///
/// A dump or a backup directory may say it as file and offset, as GTIDs, or as both. The values
/// come from the backup and are checked for form only: whether the logs have that place is for
/// the planner.
public struct BackupPosition: Hashable, Sendable {
    /// Whose binary log `position` belongs to.
    public enum Origin: String, Hashable, Sendable {
        /// The server that was backed up (`--master-data`, `xtrabackup_binlog_info`).
        case own
        /// The primary that the backed-up replica was following (`--dump-slave`).
        case primary
    }

    /// The first event that the backup does not contain.
    public var position: BinlogPosition?
    /// The last GTID of each domain that the backup contains.
    public var gtid: GTIDPosition?
    public var origin: Origin
    /// The line of the backup that says so, for the plan; one to a line when there are two.
    public var sourceText: String

    public init(
        position: BinlogPosition?, gtid: GTIDPosition?, origin: Origin = .own, sourceText: String
    ) {
        self.position = position
        self.gtid = gtid
        self.origin = origin
        self.sourceText = sourceText
    }

    /// A log's name as it may stand in a backup: a base name without control characters.
    static func isLogName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 512 && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x1F && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// The position of a file name and a number as text.
    ///
    /// - Throws: `corrupt` when the name is no base name or the number is none.
    static func checked(
        file: String, offset: String, in path: String, line: String
    ) throws(RecoveryError) -> BinlogPosition {
        guard isLogName(file), let number = UInt64(offset), number >= 4,
            offset.utf8.allSatisfy({ (0x30...0x39) ~= $0 })
        else {
            throw RecoveryError(
                .backupCorrupt, "not a binary log position: \(line.prefix(200))",
                hint: "say where the backup was taken with --from FILE:OFFSET", file: path)
        }
        return BinlogPosition(file: file, offset: number)
    }
}
