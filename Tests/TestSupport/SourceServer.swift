public import Server

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A real server for tests: the source of a log, or somebody's target.
///
/// Unlike a scratch server it has no walls: it writes a row log named `bin.NNNNNN` into
/// `logFolder`, lets root in without a password, and runs any options the test gives. It is stopped
/// when the value ends; `stop` before that leaves its files readable until then.
///
///     let source = try await SourceServer()
///     let connection = try source.connect()
public final class SourceServer: Sendable {
    public let folder: TestFolder
    public let arguments: [String]
    public let installation: ServerInstallation
    private let user: ServerUser?

    public var paths: ScratchServerPaths {
        ScratchServerPaths(folder: folder.path + "/s", socketFolder: folder.path + "/s")
    }
    public var address: ServerAddress { ServerAddress(.socket(path: paths.socket), user: "root") }
    public var logFolder: String { paths.data }
    /// Nil when it does not run.
    public var process: ServerProcess? { ServerProcess.find(paths) }

    /// Makes a data directory and starts the server on it.
    ///
    /// `program` is another version's server; the arguments come after the defaults and win. The
    /// folder bears the name, for those who look into what a failure left behind. Nothing is
    /// synced to the disk: a server may be killed here, the machine is not.
    public init(
        _ arguments: [String] = [], program: String? = nil, serverID: UInt32 = 1,
        environment: [String: String?] = [:], name: String = "source"
    ) async throws {
        folder = try TestFolder(name)
        user = try ServerUser.forScratchServer()
        installation = try await ServerInstallation.find(program: program)
        let paths = ScratchServerPaths(
            folder: folder.path + "/s", socketFolder: folder.path + "/s")
        let ownArguments = [
            "--no-defaults", "--datadir=\(paths.data)", "--tmpdir=\(paths.temporary)",
        ]
        self.arguments =
            ownArguments + [
                "--socket=\(paths.socket)", "--pid-file=\(paths.processID)",
                "--log-error=\(paths.errorLog)", "--skip-networking", "--server-id=\(serverID)",
                "--log-bin=bin", "--binlog-format=ROW", "--innodb-buffer-pool-size=64M",
                "--innodb-flush-log-at-trx-commit=2", "--secure-file-priv=", "--debug-no-sync",
                "--innodb-flush-method=nosync",
            ] + arguments
        try await makeData()
        try await start(environment: environment)
    }

    deinit {
        guard let process = ServerProcess.find(paths) else { return }
        process.signal(SIGKILL)
        while process.isAlive { usleep(2000) }
    }

    private func makeData() async throws {
        try await ChildProgram("mkdir", ["-p", paths.temporary], user: nil).run()
        if let user { try await ChildProgram("chown", ["-R", user.name, paths.folder]).run() }
        let fixed = arguments.filter {
            ["--innodb-page-size", "--lower-case", "--innodb-data-file"].contains(
                where: $0.hasPrefix)
        }
        try await NewData.shared.make(paths.data, installation, fixed: fixed, user: user)
    }

    /// Starts it (again) and waits until it answers.
    public func start(
        extra: [String] = [], environment: [String: String?] = [:]
    ) async throws {
        let script = "\"$@\" </dev/null >>\(paths.outputLog) 2>&1 &"
        var launch = ChildProgram(
            "/bin/sh", ["-c", script, "sh", installation.program] + arguments + extra,
            environment: environment, folder: paths.folder, user: user)
        launch.startsSession = true
        try await launch.run()
        for _ in 0..<15_000 {
            if SourceServer.answers(address) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ServerError(.serverDidNotStart, "see \(paths.errorLog)")
    }

    private static func answers(_ address: ServerAddress) -> Bool {
        do {
            _ = try Connection(address, Credentials(user: "root"))
            return true
        } catch {
            return error.isAccessDenied
        }
    }

    public func connect(
        user: String = "root", password: String? = nil, sendsFiles: Bool = false
    ) throws(ServerError) -> Connection {
        try Connection(
            address, Credentials(user: user, password: password), sendsFiles: sendsFiles)
    }

    /// Sessions for reading it over several at a time.
    public func sessions(most: Int = 2, user: String = "root") throws(ServerError) -> SessionPool {
        try SessionPool(try connect(user: user), most: most) { () throws(ServerError) in
            try self.connect(user: user)
        }
    }

    /// Runs statements, each in the same new session.
    public func run(_ statements: String...) throws(ServerError) { try run(statements) }

    /// Runs statements, each in the same new session.
    public func run(_ statements: [String]) throws(ServerError) {
        let connection = try connect()
        for statement in statements { try connection.execute(statement) }
    }

    /// Runs a shell script as the server's account in its data directory.
    func runScript(_ script: String, _ arguments: [String] = []) async throws {
        try await ChildProgram(
            "/bin/sh", ["-ec", script, "sh"] + arguments, folder: paths.data, user: user
        ).run()
    }

    /// Stops it cleanly, its files stay.
    public func stop() async throws {
        guard let process = ServerProcess.find(paths) else { return }
        process.signal(SIGTERM)
        guard await process.waitForEnd(seconds: 60) else {
            throw ServerError(.serverDidNotStop, "see \(paths.errorLog)")
        }
    }
}
