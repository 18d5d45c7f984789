import Server
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// New data directories: made once for each server and what is fixed when one is made, then copied.
///
/// Making the system tables takes seconds, a copy none. What is copied from is removed when the
/// process ends, or lies in the folder `LASTGOOD_TEMPLATES` for the next one.
actor NewData {
    static let shared = NewData()

    /// What makes one data directory unlike another.
    private struct Kind: Hashable {
        var installation: String
        var fixed: [String]

        var fileName: String {
            String(([installation] + fixed).joined(separator: " ").map { $0 == "/" ? "-" : $0 })
        }
    }

    private var templates: [Kind: Task<String, any Error>] = [:]

    /// Makes a data directory at a path where there is none.
    ///
    /// - Parameter fixed: arguments that hold for good, such as the page size.
    func make(
        _ path: String, _ installation: ServerInstallation, fixed: [String], user: ServerUser?
    ) async throws {
        let kind = Kind(
            installation: "\(installation.version) \(installation.shareFolder)", fixed: fixed)
        let template = templates[kind] ?? Task { try await Self.template(kind, installation, user) }
        templates[kind] = template
        try await ChildProgram("cp", ["-a", try await template.value, path], user: nil).run()
    }

    private static func template(
        _ kind: Kind, _ installation: ServerInstallation, _ user: ServerUser?
    ) async throws -> String {
        let shared = getenv("LASTGOOD_TEMPLATES").map { String(cString: $0) + "/" + kind.fileName }
        if let shared, access(shared, R_OK) == 0 { return shared }
        let folder = try TestFolder("template", isRemoved: false)
        removeAtExit(folder.path)
        let paths = ScratchServerPaths(folder: folder.path, socketFolder: folder.path)
        for path in [paths.data, paths.temporary] {
            try await ChildProgram("mkdir", [path], user: nil).run()
            if let user { try await ChildProgram("chown", [user.name, path]).run() }
        }
        let options = ScratchServerOptions(paths: paths, serverID: 1).bootstrapArguments
        try await ChildProgram(
            installation.program, options + kind.fixed, folder: folder.path, user: user
        ).run(input: try installation.systemTablesSQL())
        guard let shared else { return paths.data }
        // It appears there as a whole.
        try await ChildProgram("cp", ["-a", paths.data, shared + ".new"], user: nil).run()
        try await ChildProgram("mv", [shared + ".new", shared], user: nil).run()
        return shared
    }

    private static let folders = Mutex<[String]>([])

    private static func removeAtExit(_ folder: String) {
        let isFirst = folders.withLock { folders in
            folders.append(folder)
            return folders.count == 1
        }
        guard isFirst else { return }
        atexit { for folder in NewData.folders.withLock({ $0 }) { TestFolder.removeTree(folder) } }
    }
}
