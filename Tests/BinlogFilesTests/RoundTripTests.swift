import Binlog
import BinlogFiles
import Foundation
import SystemPackage
import TestSupport
import Testing

/// Every recorded log, read and written again by the encoder: the same bytes.
///
/// What the reader decodes is all that the encoder has, but for `UnreadFields`: a value read
/// wrongly, or a field passed over, cannot come out as it went in.
@Suite("logs written again") struct RoundTripTests {
    /// The first difference, told by its event.
    private func expectSame(_ log: RewrittenLog, _ file: LogFile) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: file.path.string)))
        var offset = EventFramer.magic.count
        #expect(bytes.starts(with: EventFramer.magic))
        for event in log.events {
            let end = min(offset + event.bytes.count, bytes.count)
            guard Array(bytes[offset..<end]) == event.bytes else {
                let same = zip(bytes[offset..<end], event.bytes).prefix { $0 == $1 }.count
                Issue.record("\(file.name):\(offset), \(event.type): differs from byte \(same) on")
                return
            }
            offset = end
        }
        #expect(offset == bytes.count, "\(file.name): bytes behind the last event")
    }

    @Test("each recorded case comes out byte for byte", arguments: try RecordedCase.all())
    func recorded(_ recorded: RecordedCase) throws {
        for file in try recorded.logs().files {
            try expectSame(RewrittenLog(file, key: recorded.logKey()), file)
        }
    }

    @Test(
        "and so does each whole log of an old server",
        .enabled(if: OtherServers.has("mariadb-logs"), "no logs of old MariaDB servers here"),
        arguments: PublicLog.whole(in: "mariadb-logs"))
    func oldMariaDB(log: PublicLog) throws { try expectSame(log) }

    @Test(
        "and so does each whole log of an old MySQL server",
        .enabled(if: OtherServers.has("mysql-logs"), "no logs of old MySQL servers here"),
        arguments: PublicLog.whole(in: "mysql-logs"))
    func oldMySQL(log: PublicLog) throws { try expectSame(log) }

    private func expectSame(_ log: PublicLog) throws {
        var file = LogFile(path: FilePath(log.path), sizeBytes: 0)
        file.mayBeRelayLog = true
        try expectSame(RewrittenLog(file, key: nil), file)
    }

    @Test(
        "what the encoder takes over unread is these fields of so few bytes",
        .enabled(if: RecordedCase.wanted == nil, "LASTGOOD_CASE takes one case only"))
    func unread() throws {
        var unread = UnreadFields()
        var count = 0
        for recorded in try RecordedCase.all() {
            for file in try recorded.logs().files {
                let log = try RewrittenLog(file, key: recorded.logKey())
                unread.add(log.unread)
                count += log.bytes.count
            }
        }
        // Whether a stream comes out the same is a matter of the library's version.
        let zstd = unread.byteCounts[.zstdStream] ?? 0
        let fields = Set(unread.byteCounts.keys).subtracting([.zstdStream])
        #expect(fields == Self.unreadFields)
        #expect(unread.byteCounts.values.reduce(0, +) - zstd < count / 50)
    }

    private static let unreadFields: Set<UnreadFields.Field> = [
        .orderOfStatusVariables, .updatedDatabases, .skippedRewrite, .orderOfTableMetadata,
        .extraRowData, .collationOfUserNumber, .precisionOfUserDecimal, .engineCount,
        .flagsOfMySQLGTID, .logicalClock, .transactionLength, .serverVersions,
        .orderOfTaggedFields, .orderOfPayloadFields,
    ]

    static func shopLogs() throws -> [LogFile] {
        try LogSet.find([FilePath(Lastgood.root + "/Fixtures/shop/binlogs")]).files
    }

    @Test("and so does each log of the web shop", arguments: try shopLogs())
    func shop(file: LogFile) throws {
        try expectSame(RewrittenLog(file, key: nil), file)
    }
}

extension PublicLog {
    /// Those that have no fault.
    fileprivate static func whole(in folder: String) -> [PublicLog] {
        all(in: folder).filter { faults[$0.description] == nil }
    }
}
