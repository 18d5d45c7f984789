import Binlog
public import Recovery

/// What the head of a dump says about itself, before its first table.
///
/// Forms read off mariadb-dump 10.5, 10.11 and 11.8 and mysqldump 9.7. All values are the dump's
/// word: a database's name is not checked, a position only for its form.
public struct DumpHeader: Sendable, Equatable {
    /// The first line that names the program: `MariaDB dump 10.19  Distrib 10.11.19-MariaDB, …`.
    public var program: String?
    /// `Server version` as the dump has it: `10.11.19-MariaDB-log`.
    public var serverVersion: String?
    public var host: String?
    /// The database named on the command line; nil for `--all-databases`, the first of
    /// `--databases`.
    public var database: String?
    /// Of `SET NAMES`: the character set of the dump's text.
    public var characterSet: String?
    /// The dump begins with `CREATE DATABASE` or `USE`, so it knows where its tables go.
    public var choosesDatabase = false
    /// The places in binary logs that the dump names, without repetitions.
    public var positions: [BackupPosition] = []
    /// `GTID_PURGED` of mysqldump, as it stands there, without its line breaks.
    public var mysqlGTIDSet: String?
    /// The head holds a line that only dumps have.
    public var looksLikeDump = false

    public init() {}

    /// How much of a dump the head may take.
    public static let limitBytes = 256 * 1024

    /// Reads the head of a dump.
    ///
    /// - Parameter text: the first ``limitBytes`` of the unpacked dump, or all of it.
    /// - Throws: `corrupt` for a position that cannot be.
    public init(text: some StringProtocol, path: String) throws(RecoveryError) {
        var parser = DumpHeaderParser(path: path)
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            guard try parser.take(String(line)) else { break }
        }
        self = parser.header
    }

    /// `-- MariaDB dump …` or `-- MySQL dump …`, the first line of a dump with comments.
    static func isTitle(_ line: some StringProtocol) -> Bool {
        line.hasPrefix("-- MariaDB dump ") || line.hasPrefix("-- MySQL dump ")
    }

    /// The one place where the dump was taken.
    ///
    /// A position in the dumped server's own log wins over one in its primary's. GTIDs and file may
    /// stand on different lines; they are joined.
    ///
    /// - Throws: `backup-without-position`, `backup-position-ambiguous`.
    public func position(path: String) throws(RecoveryError) -> BackupPosition {
        let own = positions.filter { $0.origin == .own }
        let candidates = own.isEmpty ? positions : own
        let files = Set(candidates.compactMap(\.position))
        let gtids = Set(candidates.compactMap(\.gtid))
        guard files.count <= 1, gtids.count <= 1 else {
            let list = files.map(\.description).sorted() + gtids.map(\.description).sorted()
            throw RecoveryError(
                .backupPositionAmbiguous,
                "the dump names several places in binary logs: \(list.joined(separator: ", "))",
                hint: "say which one belongs to these logs with --from FILE:OFFSET", file: path)
        }
        guard let first = candidates.first else {
            throw RecoveryError(
                .backupWithoutPosition,
                "the dump does not say where in the binary log it was taken",
                hint: "give --from FILE:OFFSET or a GTID; dump with --master-data=2 next time",
                file: path)
        }
        return BackupPosition(
            position: files.first, gtid: gtids.first, origin: first.origin,
            sourceText: candidates.map(\.sourceText).joined(separator: "\n"))
    }
}
