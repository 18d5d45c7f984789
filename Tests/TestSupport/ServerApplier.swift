public import Binlog
import Server

/// A server that applies logs by its own means: they are given to it as relay logs that it has
/// fetched, and its SQL thread does the rest.
///
///     let applier = try await ServerApplier(of: source, program: nil)
///     try await applier.run(before: position)
///     try await applier.run()
///     let rows = try applier.server.connect().query("SELECT …")
///
/// The source must have been stopped. No connection to it is ever tried.
public struct ServerApplier {
    public let server: SourceServer
    private let firstLog: Int

    private static let options = [
        "--skip-log-bin", "--event-scheduler=OFF", "--relay-log=relay", "--relay-log-recovery=0",
        "--skip-slave-start", "--relay-log-purge=0", "--slave-parallel-threads=0",
    ]

    public init(
        of source: SourceServer, program: String?, environment: [String: String?] = [:]
    ) async throws {
        server = try await SourceServer(
            Self.options, program: program, serverID: 7, environment: environment, name: "applier")
        let logs = try await Self.files(of: source)
        guard let first = logs.first, let number = Self.number(of: first) else {
            throw TestFailure("there are no logs in \(source.logFolder)")
        }
        firstLog = number
        try server.run(
            """
            CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_USER='root', MASTER_PORT=1,
            MASTER_LOG_FILE='\(first)', MASTER_LOG_POS=4, RELAY_LOG_FILE='relay.000001',
            RELAY_LOG_POS=4, MASTER_USE_GTID=no
            """)
        try await server.stop()
        // The first line of the information counts its lines, the next two are where to begin.
        try await server.runScript(
            """
            rm -f relay.0* relay.index
            sed -i '2s|.*|./relay.000001|; 3s|.*|4|' relay-log.info
            number=0
            for log; do
                number=$((number + 1))
                name=$(printf 'relay.%06d' $number)
                cp "$log" "$name"
                echo "./$name" >>relay.index
            done
            """, logs.map { source.logFolder + "/" + $0 })
        try await server.start(environment: environment)
    }

    private static func files(of source: SourceServer) async throws -> [String] {
        let index = try await ChildProgram("cat", [source.logFolder + "/bin.index"], user: nil)
            .run()
        return index.outputText.split(separator: "\n").map { line in
            String(line.split(separator: "/").last ?? line)
        }
    }

    private static func number(of log: String) -> Int? {
        log.split(separator: ".").last.flatMap { Int($0) }
    }

    /// Applies what is left: all of it, or up to an event that stands at this place of the source's
    /// logs.
    ///
    /// Throws the applier's own error.
    public func run(before position: BinlogPosition? = nil) async throws {
        let connection = try server.connect()
        var until = ""
        if let position, let number = Self.number(of: position.file) {
            let file = String(number - firstLog + 1)
            let name = "relay." + String(repeating: "0", count: 6 - file.count) + file
            until = " UNTIL RELAY_LOG_FILE='\(name)', RELAY_LOG_POS=\(position.offset)"
        }
        try connection.execute("START SLAVE SQL_THREAD" + until)
        for _ in 0..<30_000 {
            let status = try Self.status(connection)
            if let number = status["Last_SQL_Errno"], number != "0" {
                throw TestFailure("\(number): \(status["Last_SQL_Error"] ?? "")")
            }
            let isAtEnd = status["Slave_SQL_Running_State"]?.hasPrefix("Slave has read all relay")
            let isStopped = status["Slave_SQL_Running"] == "No"
            if position == nil ? isAtEnd == true : isStopped {
                if position == nil { try connection.execute("STOP SLAVE SQL_THREAD") }
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestFailure("the applier does not come to an end")
    }

    private static func status(_ connection: borrowing Connection) throws -> [String: String] {
        var status: [String: String] = [:]
        try connection.forEachNamedRow("SHOW SLAVE STATUS") { status = $0 }
        return status
    }
}
