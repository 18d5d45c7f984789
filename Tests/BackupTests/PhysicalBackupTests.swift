import Binlog
import Foundation
import Recovery
import TestSupport
import Testing

@testable import Backup

@Suite(.serialized)
struct PhysicalBackupTests {
    private func backup(_ server: BackupTestServer) throws -> String {
        let path = "\(server.folder.path)/backup"
        try shell(
            "mariadb-backup --no-defaults --backup --user=root --socket='\(server.socket)'"
                + " --datadir='\(server.data)' --target-dir='\(path)' 2>&1")
        return path
    }

    private func hashes(_ path: String) throws -> String {
        try shell(
            "cd '\(path)' && find . -type f | sort | xargs -d '\\n' sha256sum;"
                + " ls -lR --time-style=full-iso"
        )
    }

    @Test("a copy is prepared and runs with the source's tables; the original is never written")
    func prepares() async throws {
        let source = try BackupTestServer()
        try source.fillShop()
        let checksums = try source.checksums("shop")
        let position = try source.sql("SHOW MASTER STATUS").split(separator: "\t").prefix(2)
            .joined(separator: ":")
        let path = try backup(source)
        try shell("ln -s /etc/passwd '\(path)/shop/link'")
        let before = try hashes(path)
        guard case .physical(let backup) = try BackupSource.open(path) else {
            Issue.record("not seen as a physical backup")
            return
        }
        #expect(!backup.isPrepared && backup.position?.position?.description == position)
        let gtid = try source.sql("SELECT @@gtid_binlog_pos").filter { $0 != "\n" }
        #expect(backup.position?.gtid?.description == gtid)
        #expect(backup.serverVersion?.contains("MariaDB") == true)
        #expect(backup.layoutOptions.contains("innodb_page_size=16384"))
        let work = try TestFolder("backup")
        let copy = try BackupCopy(of: backup, into: "\(work.path)/copy")
        #expect(copy.leftOut == ["shop/link", "shop/outside.isl"])
        #expect(throws: RecoveryError.self) {
            try BackupCopy(of: backup, into: "\(work.path)/copy")
        }
        try copy.chownTree(userID: getuid(), groupID: getgid())
        try await copy.prepare(backup)
        #expect(try hashes(path) == before)
        let prepared = try PhysicalBackup(path: copy.path)
        #expect(prepared.isPrepared && prepared.position == backup.position)
        // What stands outside must not be opened any more
        try shell(
            "find '\(source.folder.path)/outside' -name '*.ibd' "
                + " -exec dd if=/dev/zero of={} bs=64k count=1 conv=notrunc ';' 2>/dev/null"
        )
        let server = try BackupTestServer(["--skip-log-bin"], copiedData: copy.path)
        #expect(try server.checksums("shop") == checksums)
        #expect(try server.sql("SELECT id FROM shop.outside") == "3\n")
        let open = try shell("ls -l /proc/$(cat '\(server.folder.path)/child')/fd")
        #expect(open.contains("ibdata1") && !open.contains("\(source.folder.path)/outside"))
    }

    @Test("a copy of a backup that is damaged or of another version fails with the program's words")
    func failures() async throws {
        let source = try BackupTestServer.source()
        let path = try backup(source)
        try shell("rm '\(path)/ibdata1'")
        let backup = try PhysicalBackup(path: path)
        let work = try TestFolder("backup")
        let copy = try BackupCopy(of: backup, into: "\(work.path)/copy")
        let error = await #expect(throws: RecoveryError.self) { try await copy.prepare(backup) }
        #expect(error?.code == .prepareFailed)
        let missing = await #expect(throws: RecoveryError.self) {
            try await copy.prepare(backup, program: "no-such-program")
        }
        #expect(missing?.code == .programMissing)
    }

    @Test("a disk that is too small is found before anything is copied")
    func diskSpace() throws {
        let folder = try TestFolder("backup")
        try shell(
            "mkdir '\(folder.path)/b'; cd '\(folder.path)/b'; truncate -s 4T ibdata1;"
                + "echo 'backup_type = full-prepared' > xtrabackup_checkpoints")
        let backup = try PhysicalBackup(path: "\(folder.path)/b")
        let error = #expect(throws: RecoveryError.self) {
            try BackupCopy(of: backup, into: "\(folder.path)/copy")
        }
        #expect(error?.code == .backupDiskSpace)
        #expect(try shell("ls '\(folder.path)/copy'") == "")
        #expect(backup.position == nil)
        #expect(throws: RecoveryError.self) { try BackupSource.physical(backup).position() }
    }

    @Test(
        "a copy shares its blocks with the backup where the file system can",
        .enabled(if: ReflinkDisk.canMount, "needs root, mkfs.xfs (xfsprogs) and a loop device"))
    func reflinks() throws {
        let disk = try ReflinkDisk(megabytes: 400)
        defer { disk.unmount() }
        // More than half of what is there: a second one of its own has no room.
        try shell(
            "mkdir '\(disk.path)/b'; cd '\(disk.path)/b'; head -c 220M /dev/urandom > ibdata1;"
                + "echo 'backup_type = full-prepared' > xtrabackup_checkpoints")
        let copy = try BackupCopy(
            of: PhysicalBackup(path: "\(disk.path)/b"), into: "\(disk.path)/copy")
        #expect(copy.sizeBytes > 220 << 20)
        try shell("cmp '\(disk.path)/b/ibdata1' '\(disk.path)/copy/ibdata1'")
    }

    @Test("the names and forms of 11.8 are read like those of 10.11")
    func elevenEight() throws {
        let folder = try TestFolder("backup")
        try folder.write("mariadb_backup_checkpoints", "backup_type = log-applied\n".utf8)
        try folder.write("mariadb_backup_binlog_info", "bin.000003\t336\t0-1-3\n".utf8)
        try folder.write(
            "mariadb_backup_info", "server_version = 11.8.6-MariaDB\npartial = N\n".utf8)
        _ = try folder.write(
            "backup-my.cnf",
            "# c\n[mysqld]\ninnodb_undo_tablespaces=3\ninnodb_page_size=16384\n"
                + "innodb_data_file_path=/etc/x:12M\nplugin_load=evil.so\n")
        let backup = try PhysicalBackup(path: folder.path)
        #expect(backup.isPrepared && backup.serverVersion == "11.8.6-MariaDB")
        #expect(backup.position?.position?.description == "bin.000003:336")
        #expect(
            backup.layoutOptions == ["innodb_page_size=16384", "innodb_undo_tablespaces=3"])
    }

    @Test("positions of all forms are read, impossible ones are errors")
    func positions() throws {
        func read(_ text: String) throws -> BackupPosition? {
            try PhysicalBackup.position(text: text, path: "x")
        }
        #expect(try read("bin.000002\t373\t0-1-19\n")?.gtid?.description == "0-1-19")
        #expect(try read("bin.000002\t373\t0-1-19,5-2-7\n")?.gtid?.description == "0-1-19,5-2-7")
        #expect(try read("bin.000002\t373\t\n")?.gtid == nil)
        #expect(try read("bin.000002\t373\n")?.position?.description == "bin.000002:373")
        #expect(try read("bin.1\t373\t3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5")?.gtid == nil)
        #expect(try read("") == nil)
        for text in ["bin", "a/b\t4", "bin\t-1", "bin\tx", "bin\t4\t0-1"] {
            #expect(throws: RecoveryError.self) { try read(text) }
        }
    }
}
