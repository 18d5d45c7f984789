import Binlog
import Recovery

/// Where a backup directory says that it was taken.
extension PhysicalBackup {
    /// Reads `FILE<tab>OFFSET[<tab>GTID,GTID…]`; the GTIDs may go on over line breaks.
    ///
    /// MySQL's GTID sets stand in the same place and are left out.
    static func position(in path: String) throws(RecoveryError) -> BackupPosition? {
        for name in binlogNames {
            guard let text = try BackupFile.smallText("\(path)/\(name)") else { continue }
            return try position(text: text, path: "\(path)/\(name)")
        }
        return nil
    }

    static func position(text: String, path: String) throws(RecoveryError) -> BackupPosition? {
        let line = text.split(whereSeparator: \.isNewline).joined()
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard let file = fields.first, !file.isEmpty else { return nil }
        guard fields.count >= 2 else {
            throw RecoveryError(
                .backupCorrupt, "not a binary log position: \(line.prefix(200))",
                hint: "say where the backup was taken with --from FILE:OFFSET", file: path)
        }
        let offset = fields[1].filter { !$0.isWhitespace }
        let position = try BackupPosition.checked(
            file: String(file), offset: String(offset), in: path, line: line)
        var gtid: GTIDPosition?
        if fields.count >= 3, !fields[2].contains(":") {
            gtid = try DumpHeaderParser.gtid(String(fields[2]), line: line, path: path)
        }
        let words = line.split(separator: "\t").joined(separator: " ")
        return BackupPosition(
            position: position, gtid: gtid, sourceText: String(words.prefix(1000)))
    }
}
