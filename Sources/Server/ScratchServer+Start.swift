#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Making the data directory, starting and stopping.
extension ScratchServer {
    /// Makes a new data directory by the server's own bootstrap; about half a second.
    ///
    /// Throws `programMissing`, `programFailed` with the server's last words.
    public func makeDataDirectory() async throws(ServerError) {
        try makeFolders()
        let installation = try await ServerInstallation.find(
            program: configuration.program, user: configuration.user)
        let sql = try installation.systemTablesSQL()
        let outcome = try await ChildProgram(
            installation.program, options(.speed).bootstrapArguments, environment: environment,
            folder: paths.folder, user: configuration.user
        ).outcome(input: sql)
        guard outcome.isSuccess, hasData else {
            throw ServerError(
                .programFailed,
                "the system tables cannot be made: \(outcome.errorTail(lines: 5))")
        }
    }

    /// The whole set of options it starts with.
    public func options(_ settings: ScratchServerOptions.Settings) -> ScratchServerOptions {
        ScratchServerOptions(
            paths: paths, serverID: configuration.serverID, settings: settings,
            memoryBytes: Self.machineMemoryBytes, resembling: configuration.resembling,
            runsAsRoot: geteuid() == 0 && configuration.user == nil,
            extraArguments: configuration.extraArguments)
    }

    /// Starts it in a session of its own, and waits until the tool's account can log in.
    ///
    /// One that runs already is left as it is. Throws `serverDidNotStart` with the last lines of
    /// its log. There is no limit on the time while the process works: crash recovery may be long.
    public func start(_ settings: ScratchServerOptions.Settings) async throws(ServerError) {
        if process != nil {
            do throws(ServerError) {
                return try await waitUntilReady(launched: nil)
            } catch {
                // It was about to end; or its account is gone: a dump replaced it, or a hand-over
                // was cut off.
                let isUseless = error.code == .serverDidNotStart || error.isAccessDenied
                guard isUseless || error.code == .badDefaultsFile else { throw error }
                try await stop()
            }
        }
        try makeFolders()
        let account = try account()
        try SmallFile.remove(paths.processID)
        try SmallFile.writePrivate(
            paths.accountFile, Array(account.initFileText.utf8), owner: configuration.user)
        let program = try await ServerInstallation.programPath(configuration.program)
        // The shell only redirects and forks; its words come as arguments, never as text.
        let script = "umask 077; log=$1; shift; \"$@\" </dev/null >>\"$log\" 2>&1 & echo $!"
        var launch = ChildProgram(
            "/bin/sh",
            ["-c", script, "sh", paths.outputLog, program] + options(settings).arguments,
            environment: environment, folder: paths.folder, user: configuration.user)
        launch.startsSession = true
        let outcome = try await launch.run()
        let launched = Int32(outcome.outputText.prefix { $0.isNumber })
        try await waitUntilReady(launched: launched)
    }

    private var environment: [String: String?] {
        // Nothing of the caller's own reaches the server, and a password least of all.
        var environment: [String: String?] = [
            "LASTGOOD_PASSWORD": nil, "MYSQL_PWD": nil, "MYSQL_HOST": nil, "MYSQL_UNIX_PORT": nil,
            "MYSQL_TCP_PORT": nil, "MYSQL_GROUP_SUFFIX": nil, "NOTIFY_SOCKET": nil,
        ]
        if let zone = configuration.timeZone { environment["TZ"] = zone }
        return environment
    }

    private func waitUntilReady(launched: Int32?) async throws(ServerError) {
        var misses = 0
        var work = process.map { ServerProcess.WorkWatch($0) }
        while true {
            do {
                let connection = try connect()
                _ = try connection.value("SELECT 1")
                return
            } catch  where error.code == .badDefaultsFile {
                throw error
            } catch  where error.isAccessDenied {
                throw ServerError(
                    .accessDenied, "the scratch server refuses lastgood's own account",
                    hint: "it was changed while it ran; restart it", number: error.number)
            } catch {
                // A script may take a moment to become the server, and the pid file to appear.
                let lives = process != nil || launched.map(Self.exists) ?? false
                misses = lives ? 0 : misses + 1
                if work == nil { work = process.map { ServerProcess.WorkWatch($0) } }
                if misses > 5 || work?.hasCeased == true { throw startFailure() }
            }
            await pause(milliseconds: 20)
        }
    }

    private static func exists(_ processID: Int32) -> Bool {
        #if os(Linux)
            !ServerProcess.commandLine(processID).isEmpty
        #else
            kill(processID, 0) == 0
        #endif
    }

    private func startFailure() -> ServerError {
        var lines = SmallFile.lastLines(paths.errorLog, count: 40)
            .filter { $0.contains("[ERROR]") }.suffix(5)
        if lines.isEmpty { lines = SmallFile.lastLines(paths.outputLog, count: 5)[...] }
        if lines.isEmpty { lines = SmallFile.lastLines(paths.errorLog, count: 5)[...] }
        return ServerError(
            .serverDidNotStart,
            "the scratch server did not start: " + lines.joined(separator: "; "),
            hint: "its log is \(paths.errorLog)")
    }

    /// Shuts it down cleanly and waits for its end; nothing to do when it does not run.
    ///
    /// By signal, not by SHUTDOWN: that needs no account. A server that gets the signal while it
    /// starts may wait for itself for ever (seen on MariaDB 10.11.19 in `init_slave`), so one that
    /// does not answer yet is waited for, and one that has stopped working is killed: to its data
    /// that is a crash like any other. Throws `serverDidNotStop`.
    public func stop(timeoutSeconds: Double = 3600) async throws(ServerError) {
        guard let process else { return }
        let deadline = ContinuousClock.now + .seconds(timeoutSeconds)
        var work = ServerProcess.WorkWatch(process)
        while process.isAlive, !answers, !work.hasCeased { await pause(milliseconds: 20) }
        process.signal(SIGTERM)
        work = ServerProcess.WorkWatch(process)
        while process.isAlive, !work.hasCeased, ContinuousClock.now < deadline {
            await pause(milliseconds: 10)
        }
        guard process.isAlive else { return }
        process.signal(SIGKILL)
        guard await process.waitForEnd(seconds: 60) else {
            throw ServerError(
                .serverDidNotStop, "the scratch server (process \(process.processID)) does not end",
                hint: "its log is \(paths.errorLog)")
        }
    }

    /// Whether it has come so far that it talks to clients, whoever they are.
    private var answers: Bool {
        do throws(ServerError) {
            _ = try Connection(
                address, Credentials(user: "nobody", password: nil), connectTimeoutSeconds: 1)
            return true
        } catch {
            return !error.isConnectionLost
        }
    }

    /// Ends it at once, as a crash would, and what an earlier run left at work on its data; only
    /// processes proved to be this server's.
    public func killNow() async throws(ServerError) {
        while let process = process ?? ServerProcess.leftovers(paths).first {
            process.signal(SIGKILL)
            guard await process.waitForEnd(seconds: 60) else {
                throw ServerError(.serverDidNotStop, "the scratch server does not end")
            }
        }
    }

    static var machineMemoryBytes: UInt64 {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let size = sysconf(Int32(_SC_PAGESIZE))
        guard pages > 0, size > 0 else { return 0 }
        return UInt64(pages) &* UInt64(size)
    }
}
