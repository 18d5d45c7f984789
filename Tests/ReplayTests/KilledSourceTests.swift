import Binlog
import BinlogFiles
import Dispatch
import Foundation
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

    @Test(
        "a transaction that its server died in never happened, wherever its log ends",
        arguments: ["ROW", "STATEMENT"])
    func tornTransaction(_ format: String) async throws {
        let source = try await SourceServer(["--binlog-format=\(format)"])
        let other = try source.connect()
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(2000))",
            "CREATE TABLE d.k (id INT)", "INSERT INTO d.t VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO d.k VALUES (1)")
        if format == "STATEMENT" { try other.execute("CREATE TEMPORARY TABLE d.x (id INT)") }
        try source.run(
            "BEGIN", "SET @a=7, @b='x'", "INSERT INTO d.t VALUES (101, REPEAT('x', 1500))",
            "UPDATE d.t SET v='torn' WHERE id<3", "INSERT INTO d.k VALUES (101)",
            "INSERT INTO d.t VALUES (100+@a, @b)", "DELETE FROM d.k WHERE id=1", "COMMIT")
        let (path, whole, cuts) = try await Self.kill(source)
        #expect(cuts.count > 12)
        try whole.prefix(cuts[0]).write(to: URL(filePath: path))
        try await source.start()
        try source.run(
            "SET sql_log_bin=0", "DELETE FROM d.t WHERE id>100", "DELETE FROM d.k",
            "UPDATE d.t SET v=IF(id=1,'a','b')", "INSERT INTO d.k VALUES (1)",
            "SET sql_log_bin=1", "INSERT INTO d.t VALUES (3, 'c'), (4, 'd')",
            "UPDATE d.t SET v='later' WHERE id=1", "INSERT INTO d.k VALUES (2)")
        let expected = try ServerState(source)
        try await source.stop()
        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        for cut in cuts {
            try whole.prefix(cut).write(to: URL(filePath: path))
            let logs = try LogSet.find([FilePath(source.logFolder)])
            for mode in ReplayMode.allCases {
                try Replaying.replay(logs, onto: target, mode: mode)
                try ServerState(target).expect(expected, "\(format) cut at \(cut), \(mode)")
                try target.run("DROP DATABASE d")
            }
        }
        try await target.stop()
    }

    @Test(
        "what it did to tables that cannot roll back stays, as on the source",
        arguments: ["ROW", "STATEMENT"])
    func tornStatement(_ format: String) async throws {
        let source = try await SourceServer(["--binlog-format=\(format)"])
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.m (id INT) ENGINE=MyISAM",
            "INSERT INTO d.m VALUES (1)", "INSERT INTO d.m VALUES (2), (3)")
        let (path, whole, cuts) = try await Self.kill(source)
        // Behind the rows or the text, before the COMMIT.
        let cut = try #require(cuts.dropLast().last)
        try whole.prefix(cut).write(to: URL(filePath: path))
        try await source.start()
        try source.run("INSERT INTO d.m VALUES (4)")
        let expected = try ServerState(source)
        try await source.stop()
        for mode in ReplayMode.allCases {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            let logs = try LogSet.find([FilePath(source.logFolder)])
            try Replaying.replay(logs, onto: target, mode: mode)
            try ServerState(target).expect(expected, "\(format), \(mode)")
            try await target.stop()
        }
    }

    /// Kills the server; gives its first log, and where that can be cut.
    private static func kill(
        _ source: SourceServer
    ) async throws -> (path: String, whole: Data, cuts: [Int]) {
        let process = try #require(source.process)
        process.signal(SIGKILL)
        #expect(await process.waitForEnd(seconds: 60))
        let path = source.logFolder + "/bin.000001"
        return (
            path, try Data(contentsOf: URL(filePath: path)), try cuts(ofLastTransactionIn: path)
        )
    }

    /// Behind each event of the last transaction but its end, and in the middle of each.
    private static func cuts(ofLastTransactionIn path: String) throws -> [Int] {
        var reader = try LogReader(path: FilePath(path))
        var cuts: [Int] = []
        while try reader.advance() {
            if reader.step == .begins { cuts = [] }
            guard reader.step != .outside else { continue }
            let (begin, end) = (Int(reader.event.offset), Int(reader.event.endOffset))
            if reader.step != .begins { cuts.append((begin + end) / 2) }
            if reader.step != .ends, reader.step != .whole { cuts.append(end) }
        }
        return cuts
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
