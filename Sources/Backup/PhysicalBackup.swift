public import Recovery
import Server

/// A directory made by mariadb-backup: what it says about itself, and where it was taken.
///
/// Only read here; ``BackupCopy`` makes the copy that is prepared and run. Names and forms read off
/// real backups: 10.5 and 10.11 write `xtrabackup_info` and its like, 11.8 `mariadb_backup_info`.
public struct PhysicalBackup: Sendable {
    public var path: String
    /// `--prepare` has been run on it.
    public var isPrepared: Bool
    /// As the backup has it: `10.11.19-MariaDB-log`.
    public var serverVersion: String?
    /// `tool_version`: `--prepare` wants a program of the same series.
    public var toolVersion: String?
    /// The options of `backup-my.cnf`: a server on the copy must be started with those of InnoDB.
    public var serverOptions: [String: String]
    /// Where it was taken; nil when the server had no binary log.
    public var position: BackupPosition?
    /// Only some tables were taken (`--databases`, `--tables`).
    public var isPartial: Bool

    static let checkpointNames = ["mariadb_backup_checkpoints", "xtrabackup_checkpoints"]
    static let infoNames = ["mariadb_backup_info", "xtrabackup_info"]
    static let binlogNames = ["mariadb_backup_binlog_info", "xtrabackup_binlog_info"]
    static let infoFiles = checkpointNames + infoNames + binlogNames + ["backup-my.cnf"]

    /// Looks at a directory.
    ///
    /// - Throws: `not-a-backup` for a directory of another kind (a raw data directory is named as
    ///   such), `unsupported-backup` for incremental and compressed ones, `truncated` for a backup
    ///   that was broken off, `corrupt` for an impossible position.
    public init(path: String) throws(RecoveryError) {
        let names = Set(try BackupFile.names(in: path))
        try Self.refuseOthers(names, path: path)
        let checkpoints = try Self.values(of: Self.checkpointNames, in: path)
        let info = try Self.values(of: Self.infoNames, in: path)
        self.path = path
        isPrepared = try Self.isPrepared(checkpoints["backup_type"], path: path)
        serverVersion = info["server_version"]
        toolVersion = info["tool_version"]
        isPartial = info["partial"] == "Y"
        if info["compressed"] == "compressed" || info["compressed"] == "Y" {
            throw RecoveryError(
                .unsupportedBackup, "the backup's files are compressed",
                hint: "run mariadb-backup --decompress on it first", file: path)
        }
        let text = try BackupFile.smallText("\(path)/backup-my.cnf") ?? ""
        serverOptions = Self.options(text)
        position = try Self.position(in: path)
    }

    /// The options that a server on the copy must have, as `name=value`, sorted: those that tell
    /// how InnoDB's files are laid out.
    public var layoutOptions: [String] {
        let names = [
            "innodb_page_size", "innodb_data_file_path", "innodb_undo_tablespaces",
            "innodb_checksum_algorithm", "innodb_log_file_size",
        ]
        return names.compactMap { name in
            guard let value = serverOptions[name], Self.isPlainValue(value) else { return nil }
            return "\(name)=\(value)"
        }.sorted()
    }

    /// The files outside it that a server of the backup's version looks at all the same, when it
    /// runs on a copy: as their `.isl` files name them.
    ///
    /// 10.6 and later know a table's place by its `.isl` file alone, which the copy lacks.
    ///
    /// - Throws: `unreadable`.
    public func outsideFiles() throws(RecoveryError) -> [String] {
        guard let text = serverVersion, let version = ServerVersion(parsing: text),
            version.isMariaDB, !version.isAtLeast(10, 6)
        else { return [] }
        var paths: [String] = []
        for entry in try BackupTree(path).entries
        where entry.kind == .file && entry.name.hasSuffix(".isl") {
            paths.append(Self.trim(try BackupFile.smallText("\(path)/\(entry.name)")?[...] ?? ""))
        }
        return paths
    }

    /// A value from the backup may name sizes and files beside it, nothing outside.
    private static func isPlainValue(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.count <= 200
            && value.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF)
                    || "_:;.".utf8.contains($0)
            } && !value.contains("..")
    }

    private static func refuseOthers(_ names: Set<String>, path: String) throws(RecoveryError) {
        guard names.isDisjoint(with: checkpointNames) else { return }
        if names.contains("backup-my.cnf") || names.contains("aria_log_control.qp") {
            throw RecoveryError(
                .backupTruncated, "the backup was broken off: it has no checkpoints file",
                hint: "mariadb-backup ends with \"completed OK!\"; use another backup", file: path)
        }
        if names.contains("ibdata1") || names.contains("mysql") {
            throw RecoveryError(
                .notABackup, "a server's data directory, not a backup made by mariadb-backup",
                hint:
                    "a copy of a running server's files cannot be trusted, nor its position found",
                file: path)
        }
        let packings = ["", ".gz", ".zst", ".zstd", ".xz", ".bz2", ".lz4"]
        let dumps = names.filter { name in packings.contains { name.hasSuffix(".sql" + $0) } }
            .sorted()
        let isFilePerTable =
            names.contains("metadata") || names.contains { $0.contains("-schema") }
            || dumps.contains { names.contains($0.prefix { $0 != "." } + ".txt") }
        if let dump = dumps.first, !isFilePerTable {
            throw RecoveryError(
                .notABackup, "the directory is no backup of mariadb-backup, but holds a dump",
                hint: "give the file itself, as \(path)/\(dump)", file: path)
        }
        if !dumps.isEmpty {
            throw RecoveryError(
                .unsupportedBackup, "a directory of dump files (mydumper, or mariadb-dump --tab)",
                hint: "give one file made by mariadb-dump", file: path)
        }
        throw RecoveryError(
            .notABackup,
            names.isEmpty ? "the directory is empty" : "no backup made by mariadb-backup in here",
            hint: "give the directory that mariadb-backup was told as --target-dir", file: path)
    }

    private static func isPrepared(_ type: String?, path: String) throws(RecoveryError) -> Bool {
        switch type {
        case "full-backuped": return false
        case "full-prepared", "log-applied": return true
        case "incremental":
            throw RecoveryError(
                .unsupportedBackup, "an incremental backup",
                hint: "prepare the full backup with it first (--incremental-dir), and give that",
                file: path)
        default:
            throw RecoveryError(
                .backupCorrupt, "unknown backup_type \(type ?? "(none)")", file: path)
        }
    }

    /// `name = value` lines of the first of the files that is there.
    private static func values(
        of names: [String], in path: String
    ) throws(RecoveryError) -> [String: String] {
        for name in names {
            guard let text = try BackupFile.smallText("\(path)/\(name)") else { continue }
            return options(text)
        }
        return [:]
    }

    static func options(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            found[trim(parts[0])] = trim(parts[1])
        }
        return found
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
