import Binlog
import TestSupport
import Testing

@Suite("MySQL GTIDs and sets of them")
struct MySQLGTIDTests {
    static let server = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
    static let other = "0a11fa47-71ca-11e1-9e33-c80aa9429562"

    @Test(
        "a GTID reads back as it is written",
        arguments: ["\(server):23", "\(server):reports:1", "\(server):_a9:9223372036854775806"])
    func roundTrip(text: String) { #expect(GTID(text)?.description == text) }

    @Test(
        "what is no GTID is nil",
        arguments: [
            server, "\(server):", "\(server):0", "\(server):1-2", "\(server):1:2",
            "\(server):9223372036854775807", "\(server):9tag:1", "\(server):t a g:",
            "\(server):tag", "3e11fa47-71ca-11e1-9e33-c80aa942956:1",
            "3e11fa4771ca11e19e33c80aa9429562:1", "+e11fa47-71ca-11e1-9e33-c80aa9429562:1",
            "\(server):\(String(repeating: "a", count: 33)):1",
        ])
    func notAGTID(text: String) { #expect(GTID(text) == nil) }

    @Test(
        "a set is written as the server writes it",
        arguments: [
            ("", ""), ("\(server):1-3:4", "\(server):1-4"),
            ("\(server):7:1-2,\(other):1", "\(other):1,\(server):1-2:7"),
            ("\(server):1,\n\(server):b:2:a:5:b:1", "\(server):1:a:5:b:1-2"),
            (server.uppercased() + ": 1 - 5 : 3-9", "\(server):1-9"),
        ])
    func canonical(text: String, wanted: String) {
        #expect(GTIDPosition(text)?.description == wanted)
    }

    @Test("a position holds GTIDs of one kind")
    func mixed() {
        #expect(GTIDPosition("0-1-2,\(Self.server):1") == nil)
        #expect(GTIDPosition("\(Self.server):1,0-1-2") == nil)
    }

    @Test("sets are what sets of numbers are")
    func random() throws {
        let seed = try TestSeed.read(for: "sets of GTIDs")
        var random = SplitMix64(seed: seed)
        let source = try #require(GTID("\(Self.server):1").flatMap(Self.source))
        for _ in 0..<500 {
            let (first, second) = (Self.numbers(&random), Self.numbers(&random))
            let sets = [first, second].map { numbers in
                var set = MySQLGTIDSet()
                for number in numbers { set.insert(MySQLGTID(source: source, number: number)) }
                return set
            }
            var union = sets[0]
            union.formUnion(sets[1])
            var rest = sets[0]
            rest.subtract(sets[1])
            for number in UInt64(1)...60 {
                let gtid = MySQLGTID(source: source, number: number)
                let isIn = (first.contains(number), second.contains(number))
                #expect(union.contains(gtid) == (isIn.0 || isIn.1))
                #expect(rest.contains(gtid) == (isIn.0 && !isIn.1))
            }
            #expect(
                sets[0].isSuperset(of: sets[1]) == Set(second).isSubset(of: Set(first)))
            #expect(MySQLGTIDSet(union.description) == union)
            #expect(rest.isEmpty == Set(first).isSubset(of: Set(second)))
        }
    }

    private static func source(_ gtid: GTID) -> MySQLGTID.Source? {
        if case .mysql(let gtid) = gtid { gtid.source } else { nil }
    }

    private static func numbers(_ random: inout SplitMix64) -> [UInt64] {
        (0..<random.within(0...40)).map { _ in UInt64(random.within(1...60)) }
    }
}
