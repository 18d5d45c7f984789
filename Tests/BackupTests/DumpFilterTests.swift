import Testing

@testable import Backup

struct DumpFilterTests {
    private func filtered(_ text: String, piece: Int = .max) -> (String, DumpFilter) {
        var filter = DumpFilter()
        var all: [UInt8] = []
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            filter.feed(rest.prefix(piece), isLast: false, into: &output)
            all += output
            rest = rest.dropFirst(piece)
        }
        filter.feed([], isLast: true, into: &output)
        return (String(decoding: all + output, as: UTF8.self), filter)
    }

    @Test(
        "statements that are no part of the data are dropped and counted, lines stay",
        arguments: [
            "CHANGE MASTER TO MASTER_USE_GTID=slave_pos;",
            "CHANGE MASTER 'b' TO MASTER_LOG_FILE='x', MASTER_LOG_POS=4;",
            "CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='x', SOURCE_LOG_POS=4;",
            "change /* c */ master to master_host='h';",
            "SET GLOBAL gtid_slave_pos='0-1-19';", "SET GLOBAL\n  gtid_slave_pos='0-1-19';",
            "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'uuid:1-5';",
            "SET @@SESSION.SQL_LOG_BIN= 0;", "SET SQL_LOG_BIN=0;",
            "SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;",
            "/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=OFF */;", "START SLAVE;",
            "STOP ALL SLAVES;", "RESET MASTER;", "SHUTDOWN;", "KILL 5;",
            "INSTALL PLUGIN x SONAME 'x.so';", "INSTALL SONAME 'x';", "SET x=1, GLOBAL y=2;",
            "PURGE BINARY LOGS TO 'x';",
        ])
    func drops(statement: String) {
        let (text, filter) = filtered("SELECT 1;\n\(statement)\nSELECT 2;\n")
        #expect(filter.droppedCount == 1)
        #expect(filter.dropped.first?.statement == statement)
        let lines = String(repeating: "\n", count: statement.filter { $0 == "\n" }.count)
        #expect(text == "SELECT 1;\n\(lines)\nSELECT 2;\n")
    }

    @Test(
        "the data passes unchanged, whatever stands in strings, bodies and comments",
        arguments: [
            "INSERT INTO `t` VALUES ('a\nCHANGE MASTER TO x;\n'),('it''s \\'; START SLAVE;');\n",
            "-- CHANGE MASTER TO MASTER_LOG_FILE='x', MASTER_LOG_POS=4;\n",
            "DELIMITER ;;\nCREATE PROCEDURE p()\nBEGIN\nSTART SLAVE;\nSET GLOBAL x=1;\nEND ;;\n"
                + "DELIMITER ;\nSELECT 1;\n",
            "/*!50003 CREATE*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @a=1 */;\n",
            "SET ROLE r;\nSET @a=@@GLOBAL.x;\nSET NAMES utf8mb4;\nCHANGE x;\n"
                + "CREATE TABLE t(a int);\n",
            "/* a ; b ' */ SELECT 1; # it's\nSELECT `a``b;` FROM t -- it's ;\n;\n", "",
            "SELECT 'no end", "\n\n",
        ])
    func passes(dump: String) {
        for piece in [1, 7, 64, 700, Int.max] {
            let (text, filter) = filtered(dump, piece: piece)
            #expect(text == dump)
            #expect(filter.droppedCount == 0)
        }
    }

    @Test("NO_DIR_IN_CREATE comes back before a table is made, once for each change of the mode")
    func directories() {
        let forbid = "SET SESSION sql_mode=CONCAT(@@sql_mode,',NO_DIR_IN_CREATE');"
        let (text, _) = filtered(
            """
            /*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
            CREATE TABLE a(x int);
            CREATE OR REPLACE TABLE b(x int);
            /*!50003 SET sql_mode = 'ANSI_QUOTES' */ ;
            DELIMITER //
            CREATE PROCEDURE p() SELECT 1//
            /*!50100 ALTER TABLE b PARTITION BY HASH(x) */ //
            """)
        #expect(
            text == """
                /*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
                \(forbid) CREATE TABLE a(x int);
                CREATE OR REPLACE TABLE b(x int);
                /*!50003 SET sql_mode = 'ANSI_QUOTES' */ ;
                DELIMITER //
                CREATE PROCEDURE p() SELECT 1//
                \(forbid.dropLast())// /*!50100 ALTER TABLE b PARTITION BY HASH(x) */ //
                """)
    }

    @Test("a backslash ends no string's escape while NO_BACKSLASH_ESCAPES is set")
    func noBackslashEscapes() {
        let (_, filter) = filtered(
            "SET sql_mode='NO_BACKSLASH_ESCAPES';\nSELECT 'a\\';\nSTART SLAVE;\n"
                + "SET sql_mode=@saved_sql_mode;\nSELECT 'a\\'; STOP SLAVE;';\nRESET SLAVE;\n")
        #expect(filter.dropped.map(\.statement) == ["START SLAVE;", "RESET SLAVE;"])
    }

    @Test("the end of a dump tells whether it is whole")
    func completion() {
        let title = "-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB\n"
        let save = "/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;\n"
        let restore = "/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n"
        func of(_ text: String) -> DumpNotes.Completion { filtered(text).1.notes.completion }
        #expect(of(title + "SELECT 1;\n-- Dump completed on 2026-01-01\n") == .complete)
        #expect(of(title + "SELECT 1;\n") == .truncated)
        #expect(of(title + "-- Dump completed\nSELECT 1;\n") == .truncated)
        #expect(of(save + "SELECT 1;\n" + restore) == .complete)
        #expect(of(save) == .truncated)
        #expect(of(save + restore + "SELECT 1;\n") == .truncated)
        #expect(of("CREATE TABLE a(x int);\n") == .unknown)
        #expect(of("CREATE TABLE a(x int)") == .truncated)
        #expect(filtered(title + title).1.notes.headers == 2)
    }
}
