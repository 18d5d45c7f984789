import Foundation
import TestSupport

/// One run of a program to its end: its exit code and what it printed.
struct ProgramRun {
    var exitCode: Int32
    var output: String
    var errorText: String

    /// Runs a shell's command line; the built `lastgood` is found first under its bare name.
    static func shell(
        _ line: String, environment: [String: String] = [:]
    ) async throws -> ProgramRun {
        try await run("/bin/bash", ["-c", line], environment)
    }

    /// Runs the built `lastgood`.
    static func lastgood(_ arguments: [String]) async throws -> ProgramRun {
        try await run(programFolder + "/lastgood", arguments)
    }

    /// The folder the build put `lastgood` into: the one of the test bundle.
    static let programFolder: String = {
        var folders = CommandLine.arguments.filter { $0.contains(".xctest") }
            .map { URL(filePath: $0).deletingLastPathComponent().path }
        folders.append(Shop.root + "/.build/debug")
        return folders.first { FileManager.default.isExecutableFile(atPath: $0 + "/lastgood") }
            ?? Shop.root + "/.build/debug"
    }()

    private static func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:]
    ) async throws -> ProgramRun {
        let folder = TestFolder("run")
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: Shop.root)
        let inherited = ProcessInfo.processInfo.environment
        let path = programFolder + ":" + (inherited["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin"
        process.environment = inherited.merging(["PATH": path, "TZ": "UTC"]) { $1 }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let output = URL(filePath: folder.write("out", ""))
        let errors = URL(filePath: folder.write("err", ""))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        return ProgramRun(
            exitCode: process.terminationReason == .exit ? process.terminationStatus : -1,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errorText: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    /// The answer's JSON object, empty where there is none.
    var json: [String: Any] {
        get throws {
            try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
        }
    }

    /// A member below the JSON object, named by the way to it.
    func member(_ path: String...) throws -> Any? {
        let object = try json
        return path.reduce(object as Any?) { ($0 as? [String: Any])?[$1] }
    }

    func text(_ path: String...) throws -> String? {
        let object = try json
        return path.reduce(object as Any?) { ($0 as? [String: Any])?[$1] } as? String
    }

    var errorCode: String? { get throws { try text("error", "code") } }

    var warningCodes: [String] {
        get throws {
            (try json["warnings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
        }
    }
}
