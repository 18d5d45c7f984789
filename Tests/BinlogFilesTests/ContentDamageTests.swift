import Binlog
import BinlogFiles
import TestSupport
import Testing

/// Events whose frames are right, and what they hold or where they stand is not.
@Suite("damaged contents") struct ContentDamageTests {
    let reading: MadeLogReading

    init() throws { reading = try MadeLogReading() }

    // MARK: The file's begin

    @Test("what does not begin as a binary log does", arguments: MadeLogKind.all)
    func magic(kind: MadeLogKind) throws {
        var bytes = kind.log.bytes
        bytes[0] = 0xFF
        try reading.expect(bytes, .notABinaryLog, at: 0)
        // MySQL's, encrypted as a whole.
        bytes[0] = 0xFD
        try reading.expect(bytes, .unsupportedEvent, at: 0)
    }

    @Test("a format description of another format, or none", arguments: MadeLogKind.all)
    func formats(kind: MadeLogKind) throws {
        func expect(
            _ code: BinlogError.Code, version: UInt16 = 4, server: String = "11.8.6-MariaDB",
            headerBytes: UInt8 = 19, types: Int = 171, sumByte: UInt8? = nil
        ) throws {
            var log = kind.log
            log.events[0].body = EventBody.formatDescription(
                version: version, serverVersion: server, created: 0, headerBytes: headerBytes,
                postHeaderLengths: [UInt8](repeating: 0, count: types), checksum: kind.checksum)
            if let sumByte { log.events[0].body[log.events[0].body.count - 1] = sumByte }
            try reading.expect(log.bytes, code, at: 4)
        }
        try expect(.unsupportedEvent, version: 3)
        try expect(.unsupportedEvent, version: 5)
        try expect(.unsupportedEvent, headerBytes: 27)
        try expect(.corrupt, sumByte: 2)
        // Servers from before checksums knew fewer types: the version is a wrong one.
        try expect(.corrupt, server: "5.1.73-log")
        var log = kind.log
        log.events[0].body.removeLast(log.events[0].body.count - 30)
        try reading.expect(log.bytes, .corrupt, at: 4)
        log.events[0] = MadeLog.Event(.startV3, [3, 0])
        try reading.expect(log.bytes, .unsupportedEvent, at: 4)
    }

    // MARK: Transactions

    @Test("a transaction without its begin, its end, or a table map", arguments: MadeLogKind.all)
    func transactions(kind: MadeLogKind) throws {
        var log = kind.log
        let xid = log.place(of: .xid)
        log.events.remove(at: xid)
        try reading.expect(log.bytes, .corrupt, at: log.offset(of: .rotate))
        log.events[xid] = .gtid(3, kind.flavor, flags: [.standalone])
        try reading.expect(log.bytes, .corrupt, at: log.offsets[xid])

        log = kind.log
        log.events.insert(log.events[xid], at: xid)
        try reading.expect(log.bytes, .corrupt, at: log.offsets[xid + 1])

        log = kind.log
        let map = log.place(of: .tableMap)
        log.events.remove(at: map)
        try reading.expect(log.bytes, .missingTableMap, at: log.offsets[map])
    }

    @Test("the map of a statement does not serve the next one", arguments: MadeLogKind.all)
    func mapOfAnotherStatement(kind: MadeLogKind) throws {
        var log = kind.log
        let xid = log.place(of: .xid)
        var next = [MadeLog.Event.gtid(3, kind.flavor, flags: .transactional)]
        if kind.flavor == .mysql { next.append(.query("BEGIN", kind.flavor)) }
        next += [.insert([9], kind.flavor), log.events[xid]]
        log.events.insert(contentsOf: next, at: xid + 1)
        try reading.expect(log.bytes, .missingTableMap, at: log.offsets[xid + next.count - 1])
    }

    // MARK: Fields

    @Test("a status variable of a newer server", arguments: MadeLogKind.all)
    func statusVariable(kind: MadeLogKind) throws {
        var log = kind.log
        let place = log.place(of: .query)
        var status = StatusVariables()
        status.flags2 = 0
        status.sqlMode = 0
        let known = status.bytes([.init(0), .init(1)], kind.flavor)
        log.events[place] = .query("CREATE TABLE t (a INT)", kind.flavor, status: known)
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
        log.events[place] = .query(
            "CREATE TABLE t (a INT)", kind.flavor, status: known + [200, 0])
        let head = EventHeader.sizeBytes + 13
        try reading.expect(
            log.bytes, .unknownEvent, at: log.offsets[place] + head + known.count)
        // It ends inside a variable.
        log.events[place] = .query(
            "CREATE TABLE t (a INT)", kind.flavor, status: Array(known.dropLast()))
        let begun = log.offsets[place] + head + 6
        try reading.expect(log.bytes, .corrupt, at: begun)
    }

    @Test("a Gtid of MariaDB with flags of a newer server")
    func gtidFlags() throws {
        var log = MadeLog.sample(.mariadb, .crc32)
        let place = log.place(of: .gtid)
        func gtid(_ extra: UInt8, _ more: [UInt8]) -> MadeLog.Event {
            let fixed = EventBody.gtid(
                MariaDBGTID(domainID: 0, serverID: 1, sequence: 1), flags: .standalone)
            return MadeLog.Event(.gtid, Array(fixed.prefix(13)) + [extra] + more)
        }
        log.events[place] = gtid(GTIDEvent.ExtraFlags.threadID.rawValue, [5, 0, 0, 0])
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
        log.events[place] = gtid(0x20, [0, 0, 0, 0, 0])
        try reading.expect(log.bytes, .unsupportedEvent, at: log.offsets[place])
        // What a flag announces is not there.
        log.events[place] = gtid(GTIDEvent.ExtraFlags.threadID.rawValue, [5])
        try reading.expect(log.bytes, .corrupt, at: log.offsets[place] + 33)
    }

    @Test("a GTID of MySQL that no server gives, or with fields of a newer one")
    func mysqlGTID() throws {
        var log = MadeLog.sample(.mysql, .crc32)
        let place = log.place(of: .mysqlGTID)
        let gtid = try #require(MySQLGTID("3e11fa47-71ca-11e1-9e33-c80aa9429562:tag:1"))
        func tagged(_ more: [EventBody.TaggedField], lastNeeded: UInt64) -> MadeLog.Event {
            MadeLog.Event(
                .taggedGTID,
                EventBody.taggedGTID(
                    gtid, commitMicroseconds: nil, lastNeeded: lastNeeded,
                    fields: [.init(1), .init(2), .init(3)] + more))
        }
        log.events[place] = tagged([.init(40, 7)], lastNeeded: 4)
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
        log.events[place] = tagged([.init(40, 7)], lastNeeded: 40)
        try reading.expect(
            log.bytes, .unsupportedEvent, at: log.offsets[place + 1] - 4 - 1)
        log.events[place].body[0] = 2 << 1
        try reading.expect(log.bytes, .unsupportedEvent, at: log.offsets[place] + 19)
        log.events[place] = MadeLog.Event(.mysqlGTID, [UInt8](repeating: 0, count: 25))
        try reading.expect(log.bytes, .corrupt, at: log.offsets[place])
    }

    @Test("lists of GTIDs that do not fit their events", arguments: MadeLogKind.all)
    func lists(kind: MadeLogKind) throws {
        var log = kind.log
        switch kind.flavor {
        case .mariadb:
            log.events[1].body = EventBody.gtidList([.init(domainID: 0, serverID: 1, sequence: 1)])
            try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
            log.events[1].body[0] = 2
            try reading.expect(log.bytes, .corrupt, at: log.offsets[1])
        case .mysql:
            let executed = try #require(
                MySQLGTIDSet("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7"))
            log.events[1].body = EventBody.previousGTIDs(executed)
            try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
            // The first interval ends where it begins.
            log.events[1].body[40] = 1
            try reading.expect(log.bytes, .corrupt, at: log.offsets[1] + 19 + 48)
            log.events[1].body[7] = 9
            try reading.expect(log.bytes, .unsupportedEvent, at: log.offsets[1])
        }
    }

    @Test("an id and a user variable of no known kind", arguments: MadeLogKind.all)
    func variables(kind: MadeLogKind) throws {
        var log = kind.log
        let place = log.place(of: .tableMap)
        log.events.insert(MadeLog.Event(.intvar, EventBody.intvar(.insertID, 7)), at: place)
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
        log.events[place].body[0] = 3
        try reading.expect(log.bytes, .corrupt, at: log.offsets[place])
        let variable = try EventBody.userVar([0x61], .integer(7, isUnsigned: false))
        log.events[place] = MadeLog.Event(.userVar, variable)
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
        log.events[place].body[6] = 9
        try reading.expect(log.bytes, .corrupt, at: log.offsets[place])
    }

    @Test("a scheme of encryption that is not known")
    func encryptionScheme() throws {
        var log = MadeLog.sample(.mariadb, .crc32)
        let start = EventBody.startEncryption(
            keyVersion: 1, nonce: [UInt8](repeating: 7, count: 12))
        log.events.insert(MadeLog.Event(.startEncryption, start), at: 1)
        // A server that sends the log in plain marks it so.
        log.events[1].flags = .ignorable
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
        log.events[1].flags = []
        try reading.expect(log.bytes, .missingKey, at: log.offsets[2])
        log.events[1].body[0] = 2
        try reading.expect(log.bytes, .unsupportedEvent, at: log.offsets[1])
    }
}
