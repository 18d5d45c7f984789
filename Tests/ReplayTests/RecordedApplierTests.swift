import BinlogFiles
import Server
import SystemPackage
import TestSupport
import Testing

/// The recorded states are not those of one day: the servers' own appliers end in them too, but for
/// their known faults.
@Suite("recorded logs and the servers' own appliers") struct RecordedApplierTests {
    @Test(
        "MariaDB's applier ends in the recorded state",
        arguments: [RecordedCase.systemServer, "mariadb-10.5", "mariadb-11.8"].filter(isThere))
    func mariadb(server: String) async throws {
        let folder = try TestFolder("program")
        let program =
            server == RecordedCase.systemServer
            ? nil : try OtherServers.writeProgram(server, in: folder)
        for recorded in try Self.cases(of: server) {
            let applier = try await ServerApplier(
                ofLogs: try recorded.logs().files.map(\.path.string), program: program,
                options: try Self.options(recorded),
                environment: ["TZ": "UTC"])
            try await applier.run()
            try await recorded.expectState(of: applier.server, isReplica: true, "\(recorded)")
        }
    }

    @Test(
        "MySQL's applier ends in the recorded state",
        .enabled(if: isThere(MySQLServer.version), "Tests/servers.sh fetch mysql-9.7"))
    func mysql() async throws {
        for recorded in try Self.cases(of: MySQLServer.version) {
            let applier = try await MySQLApplier(
                ofLogs: try recorded.logs().files.map(\.path.string),
                options: try Self.options(recorded))
            try await applier.run()
            try await recorded.expectState(of: applier.server, isReplica: true, "\(recorded)")
        }
    }

    /// Those of a target, and what reads an encrypted log.
    private static func options(_ recorded: RecordedCase) throws -> [String] {
        let target = try recorded.note("target").split(separator: " ").map(String.init)
        let keys = try ["filename", "filekey", "encryption-algorithm"].compactMap { word in
            let name = "file-key-management-\(word)"
            return try recorded.option(name).map { "--\(name)=\($0)" }
        }
        return target + (keys.isEmpty ? [] : ["--plugin-load-add=file_key_management"] + keys)
    }

    private static func isThere(_ server: String) -> Bool {
        server == RecordedCase.systemServer || OtherServers.has(server)
    }

    /// Without those that cannot be replayed: they stop these appliers too.
    private static func cases(of server: String) throws -> [RecordedCase] {
        try RecordedCase.all(of: server).filter { try $0.note("replay").isEmpty }
    }
}
