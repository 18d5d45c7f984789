import Foundation
import Server
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Relay logs of a real replica: read by those commands that look, and refused by those that act.
@Suite("relay logs") struct RelayLogTests {
    /// A port of this machine that nobody listens on.
    private func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isBound else { throw TestFailure("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// A replica that has fetched and applied all of a server's log; both have stopped.
    private func replica() async throws -> SourceServer {
        let port = try freePort()
        let source = try await SourceServer(
            ["--skip-networking=0", "--bind-address=127.0.0.1", "--port=\(port)"])
        let replica = try await SourceServer(
            [
                "--relay-log=relay", "--relay-log-purge=0", "--max-relay-log-size=4096",
                "--skip-slave-start",
            ], serverID: 2)
        try source.run(
            "CREATE USER r@'127.0.0.1' IDENTIFIED BY 'r'",
            "GRANT REPLICATION SLAVE ON *.* TO r@'127.0.0.1'", "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, a VARCHAR(200))")
        for _ in 0..<60 { try source.run("INSERT INTO d.t (a) VALUES (REPEAT('x', 100))") }
        try source.run("UPDATE d.t SET a = 'y'", "DROP TABLE d.t")
        try replica.run(
            """
            CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=\(port), MASTER_USER='r',
            MASTER_PASSWORD='r', MASTER_LOG_FILE='bin.000001', MASTER_LOG_POS=4
            """, "START SLAVE")
        let wanted = try source.connect().value("SELECT @@gtid_binlog_pos")
        let connection = try replica.connect()
        for _ in 0..<1_000 where try connection.value("SELECT @@gtid_slave_pos") != wanted {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try connection.value("SELECT @@gtid_slave_pos") == wanted)
        try await replica.stop()
        try await source.stop()
        return replica
    }

    @Test("inspect, search and show read them; plan and recover refuse them by name")
    func real() async throws {
        let replica = try await replica()
        let logs = replica.logFolder
        let inspected = try await Lastgood.run("inspect", logs, "--base", "relay", "--json")
        #expect(inspected.exitCode == 0, "\(inspected.output)")
        #expect(try inspected.warningCodes.contains("relay-log"))
        let files = try inspected.objects("files")
        #expect(files.count > 3)
        #expect(files.allSatisfy { $0["relayLog"] as? Bool == true })
        let totals = try inspected.result["totals"] as? [String: Any]
        let rows = totals?["rows"] as? [String: Any]
        #expect(rows?["inserted"] as? Int == 60)
        #expect(rows?["updated"] as? Int == 60)

        let found = try await Lastgood.run("search", logs, "--base", "relay", "--json")
        #expect(found.exitCode == 0, "\(found.output)")
        let match = try #require(try found.objects("matches").first)
        #expect(match["kind"] as? String == "drop-table")
        let shown = try await Lastgood.run(
            "show", try #require(match["id"] as? String), "--binlogs", logs, "--base", "relay",
            "--json")
        #expect(shown.exitCode == 0, "\(shown.output)")

        for command in ["plan", "recover"] {
            let run = try await Lastgood.run(
                command, "--backup", Shop.dump, "--binlogs", logs, "--base", "relay", "--from",
                "relay.000002:4", "--end", "--json")
            #expect(run.exitCode == 2, "\(run.output)")
            #expect(try run.errorCode == "relay-log")
        }
    }
}
