public import Binlog
import Foundation
import Server

/// A server that applies logs by its own means: they are given to it as relay logs that it has
/// fetched, and its SQL thread does the rest.
///
///     let applier = try await ServerApplier(of: source, program: nil)
///     let other = try await ServerApplier(ofLogs: ["/logs/bin.000001"], program: nil)
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
        try await self.init(
            ofLogs: try await Self.files(of: source).map { source.logFolder + "/" + $0 },
            program: program, environment: environment)
    }

    public init(
        ofLogs logs: [String], program: String?, options: [String] = [],
        environment: [String: String?] = [:]
    ) async throws {
        server = try await SourceServer(
            Self.options + options, program: program, serverID: 7, environment: environment,
            name: "applier")
        guard let first = logs.first?.split(separator: "/").last.map(String.init),
            let number = Self.number(of: first)
        else { throw TestFailure("there are no logs") }
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
            """, logs)
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
        var until = ""
        if let position, let number = Self.number(of: position.file) {
            let file = String(number - firstLog + 1)
            let name = "relay." + String(repeating: "0", count: 6 - file.count) + file
            until = " UNTIL RELAY_LOG_FILE='\(name)', RELAY_LOG_POS=\(position.offset)"
        }
        try await Self.run(on: server, until: until)
    }

    /// Has a server apply its relay logs; `until` is the clause of START REPLICA, or empty.
    static func run(on server: some TestServer, until: String = "") async throws {
        let connection = try server.session()
        try connection.execute("START REPLICA SQL_THREAD" + until)
        for _ in 0..<30_000 {
            let status = try status(connection)
            if let number = status["Last_SQL_Errno"], number != "0" {
                throw TestFailure("\(number): \(status["Last_SQL_Error"] ?? "")")
            }
            let isAtEnd = status["SQL_Running_State"]?.contains(" has read all relay log") == true
            let isStopped = status["SQL_Running"] == "No"
            if until.isEmpty ? isAtEnd : isStopped {
                if until.isEmpty { try connection.execute("STOP REPLICA SQL_THREAD") }
                return
            }
            guard !isStopped else { throw TestFailure("the applier stopped and does not say why") }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestFailure("the applier does not come to an end")
    }

    /// Without the first words of the names, which the two makes do not share.
    private static func status(_ connection: borrowing Connection) throws -> [String: String] {
        var status: [String: String] = [:]
        try connection.forEachNamedRow("SHOW REPLICA STATUS") { row in
            for (name, value) in row {
                status[name.replacing(/^(Slave|Replica)_/, with: "")] = value
            }
        }
        return status
    }
}

/// The same of MySQL.
public struct MySQLApplier {
    public let server: MySQLServer

    public init(ofLogs logs: [String], options: [String] = []) async throws {
        server = try await MySQLServer(
            [
                "--skip-log-bin", "--event-scheduler=OFF", "--relay-log=relay",
                "--relay-log-recovery=0", "--skip-replica-start", "--relay-log-purge=0",
                "--server-id=7",
            ] + options)
        let change = "CHANGE REPLICATION SOURCE TO"
        try server.session().execute(
            "\(change) SOURCE_HOST='127.0.0.1', SOURCE_USER='root', SOURCE_PORT=1")
        try await server.stop()
        let files = FileManager.default
        for name in try files.contentsOfDirectory(atPath: server.logFolder)
        where name.hasPrefix("relay.") {
            try files.removeItem(atPath: "\(server.logFolder)/\(name)")
        }
        var index = ""
        for (number, log) in logs.enumerated() {
            let name = "relay.00000\(number + 1)"
            try files.copyItem(atPath: log, toPath: "\(server.logFolder)/\(name)")
            index += "./\(name)\n"
        }
        try index.write(
            toFile: "\(server.logFolder)/relay.index", atomically: false, encoding: .utf8)
        try await server.start()
        try server.session().execute(
            "\(change) RELAY_LOG_FILE='relay.000001', RELAY_LOG_POS=4")
    }

    public func run() async throws { try await ServerApplier.run(on: server) }
}
