#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder of one test, removed with the value.
final class BackupFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/lg-backup-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("cannot make a folder") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { shell("rm -rf '\(path)'") }

    @discardableResult
    func write(_ name: String, _ bytes: some Sequence<UInt8>) -> String {
        let file = "\(path)/\(name)"
        guard let stream = fopen(file, "w") else { fatalError("cannot write \(file)") }
        let all = Array(bytes)
        precondition(fwrite(all, 1, all.count, stream) == all.count)
        fclose(stream)
        return file
    }

    func write(_ name: String, _ text: String) -> String { write(name, text.utf8) }
}

/// Runs a shell script; gives its status and what it wrote to its output.
@discardableResult
func shell(_ script: String) -> (status: Int32, output: String) {
    guard let pipe = popen(script, "r") else { return (-1, "") }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
        bytes.append(contentsOf: buffer[..<count])
    }
    return (pclose(pipe), String(decoding: bytes, as: UTF8.self))
}

/// A MariaDB of one test on a socket; its data is gone with the value.
final class BackupTestServer: Sendable {
    let folder = BackupFolder()
    var socket: String { "\(folder.path)/sock" }
    var data: String { "\(folder.path)/data" }

    /// - Parameter copiedData: a data directory to run instead of a new one.
    init(_ options: [String] = [], copiedData: String? = nil) {
        if let copiedData {
            shell("mv '\(copiedData)' '\(data)'")
        } else {
            shell(
                "mariadb-install-db --no-defaults --datadir='\(data)' \(Self.user) --skip-test-db"
                    + " --auth-root-authentication-method=normal >/dev/null 2>&1")
        }
        shell("mkdir -p '\(folder.path)/empty' '\(folder.path)/outside'")
        let arguments =
            "--no-defaults --datadir='\(data)' --socket='\(socket)' --skip-networking --server-id=1"
            + " --pid-file='\(folder.path)/pid' --log-error='\(folder.path)/error.log'"
            + " --log-bin=bin --innodb-buffer-pool-size=32M \(Self.user) "
            + options.joined(separator: " ")
        shell("mariadbd \(arguments) </dev/null >/dev/null 2>&1 & echo $! > '\(folder.path)/child'")
        for _ in 0..<600 where sql("SELECT 1") != "1\n" { usleep(50_000) }
    }

    deinit {
        let child = shell("cat '\(folder.path)/child'").output.split(separator: "\n").first
        guard let child, let id = pid_t(child) else { return }
        kill(id, SIGKILL)
        while kill(id, 0) == 0 { usleep(10_000) }
    }

    /// One server with the shop in it for all tests that only read it.
    static let source: BackupTestServer = {
        let server = BackupTestServer()
        server.fillShop()
        server.endWithProcess()
        return server
    }()

    /// One server for all tests that load into databases of their own.
    static let target: BackupTestServer = {
        let server = BackupTestServer()
        server.endWithProcess()
        return server
    }()

    /// A static value is never released: its server is ended by the process's own end.
    private func endWithProcess() {
        let script = """
            (tail --pid=\(getpid()) -f /dev/null; kill -9 $(cat '\(folder.path)/child'); sleep 0.2
            rm -rf '\(folder.path)') </dev/null >/dev/null 2>&1 &
            """
        shell(script)
    }

    private static var user: String { getuid() == 0 ? "--user=root" : "" }

    /// Runs SQL in the client and gives its output without headings.
    @discardableResult
    func sql(_ text: String) -> String {
        let file = folder.write("input.sql", text.utf8)
        return shell(
            "mariadb --no-defaults --default-character-set=utf8mb4 -uroot -N -B -S '\(socket)'"
                + " < '\(file)' 2>/dev/null"
        )
        .output
    }

    /// Dumps into a file of the folder and gives its path.
    func dump(_ options: String, to name: String = "dump.sql") -> String {
        let file = "\(folder.path)/\(name)"
        let result = shell(
            "mariadb-dump --no-defaults -uroot -S '\(socket)' \(options) > '\(file)'")
        precondition(result.status == 0, "mariadb-dump failed")
        return file
    }

    /// Checksums and row counts of a database's tables.
    func checksums(_ database: String) -> String {
        let tables = sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema='\(database)'"
                + " AND table_type IN ('BASE TABLE','SYSTEM VERSIONED') ORDER BY 1"
        ).split(separator: "\n")
        return tables.map { sql("CHECKSUM TABLE `\(database)`.`\($0)`") }.joined()
    }

    /// Tables of many kinds, with a trigger, a routine, an event and a table outside the data
    /// directory.
    func fillShop() {
        sql(
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
