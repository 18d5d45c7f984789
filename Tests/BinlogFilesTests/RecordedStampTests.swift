import Binlog
import BinlogFiles
import Server
import SystemPackage
import TestSupport
import Testing

/// The times and GTIDs of recorded logs, against what the servers' tools print.
@Suite("recorded stamps") struct RecordedStampTests {
    @Test(
        "each event has the time, and each transaction the GTID, that its server's tool prints",
        .enabled(if: OtherServers.has(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"),
        arguments: try RecordedCase.all().filter { !$0.name.hasPrefix("encrypted") })
    func stamps(recorded: RecordedCase) async throws {
        for file in try recorded.logs().files {
            let printed = try await PrintedStamps(file, isMySQL: recorded.server.hasPrefix("mysql"))
            var gtids: [String] = []
            var count = 0
            var reader = try LogReader(file)
            while try reader.advance() {
                let event = reader.event
                // What stands in a payload has the payload's place.
                if event.isUnpacked, !event.header.type.isCompressed { continue }
                // mysqlbinlog says nothing of it without -vv, with which it stops at geometry.
                if event.type == .rowsQuery { continue }
                count += 1
                let expected = printed.timestamps[event.endOffset]
                #expect(event.header.timestamp == expected, "\(file.name):\(event.offset)")
                switch event.type {
                case .gtid: gtids.append("\(try GTIDEvent(event).gtid)")
                case .mysqlGTID, .taggedGTID, .anonymousGTID:
                    gtids.append(try MySQLGTIDEvent(event).gtid?.description ?? "ANONYMOUS")
                default: break
                }
            }
            #expect(count == printed.timestamps.count)
            #expect(gtids == printed.gtids)
        }
    }
}

/// What mariadb-binlog or mysqlbinlog prints of a log.
private struct PrintedStamps {
    /// In seconds since 1970, by the ends of the events.
    var timestamps: [UInt64: UInt32] = [:]
    var gtids: [String] = []

    init(_ file: LogFile, isMySQL: Bool) async throws {
        let tool = isMySQL ? "Tests/servers.sh run mysql-9.7 mysqlbinlog" : "mariadb-binlog"
        let script = """
            cd "$1"; export TZ=UTC; \(tool) --no-defaults "$2" 2>/dev/null |
            grep -aE '^(# at [0-9]+$|#[0-9]{6} |SET @@SESSION.GTID_NEXT)'
            """
        let outcome = try await ChildProgram(
            "/bin/sh", ["-c", script, "sh", Lastgood.root, file.path.string]
        ).run()
        var begins: [UInt64] = []
        var headers: [Substring] = []
        for line in outcome.outputText.split(separator: "\n") {
            if line.hasPrefix("# at ") {
                if let begin = UInt64(line.dropFirst(5)) { begins.append(begin) }
            } else if line.hasPrefix("SET ") {
                let parts = line.split(separator: "'")
                if parts.count > 1, parts[1] != "AUTOMATIC" { gtids.append(String(parts[1])) }
            } else {
                headers.append(line)
                if let gtid = Self.mariadbGTID(line) { gtids.append(gtid) }
            }
        }
        // Within a transaction MariaDB tells no end from 11.8 on, MySQL always.
        let ends = isMySQL ? headers.map(Self.end) : begins.dropFirst() + [file.sizeBytes]
        try #require(ends.count == headers.count)
        // The first of an end is the payload, what it holds has the same.
        for (end, line) in zip(ends, headers) where timestamps[end] == nil {
            timestamps[end] = try Self.seconds(line)
        }
    }

    private static func end(_ line: Substring) -> UInt64 {
        let words = line.split(separator: " ")
        let place = words.firstIndex(of: "end_log_pos").map { $0 + 1 } ?? words.endIndex
        return words.indices.contains(place) ? UInt64(words[place]) ?? 0 : 0
    }

    /// Reads `#261122 19:26:48 server id …`.
    private static func seconds(_ line: Substring) throws -> UInt32 {
        let words = line.dropFirst().split(separator: " ", maxSplits: 2)
        let date = Array(words[0].compactMap(\.wholeNumberValue))
        let time = words[1].split(separator: ":").compactMap { UInt32($0) }
        try #require(date.count == 6 && time.count == 3)
        let (year, month) = (2000 + date[0] * 10 + date[1], date[2] * 10 + date[3])
        let isLeap = year % 4 == 0
        let months = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        // From 1970 on every fourth year has a day more, 2000 too.
        let days =
            (year - 1970) * 365 + (year - 1969) / 4 + months.prefix(month - 1).reduce(0, +)
            + date[4] * 10 + date[5] - 1
        guard year < 2070 else { return 0 }
        return UInt32(days) * 86400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    private static func mariadbGTID(_ line: Substring) -> String? {
        let parts = line.split(separator: "\t", maxSplits: 1)
        guard parts.count == 2, parts[1].hasPrefix("GTID ") else { return nil }
        return parts[1].split(separator: " ").dropFirst().first.map(String.init)
    }
}
