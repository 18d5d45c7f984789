import BinlogFiles
import Dispatch
import Recovery
import Replay
import Server
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The logs of a source that was killed again and again while it wrote them.
@Suite("logs of a killed source") struct KilledSourceTests {
    @Test("five kills under load leave logs that end in the source's state")
    func fiveKills() async throws {
        let source = try await SourceServer(["--max-binlog-size=262144"])
        try source.run(
            "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, n INT, v VARCHAR(3000), KEY (n))",
            "CREATE TABLE d.sums (writer INT PRIMARY KEY, total BIGINT)",
            "INSERT INTO d.sums VALUES (0, 0), (1, 0), (2, 0)")
        for round in 0..<5 {
            let isDone = DispatchGroup()
            for writer in 0..<3 {
                isDone.enter()
                // A thread of its own: a connection blocks.
                DispatchQueue.global().async {
                    Self.write(writer, to: source)
                    isDone.leave()
                }
            }
            let process = try #require(source.process)
            try await Self.waitForRows(200 + 137 * round, on: source)
            process.signal(SIGKILL)
            #expect(await process.waitForEnd(seconds: 60))
            await withCheckedContinuation { continuation in
                isDone.notify(queue: .global()) { continuation.resume() }
            }
            try await source.start()
        }
        let expected = try ServerState(source)
        try await source.stop()
        let logs = try LogSet.find([FilePath(source.logFolder)])
        #expect(logs.files.count > 5)
        for mode in ReplayMode.allCases {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            try Replaying.replay(logs, onto: target, mode: mode)
            try ServerState(target).expect(expected, "\(mode)")
            try await target.stop()
        }
    }

    /// Waits until so many more rows have been written.
    private static func waitForRows(_ count: Int, on source: SourceServer) async throws {
        let query = "SELECT COUNT(*) FROM d.t"
        let before = try source.connect().value(query).flatMap { Int($0) } ?? 0
        for _ in 0..<10_000 {
            let now = try source.connect().value(query).flatMap { Int($0) } ?? 0
            if now >= before + count { return }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw TestFailure("nothing is written")
    }

    /// Transactions of two tables, until the server is gone.
    private static func write(_ writer: Int, to source: SourceServer) {
        do throws(ServerError) {
            let connection = try source.connect()
            for number in 0..<100_000 {
                try connection.execute(
                    "BEGIN; INSERT INTO d.t (n, v) "
                        + "VALUES (\(number), REPEAT('v', \(number % 2900)));"
                        + "UPDATE d.sums SET total = total + \(number) WHERE writer = \(writer);"
                        + "COMMIT")
            }
        } catch {
            // It was killed.
            return
        }
    }
}
