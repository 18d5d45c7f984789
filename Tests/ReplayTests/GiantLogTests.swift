import Binlog
import BinlogFiles
import Foundation
import Recovery
import Replay
import Server
import SystemPackage
import TestSupport
import Testing

/// Logs too large for the fixtures: a transaction beyond 4 GiB, where positions in the log wrap,
/// and an event beyond 1 GiB. Tables of BLACKHOLE make them without room of their own.
///
/// `make soak` runs them: each takes 7 GB of disk and a minute or two.
@Suite(
    "giant logs", .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["LASTGOOD_GIANT"] != nil,
        "7 GB of disk and minutes: make soak, or LASTGOOD_GIANT=1"))
struct GiantLogTests {
    private static let options = [
        "--plugin-load-add=ha_blackhole", "--max-allowed-packet=1G", "--binlog-cache-size=64M",
        "--max-binlog-cache-size=18446744073709547520", "--max-binlog-size=1G",
    ]

    @Test(
        "a transaction beyond 4 GiB and an event beyond 1 GiB",
        arguments: ["mariadb-10.5", "mariadb-11.8"].filter(OtherServers.has))
    func giant(version: String) async throws {
        let folder = try TestFolder("program")
        let program = try OtherServers.writeProgram(version, in: folder)
        let source = try await SourceServer(Self.options, program: program)
        try source.run(
            "CREATE DATABASE d", "USE d",
            "CREATE TABLE b (id INT PRIMARY KEY, x LONGBLOB, y LONGBLOB) ENGINE=BLACKHOLE",
            "CREATE TABLE i (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
            "INSERT INTO i (v) VALUES (1)", "BEGIN",
            "INSERT INTO b SELECT seq, REPEAT('x', 16 << 20), NULL FROM seq_1_to_290",
            "INSERT INTO i (v) VALUES (2)", "COMMIT", "INSERT INTO i (v) VALUES (3)",
            "UPDATE i SET v = v * 10", "FLUSH BINARY LOGS")
        let wanted = try source.connect().query("SELECT * FROM d.i")
        try source.run(
            "INSERT INTO d.b VALUES (1, REPEAT('y', 700 << 20), REPEAT('z', 700 << 20))")
        try await source.stop()
        let logs = try LogSet.find([FilePath(source.logFolder)])

        let sizes = try Self.sizes(logs)
        #expect(sizes.transaction > 4 << 30)
        #expect(sizes.event > 1 << 30)
        #expect(sizes.rows == 290 + 1)
        // The event is as the server wrote it, and no server takes it: the replay ends before it.
        for mode in [ReplayMode.exact, .folded] {
            let target = try await SourceServer(
                Self.options + ["--skip-log-bin"], program: program, serverID: 2)
            try Replaying.replay(
                logs, onto: target,
                to: .before(.transaction(try #require(sizes.last))), mode: mode)
            #expect(try target.connect().query("SELECT * FROM d.i") == wanted, "\(mode)")
        }
    }

    private struct Sizes {
        var transaction: UInt64 = 0
        var event = 0
        /// Of the table of BLACKHOLE.
        var rows = 0
        var last: BinlogPosition?
    }

    private static func sizes(_ logs: LogSet) throws -> Sizes {
        var sizes = Sizes()
        for file in logs.files {
            var reader = try LogReader(file)
            var registry = TableMapRegistry()
            while try reader.advance() {
                let event = reader.event
                sizes.event = max(sizes.event, event.bytes.byteCount)
                if event.type == .tableMap { try registry.record(event) }
                if event.type.isRows {
                    let rows = try RowsEvent(event)
                    let map = registry[try registry.table(of: rows)]
                    if map.table == "b" { sizes.rows += try map.countRows(in: rows) }
                    if rows.endsStatement { registry.endStatement() }
                }
                guard reader.step == .ends || reader.step == .whole else { continue }
                sizes.transaction = max(sizes.transaction, reader.transaction.sizeBytes)
                sizes.last = BinlogPosition(
                    file: file.name, offset: reader.transaction.beginOffset)
            }
        }
        return sizes
    }
}
