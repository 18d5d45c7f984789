import TestSupport
import Testing

@testable import Backup
@testable import Recovery

/// What backups tell of their routines, triggers and views.
@Suite("definitions in backups") struct BackupDefinitionsTests {
    private static let script = """
        SET GLOBAL log_bin_trust_function_creators=1;
        CREATE DATABASE `my-db`; USE `my-db`;
        CREATE TABLE `a b` (id INT, u CHAR(36)); CREATE TABLE plain (n INT);
        DELIMITER //
        CREATE TRIGGER `t'r` BEFORE INSERT ON `a b` FOR EACH ROW BEGIN
         SET NEW.u='it''s \\\\ x\\n'; SET NEW.u=UUID(); END//
        SET sql_mode='ANSI_QUOTES'//
        CREATE TRIGGER tr2 AFTER DELETE ON "a b" FOR EACH ROW INSERT INTO "plain" VALUES (1)//
        SET sql_mode='NO_BACKSLASH_ESCAPES'//
        CREATE TRIGGER tr3 BEFORE UPDATE ON `a b` FOR EACH ROW SET NEW.u=CONCAT('a\\', SYSDATE())//
        SET sql_mode=''//
        CREATE FUNCTION f() RETURNS CHAR(36) RETURN UUID()//
        SET sql_mode=ORACLE//
        CREATE PACKAGE pk AS FUNCTION one RETURN CHAR(36); END//
        CREATE PACKAGE BODY pk AS
          FUNCTION one RETURN CHAR(36) AS BEGIN RETURN SYS_GUID(); END; END//
        SET sql_mode=''//
        DELIMITER ;
        RENAME TABLE `a b` TO `c``d`;
        CREATE VIEW `v/q` AS SELECT 'a\\nb''' AS x, VERSION() AS u FROM plain;
        CREATE VIEW same AS SELECT n FROM plain;
        """
    private static let viewsAndTriggers = [
        "trigger(event: \"DELETE\") my-db.c`d", "trigger(event: \"INSERT\") my-db.c`d UUID",
        "trigger(event: \"UPDATE\") my-db.c`d SYSDATE", "view my-db.same",
        "view my-db.v/q VERSION",
    ]

    private func told(_ definitions: BackupDefinitions) -> [String] {
        definitions.code.map { code in
            "\(code.kind) \(code.place.schema ?? "").\(code.place.name)"
                + (code.references.unsafeFunction.map { " " + $0 } ?? "")
        }.sorted()
    }

    private func made() throws -> BackupTestServer {
        let server = try BackupTestServer(["--character-set-server=utf8mb4"])
        try server.sql(Self.script)
        return server
    }

    @Test("a dump tells of packages, too")
    func dump() throws {
        let server = try made()
        let dump = try DumpFile(
            path: try server.dump("--databases my-db -R --triggers", to: "d.sql"))
        let found = try dump.definitions()
        // Before the views themselves stand tables' places for them.
        let others = [
            "function my-db.f UUID", "package my-db.pk SYS_GUID", "view my-db.same",
            "view my-db.v/q",
        ]
        #expect(told(found) == (Self.viewsAndTriggers + others).sorted())
        #expect(found.unread == [])
    }

    @Test("a mariadb-backup directory tells of views and triggers, and what it cannot tell")
    func physical() throws {
        let server = try made()
        try server.sql("SET NAMES utf8mb4; CREATE VIEW `my-db`.`größe` AS SELECT 1")
        let path = "\(server.folder.path)/backup"
        try shell(
            "mariadb-backup --no-defaults --backup --user=root --socket='\(server.socket)'"
                + " --datadir='\(server.data)' --target-dir='\(path)' 2>&1")
        let found = try PhysicalBackup(path: path).definitions()
        #expect(told(found) == Self.viewsAndTriggers + ["view mysql.user"])
        #expect(found.unread.count == 2)
        #expect(
            found.unread.first
                == "the backup's functions, procedures, packages and defaults of columns")
        #expect(found.unread.last?.hasPrefix("what my@002ddb/gr@") == true)
    }

    @Test("a dump says what of it was not looked through")
    func unread() throws {
        let folder = try TestFolder("backup")
        let long = String(repeating: " ", count: DumpScanner.heldLimitBytes)
        let path = try folder.write(
            "d.sql",
            "-- MariaDB dump 10.19\nCREATE FUNCTION d.f() RETURNS INT RETURN 1;\n"
                + "CREATE VIEW d.v AS SELECT\(long)1;\nCREATE VIEW d.w AS SELECT 2;\n"
                + "-- Dump completed on 2026-11-23 12:00:00\n")
        let dump = try DumpFile(path: path)
        let all = try dump.definitions(of: "d")
        #expect(told(all) == ["function d.f", "view d.w"])
        #expect(all.unread == ["a definition of more than 4 MiB"])
        let some = try dump.definitions(of: "d", limitBytes: 1 << 20)
        #expect(told(some) == ["function d.f"])
        #expect(some.unread == ["the dump's text behind 1 MiB"])
    }
}
