import Server
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Each wall of the scratch server, tried from inside by what a dump or a log may hold.
@Suite struct ScratchWallsTests {
    @Test("no port is open and root's rights are gone")
    func process() async throws {
        let host = try await ScratchHost()
        let process = try #require(host.server.process).processID
        #expect(try ProcessFacts.listeningSockets(process) == [])
        let ids = try ProcessFacts.userIDs(process)
        #expect(ids.count == 4)
        #expect(!ids.contains(0))
        // Root's server is somebody else's, anybody else's is his own.
        let user = try ServerUser.forScratchServer()
        #expect(Set(ids) == [user?.userID ?? getuid()])
        if geteuid() == 0 { #expect(user?.name == Self.expectedUser) }
        var status = stat()
        #expect(lstat(host.folder.path + "/w", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        #expect(status.st_uid == ids.first)
    }

    private static var expectedUser: String? {
        ["mysql", "_mysql", "nobody"].first { getpwnam($0) != nil }
    }

    /// A server program that has settings of its own, as a machine's option file may.
    private func openProgram(_ options: String, in folder: TestFolder) async throws -> String {
        let program = try await ServerInstallation.programPath(nil)
        return try folder.write(
            "program", "#!/bin/sh\nshift\nexec \(program) --no-defaults \(options) \"$@\"\n",
            mode: 0o755)
    }

    @Test("option files of the machine do not reach the server")
    func optionFiles() async throws {
        let folder = try TestFolder("scratch")
        try folder.write("my.cnf", "[mysqld]\ndefault_week_format=5\ntmpdir=/nowhere\n")
        let real = try await ServerInstallation.programPath(nil)
        let program = try folder.write(
            "program", "#!/bin/sh\nMYSQL_HOME=\(folder.path) exec \(real) \"$@\"\n",
            mode: 0o755)
        let host = try await ScratchHost(program: program, folder: folder)
        #expect(try host.server.connect().value("SELECT @@default_week_format") == "0")
    }

    @Test("a CHANGE MASTER in the data does not begin to replicate after a restart")
    func replication() async throws {
        let host = try await ScratchHost()
        do {
            let connection = try host.server.connect()
            try connection.execute(
                """
                CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='r',
                MASTER_PASSWORD='p', MASTER_LOG_FILE='bin.000001', MASTER_LOG_POS=4
                """)
            // A slave that ran at shutdown is what a plain restart would start again.
            try connection.execute("START SLAVE")
        }
        try await host.server.remakeAccount(.safe)
        var running: [String] = []
        try host.server.connect().forEachNamedRow("SHOW ALL SLAVES STATUS") { row in
            running.append((row["Slave_IO_Running"] ?? "?") + (row["Slave_SQL_Running"] ?? "?"))
        }
        #expect(running == ["NoNo"])
    }

    @Test("events of the data do not fire")
    func events() async throws {
        let folder = try TestFolder("scratch")
        let program = try await openProgram("--event-scheduler=ON", in: folder)
        let host = try await ScratchHost(program: program, folder: folder)
        let connection = try host.server.connect()
        try connection.execute(
            """
            CREATE DATABASE d; CREATE TABLE d.t (a INT);
            CREATE EVENT d.e ON SCHEDULE EVERY 1 SECOND DO INSERT INTO d.t VALUES (1)
            """)
        #expect(try connection.value("SELECT @@event_scheduler") == "OFF")
        try await Task.sleep(for: .milliseconds(1300))
        #expect(try connection.value("SELECT COUNT(*) FROM d.t") == "0")
    }

    @Test("files outside secure_file_priv are neither read nor written")
    func files() async throws {
        let host = try await ScratchHost()
        let connection = try host.server.connect()
        let outside = try host.folder.makeFolder("open")
        chmod(outside, 0o777)
        let secret = try host.folder.write("secret", "s3cret", mode: 0o644)
        try connection.execute("CREATE DATABASE d; CREATE TABLE d.t (a TEXT)")
        for statement in [
            "SELECT 1 INTO OUTFILE '\(outside)/a'", "SELECT 1 INTO DUMPFILE '\(outside)/b'",
            "LOAD DATA INFILE '\(secret)' INTO TABLE d.t",
            "LOAD DATA LOCAL INFILE '\(secret)' INTO TABLE d.t",
        ] {
            #expect(throws: ServerError.self, "\(statement)") { try connection.execute(statement) }
        }
        // By a client that would send the file.
        let client = try await ChildProgram(
            "mariadb",
            [
                "--defaults-file=\(host.server.clientFilePath)", "--local-infile=1", "-e",
                "LOAD DATA LOCAL INFILE '\(secret)' INTO TABLE d.t",
            ]
        ).outcome()
        #expect(client.errorText.contains("ERROR 4166") || client.errorText.contains("ERROR 1148"))
        #expect(try connection.value("SELECT LOAD_FILE('\(secret)')") == nil)
        #expect(try connection.value("SELECT COUNT(*) FROM d.t") == "0")
        for name in ["a", "b"] { #expect(access("\(outside)/\(name)", F_OK) != 0) }
        // The folder itself serves a log's own LOAD DATA blocks.
        let block = host.server.paths.files + "/block"
        try connection.execute("SELECT 1 INTO OUTFILE '\(block)'")
        try connection.execute("LOAD DATA INFILE '\(block)' INTO TABLE d.t")
        #expect(try connection.value("SELECT COUNT(*) FROM d.t") == "1")
    }

    @Test("DATA DIRECTORY is ignored, and no file outside the workdir is open for writing")
    func directories() async throws {
        let host = try await ScratchHost()
        let outside = try host.folder.makeFolder("open")
        chmod(outside, 0o777)
        let connection = try host.server.connect()
        #expect(
            try connection.value("SELECT @@global.sql_mode")?.contains("NO_DIR_IN_CREATE") == true)
        // A dump's header takes NO_DIR_IN_CREATE out of the session's mode again.
        for (name, mode) in [("a", "NO_DIR_IN_CREATE"), ("b", "NO_AUTO_VALUE_ON_ZERO")] {
            try connection.execute(
                "CREATE DATABASE \(name); USE \(name); SET sql_mode='\(mode)'")
            for engine in ["InnoDB", "MyISAM", "Aria"] {
                try createElsewhere(connection, engine, outside)
            }
        }
        let left = try await ChildProgram("find", [outside, "-mindepth", "1"]).run()
        #expect(left.outputText == "")
        let links = try await ChildProgram(
            "find", [host.folder.path, "-name", "*.isl", "-o", "-type", "l"]
        ).run()
        #expect(links.outputText == "")
        let process = try #require(host.server.process).processID
        let inside = host.folder.path + "/w/"
        let files = try ProcessFacts.openFiles(process).filter { $0.hasPrefix("/") }
        #expect(files.count > 5)
        #expect(files.filter { !$0.hasPrefix(inside) && $0 != "/dev/null" } == [])
    }

    @Test("DATA DIRECTORY is ignored by NO_DIR_IN_CREATE alone, too")
    func modeAlone() async throws {
        // Under a strict mode the option would be an error, not passed over.
        let host = try await ScratchHost(
            resembling: [try ServerOption(name: "sql_mode", value: "")],
            extra: ["--symbolic-links"])
        let outside = try host.folder.makeFolder("open")
        chmod(outside, 0o777)
        let connection = try host.server.connect()
        try connection.execute("CREATE DATABASE a; USE a")
        for engine in ["InnoDB", "MyISAM", "Aria"] {
            try createElsewhere(connection, engine, outside)
        }
        let left = try await ChildProgram("find", [outside, "-mindepth", "1"]).run()
        #expect(left.outputText == "")
    }

    private func createElsewhere(
        _ connection: borrowing Connection, _ engine: String, _ folder: String
    ) throws {
        try connection.execute(
            """
            CREATE TABLE t\(engine) (a INT) ENGINE=\(engine) DATA DIRECTORY='\(folder)';
            INSERT INTO t\(engine) VALUES (1);
            CREATE TABLE p\(engine) (a INT) ENGINE=\(engine) PARTITION BY RANGE (a)
            (PARTITION p VALUES LESS THAN (9) DATA DIRECTORY='\(folder)')
            """)
    }

    @Test("symbolic links in the data directory are not followed to tables")
    func symbolicLinks() async throws {
        let host = try await ScratchHost()
        #expect(try host.server.connect().value("SELECT @@have_symlink") == "DISABLED")
    }

    @Test(
        "root's server needs a workdir that its user can reach",
        .enabled(if: geteuid() == 0, "only root's server runs as another user"))
    func unreachable() async throws {
        let folder = try TestFolder("locked")
        let locked = try folder.makeFolder("locked")
        chmod(locked, 0o700)
        let error = await #expect(throws: ServerError.self) {
            try await ScratchServer.prepare(workdir: locked + "/w", serverID: 1)
        }
        #expect(error?.code == .workdirUnreachable)
        #expect(error?.message.hasSuffix(locked) == true)
        #expect(error?.hint != nil)
        let allowed = try await ScratchHost(
            allowsRoot: true, workdir: "locked/w", folder: folder)
        let process = try #require(allowed.server.process).processID
        #expect(try ProcessFacts.userIDs(process).first == 0)
    }
}
