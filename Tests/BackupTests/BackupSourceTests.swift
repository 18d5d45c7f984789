import Recovery
import TestSupport
import Testing

@testable import Backup

struct BackupSourceTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder("backup") }

    private func refusal(_ path: String) -> RecoveryError? {
        #expect(throws: RecoveryError.self) { try BackupSource.open(path) }
    }

    @Test(
        "what is no backup is refused by name and with a hint",
        arguments: [
            ("", "not-a-backup", "empty file"),
            ("hello\nworld\n", "not-a-backup", "neither a dump"),
            ("\u{0}\u{1}\u{2}", "not-a-backup", "neither a dump"),
            ("XBSTCK01abc", "unsupported-backup", "xbstream"),
            ("BZh91AY", "unsupported-backup", "bzip2"),
            ("PK\u{3}\u{4}", "unsupported-backup", "zip"),
            ("-- MariaDB dump 10.19\n\nCREATE TABLE a(x int);\n", "truncated", "cut off"),
            ("/*!40101 SET NAMES gbk */;\nCREATE TABLE a(x int);\n", "unsupported-backup", "gbk"),
        ])
    func refuses(text: String, code: String, message: String) throws {
        let error = refusal(try folder.write("x", text))
        #expect(error?.code.rawValue == code)
        #expect(error?.message.contains(message) == true)
        #expect(error?.hint != nil && error?.file?.hasSuffix("/x") == true)
        let packed = "\(folder.path)/x.zst"
        try shell("zstd -qf '\(folder.path)/x' -o '\(packed)'")
        #expect(refusal(packed)?.code.rawValue == code)
    }

    @Test("a binary log, a tar archive, UTF-16 and a missing path are refused")
    func refusesFiles() throws {
        let path = try folder.write("log", [0xFE, 0x62, 0x69, 0x6E, 0])
        #expect(refusal(path)?.message.contains("binary log") == true)
        try shell("tar -C '\(folder.path)' -cf '\(folder.path)/x.tar' log")
        #expect(refusal("\(folder.path)/x.tar")?.message.contains("tar") == true)
        #expect(
            refusal(try folder.write("u", [0xFF, 0xFE, 0x2D, 0]))?.message.contains("16") == true)
        #expect(refusal("\(folder.path)/absent")?.code == .backupUnreadable)
        #expect(refusal("/dev/null")?.code == .notABackup)
    }

    @Test("a directory that is no backup is refused by what it holds")
    func refusesDirectories() throws {
        func directory(_ names: String...) throws -> String {
            let path = "\(folder.path)/\(names.joined(separator: "-").filter { $0 != "/" })_"
            try shell("mkdir -p '\(path)'")
            for name in names { try shell("echo 'backup_type = incremental' > '\(path)/\(name)'") }
            return path
        }
        #expect(refusal(try directory())?.message.contains("empty") == true)
        #expect(refusal(try directory("ibdata1"))?.message.contains("data directory") == true)
        #expect(refusal(try directory("backup-my.cnf", "ibdata1"))?.code == .backupTruncated)
        #expect(refusal(try directory("a.sql", "metadata"))?.code == .unsupportedBackup)
        #expect(refusal(try directory("d.a-schema.sql.gz"))?.code == .unsupportedBackup)
        #expect(refusal(try directory("a.sql", "a.txt"))?.code == .unsupportedBackup)
        let beside = refusal(try directory("full.sql.zst", "full.tar", "bin.000001"))
        #expect(beside?.code == .notABackup)
        #expect(beside?.hint?.hasSuffix("/full.sql.zst") == true)
        let partial = refusal(try directory("xtrabackup_checkpoints"))
        #expect(partial?.message.contains("incremental") == true)
    }

    @Test("a fingerprint is the same for the same input and another for a changed one")
    func fingerprints() throws {
        let path = try folder.write("a", "one")
        let first = try InputFingerprint(path: path)
        #expect(InputFingerprint(first.description) == first)
        #expect(try InputFingerprint(path: path) == first)
        #expect(try InputFingerprint(path: try folder.write("a", "two")) != first)
        let directory = try InputFingerprint(path: folder.path)
        _ = try folder.write("b", "")
        #expect(try InputFingerprint(path: folder.path) != directory)
        #expect(InputFingerprint("1:zz") == nil && InputFingerprint("1") == nil)
    }
}
