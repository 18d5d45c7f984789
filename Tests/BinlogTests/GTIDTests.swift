import Binlog
import Testing

@Suite("GTIDs and positions")
struct GTIDTests {
    @Test("a GTID reads back as it is written")
    func roundTrip() {
        let wanted = MariaDBGTID(domainID: 0, serverID: 1, sequence: 42)
        #expect(GTID("0-1-42") == .mariadb(wanted))
        #expect(
            GTID("4294967295-1-18446744073709551615")?.description
                == "4294967295-1-18446744073709551615")
    }

    @Test(
        "what is no GTID is nil",
        arguments: ["", "0-1", "0-1-2-3", "0--1", "a-1-2", "+0-1-2", "4294967296-1-1", "0-1-٣"])
    func notAGTID(text: String) { #expect(GTID(text) == nil) }

    @Test("a GTID position holds one GTID a domain, ordered by domain")
    func position() {
        #expect(GTIDPosition("1-2-7, 0-1-42")?.description == "0-1-42,1-2-7")
        #expect(GTIDPosition("0-1-1,0-2-2") == nil)
        #expect(GTIDPosition("")?.isEmpty == true)
    }

    @Test("a binlog position is split at its last colon")
    func binlogPosition() {
        #expect(BinlogPosition("a:b.000001:4711")?.file == "a:b.000001")
        #expect(BinlogPosition("bin.000001:") == nil)
        #expect(BinlogPosition(":4") == nil)
        #expect(BinlogPosition("bin.000001:-4") == nil)
    }
}
