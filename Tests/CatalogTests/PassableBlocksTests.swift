import Binlog
import BinlogFiles
import Foundation
import Recovery
import TestSupport
import Testing

@testable import Catalog

/// Which blocks a stop point that is a statement passes over.
struct PassableBlocksTests {
    /// One block each, and a last one, which is always read.
    private static let texts = [
        "DELETE FROM a WHERE id = 1", "update `d`.`t` set a = 1", "INSERT INTO t VALUES (1)",
        "/*!50003 DELETE FROM b */", "DROP TABLE gone", "INSERT INTO t VALUES (2)", "COMMIT",
    ]

    /// A log in which each text stands beside the rows of a block of its own; of DROP alone.
    private static func log(_ flavor: FormatDescription.Flavor) -> MadeLog {
        var log = MadeLog.sample(flavor, .crc32)
        log.events.removeSubrange(2...)
        for (index, text) in texts.enumerated() {
            let number = UInt64(index + 1)
            let isDefinition = text.hasPrefix("DROP")
            log.events.append(
                .gtid(number, flavor, flags: isDefinition ? [.standalone, .ddl] : .transactional))
            guard !isDefinition else {
                let padding = String(repeating: "x", count: 1 << 20)
                log.events.append(.query(text + " /*\(padding)*/", flavor))
                continue
            }
            if flavor == .mysql { log.events.append(.query("BEGIN", flavor)) }
            log.events.append(
                flavor == .mariadb
                    ? MadeLog.Event(.annotateRows, Array(text.utf8))
                    : MadeLog.Event(.rowsQuery, [UInt8(text.utf8.count)] + Array(text.utf8)))
            log.events += [
                .tableMap, .insert([UInt32](repeating: 7, count: 220_000), flavor),
                MadeLog.Event(.xid, EventBody.xid(number)),
            ]
        }
        return log
    }

    @Test(
        "a block is passed over where none of its statements can be the one that is typed",
        arguments: [FormatDescription.Flavor.mariadb, .mysql])
    func passed(_ flavor: FormatDescription.Flavor) async throws {
        let logs = try IndexedLogs()
        try logs.write(Data(Self.log(flavor).bytes))
        try await logs.index()
        let entry = try #require(try logs.entry())
        let begins = entry.facts.blocks.map(\.range.lowerBound)
        try #require(begins.count == Self.texts.count)
        let read: [String: Set<Int>] = [
            "DELETE FROM never": [3], "delete from `a`": [0, 3], "DELETE FROM x.a": [0, 3],
            "UPDATE t SET a = 2": [1, 3], "UPDATE a SET a = 2": [3],
            "insert into d.t values (1)": [2, 3, 5], "drop table never": [3, 4],
            "TRUNCATE TABLE t": [3], "SET STATEMENT x=1 FOR DELETE FROM a": Set(0...6),
            "/*! DELETE FROM a */": Set(0...6),
        ]
        for (typed, indices) in read {
            let pattern = try StatementPattern(typed)
            let passable = entry.blocks(behind: .before(.statement(typed)), saying: pattern.key)
            let passed = begins.indices.filter { passable.range(at: begins[$0]) != nil }
            #expect(Set(passed) == Set(0...5).subtracting(indices), "\(typed)")
        }
    }

    @Test("what cannot be understood is not passed over, though no search would have looked at it")
    func notUnderstood() async throws {
        var log = Self.log(.mariadb)
        let place = log.place(of: .query)
        log.events[place] = .query("DROP TABLE gone", .mariadb, status: [0xEE])
        let logs = try IndexedLogs()
        try logs.write(Data(log.bytes))
        let outcome = try #require(try await logs.index().first)
        #expect(outcome.faults.map(\.code) == [.unknownEvent])
        let entry = try #require(try logs.entry())
        #expect(entry.facts.endOffset == UInt64(log.offsets[place - 1]))
    }
}
