import Recovery

/// How a dump file is packed, told by its first bytes and never by its name.
public enum DumpCompression: String, Sendable, Hashable {
    case none
    case gzip
    case zstd

    /// Reads the first bytes of a file.
    ///
    /// - Throws: `not-a-backup` or `unsupported-backup` for what is recognised as something else.
    ///   Whether a plain file is a dump is not decided here.
    static func detect(head: [UInt8], path: String) throws(RecoveryError) -> DumpCompression {
        if head.isEmpty {
            throw RecoveryError(
                .notABackup, "the backup is an empty file",
                hint: "the dump program failed or the disk was full when it was made", file: path)
        }
        if head.starts(with: [0x1F, 0x8B]) { return .gzip }
        if isZstd(head) { return .zstd }
        try refuseOthers(head: head, path: path)
        return .none
    }

    /// A frame's magic, or that of a skippable frame (RFC 8878, 3.1.1 and 3.1.2).
    private static func isZstd(_ head: [UInt8]) -> Bool {
        if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return true }
        return head.count >= 4 && head[0] & 0xF0 == 0x50 && head[1] == 0x2A && head[2] == 0x4D
            && head[3] == 0x18
    }

    /// Refuses by name what is no SQL text: also used for the first bytes of an unpacked stream.
    static func refuseOthers(head: [UInt8], path: String) throws(RecoveryError) {
        for format in foreignFormats where matches(head, format) {
            throw RecoveryError(format.code, format.message, hint: format.hint, file: path)
        }
    }

    private static func matches(_ head: [UInt8], _ format: ForeignFormat) -> Bool {
        head.count >= format.offset && head[format.offset...].starts(with: format.magic)
    }
}

/// A kind of file that people mistake for a dump, and what to do with it.
private struct ForeignFormat {
    var magic: [UInt8]
    var offset = 0
    var code = RecoveryError.Code.unsupportedBackup
    var message: String
    var hint: String
}

private func unpack(_ program: String, _ magic: [UInt8]) -> ForeignFormat {
    ForeignFormat(
        magic: magic, message: "the backup is packed by \(program)",
        hint: "unpack it first; gzip and zstd are read as they are")
}

private let foreignFormats: [ForeignFormat] = [
    ForeignFormat(
        magic: [0xFE, 0x62, 0x69, 0x6E], code: .notABackup,
        message: "a binary log stands where the backup should be",
        hint: "--backup takes a dump or a mariadb-backup directory, --binlogs the logs"),
    ForeignFormat(
        magic: Array("XBSTCK01".utf8), message: "the backup is an xbstream archive",
        hint: "unpack it with: mbstream -x -C DIRECTORY < FILE, and give the directory"),
    ForeignFormat(
        magic: Array("ustar".utf8), offset: 257, message: "the backup is a tar archive",
        hint: "unpack it with: tar -x -C DIRECTORY -f FILE, and give the directory or the dump"),
    ForeignFormat(
        magic: [0xFF, 0xFE], message: "the dump is UTF-16 text",
        hint: "a shell has converted it; dump again with --result-file=FILE"),
    ForeignFormat(
        magic: Array("Salted__".utf8), message: "the backup is encrypted by openssl",
        hint: "decrypt it first"),
    ForeignFormat(
        magic: Array("SQLite format 3".utf8), code: .notABackup,
        message: "the backup is an SQLite database",
        hint: "give a dump or a mariadb-backup directory"),
    unpack("bzip2", Array("BZh".utf8)),
    unpack("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
    unpack("lz4", [0x04, 0x22, 0x4D, 0x18]),
    unpack("zip", [0x50, 0x4B, 0x03, 0x04]),
    unpack("7-zip", [0x37, 0x7A, 0xBC, 0xAF]),
]
