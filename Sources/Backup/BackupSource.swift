public import Recovery

/// A backup of one of the kinds we know, told by what it holds and never by its name.
public enum BackupSource: Sendable {
    case dump(DumpFile)
    case physical(PhysicalBackup)

    /// Looks at a path, reading only.
    ///
    /// - Throws: `unreadable`, and what ``DumpFile`` and ``PhysicalBackup`` throw for what they
    ///   are not.
    public static func open(_ path: String) throws(RecoveryError) -> BackupSource {
        if BackupFile.isDirectory(path) { return .physical(try PhysicalBackup(path: path)) }
        return .dump(try DumpFile(path: path))
    }

    /// Where in the binary log it was taken.
    ///
    /// - Throws: `backup-without-position`, `backup-position-ambiguous`.
    public func position() throws(RecoveryError) -> BackupPosition {
        switch self {
        case .dump(let dump): return try dump.position()
        case .physical(let backup):
            if let position = backup.position { return position }
            throw RecoveryError(
                .backupWithoutPosition,
                "the backup does not say where in the binary log it was taken",
                hint: "give --from FILE:OFFSET or a GTID; had the server a binary log then?",
                file: backup.path)
        }
    }

    /// What the user should know of it before it is used.
    ///
    /// - Throws: `unreadable`.
    public func warnings() throws(RecoveryError) -> [BackupWarning] {
        guard case .physical(let backup) = self else { return [] }
        let outside = try backup.outsideFiles()
        return outside.isEmpty ? [] : [.outsideFiles(outside)]
    }

    /// The version of the server that was backed up, where the backup tells.
    public var serverVersion: String? {
        switch self {
        case .dump(let dump): dump.header.serverVersion
        case .physical(let backup): backup.serverVersion
        }
    }
}
