import Server
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct ScratchServerTests {
    @Test("a scratch server is made, answers, stops and starts again under safe settings")
    func lifeCycle() async throws {
        let host = try await ScratchHost(starts: false)
        #expect(!host.server.hasData)
        try await host.server.makeDataDirectory()
        #expect(host.server.hasData)
        try await host.server.start(.speed)
        do {
            let connection = try host.server.connect()
            #expect(try connection.value("SELECT @@innodb_doublewrite") == "0")
            #expect(try connection.value("SELECT @@server_id") == "4711")
            let process = try #require(host.server.process).processID
            #expect(try ProcessFacts.read(host.server.paths.processID) == "\(process)\n")
            let log = try ProcessFacts.read(host.server.paths.errorLog)
            #expect(log.contains("ready for connections"))
            try connection.execute("CREATE DATABASE d; CREATE TABLE d.t (a INT)")
        }
        try await host.server.stop()
        #expect(host.server.process == nil)
        try await host.server.start(.safe)
        let connection = try host.server.connect()
        #expect(try connection.value("SELECT @@innodb_doublewrite") == "1")
        #expect(try connection.value("SELECT @@innodb_flush_log_at_trx_commit") == "1")
        #expect(try connection.value("SELECT COUNT(*) FROM d.t") == "0")
        try await host.server.stop()
        try await host.server.removeData()
        #expect(!host.server.hasData)
    }

    @Test("commits survive kill -9 of the server, and the next start finds them")
    func killed() async throws {
        let host = try await ScratchHost()
        do {
            let connection = try host.server.connect()
            try connection.execute(
                """
                CREATE DATABASE d; CREATE TABLE d.t (a INT PRIMARY KEY); USE d;
                SET SESSION sql_log_bin=0; INSERT INTO d.t SELECT seq FROM seq_1_to_1000
                """)
        }
        try await host.server.killNow()
        #expect(host.server.process == nil)
        try await host.server.start(.speed)
        let count = try host.server.connect().value("SELECT COUNT(*) FROM d.t")
        #expect(count == "1000")
        // The marker log knows the DDL, and nothing of the rows or of the account.
        #expect(try host.server.connect().value("SELECT @@gtid_binlog_pos") == "0-4711-2")
    }

    @Test("a server is found again from its stored configuration, whoever started it")
    func foundAgain() async throws {
        let host = try await ScratchHost()
        let again = ScratchServer(host.server.configuration)
        #expect(again.process == host.server.process)
        try await again.start(.speed)
        #expect(try again.connect().value("SELECT 1") == "1")
        let process = try #require(again.process)
        #expect(getsid(process.processID) != getsid(0))
    }

    @Test("a server that is told to end while it starts does end, and starts again")
    func stopWhileStarting() async throws {
        let host = try await ScratchHost(starts: false)
        try await host.server.makeDataDirectory()
        for milliseconds in stride(from: 0, to: 800, by: 100) {
            let start = Task { try? await host.server.start(.speed) }
            try await Task.sleep(for: .milliseconds(milliseconds))
            try await host.server.stop()
            _ = await start.value
            try await host.server.stop()
            #expect(host.server.process == nil)
        }
        // SIGTERM by others, whom nothing keeps from sending it in the midst of the start.
        for milliseconds in stride(from: 100, to: 900, by: 50) {
            let start = Task { try? await host.server.start(.speed) }
            try await Task.sleep(for: .milliseconds(milliseconds))
            host.server.process?.signal(SIGTERM)
            _ = await start.value
            try await host.server.stop()
            try await host.server.start(.speed)
            #expect(try host.server.connect().value("SELECT 1") == "1")
            try await host.server.stop()
        }
    }

    @Test("a pid file that names another process ends nothing")
    func foreignProcess() async throws {
        let host = try await ScratchHost(starts: false)
        try await host.server.removeData()
        let path = host.server.paths.processID
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        let text = "\(getpid())\n"
        #expect(write(descriptor, text, text.utf8.count) == text.utf8.count)
        close(descriptor)
        #expect(host.server.process == nil)
        try await host.server.stop()
        try await host.server.killNow()
    }

    @Test("a server that does not start says why")
    func startFailure() async throws {
        let host = try await ScratchHost(extra: ["--no-such-option"], starts: false)
        try await host.server.makeDataDirectory()
        let error = await #expect(throws: ServerError.self) { try await host.server.start(.safe) }
        #expect(error?.code == .serverDidNotStart)
        #expect(error?.message.contains("no-such-option") == true)
    }

    @Test("a server program that is none is named")
    func noProgram() async throws {
        let host = try await ScratchHost(program: "/nowhere/mariadbd", starts: false)
        let error = await #expect(throws: ServerError.self) {
            try await host.server.makeDataDirectory()
        }
        #expect(error?.code == .programMissing)
        let odd = try await ScratchHost(program: "/bin/true", starts: false)
        let second = await #expect(throws: ServerError.self) {
            try await odd.server.makeDataDirectory()
        }
        #expect(second?.code == .programFailed)
    }

    @Test("the server resembles the source where the options say so")
    func resembles() async throws {
        let host = try await ScratchHost(resembling: [
            try ServerOption(name: "innodb_page_size", value: "8192"),
            try ServerOption(name: "lower_case_table_names", value: "1"),
            try ServerOption(name: "default_storage_engine", value: "Aria"),
            try ServerOption(name: "character_set_server", value: "latin2"),
            try ServerOption(name: "sql_mode", value: "ANSI_QUOTES"),
        ])
        let connection = try host.server.connect()
        #expect(
            try connection.query(
                """
                SELECT @@innodb_page_size, @@lower_case_table_names, @@default_storage_engine,
                @@character_set_server, @@global.sql_mode
                """) == [["8192", "1", "Aria", "latin2", "ANSI_QUOTES,NO_DIR_IN_CREATE"]])
    }

    @Test(
        "the server of MariaDB 10.5 runs by a script",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func mariadb105() async throws { try await checkOtherVersion("mariadb-10.5") }

    @Test(
        "the server of MariaDB 11.8 runs by a script",
        .enabled(if: OtherServers.has("mariadb-11.8"), "Tests/servers.sh fetch mariadb-11.8"))
    func mariadb118() async throws { try await checkOtherVersion("mariadb-11.8") }

    private func checkOtherVersion(_ name: String) async throws {
        let folder = try TestFolder("scratch")
        let program = try OtherServers.writeProgram(name, in: folder)
        let host = try await ScratchHost(program: program, folder: folder)
        let version = try host.server.connect().serverVersion
        #expect("mariadb-\(version.major).\(version.minor)" == name)
        try await host.server.loadTimeZones()
        try await host.server.remakeAccount(.safe)
        #expect(try host.server.connect().value("SELECT @@gtid_binlog_pos") == "")
    }

    @Test("under a long path the socket moves into a short private folder")
    func longPath() async throws {
        let long = String(repeating: "n", count: 120)
        let host = try await ScratchHost(workdir: long)
        #expect(host.server.paths.socket.utf8.count <= 107)
        #expect(try host.server.connect().value("SELECT 1") == "1")
        var status = stat()
        #expect(lstat(host.server.paths.socketFolder, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
    }
}
