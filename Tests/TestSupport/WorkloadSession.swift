import Server

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The session on a source in which the lists of a random workload are run.
///
///     var session = try WorkloadSession(source)
///     try session.run(workload.schema())
///     try session.run(workload.next())
///
/// All it says goes to `workload.sql` in the source's folder too.
public struct WorkloadSession: ~Copyable {
    private let source: SourceServer
    private var connection: Connection
    private let script: Script

    public init(_ source: SourceServer) throws {
        let script = try Script(source.folder.path + "/workload.sql")
        let connection = try source.connect()
        self.source = source
        self.script = script
        self.connection = connection
    }

    /// What has been said, one statement a line, with the numbers of errors behind them.
    private final class Script {
        private let file: UnsafeMutablePointer<FILE>

        init(_ path: String) throws {
            guard let file = fopen(path, "a") else { throw TestFailure("cannot write \(path)") }
            self.file = file
        }

        deinit { fclose(file) }

        func add(_ line: String) {
            fputs(line + "\n", file)
            fflush(file)
        }
    }

    /// Runs statement after statement, past errors that a workload may meet.
    public mutating func run(_ statements: [String]) throws {
        for statement in statements {
            guard statement != RandomWorkload.newSession else {
                script.add(statement)
                try reconnect()
                continue
            }
            script.add(statement + ";")
            do throws(ServerError) {
                try connection.execute(statement)
            } catch {
                script.add("-- \(error.number)")
                guard RandomWorkload.ignoredErrors.contains(error.number) else { throw error }
            }
        }
    }

    /// The old session is gone once this is done, and what it had prepared is free for others.
    private mutating func reconnect() throws {
        let old = connection.connectionID
        connection = try source.connect()
        for _ in 0..<30_000 {
            let left = try connection.value(
                "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = \(old)")
            if left == "0" { return }
            usleep(1000)
        }
        throw TestFailure("a session does not end")
    }
}
