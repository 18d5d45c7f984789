public import Recovery

/// The errors of opening, reading, loading and preparing a backup.
extension RecoveryError.Code {
    /// A path that does not exist or cannot be read.
    public static let backupUnreadable = Self(rawValue: "unreadable")
    /// A backup that ends before its end: exit 10.
    public static let backupTruncated = Self(rawValue: "truncated")
    /// A backup whose bytes cannot be: exit 10.
    public static let backupCorrupt = Self(rawValue: "corrupt")
    /// Something that is no backup of a kind we know.
    public static let notABackup = Self(rawValue: "not-a-backup")
    /// A backup recognised by name, which this version cannot use: exit 10.
    public static let unsupportedBackup = Self(rawValue: "unsupported-backup")
    /// The backup does not say where in the binary log it was taken.
    public static let backupWithoutPosition = Self(rawValue: "backup-without-position")
    /// The backup names several places in binary logs.
    public static let backupPositionAmbiguous = Self(rawValue: "backup-position-ambiguous")
    /// The dump names no database to load its tables into.
    public static let dumpWithoutDatabase = Self(rawValue: "dump-without-database")
    /// Not enough free space for the copy: exit 12.
    public static let backupDiskSpace = Self(rawValue: "disk-space")
    /// The copy of a backup could not be written.
    public static let backupCopyFailed = Self(rawValue: "backup-copy-failed")
    /// A program that is needed is not installed or cannot be run.
    public static let programMissing = Self(rawValue: "program-missing")
    /// A statement of the dump failed, or the connection was lost while it loaded.
    public static let loadFailed = Self(rawValue: "load-failed")
    /// `mariadb-backup --prepare` failed.
    public static let prepareFailed = Self(rawValue: "prepare-failed")
}
