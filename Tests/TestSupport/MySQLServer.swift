import Foundation
public import Server

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A server that tests replay onto.
public protocol TestServer: Sendable {
    var folder: TestFolder { get }
    var address: ServerAddress { get }
    /// A session as root, which sends files that it is asked for.
    func session() throws(ServerError) -> Connection
}

extension TestServer {
    public func session() throws(ServerError) -> Connection {
        try Connection(address, Credentials(user: "root"), sendsFiles: true)
    }
}

extension SourceServer: TestServer {}

/// A real MySQL 9.7 for tests, by `Tests/servers.sh`; it writes its log `bin.NNNNNN` into
/// `logFolder`, and is killed when the value ends.
public final class MySQLServer: TestServer {
    /// As `Tests/servers.sh` calls it.
    public static let version = "mysql-9.7"

    public let folder: TestFolder
    public var address: ServerAddress {
        ServerAddress(.socket(path: folder.path + "/s/sock"), user: "root")
    }
    public var logFolder: String { folder.path + "/s/data" }
    private let arguments: [String]

    /// Makes a data directory and starts the server on it.
    public init(_ arguments: [String] = [], name: String = "mysql") async throws {
        folder = try TestFolder(name)
        // A server may be killed here, the machine is not.
        self.arguments =
            [
                "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync",
                "--innodb-doublewrite=OFF",
            ] + arguments
        try await start()
    }

    /// Starts it again after `stop`.
    public func start() async throws { try await control("start", arguments) }

    deinit {
        guard let processID = Self.processID(folder.path + "/s/pid") else { return }
        kill(processID, SIGKILL)
        while kill(processID, 0) == 0 { usleep(2000) }
    }

    /// Stops it cleanly, its files stay.
    public func stop() async throws { try await control("stop", []) }

    private func control(_ verb: String, _ arguments: [String]) async throws {
        // The server keeps what it inherits open.
        let script = "exec >\"$1/control.log\" 2>&1; shift; exec \"$@\""
        do {
            try await ChildProgram(
                "/bin/sh",
                [
                    "-c", script, "sh", folder.path, Lastgood.root + "/Tests/servers.sh", verb,
                    Self.version, folder.path + "/s",
                ] + arguments, user: nil
            ).run()
        } catch {
            let told = FileManager.default.contents(atPath: folder.path + "/control.log")
            throw ControlFailure(
                description: "\(error): " + String(decoding: told ?? Data(), as: UTF8.self))
        }
    }

    /// What the script said goes into a file, and the file with the folder.
    private struct ControlFailure: Error, CustomStringConvertible {
        let description: String
    }

    private static func processID(_ path: String) -> pid_t? {
        let text = FileManager.default.contents(atPath: path).map {
            String(decoding: $0, as: UTF8.self)
        }
        return text.flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}
