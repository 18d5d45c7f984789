import Binlog
import Foundation
import Recovery
import Server
import TestSupport
import Testing

@testable import Replay

/// LOAD DATA of statement logs, from the log's own blocks.
@Suite("LOAD DATA", .serialized)
struct LoadDataTests {
    /// A source that has loaded files in several ways; the files are gone.
    private func source() async throws -> SourceServer {
        let source = try await SourceServer(
            ["--binlog-format=STATEMENT", "--read-buffer-size=8192"])
        let folder = source.folder
        // Several blocks, in a character set that is not the session's.
        let long = (1...20_000).map { "\($0)\t\($0 % 7)\tgr\u{FC}n \($0)" }.joined(separator: "\n")
        let latin1 = try #require(long.data(using: .isoLatin1))
        let path = folder.path + "/long"
        try latin1.write(to: URL(filePath: path))
        let twice = try folder.write("it's twice", "1,a\n2,b\n1,c\n3,d\n")
        let quoted = twice.replacingOccurrences(of: "'", with: "''")
        let connection = try source.connect()
        for statement in [
            "CREATE DATABASE d", "USE d",
            "CREATE TABLE l (id INT PRIMARY KEY, n INT, v VARCHAR(50) CHARACTER SET utf8mb4)",
            "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9)) ENGINE=InnoDB",
            "CREATE TABLE m (id INT PRIMARY KEY, v VARCHAR(9)) ENGINE=MyISAM",
            "LOAD DATA INFILE '\(path)' INTO TABLE l CHARACTER SET latin1",
            "SET sql_mode = 'ANSI_QUOTES'",
            "LOAD DATA INFILE '\(quoted)' IGNORE INTO TABLE t FIELDS TERMINATED BY ','",
            "SET sql_mode = ''", "BEGIN", "DELETE FROM t WHERE id = 2",
            "LOAD DATA INFILE '\(quoted)' REPLACE INTO TABLE t FIELDS TERMINATED BY ',' "
                + "(id, @v) SET v = UPPER(@v)",
            "ROLLBACK", "BEGIN",
            "LOAD DATA LOW_PRIORITY INFILE '\(quoted)' REPLACE INTO TABLE t "
                + "FIELDS TERMINATED BY ',' IGNORE 1 LINES",
            "UPDATE t SET v = CONCAT(v, '!')", "COMMIT",
        ] {
            try connection.execute(statement)
        }
        return source
    }

    @Test(
        "what a file held comes out of the log, read by the target or sent to it",
        arguments: [true, false])
    func loads(isPrivate: Bool) async throws {
        let source = try await source()
        let expected = try ServerState(source)
        for mode in ReplayMode.allCases {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            try Replaying.replay(source, onto: target, mode: mode, isPrivate: isPrivate)
            try ServerState(target).expect(expected, "\(mode)")
            let left = try FileManager.default.contentsOfDirectory(atPath: target.folder.path)
            #expect(left.allSatisfy { !$0.hasPrefix("lastgood-load") })
            try await target.stop()
        }
        try await source.stop()
    }

    @Test("a session without backslash escapes still has the separators that it named")
    func withoutBackslashEscapes() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let connection = try source.connect()
        let plain = try source.folder.write("plain", "1\ta\n2\tb\n")
        let tabs = try source.folder.write("tabs", "1\ta\\n\n2\tb\n")
        let signs = try source.folder.write("signs", "first\n>1\\'a b'\r\n>2\\'c'\r\n")
        let table = "`t FIELDS TERMINATED BY 'x`"
        for statement in [
            "CREATE DATABASE d", "USE d", "CREATE TABLE \(table) (a INT, v TEXT)",
            "SET sql_mode='NO_BACKSLASH_ESCAPES'",
            "LOAD DATA INFILE '\(plain)' INTO TABLE \(table)",
            "LOAD DATA INFILE '\(plain)' INTO TABLE \(table) FIELDS ESCAPED BY '\\'",
            "LOAD DATA INFILE '\(tabs)' INTO TABLE \(table) FIELDS ESCAPED BY ''",
            """
            LOAD DATA INFILE '\(signs)' INTO TABLE \(table) FIELDS TERMINATED BY '\\'
            OPTIONALLY ENCLOSED BY '''' ESCAPED BY ''
            LINES STARTING BY '>' TERMINATED BY '\r\n' IGNORE 1 LINES (a, v)
            SET v = CONCAT('\\', v)
            """,
        ] {
            try connection.execute(statement)
        }
        let expected = try ServerState(source)
        for isPrivate in [true, false] {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            try Replaying.replay(source, onto: target, mode: .exact, isPrivate: isPrivate)
            try ServerState(target).expect(expected, "private: \(isPrivate)")
        }
        try connection.execute("LOAD DATA INFILE '\(tabs)' INTO TABLE \(table)")
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let refusal = #expect(throws: (any Error).self) {
            try Replaying.replay(source, onto: target, mode: .exact)
        }
        #expect(String(describing: refusal).contains("does not tell whether they escape"))
    }

    @Test("a load that met a duplicate in MyISAM keeps what it had loaded")
    func duplicates() async throws {
        let source = try await source()
        let connection = try source.connect()
        let file = try source.folder.write("more", "7,a\n8,b\n7,c\n9,d\n")
        #expect(throws: ServerError.self) {
            try connection.execute(
                "LOAD DATA INFILE '\(file)' INTO TABLE d.m FIELDS TERMINATED BY ','")
        }
        #expect(try connection.value("SELECT COUNT(*) FROM d.m") == "2")
        let expected = try ServerState(source)
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        try Replaying.replay(source, onto: target, mode: .folded, isPrivate: true)
        try ServerState(target).expect(expected, "folded")
        try await target.stop()
        try await source.stop()
    }

    @Test(
        "a LOAD XML, which a log holds as LOAD DATA, stops the replay",
        arguments: ["", "STRICT_ALL_TABLES"])
    func loadXML(mode: String) async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let file = try source.folder.write("xml", "<a><r><n>2</n></r>\n<r><n>3</n></r>\n</a>\n")
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (n INT)",
            "SET sql_mode='\(mode)'; "
                + "LOAD XML INFILE '\(file)' INTO TABLE d.t ROWS IDENTIFIED BY '<r>'")
        #expect(try source.connect().value("SELECT SUM(n) FROM d.t") == "5")
        for isPrivate in [true, false] {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            let refusal = #expect(throws: (any Error).self) {
                try Replaying.replay(source, onto: target, isPrivate: isPrivate)
            }
            #expect(String(describing: refusal).contains("LOAD XML"))
            try await target.stop()
        }
        try await source.stop()
    }

    @Test("a value that LOCAL would change stops the replay", arguments: ["InnoDB", "MyISAM"])
    func changedValue(engine: String) async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let file = try source.folder.write("rows", "1\n300\n")
        try source.run("CREATE DATABASE d", "CREATE TABLE d.t (v INT)")
        let start = try Replaying.plan(source, to: .end).stop.position
        try source.run("LOAD DATA INFILE '\(file)' INTO TABLE d.t")
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        try target.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (v TINYINT) ENGINE=\(engine)")
        let replay = { _ = try Replaying.replay(source, onto: target, from: start) }
        if engine == "InnoDB" {
            #expect(throws: ReplayFailure.self) { try replay() }
            #expect(try target.connect().value("SELECT COUNT(*) FROM d.t") == "0")
        } else {
            // The default mode is strict for tables with transactions only.
            try replay()
        }
        try await target.stop()
        try await source.stop()
    }

    @Test("what a strict mode lets pass comes out as it was, by LOCAL too")
    func strictMode() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let file = try source.folder.write("odd", "1\t1.25\tab   \n2\t2.26\tcd\n")
        let later = try source.folder.write("later", "1\n2x\n")
        try source.run(
            "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT, d DECIMAL(4,1), v CHAR(2), w INT NOT NULL)",
            "CREATE TABLE d.m (id INT) ENGINE=MyISAM",
            "SET sql_mode='STRICT_ALL_TABLES'; "
                + "LOAD DATA INFILE '\(file)' INTO TABLE d.t (id, d, v) SET w = id",
            "SET sql_mode='STRICT_TRANS_TABLES'; LOAD DATA INFILE '\(later)' INTO TABLE d.m",
            "SET sql_mode=''; LOAD DATA INFILE '\(file)' INTO TABLE d.t (id)")
        let expected = try ServerState(source)
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        try Replaying.replay(source, onto: target, mode: .exact)
        try ServerState(target).expect(expected, "sent")
        try await target.stop()
        try await source.stop()
    }

    @Test("a row that LOCAL would pass over stops the replay")
    func skippedRow() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let file = try source.folder.write("rows", "1,a\n2,b\n")
        try source.run("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(9))")
        let start = try Replaying.plan(source, to: .end).stop.position
        try source.run("LOAD DATA INFILE '\(file)' INTO TABLE d.t FIELDS TERMINATED BY ','")
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        try target.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(9))",
            "INSERT INTO d.t VALUES (2, 'other')")
        #expect(throws: ReplayFailure.self) {
            try Replaying.replay(source, onto: target, from: start)
        }
        #expect(try target.connect().value("SELECT COUNT(*) FROM d.t") == "1")
        try await target.stop()
        try await source.stop()
    }
}
