import Server
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A scratch server in a test's folder, killed at the end.
final class ScratchHost: Sendable {
    let folder: TestFolder
    let server: ScratchServer

    init(
        _ name: String = "scratch", program: String? = nil, resembling: [ServerOption] = [],
        timeZone: String? = nil, allowsRoot: Bool = false, extra: [String] = [], starts: Bool = true
    ) async throws {
        folder = TestFolder(name)
        server = try await ScratchServer.prepare(
            workdir: folder.path + "/w", serverID: 4711, program: program, resembling: resembling,
            timeZone: timeZone, allowsRoot: allowsRoot, extraArguments: extra)
        guard starts else { return }
        try await server.makeDataDirectory()
        try await server.start(.speed)
    }

    deinit {
        guard let process = server.process else { return }
        process.signal(SIGKILL)
        while process.isAlive { usleep(2000) }
    }
}

@Suite struct ScratchServerTests {
    @Test("a scratch server is made, answers, stops and starts again under safe settings")
    func lifeCycle() async throws {
        let clock = ContinuousClock()
        let host = try await ScratchHost(starts: false)
        let making = try await clock.measure { try await host.server.makeDataDirectory() }
        let starting = try await clock.measure { try await host.server.start(.speed) }
        print("data directory \(making), start \(starting)")
        do {
            let connection = try host.server.connect()
            #expect(try connection.value("SELECT @@innodb_doublewrite") == "0")
            #expect(try connection.value("SELECT @@gtid_binlog_pos") == "")
            try connection.execute("CREATE DATABASE d; CREATE TABLE d.t (a INT)")
        }
        let stopping = try await clock.measure { try await host.server.stop() }
        print("stop \(stopping)")
        #expect(host.server.process == nil)
        try await host.server.start(.safe)
        let connection = try host.server.connect()
        #expect(try connection.value("SELECT @@innodb_doublewrite") == "1")
        #expect(try connection.value("SELECT @@innodb_flush_log_at_trx_commit") == "1")
        #expect(try connection.value("SELECT COUNT(*) FROM d.t") == "0")
    }
}
