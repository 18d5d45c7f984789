import Binlog
import Foundation
import Recovery
import Replay
import Server
import TestSupport
import Testing

/// What a log may hold that would reach out of the data.
@Suite("dangers in a log", .serialized)
struct LogDangerTests {
    @Test("a DATA DIRECTORY of the log makes no file outside the target's data directory")
    func dataDirectory() async throws {
        let folder = try TestFolder("outside")
        let outside = try folder.makeFolder("open")
        chmod(outside, 0o777)
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let target = try await SourceServer(serverID: 2)
        let elsewhere = "DATA DIRECTORY='\(outside)'"
        try source.run(
            "CREATE DATABASE d", "USE d", "CREATE TABLE i (a INT PRIMARY KEY) \(elsewhere)",
            "CREATE TABLE m (a INT) ENGINE=MyISAM \(elsewhere)",
            "SET sql_mode=''", "CREATE TABLE n (a INT PRIMARY KEY) \(elsewhere)",
            """
            CREATE TABLE p (a INT) PARTITION BY RANGE (a)
            (PARTITION p0 VALUES LESS THAN (9) \(elsewhere))
            """,
            "CREATE TABLE s \(elsewhere) AS SELECT 1 AS a", "INSERT INTO i VALUES (7)")
        let find = ChildProgram("find", [outside, "-type", "f"])
        let made = try await find.run().outputText.split(separator: "\n").count
        try #require(made >= 5)
        // The source's files go: whatever is there afterwards, the replay made.
        try await source.stop()
        try await ChildProgram("find", [outside, "-mindepth", "1", "-delete"]).run()
        try Replaying.replay(source, onto: target)
        #expect(try await find.run().outputText == "")
        let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema='d'"
        #expect(try target.connect().value(tables) == "5")
        #expect(try target.connect().value("SELECT a FROM d.i") == "7")
    }

    /// Statements that a server does not log, with a variable and its value where they change one.
    private static let foreign = [
        "SET GLOBAL max_connections=77", "SET @@GLOBAL.max_connections=77",
        "SET autocommit=1, @@global.max_connections=77", "INSTALL SONAME 'ha_blackhole'",
        "INSTALL PLUGIN blackhole SONAME 'ha_blackhole'", "UNINSTALL SONAME 'ha_blackhole'",
        "CREATE FUNCTION f RETURNS INTEGER SONAME 'x.so'", "SHUTDOWN", "KILL 1",
        "CHANGE MASTER TO MASTER_HOST='127.0.0.1'", "START SLAVE", "STOP SLAVE", "START ALL SLAVES",
        "PURGE BINARY LOGS TO 'bin.000009'", "RESET MASTER", "RESET SLAVE ALL",
    ]

    @Test("statements that do not belong to the data are not run and each is told with its reason")
    func foreignStatements() async throws {
        let source = try await SourceServer(["--binlog-checksum=NONE"])
        let target = try await SourceServer(serverID: 2)
        let connection = try source.connect()
        try connection.execute("CREATE DATABASE d")
        // Each takes the place of a statement of the same length that the server does log.
        for (number, statement) in Self.foreign.enumerated() {
            try connection.execute(Self.place(number, as: statement))
        }
        try connection.execute("CREATE TABLE d.last (a INT)")
        try await source.stop()
        let path = source.logFolder + "/bin.000001"
        var log = try Data(contentsOf: URL(filePath: path))
        for (number, statement) in Self.foreign.enumerated() {
            let range = try #require(log.range(of: Data(Self.place(number, as: statement).utf8)))
            let padding = String(repeating: " ", count: range.count - statement.utf8.count)
            log.replaceSubrange(range, with: Data((statement + padding).utf8))
        }
        try log.write(to: URL(filePath: path))

        let before = try Self.settings(target)
        let process = target.process
        let plan = try Replaying.replay(source, onto: target, excluded: Self.foreign.count)
        #expect(plan.excluded.map { $0.reason }.allSatisfy { !$0.isEmpty })
        #expect(
            plan.warnings.contains {
                $0.code == "excluded-statements" && $0.message.hasPrefix("\(Self.foreign.count) ")
            })
        #expect(try Self.settings(target) == before)
        #expect(target.process == process)
        #expect(try target.connect().value("SELECT COUNT(*) FROM d.last") == "0")
    }

    /// A harmless statement that the log holds, long enough for the other one.
    private static func place(_ number: Int, as statement: String) -> String {
        let base = "CREATE DATABASE db\(number) /*"
        let count = max(1, statement.utf8.count - base.utf8.count)
        return base + String(repeating: "x", count: count) + "*/"
    }

    /// What such statements would change.
    private static func settings(_ server: SourceServer) throws -> [String] {
        let connection = try server.connect()
        var lines = try connection.query(
            """
            SELECT @@global.max_connections, (SELECT COUNT(*) FROM information_schema.plugins),
            (SELECT COUNT(*) FROM mysql.func)
            """
        ).flatMap { $0.map { $0 ?? "" } }
        try connection.forEachNamedRow("SHOW ALL SLAVES STATUS") { row in
            lines.append(row["Master_Host"] ?? "")
        }
        return lines
    }
}
