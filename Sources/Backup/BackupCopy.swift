public import Recovery
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The copy of a backup directory, which is prepared and run; the original is only read.
///
/// Of a table with a DATA DIRECTORY the copy holds the data, and the link to the old place is left
/// out: 10.11 and 11.8 then open the copy's file only. 10.5 keeps the old path in its dictionary as
/// well and reads the head of a file that still stands there, but opens and changes only the
/// copy's.
public struct BackupCopy: Sendable {
    /// The directory of the copy, a data directory once it is prepared.
    public let path: String
    public let sizeBytes: UInt64
    /// Files of the original that were left out because they point outside: symbolic links, `.isl`
    /// files (InnoDB's links to tables with a DATA DIRECTORY) and what is no file at all.
    public let leftOut: [String]

    /// Copies a backup, sharing blocks with the original where the file system can.
    ///
    /// - Parameters:
    ///   - directory: must be absent or empty; its parent must be there.
    ///   - onProgress: called after each file with the bytes copied and their total.
    /// - Throws: `disk-space` before anything is copied, `backup-copy-failed`, `unreadable`.
    public init(
        of backup: PhysicalBackup, into directory: String,
        onProgress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(RecoveryError) {
        let tree = try BackupTree(backup.path)
        try Self.makeFolder(directory)
        guard try BackupFile.names(in: directory).isEmpty else {
            throw RecoveryError(
                .backupCopyFailed, "the directory for the backup's copy is not empty",
                file: directory)
        }
        let needed = Self.neededBytes(tree.sizeBytes)
        let free = try Self.freeBytes(directory)
        guard free >= needed || Self.sharesBlocks(tree, directory: directory) else {
            throw Self.noSpace(directory, needed: needed, free: free)
        }
        var leftOut: [String] = []
        var copied: UInt64 = 0
        for entry in tree.entries {
            let target = "\(directory)/\(entry.name)"
            switch entry.kind {
            case .directory: try Self.makeFolder(target)
            case .file where !entry.name.hasSuffix(".isl"):
                try FileCopy.copy("\(backup.path)/\(entry.name)", to: target)
                copied += entry.sizeBytes
                onProgress(copied, tree.sizeBytes)
            case .file, .symbolicLink, .other: leftOut.append(entry.name)
            }
        }
        path = directory
        sizeBytes = copied
        self.leftOut = leftOut
    }

    /// Gives every file of the copy to a user, the copy's own directory included.
    ///
    /// - Throws: `backup-copy-failed`: it needs root.
    public func chownTree(userID: UInt32, groupID: UInt32) throws(RecoveryError) {
        let names = try BackupTree(path).entries.map { "\(path)/\($0.name)" }
        for name in [path] + names where lchown(name, userID, groupID) != 0 {
            throw Self.failed(name)
        }
    }

    /// The copy, a margin for what `--prepare` adds, and what a server needs to start.
    static func neededBytes(_ sizeBytes: UInt64) -> UInt64 {
        sizeBytes &+ sizeBytes / 20 &+ (128 << 20)
    }

    static func freeBytes(_ path: String) throws(RecoveryError) -> UInt64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw failed(path) }
        return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
            .partialValue
    }

    static func noSpace(_ path: String, needed: UInt64, free: UInt64) -> RecoveryError {
        RecoveryError(
            .backupDiskSpace, "the backup's copy needs \(needed) bytes, \(free) are free",
            hint: "choose a --workdir on another file system", file: path)
    }

    /// Tries it with the largest file.
    private static func sharesBlocks(_ tree: BackupTree, directory: String) -> Bool {
        let files = tree.entries.filter { $0.kind == .file }
        guard let largest = files.max(by: { $0.sizeBytes < $1.sizeBytes }) else { return false }
        let probe = "\(directory)/.probe"
        defer { unlink(probe) }
        return FileCopy.clones("\(tree.path)/\(largest.name)", to: probe)
    }

    private static func makeFolder(_ path: String) throws(RecoveryError) {
        guard mkdir(path, 0o700) != 0 else { return }
        guard errno == EEXIST, BackupFile.isDirectory(path) else { throw failed(path) }
    }

    static func failed(_ path: String) -> RecoveryError {
        let error = Errno(rawValue: errno)
        return RecoveryError(
            error == .noSpace || error == .diskQuotaExceeded ? .backupDiskSpace : .backupCopyFailed,
            "the backup's copy cannot be written: \(error.description.lowercased())", file: path)
    }
}
