import Binlog
import TestSupport
import Testing

@Suite("damaged table maps and rows")
struct HostileRowsTests {
    @Test("no mutation or truncation of a table map and its rows traps or takes much memory")
    func mutations() throws {
        let seed = try TestSeed.read(for: "mutations of rows")
        var random = SplitMix64(seed: seed)
        var read = 0
        var refused = 0
        for _ in 0..<6000 {
            let metadata = random.chance(50) ? SampleEvents.metadata : []
            var map = SampleEvents.tableMap(metadata: metadata)
            let operation = random.pick([RowOperation.insert, .update, .delete])
            var rows = SampleEvents.rows(operation, rowCount: random.below(4))
            if random.chance(60) { Self.damage(&map, &random) }
            if random.chance(60) { Self.damage(&rows, &random) }
            do {
                try SampleEvents.walk(map: map, rows: rows, operation)
                read += 1
            } catch let error as BinlogError {
                #expect(
                    error.code == .corrupt || error.code == .unsupportedEvent
                        || error.code == .missingTableMap)
                #expect(error.message.first?.isUppercase == false)
                refused += 1
            }
        }
        #expect(read > 500 && refused > 500, "\(read) read, \(refused) refused")
    }

    @Test("a table map or rows event cut at any length is refused, or is another whole one")
    func truncations() throws {
        let map = SampleEvents.tableMap(metadata: SampleEvents.metadata)
        let rows = SampleEvents.rows(.insert, rowCount: 1)
        try SampleEvents.walk(map: map, rows: rows, .insert)
        for length in 0..<rows.count {
            let cut = Array(rows.prefix(length))
            // Behind the bitmap stands an event of no rows: whole, as far as its own bytes tell.
            if length == 11 { continue }
            #expect(throws: BinlogError.self, "rows of \(length) bytes") {
                try SampleEvents.walk(map: map, rows: cut, .insert)
            }
        }
        let fixed = SampleEvents.tableMap(metadata: []).count
        for length in 0..<fixed {
            #expect(throws: BinlogError.self, "a map of \(length) bytes") {
                try SampleEvents.walk(map: Array(map.prefix(length)), rows: rows, .insert)
            }
        }
    }

    @Test("an event whose columns are not as many as its map's is corrupt")
    func otherColumnCount() {
        var rows = SampleEvents.rows(.insert, rowCount: 1)
        rows[8] += 1
        expectCode(.corrupt) {
            try SampleEvents.walk(map: SampleEvents.tableMap(), rows: rows, .insert)
        }
    }

    @Test("layouts kept for one event do not serve another with a column more")
    func keptLayouts() throws {
        var registry = TableMapRegistry()
        try SampleEvents.withEvent(.tableMap, SampleEvents.tableMap()) { event in
            _ = try registry.record(event)
        }
        var body = SampleEvents.rows(.insert, rowCount: 1)
        for isMore in [false, true] {
            if isMore { body[8] += 1 }
            let code: BinlogError.Code? = try SampleEvents.withEvent(.writeRowsV1, body) { event in
                let rows = try RowsEvent(event)
                let handle = try registry.table(of: rows)
                do throws(BinlogError) {
                    _ = try registry.countRows(in: rows, of: handle)
                    return nil
                } catch { return error.code }
            }
            #expect(code == (isMore ? .corrupt : nil))
        }
    }

    @Test("rows that hold no column but have bytes are corrupt")
    func rowsOfNothing() {
        var rows = SampleEvents.rows(.insert, rowCount: 1)
        rows[9] = 0
        rows[10] = 0
        expectCode(.corrupt) {
            try SampleEvents.walk(map: SampleEvents.tableMap(), rows: rows, .insert)
        }
    }

    @Test("a column type that is not known is refused by its number")
    func unknownType() {
        var map = SampleEvents.tableMap()
        map[8 + 3 + 3 + 1] = 99
        expectCode(.unsupportedEvent, containing: "type 99") {
            try SampleEvents.walk(map: map, rows: SampleEvents.rows(.insert, rowCount: 1), .insert)
        }
    }

    @Test("an optional field that is not known is recorded and passed over")
    func unknownField() throws {
        let body = SampleEvents.tableMap(metadata: [200, 2, 7, 7])
        try SampleEvents.withEvent(.tableMap, body) { event in
            let map = try TableMap(event)
            #expect(map.metadata.unknownFields == [200])
        }
    }

    private func expectCode(
        _ code: BinlogError.Code, containing text: String = "", _ body: () throws -> Void
    ) {
        do {
            try body()
            Issue.record("nothing was thrown")
        } catch {
            let error = error as? BinlogError
            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true || text.isEmpty)
        }
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        for _ in 0...random.below(3) {
            guard !bytes.isEmpty else { return }
            let place = random.below(bytes.count)
            switch random.below(5) {
            case 0: bytes[place] ^= 1 << UInt8(random.below(8))
            case 1: bytes[place] = UInt8(random.below(256))
            case 2: bytes[place] = random.pick([0, 0xFF, 0xFE, 0xFD, 0xFC, 0x80])
            case 3: bytes.removeSubrange(place...)
            default: bytes.insert(UInt8(random.below(256)), at: place)
            }
        }
    }
}
