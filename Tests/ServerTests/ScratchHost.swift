import Foundation
import Server
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A scratch server in a test's folder, killed at the end; small, for many run at the same time.
final class ScratchHost: Sendable {
    let folder: TestFolder
    let server: ScratchServer

    init(
        program: String? = nil, resembling: [ServerOption] = [], timeZone: String? = nil,
        allowsRoot: Bool = false, extra: [String] = [], workdir: String = "w", starts: Bool = true,
        folder: TestFolder? = nil
    ) async throws {
        let folder = try folder ?? TestFolder("scratch")
        self.folder = folder
        server = try await ScratchServer.prepare(
            workdir: folder.path + "/" + workdir, serverID: 4711, program: program,
            resembling: resembling, timeZone: timeZone, allowsRoot: allowsRoot,
            extraArguments: ["--innodb-buffer-pool-size=64M", "--loose-innodb-log-file-size=16M"]
                + extra)
        guard starts else { return }
        try await server.makeDataDirectory()
        try await server.start(.speed)
    }

    deinit {
        if let process = server.process {
            process.signal(SIGKILL)
            while process.isAlive { usleep(2000) }
        }
        unlink(server.paths.socket)
        rmdir(server.paths.socketFolder)
    }
}

/// What /proc says of a process; throws where it says nothing.
enum ProcessFacts {
    static func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    /// The targets of all open descriptors.
    static func openFiles(_ process: Int32) throws -> [String] {
        let folder = "/proc/\(process)/fd"
        let numbers = try FileManager.default.contentsOfDirectory(atPath: folder)
        // A descriptor may be closed while they are read.
        return numbers.compactMap { number in
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink("\(folder)/\(number)", &target, target.count)
            guard count > 0 else { return nil }
            return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The real, effective, saved and file-system user ids.
    static func userIDs(_ process: Int32) throws -> [UInt32] {
        let lines = try read("/proc/\(process)/status").split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("Uid:") })
        return line.split(separator: "\t").compactMap { UInt32($0) }
    }

    /// The sockets of the process that listen on TCP or UDP.
    static func listeningSockets(_ process: Int32) throws -> [String] {
        let own = Set(try openFiles(process).filter { $0.hasPrefix("socket:[") })
        // Its Unix socket at least: else nothing is known of its sockets.
        try #require(!own.isEmpty)
        return try ["tcp", "tcp6", "udp", "udp6"].flatMap { name -> [String] in
            let path = "/proc/\(process)/net/\(name)"
            // A kernel without IPv6 has no such tables.
            guard !name.hasSuffix("6") || access(path, F_OK) == 0 else { return [] }
            return try read(path).split(separator: "\n").dropFirst().compactMap { line in
                let fields = line.split(separator: " ")
                guard fields.count > 9 else { return nil }
                return own.contains("socket:[\(fields[9])]") ? String(line) : nil
            }
        }
    }
}
