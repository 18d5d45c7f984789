import Foundation

/// The files of this repository, as git lists them.
struct Repository {
    /// Paths from the root: files in the index that exist, and new ones that no ignore rule covers.
    let files: [String]
    /// Only what is in the index.
    let tracked: [String]
    /// The Swift files, each scanned once for all the rules.
    private(set) var scanned: [String: SwiftScanner] = [:]

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let current = Result { try Repository() }

    private init() throws {
        tracked = try Self.list(["--cached"])
        files = try Self.list(["--cached", "--others", "--exclude-standard"])
            .filter { FileManager.default.fileExists(atPath: Self.url($0).path) }
        for file in files where file.hasSuffix(".swift") {
            scanned[file] = SwiftScanner(try text(file))
        }
    }

    func source(_ file: String) throws -> SwiftScanner {
        try scanned[file] ?? SwiftScanner(text(file))
    }

    private static func list(_ options: [String]) throws -> [String] {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        // A clone that belongs to another user is as good as one's own here: it is only listed.
        git.arguments = ["git", "-c", "safe.directory=*", "ls-files", "-z"] + options
        git.currentDirectoryURL = root
        let output = Pipe()
        git.standardOutput = output
        try git.run()
        let names = try output.fileHandleForReading.readToEnd() ?? Data()
        git.waitUntilExit()
        guard git.terminationStatus == 0 else { throw Failure(status: git.terminationStatus) }
        return Set(names.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }).sorted()
    }

    struct Failure: Error { let status: Int32 }

    static func url(_ path: String) -> URL { root.appending(path: path) }

    func bytes(_ path: String) throws -> Data { try Data(contentsOf: Self.url(path)) }

    func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    func sizeBytes(_ path: String) throws -> Int {
        let values = try Self.url(path).resourceValues(forKeys: [.fileSizeKey])
        return values.fileSize ?? 0
    }

    /// Swift files below the folders.
    func swift(below folders: String...) -> [String] {
        files.filter { file in
            file.hasSuffix(".swift") && folders.contains { file.hasPrefix($0 + "/") }
        }
    }
}

/// `Sources/Binlog/GTID.swift` → `Binlog`.
func target(ofSource path: String) -> String? {
    let parts = path.split(separator: "/")
    return parts.count >= 3 && parts[0] == "Sources" ? String(parts[1]) : nil
}
