import Binlog
import Testing

@Suite("values as text")
struct ValueTextTests {
    private func texts(metadata: [UInt8]) throws -> [String] {
        let body = SampleEvents.tableMap(metadata: metadata)
        let map = try SampleEvents.withEvent(.tableMap, body) { event in try TableMap(event) }
        return try SampleEvents.withEvent(
            .writeRowsV1, SampleEvents.rows(.insert, rowCount: 1)
        ) { event in
            let rows = try RowsEvent(event)
            var cursor = try RowCursor(rows, of: map)
            let hasRow = try cursor.next()
            #expect(hasRow)
            var values: [ColumnValue] = []
            try map.readAfter(cursor, of: rows, into: &values)
            var texts: [String] = []
            for index in values.indices {
                texts.append(map.text(of: values[index], column: index, in: rows.rows))
            }
            return texts
        }
    }

    @Test("values are exact, and what the log does not tell is not guessed")
    func withoutMetadata() throws {
        let texts = try texts(metadata: [])
        #expect(
            texts == [
                "1", "-9223372036854775806 (9223372036854775810)", "7.50", "b'0111111111'",
                "'01:02:03.100'", "'2026-02-02 03:04:05.000006'", "'1970-01-01 00:00:01' /* UTC */",
                "'ab'", "1", "'abc'", "x'FF00'", "2026", "1.0",
            ])
    }

    @Test("metadata brings signs and labels")
    func withMetadata() throws {
        let texts = try texts(metadata: SampleEvents.metadata)
        #expect(texts[0] == "1")
        #expect(texts[1] == "-9223372036854775806")
        #expect(texts[8] == "'x'")
        #expect(texts[10] == "x'FF00'")
    }
}
