import Foundation
import TestSupport

/// One run of the built `lastgood`: what it printed and how it ended.
struct Command {
    let output: String
    let errors: String
    let exitCode: Int32

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    static var logs: String { root + "/Fixtures/shop/binlogs" }

    /// The program beside the test bundle that is running.
    static let program: String = {
        var folders = CommandLine.arguments.filter { $0.contains(".xctest") }
            .map { URL(filePath: $0).deletingLastPathComponent().path }
        folders.append(
            URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
                .deletingLastPathComponent().path)
        folders.append(root + "/.build/debug")
        let programs = folders.map { $0 + "/lastgood" }
        return programs.first { FileManager.default.isExecutableFile(atPath: $0) } ?? programs[0]
    }()

    init(_ arguments: String..., environment: [String: String] = [:]) throws {
        try self.init(arguments, environment: environment)
    }

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let folder = TestFolder("command")
        let process = Process()
        process.executableURL = URL(filePath: Self.program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["TZ": "UTC"]) { $1 }.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let output = URL(filePath: folder.write("out", ""))
        let errors = URL(filePath: folder.write("err", ""))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        self.output = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        self.errors = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        exitCode = process.terminationReason == .exit ? process.terminationStatus : -1
    }

    /// The one JSON object on stdout.
    var json: [String: Any] {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
            return value as? [String: Any] ?? [:]
        }
    }

    var result: [String: Any] {
        get throws { try json["result"] as? [String: Any] ?? [:] }
    }

    var errorCode: String? {
        get throws { (try json["error"] as? [String: Any])?["code"] as? String }
    }

    var warningCodes: [String] {
        get throws {
            (try json["warnings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
        }
    }

    func objects(_ key: String) throws -> [[String: Any]] {
        try result[key] as? [[String: Any]] ?? []
    }
}

/// A copy of the recorded logs that a test may damage.
struct LogCopy {
    let folder = TestFolder("logs")

    var path: String { folder.path }

    /// Copies the files of these numbers, without the index.
    init(_ numbers: ClosedRange<Int> = 1...7) throws {
        for number in numbers {
            try FileManager.default.copyItem(
                atPath: "\(Command.logs)/\(Self.name(number))", toPath: file(number))
        }
    }

    static func name(_ number: Int) -> String { "shop-bin.00000\(number)" }

    func file(_ number: Int) -> String { "\(path)/\(Self.name(number))" }

    func change(_ number: Int, _ body: (inout [UInt8]) -> Void) throws {
        let url = URL(filePath: file(number))
        var bytes = [UInt8](try Data(contentsOf: url))
        body(&bytes)
        try Data(bytes).write(to: url)
    }

    func remove(_ number: Int) throws {
        try FileManager.default.removeItem(atPath: file(number))
    }

    /// Sets header flags of the format description and mends its checksum.
    static func setFlags(_ flags: UInt8, _ bytes: inout [UInt8]) {
        let length = Int(bytes[13]) | Int(bytes[14]) << 8
        bytes[4 + 17] |= flags
        let crc = CRC32.of(bytes[4..<(4 + length - 4)])
        for index in 0..<4 {
            bytes[4 + length - 4 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index))
        }
    }
}
