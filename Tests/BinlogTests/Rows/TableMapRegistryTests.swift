import Binlog
import Testing

@Suite("the life of table maps")
struct TableMapRegistryTests {
    private func record(_ registry: inout TableMapRegistry, id: UInt8, metadata: [UInt8] = [])
        throws
    {
        try SampleEvents.withEvent(
            .tableMap, SampleEvents.tableMap(id: id, metadata: metadata)
        ) { event in _ = try registry.record(event) }
    }

    private func table(_ registry: TableMapRegistry, id: UInt8) throws -> TableMap {
        try SampleEvents.withEvent(
            .writeRowsV1, SampleEvents.rows(.insert, rowCount: 1, id: id)
        ) { event in
            let rows = try RowsEvent(event)
            return registry[try registry.table(of: rows)]
        }
    }

    @Test("a map holds until its statement ends, and again once it is recorded again")
    func lifetime() throws {
        var registry = TableMapRegistry()
        try record(&registry, id: 7)
        try record(&registry, id: 8)
        #expect(try table(registry, id: 7).table == "u")
        #expect(try table(registry, id: 8).tableID == 8)
        registry.endStatement()
        #expect(registry.map(for: 7) == nil)
        #expect(throws: BinlogError.self) { try table(registry, id: 7) }
        try record(&registry, id: 7)
        #expect(try table(registry, id: 7).tableID == 7)
        #expect(throws: BinlogError.self) { try table(registry, id: 8) }
    }

    @Test("a map of the same id with other bytes takes the place of the one before")
    func changedMap() throws {
        var registry = TableMapRegistry()
        try record(&registry, id: 7)
        registry.endStatement()
        try record(&registry, id: 7, metadata: SampleEvents.metadata)
        #expect(try table(registry, id: 7).metadata.names.first == "a")
        try record(&registry, id: 7)
        #expect(try table(registry, id: 7).metadata.names.isEmpty)
    }

    @Test("the event that only ends a statement has no table")
    func dummy() throws {
        for id: [UInt8] in [[255, 255, 255, 0, 0, 0], [255, 255, 255, 255, 255, 255]] {
            let body = id + [1, 0] + [1, 1]
            try SampleEvents.withEvent(.writeRowsV1, body) { event in
                let rows = try RowsEvent(event)
                let (isDummy, endsStatement) = (rows.isDummy, rows.endsStatement)
                #expect(isDummy && endsStatement)
            }
        }
    }
}
