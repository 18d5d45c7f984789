import Foundation
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs a shell script that must succeed; gives what it wrote to its output.
@discardableResult
func shell(_ script: String) throws -> String {
    // A server's program is not in every user's PATH.
    guard let pipe = popen("PATH=$PATH:/usr/sbin:/sbin; \(script)", "r") else {
        throw TestFailure("cannot run a shell")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
        bytes.append(contentsOf: buffer[..<count])
    }
    let status = pclose(pipe)
    let output = String(decoding: bytes, as: UTF8.self)
    guard status == 0 else { throw TestFailure("status \(status) of \(script): \(output)") }
    return output
}

/// A MariaDB of one test on a socket; its data is gone with the value.
final class BackupTestServer: Sendable {
    let folder: TestFolder
    var socket: String { "\(folder.path)/sock" }
    var data: String { "\(folder.path)/data" }

    /// Starts it and waits until it answers.
    ///
    /// - Parameter copiedData: a data directory to run instead of a new one.
    init(_ options: [String] = [], copiedData: String? = nil) throws {
        folder = try TestFolder("backup")
        // A server that starts removes the temporary tables of any other one in its folder.
        let common = "--no-defaults --datadir='\(data)' --tmpdir='\(folder.path)/tmp' \(Self.user)"
        try shell("cd '\(folder.path)'; mkdir tmp empty outside")
        if let copiedData {
            try shell("mv '\(copiedData)' '\(data)'")
        } else {
            try shell(
                "mariadb-install-db \(common) --skip-test-db"
                    + " --auth-root-authentication-method=normal 2>&1")
        }
        let arguments =
            "\(common) --socket='\(socket)' --skip-networking --server-id=1"
            + " --pid-file='\(folder.path)/pid' --log-error='\(folder.path)/error.log'"
            + " --log-bin=bin --innodb-buffer-pool-size=32M "
            + options.joined(separator: " ")
        let child = "'\(folder.path)/child'"
        try shell("mariadbd \(arguments) </dev/null >/dev/null 2>&1 & echo $! > \(child)")
        let client = "mariadb --no-defaults -uroot -S '\(socket)' -e 'SELECT 1' >/dev/null 2>&1"
        try shell(
            """
            for i in $(seq 6000); do
                \(client) && exit 0
                kill -0 $(cat \(child)) || break
                sleep 0.05
            done
            tail -n 5 '\(folder.path)/error.log'; exit 1
            """)
    }

    deinit {
        let child = FileManager.default.contents(atPath: folder.path + "/child") ?? Data()
        let digits = String(decoding: child, as: UTF8.self).prefix { $0.isNumber }
        guard let id = pid_t(digits) else { return }
        kill(id, SIGKILL)
        while kill(id, 0) == 0 { usleep(10_000) }
    }

    private static let sharedSource = Result {
        let server = try BackupTestServer()
        try server.fillShop()
        try server.endWithProcess()
        return server
    }

    private static let sharedTarget = Result {
        let server = try BackupTestServer()
        try server.endWithProcess()
        return server
    }

    /// One server with the shop in it for all tests that only read it.
    static func source() throws -> BackupTestServer { try sharedSource.get() }

    /// One server for all tests that load into databases of their own.
    static func target() throws -> BackupTestServer { try sharedTarget.get() }

    /// A static value is never released: its server is ended by the process's own end.
    private func endWithProcess() throws {
        try shell(
            """
            (tail --pid=\(getpid()) -f /dev/null; kill -9 $(cat '\(folder.path)/child'); sleep 0.2
            rm -rf '\(folder.path)') </dev/null >/dev/null 2>&1 &
            """)
    }

    private static var user: String { getuid() == 0 ? "--user=root" : "" }

    /// Runs SQL in the client and gives its output without headings.
    @discardableResult
    func sql(_ text: String) throws -> String {
        let input = try folder.write("input-\(UUID().uuidString)", text)
        let errors = "\(input).errors"
        defer {
            unlink(input)
            unlink(errors)
        }
        return try shell(
            "mariadb --no-defaults --default-character-set=utf8mb4 -uroot -N -B -S '\(socket)'"
                + " < '\(input)' 2> '\(errors)' || { cat '\(errors)'; exit 1; }")
    }

    /// Dumps into a file of the folder and gives its path.
    func dump(_ options: String, to name: String = "dump.sql") throws -> String {
        let file = "\(folder.path)/\(name)"
        try shell("mariadb-dump --no-defaults -uroot -S '\(socket)' \(options) > '\(file)'")
        return file
    }

    /// Checksums and row counts of a database's tables.
    func checksums(_ database: String) throws -> String {
        let tables = try sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema='\(database)'"
                + " AND table_type IN ('BASE TABLE','SYSTEM VERSIONED') ORDER BY 1"
        ).split(separator: "\n")
        return try tables.map { try sql("CHECKSUM TABLE `\(database)`.`\($0)`") }.joined()
    }

    /// Tables of many kinds, with a trigger, a routine, an event and a table outside the data
    /// directory.
    func fillShop() throws {
        try sql(
            #"""
            CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
            CREATE TABLE orders(id INT PRIMARY KEY, note TEXT, raw BLOB) ENGINE=InnoDB;
            INSERT INTO orders VALUES (1,'it''s; -- \\ "x" `y`\n/* z','\0\Z\''),(2,'é😀',NULL);
            INSERT INTO orders SELECT seq+10, REPEAT('CREATE TABLE x;\n', 20), UNHEX('00FF5C27')
              FROM seq_1_to_2000;
            CREATE TABLE plain(x INT) ENGINE=InnoDB; INSERT INTO plain VALUES (1),(1);
            CREATE TABLE old(x INT PRIMARY KEY) ENGINE=MyISAM; INSERT INTO old VALUES (7);
            CREATE TABLE child(id INT PRIMARY KEY, o INT, FOREIGN KEY (o) REFERENCES orders(id));
            INSERT INTO child VALUES (1,1);
            CREATE TABLE outside(id INT PRIMARY KEY) DATA DIRECTORY='\#(folder.path)/outside';
            INSERT INTO outside VALUES (3);
            CREATE SEQUENCE numbers;
            CREATE VIEW v AS SELECT id FROM orders;
            SET sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES';
            DELIMITER //
            CREATE PROCEDURE p()
            BEGIN
            -- it's a comment with ; and '
            START SLAVE;
            SET GLOBAL gtid_slave_pos='1-2-3';
            SELECT 'a\', "id" FROM orders;
            END//
            CREATE TRIGGER t BEFORE INSERT ON child FOR EACH ROW BEGIN SET NEW.o = NEW.o; END//
            CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM plain//
            """#)
    }
}
