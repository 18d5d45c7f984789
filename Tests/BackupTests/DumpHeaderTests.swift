import Binlog
import Recovery
import Testing

@testable import Backup

struct DumpHeaderTests {
    private func header(_ lines: String...) throws -> DumpHeader {
        try DumpHeader(text: lines.joined(separator: "\n"), path: "d.sql")
    }

    @Test("the head of a dump of 10.11 tells its program, server, database and position")
    func tenEleven() throws {
        let header = try header(
            "/*M!999999\\- enable the sandbox mode */ ",
            "-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)", "--",
            "-- Host: localhost    Database: shop", "-- Server version\t10.11.19-MariaDB-log", "",
            "/*!40101 SET NAMES utf8mb4 */;", "-- CHANGE MASTER TO MASTER_USE_GTID=slave_pos;",
            "-- CHANGE MASTER TO MASTER_LOG_FILE='bin.000001', MASTER_LOG_POS=3658;", "",
            "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop`;",
            "-- CHANGE MASTER TO MASTER_LOG_FILE='late', MASTER_LOG_POS=9;")
        #expect(header.serverVersion == "10.11.19-MariaDB-log")
        #expect(header.host == "localhost" && header.database == "shop")
        #expect(header.characterSet == "utf8mb4" && header.choosesDatabase && header.looksLikeDump)
        let position = try header.position(path: "d.sql")
        #expect(position.position == BinlogPosition("bin.000001:3658") && position.gtid == nil)
        #expect(position.origin == .own)
    }

    @Test("10.5 writes file and GTIDs at the head; they are one position")
    func tenFive() throws {
        let position = try header(
            "-- CHANGE MASTER TO MASTER_LOG_FILE='bin.000002', MASTER_LOG_POS=336;",
            "CHANGE MASTER TO MASTER_USE_GTID=slave_pos;",
            "SET GLOBAL gtid_slave_pos='0-1-3,7-2-5';"
        ).position(path: "d")
        #expect(position.position?.description == "bin.000002:336")
        #expect(position.gtid?.description == "0-1-3,7-2-5")
    }

    @Test("a replica's dump names its primary's log, and its own wins")
    func replica() throws {
        let primary = "-- CHANGE MASTER '' TO MASTER_LOG_FILE='prim.000007', MASTER_LOG_POS=4711;"
        let own = "CHANGE MASTER TO MASTER_LOG_FILE='bin.000002', MASTER_LOG_POS=373;"
        let replica = try header(primary).position(path: "d")
        #expect(replica.position?.description == "prim.000007:4711" && replica.origin == .primary)
        #expect(try header(primary, own).position(path: "d").position?.file == "bin.000002")
        let other = "-- CHANGE MASTER 'b' TO MASTER_LOG_FILE='other.000007', MASTER_LOG_POS=11;"
        #expect(throws: RecoveryError.self) { try header(primary, other).position(path: "d") }
    }

    @Test("a dump without a position is refused with a hint")
    func none() throws {
        let error = #expect(throws: RecoveryError.self) {
            try header("-- MariaDB dump 10.19").position(path: "d.sql")
        }
        #expect(error?.code == .backupWithoutPosition && error?.hint != nil)
    }

    @Test(
        "a position that cannot be is an error",
        arguments: [
            "CHANGE MASTER TO MASTER_LOG_FILE='../x', MASTER_LOG_POS=4;",
            "CHANGE MASTER TO MASTER_LOG_FILE='', MASTER_LOG_POS=4;",
            "CHANGE MASTER TO MASTER_LOG_FILE='b', MASTER_LOG_POS=99999999999999999999;",
            "CHANGE MASTER TO MASTER_LOG_FILE='b', MASTER_LOG_POS=3;",
            "SET GLOBAL gtid_slave_pos='0-1';", "SET GLOBAL gtid_slave_pos='0-1-2,0-1-3';",
        ])
    func hostile(line: String) {
        let error = #expect(throws: RecoveryError.self) { try header(line) }
        #expect(error?.code == .backupCorrupt)
    }

    @Test("mysqldump's replication source and purged GTIDs are recognised")
    func mysql() throws {
        let header = try header(
            "-- MySQL dump 10.13  Distrib 8.4.0, for Linux (x86_64)",
            "SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;",
            "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,",
            "4e11fa47-71ca-11e1-9e33-c80aa9429562:1-7';",
            "-- CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='binlog.000003', SOURCE_LOG_POS=157;")
        #expect(try header.position(path: "d").position?.description == "binlog.000003:157")
        #expect(
            header.mysqlGTIDSet
                == "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,"
                + "4e11fa47-71ca-11e1-9e33-c80aa9429562:1-7")
    }
}
