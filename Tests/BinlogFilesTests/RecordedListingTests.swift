import Binlog
import BinlogFiles
import Foundation
import SystemPackage
import TestSupport
import Testing

/// Every recorded case, event by event, against what its own server lists.
@Suite("recorded logs") struct RecordedListingTests {
    @Test("each event stands where its server lists it", arguments: try RecordedCase.all())
    func events(recorded: RecordedCase) throws {
        let logs = try recorded.logs()
        var listed = ArraySlice(try recorded.lines("events.tsv"))
        for file in logs.files {
            var reader = try LogReader(file)
            while try reader.advance() {
                let event = reader.event
                // The server wrote it when it ended, behind the listing.
                if event.type == .stop, file == logs.files.last { continue }
                var (begin, end) = (event.offset, UInt64(event.header.endPosition))
                if event.isUnpacked, !event.header.type.isCompressed {
                    // So the server lists what stands in a payload.
                    (begin, end) = (event.endOffset, event.endOffset)
                }
                let line = [
                    file.name, "\(begin)", "\(event.header.type)",
                    "\(event.header.serverID)", "\(end)",
                ].joined(separator: "\t")
                #expect(listed.popFirst() == line)
            }
            #expect(reader.end?.reason == nil || file == logs.files.last)
        }
        #expect(listed.isEmpty)
    }

    @Test(
        "each statement has as many rows as its server's own tool prints", arguments: try listable()
    )
    func rows(recorded: RecordedCase) throws {
        let logs = try recorded.logs()
        var statements: [EventListing.Rows] = []
        for file in logs.files { statements += try EventListing.read(file).statements }
        let printed = EventListing(printed: try recorded.lines("listing.txt"))
        #expect(statements == printed.statements)
    }

    @Test(
        "each value is what its server's own tool prints, where that is exact",
        arguments: try listable())
    func values(recorded: RecordedCase) throws {
        let read = try recorded.logs().files.flatMap { try PrintedValue.all(in: $0) }
        let printed = PrintedValue.all(printed: try recorded.lines("listing.txt"))
        #expect(read.count == printed.count)
        for (value, other) in zip(read, printed) where !value.agrees(with: other) {
            Issue.record("read \(value), printed \(other)")
        }
    }

    /// mariadb-binlog reads no encrypted log, and stops at temporal columns from before 5.6,
    /// mysqlbinlog at geometry.
    static func listable() throws -> [RecordedCase] {
        try RecordedCase.all().filter {
            !$0.name.hasPrefix("encrypted") && $0.name != "old_temporal"
                && $0.name != "mysql_geometry"
        }
    }
}
