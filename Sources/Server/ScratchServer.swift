#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a scratch server is, besides its data: enough to find it, stop it and start it again.
///
/// No secret in it; it may be stored beside the recovery's state.
public struct ScratchServerConfiguration: Sendable, Hashable, Codable {
    public var paths: ScratchServerPaths
    public var serverID: UInt32
    /// Nil: the system's mariadbd.
    public var program: String?
    public var resembling: [ServerOption]
    /// The source's system time zone, as a name under /usr/share/zoneinfo.
    public var timeZone: String?
    /// The account to run as, nil for the caller himself.
    public var user: ServerUser?
    public var extraArguments: [String]

    public init(
        paths: ScratchServerPaths, serverID: UInt32, program: String? = nil,
        resembling: [ServerOption] = [], timeZone: String? = nil, user: ServerUser? = nil,
        extraArguments: [String] = []
    ) {
        self.paths = paths
        self.serverID = serverID
        self.program = program
        self.resembling = resembling
        self.timeZone = timeZone
        self.user = user
        self.extraArguments = extraArguments
    }
}

/// A private MariaDB inside a workdir: made, started, stopped, handed over.
///
/// It outlives the process that started it. No port, no replication, no events, no file outside its
/// folder, never root's rights; a way in of its own that survives whatever a dump or a log does to
/// the accounts.
///
///     let server = try await ScratchServer.prepare(workdir: "/var/lib/lastgood/x", serverID: 4711)
///     try await server.makeDataDirectory()
///     try await server.start(.speed)
///     let connection = try server.connect()
///     …
///     try await server.stop()
///     try await server.start(.safe)
///     let handOver = try server.handOver()
public struct ScratchServer: Sendable {
    public let configuration: ScratchServerConfiguration

    public init(_ configuration: ScratchServerConfiguration) {
        self.configuration = configuration
    }

    public var paths: ScratchServerPaths { configuration.paths }

    public var address: ServerAddress { ServerAddress(.socket(path: paths.socket)) }

    /// The running process, nil when it does not run.
    public var process: ServerProcess? { ServerProcess.find(paths) }

    /// Whether the data directory is there, with system tables in it.
    public var hasData: Bool { SmallFile.exists(paths.data + "/mysql") }

    /// The file that the tool's own account stands in while the server is not handed over.
    public var clientFilePath: String { paths.folder + "/lastgood.cnf" }

    /// Removes the data directory, logs and markers of a server that does not run.
    ///
    /// The folder itself stays. Throws `serverDidNotStop` when it still runs.
    public func removeData() async throws(ServerError) {
        guard process == nil else {
            throw ServerError(.serverDidNotStop, "the scratch server still runs")
        }
        let list = [paths.data, paths.temporary, paths.files, paths.binlogFolder]
        try await ChildProgram("rm", ["-rf", "--"] + list).run()
        try makeFolders()
    }

    func makeFolders() throws(ServerError) {
        for folder in paths.folders {
            try SmallFile.makePrivateFolder(folder, owner: configuration.user)
        }
    }

    /// The account of an earlier start, or a new one.
    func account() throws(ServerError) -> ScratchAccount {
        try account(in: clientFilePath, name: "lastgood")
    }

    /// The account that an option file names, or a new one, written there.
    func account(in path: String, name: String) throws(ServerError) -> ScratchAccount {
        if SmallFile.exists(path) {
            let file = try DefaultsFile.read(path: path)
            if let user = file["user"], let password = file["password"] {
                return ScratchAccount(user: user, password: password)
            }
        }
        let account = ScratchAccount.random(name: name)
        try OptionFile.write(path, address, account.credentials)
        return account
    }

    /// A session as the tool's own account.
    ///
    /// Throws `accessDenied` when dump or log took the account away: `remakeAccount` helps.
    public func connect() throws(ServerError) -> Connection {
        try Connection(address, credentials())
    }

    /// The tool's own account; throws `badDefaultsFile` after hand-over.
    public func credentials() throws(ServerError) -> Credentials {
        let file = try DefaultsFile.read(path: clientFilePath)
        return Credentials(user: file["user"], password: file["password"])
    }

    /// Makes the tool's account again by a restart under the same settings; sessions end.
    public func remakeAccount(_ settings: ScratchServerOptions.Settings) async throws(ServerError) {
        try await stop()
        try await start(settings)
    }
}

extension ScratchServer {
    /// Chooses the server's user, folders and socket inside a workdir; nothing is made in it yet.
    ///
    /// For root the workdir becomes the server user's. Throws `serverUserMissing`,
    /// `workdirUnreachable`, `timeZoneUnknown`, `fileError`.
    public static func prepare(
        workdir: String, serverID: UInt32, program: String? = nil, resembling: [ServerOption] = [],
        timeZone: String? = nil, allowsRoot: Bool = false, extraArguments: [String] = []
    ) async throws(ServerError) -> ScratchServer {
        if let timeZone { try TimeZones.check(timeZone) }
        let user = try ServerUser.forScratchServer(allowsRoot: allowsRoot)
        let absolute = try Self.absolutePath(workdir)
        try SmallFile.makePrivateFolder(absolute, owner: user)
        if let user { try await checkReachable(absolute, by: user) }
        let paths = try ScratchServerPaths.choose(folder: absolute + "/server", owner: user)
        return ScratchServer(
            ScratchServerConfiguration(
                paths: paths, serverID: serverID, program: program, resembling: resembling,
                timeZone: timeZone, user: user, extraArguments: extraArguments))
    }

    /// Without links, so that the server's process shows the same path.
    private static func absolutePath(_ path: String) throws(ServerError) -> String {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw ServerError(
                .fileError, "cannot make \(path): \(String(cString: strerror(errno)))")
        }
        guard let resolved = realpath(path, nil) else {
            throw ServerError(.fileError, "cannot find \(path)")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Asks as that user, so that access lists and mount options count too.
    static func checkReachable(_ path: String, by user: ServerUser) async throws(ServerError) {
        var folders: [String] = []
        var current = path
        while let slash = current.lastIndex(of: "/"), slash != current.startIndex {
            folders.insert(current, at: 0)
            current = String(current[..<slash])
        }
        let script = "for d do [ -x \"$d\" ] || { printf %s \"$d\"; exit 1; }; done"
        let outcome = try await ChildProgram(
            "/bin/sh", ["-c", script, "sh"] + folders, folder: "/", user: user
        ).outcome()
        guard !outcome.isSuccess else { return }
        throw ServerError(
            .workdirUnreachable,
            "the user \(user.name), whom the scratch server runs as, cannot enter "
                + outcome.outputText,
            hint: "choose another --workdir, open the folder (chmod o+x), or --allow root-server")
    }
}
