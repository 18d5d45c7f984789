public import Recovery

/// What a backup makes, as far as it tells without a server.
public struct BackupDefinitions: Sendable {
    /// None of a mariadb-backup directory, where only a server can read them.
    public internal(set) var tables: [CreatedTable] = []
    /// Routines, triggers, views, and defaults whose values no log tells.
    package internal(set) var code: [CodeDefinition] = []
    /// What was not looked through for routines, triggers and views, for people.
    public internal(set) var unread: [String] = []
}

extension BackupSource {
    /// Reads the definitions in a backup; of a dump only so much of its text.
    ///
    /// - Throws: what reading it throws.
    public func definitions(limitBytes: UInt64) throws(RecoveryError) -> BackupDefinitions {
        switch self {
        case .dump(let dump): try dump.definitions(limitBytes: limitBytes)
        case .physical(let backup): try backup.definitions()
        }
    }
}
