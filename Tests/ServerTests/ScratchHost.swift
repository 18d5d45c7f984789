import Server
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A scratch server in a test's folder, killed at the end.
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
            extraArguments: extra)
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

/// What /proc says of a process.
enum ProcessFacts {
    static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count <= 0 { return String(decoding: text, as: UTF8.self) }
            text += chunk[..<count]
        }
    }

    /// The targets of all open descriptors.
    static func openFiles(_ process: Int32) -> [String] {
        (0..<4096).compactMap { number in
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/\(process)/fd/\(number)", &target, target.count)
            guard count > 0 else { return nil }
            return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The real, effective, saved and file-system user ids.
    static func userIDs(_ process: Int32) -> [UInt32] {
        let lines = read("/proc/\(process)/status").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("Uid:") } ?? ""
        return line.split(separator: "\t").compactMap { UInt32($0) }
    }

    /// The sockets of the process that listen on TCP or UDP.
    static func listeningSockets(_ process: Int32) -> [String] {
        let own = Set(openFiles(process).filter { $0.hasPrefix("socket:[") })
        return ["tcp", "tcp6", "udp", "udp6"].flatMap { name in
            read("/proc/\(process)/net/\(name)").split(separator: "\n").dropFirst()
                .compactMap { line in
                    let fields = line.split(separator: " ")
                    guard fields.count > 9 else { return nil }
                    return own.contains("socket:[\(fields[9])]") ? String(line) : nil
                }
        }
    }
}
