public import BinlogFiles
import Foundation
import Server
import SystemPackage

/// One feature as a real server logged it: `Fixtures/SERVER/NAME`, made by `Fixtures/record.sh`.
public struct RecordedCase: Sendable, CustomStringConvertible {
    /// Of `mariadb-10.5 mariadb-10.11 mariadb-11.8 mysql-9.7`.
    public let server: String
    public let name: String

    public init(server: String, name: String) {
        self.server = server
        self.name = name
    }

    private static let fixtures = Lastgood.root + "/Fixtures"
    /// The server that is installed on the machine.
    public static let systemServer = "mariadb-10.11"

    public var description: String { "\(server)/\(name)" }
    public var folder: String { "\(Self.fixtures)/\(server)/\(name)" }

    /// The only case that is wanted; nil where all are.
    public static var wanted: String? { ProcessInfo.processInfo.environment["LASTGOOD_CASE"] }

    /// All that are recorded from a server; `LASTGOOD_CASE` names one.
    public static func all(of server: String) throws -> [RecordedCase] {
        let path = "\(fixtures)/\(server)"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        return names.filter { wanted == nil || $0 == wanted }.map {
            RecordedCase(server: server, name: $0)
        }
    }

    /// All of all servers.
    public static func all() throws -> [RecordedCase] {
        try ["mariadb-10.5", "mariadb-10.11", "mariadb-11.8", "mysql-9.7"].flatMap {
            try all(of: $0)
        }
    }

    /// What a line `-- WORD: …` in front of its statements says; empty where there is none.
    public func note(_ word: String) throws -> String {
        let text = try String(contentsOfFile: "\(Self.fixtures)/cases/\(name).sql", encoding: .utf8)
        let lines = text.split(separator: "\n").prefix { $0.hasPrefix("-- ") }
        let mark = "-- \(word): "
        return lines.first { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) } ?? ""
    }

    /// The value of one of the options that its server had; nil where it had another's.
    public func option(_ name: String) throws -> String? {
        try note("with").split(separator: " ").first { $0.hasPrefix("--\(name)=") }
            .map { $0.dropFirst(name.count + 3) }
            .map { $0.replacingOccurrences(of: "@FIXTURES@", with: Self.fixtures) }
    }

    /// Its logs, with the keys that open them.
    public func logs() throws -> LogSet {
        var logs = try LogSet.find([FilePath(folder)])
        if let keys = try option("file-key-management-filename") {
            let password = try option("file-key-management-filekey")
            logs.use(
                try EncryptionKeys(
                    FilePath(keys),
                    passwordFile: password.map { FilePath(String($0.dropFirst("FILE:".count))) }))
        }
        return logs
    }

    /// The options that have a program open its logs.
    public func keyArguments() throws -> [String] {
        guard let keys = try option("file-key-management-filename") else { return [] }
        let password = try option("file-key-management-filekey")?.dropFirst("FILE:".count)
        return ["--encryption-key-file", keys]
            + (password.map { ["--encryption-key-file-password-file", String($0)] } ?? [])
    }

    /// The lines of one of its files.
    public func lines(_ file: String) throws -> [String] {
        try String(decoding: Data(contentsOf: URL(filePath: "\(folder)/\(file)")), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    /// What its server held at the end, as `state.sh` printed it.
    public func state() throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: folder + "/state.txt")), as: UTF8.self)
    }

    /// What a server holds, as `state.sh` prints it.
    public static func state(of server: some TestServer) async throws -> String {
        guard case .socket(let socket) = server.address.place else { return "" }
        let outcome = try await ChildProgram(
            fixtures + "/state.sh", ["mariadb", "--no-defaults", "-uroot", "-S", socket], user: nil
        ).run()
        return outcome.outputText
    }
}
