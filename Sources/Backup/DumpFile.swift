import Binlog
public import Recovery

/// A dump file that has been looked at: how it is packed, what its head says, whether it is whole.
public struct DumpFile: Sendable {
    public var path: String
    public var compression: DumpCompression
    public var sizeBytes: UInt64
    public var header: DumpHeader
    /// `unknown` as well when the dump is packed and too large to be read to its end beforehand:
    /// the load finds out.
    public var completion: DumpNotes.Completion

    /// A packed dump up to this size is read to its end when it is opened.
    public static let smallBytes: UInt64 = 8 << 20
    private static let tailBytes = 64 * 1024

    /// Looks at a dump: its head, and its end where that is cheap.
    ///
    /// - Throws: `not-a-backup`, `unsupported-backup`, `truncated`, `corrupt`, `unreadable`.
    public init(path: String) throws(RecoveryError) {
        var reader = try DumpReader(path: path)
        self.path = path
        compression = reader.compression
        sizeBytes = reader.sizeBytes
        var head: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: DumpReader.chunkBytes)
        var ended = false
        while head.count < DumpHeader.limitBytes {
            let count = try reader.read(into: &chunk)
            if count == 0 {
                ended = true
                break
            }
            head.append(contentsOf: chunk[..<count])
        }
        try DumpCompression.refuseOthers(head: head, path: path)
        header = try DumpHeader(text: String(decoding: head, as: UTF8.self), path: path)
        try Self.checkText(head, header: header, path: path)
        completion = .unknown
        if ended {
            try takeEnd(of: head, isWhole: true)
        } else if compression == .none {
            let begin = sizeBytes - min(sizeBytes, UInt64(Self.tailBytes))
            try takeEnd(
                of: try BackupFile.bytes(of: path, from: begin, limit: Self.tailBytes),
                isWhole: false)
        } else if sizeBytes <= Self.smallBytes {
            var tail = head
            while case let count = try reader.read(into: &chunk), count > 0 {
                tail.append(contentsOf: chunk[..<count])
                tail.removeFirst(max(0, tail.count - Self.tailBytes))
            }
            try takeEnd(of: tail, isWhole: false)
        }
        try refuseCharacterSet()
    }

    /// Where the dump was taken; see ``DumpHeader/position(path:)``.
    public func position() throws(RecoveryError) -> BackupPosition {
        try header.position(path: path)
    }

    /// The database to create and choose before the load, or nil when the dump does it itself.
    ///
    /// - Throws: `dump-without-database` when neither the dump nor `name` names one.
    public func databaseToCreate(named name: String?) throws(RecoveryError) -> String? {
        guard !header.choosesDatabase else { return nil }
        if let found = name ?? header.database { return found }
        throw RecoveryError(
            .dumpWithoutDatabase, "the dump does not say which database its tables belong to",
            hint: "dump with --databases NAME next time", file: path)
    }

    private mutating func takeEnd(of tail: [UInt8], isWhole: Bool) throws(RecoveryError) {
        if isWhole {
            var filter = DumpFilter()
            var output: [UInt8] = []
            filter.feed(tail, isLast: true, into: &output)
            completion = filter.notes.completion
        } else {
            let last = Self.lines(tail.suffix(1024))
            let restored = ["SQL_NOTES=@OLD_SQL_NOTES", "NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY"]
            if header.program != nil {
                let said = last.contains { $0.hasPrefix("-- Dump completed") }
                completion = said ? .complete : .truncated
            } else if last.contains(where: { line in restored.contains { line.contains($0) } }) {
                completion = .complete
            }
        }
        if let found = Self.gtidLine(tail) { try add(gtidText: found.text, line: found.line) }
        guard completion != .truncated else { throw Self.truncated(path: path, offset: sizeBytes) }
    }

    private mutating func add(gtidText: String, line: String) throws(RecoveryError) {
        guard let gtid = try DumpHeaderParser.gtid(gtidText, line: line, path: path) else { return }
        let isReplica = header.positions.contains { $0.origin == .primary }
        let isOwn = header.positions.contains { $0.origin == .own }
        // With both kinds in one dump nothing tells whose GTIDs these are; the file position is
        // sure
        guard isReplica != isOwn || header.positions.isEmpty else { return }
        guard !header.positions.contains(where: { $0.gtid == gtid }) else { return }
        header.positions.append(
            BackupPosition(
                position: nil, gtid: gtid, origin: isReplica ? .primary : .own, sourceText: line))
    }

    static func truncated(path: String, offset: UInt64?) -> RecoveryError {
        RecoveryError(
            .backupTruncated, "the dump is cut off: its end is missing",
            hint: "the dump program failed or the disk was full; use another backup", file: path,
            offset: offset)
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> [String] {
        bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The line that sets `gtid_slave_pos` behind the data, and what to.
    ///
    /// Only the last lines count, where comments and settings stand: a routine's body may hold
    /// any text.
    private static func gtidLine(_ tail: [UInt8]) -> (line: String, text: String)? {
        for line in lines(tail[...]).reversed() {
            if line.hasPrefix("-- SET GLOBAL gtid_slave_pos=")
                || line.hasPrefix("SET GLOBAL gtid_slave_pos=")
            {
                for case .string(let text) in DumpWords.first(8, of: line.utf8.drop { $0 == 0x2D })
                {
                    return (line, text)
                }
            }
            let isFooter =
                line.hasPrefix("-- ") || line == "--" || line.hasPrefix("/*!40")
                || line.hasPrefix("/*M!10")
            guard isFooter else { return nil }
        }
        return nil
    }

    private static func checkText(
        _ head: [UInt8], header: DumpHeader, path: String
    ) throws(RecoveryError) {
        if head.isEmpty {
            throw RecoveryError(
                .notABackup, "the packed dump holds nothing",
                hint: "the dump program failed when it was made", file: path)
        }
        guard header.looksLikeDump else {
            throw RecoveryError(
                .notABackup, "neither a dump nor a mariadb-backup directory",
                hint: "give a file made by mariadb-dump or mysqldump (plain, gzip, zstd)",
                file: path)
        }
    }

    /// Character sets whose second bytes may be a backslash or a quote: the client and our filter
    /// would have to know each of them to tell where a string ends.
    private func refuseCharacterSet() throws(RecoveryError) {
        let unsafe = ["big5", "cp932", "gbk", "gb18030", "sjis"]
        guard let name = header.characterSet, unsafe.contains(name) else { return }
        throw RecoveryError(
            .unsupportedBackup, "the dump is written in the character set \(name)",
            hint: "dump with --default-character-set=utf8mb4", file: path)
    }
}
