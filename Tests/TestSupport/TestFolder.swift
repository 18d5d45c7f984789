import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder of a test's own under the temporary folder, removed when the value ends.
///
/// Its path is short, so that a server's socket fits into it. With `LASTGOOD_KEEP` set to 1 it
/// stays, for somebody to look into.
public final class TestFolder: Sendable {
    public let path: String
    private let isRemoved: Bool

    public convenience init(_ name: String = "t") throws {
        let isKept = ProcessInfo.processInfo.environment["LASTGOOD_KEEP"] == "1"
        try self.init(name, isRemoved: !isKept)
    }

    init(_ name: String, isRemoved: Bool) throws {
        self.isRemoved = isRemoved
        let base = ProcessInfo.processInfo.environment["LASTGOOD_TEST_FOLDER"] ?? "/tmp"
        var template = Array("\(base)/lg-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestFailure("cannot make a folder under \(base): \(TestFailure.systemReason)")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // A server that runs as another user must get through.
        guard chmod(path, 0o711) == 0 else { throw TestFailure("cannot open \(path)") }
    }

    deinit { if isRemoved { Self.removeTree(path) } }

    /// Makes a folder inside it and returns its path.
    public func makeFolder(_ name: String) throws -> String {
        let folder = path + "/" + name
        guard mkdir(folder, 0o755) == 0 else {
            throw TestFailure("cannot make \(folder): \(TestFailure.systemReason)")
        }
        return folder
    }

    /// Writes a file inside it and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String, mode: UInt16 = 0o644) throws -> String {
        if mode & 0o111 != 0 { return try writeProgram(name, text, mode: mode) }
        return try write(name, text.utf8, mode: mode)
    }

    /// Written by a child: a program cannot be run while anybody has it open for writing, and what
    /// this process has open every child that another test starts has too, for a moment.
    private func writeProgram(_ name: String, _ text: String, mode: UInt16) throws -> String {
        let file = path + "/" + name
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = [
            "-c", "printf %s \"$1\" >\"$2\" && chmod \"$3\" \"$2\"", "sh", text, file,
            String(mode, radix: 8),
        ]
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { throw TestFailure("cannot write \(file)") }
        return file
    }

    /// The same with bytes.
    @discardableResult
    public func write(
        _ name: String, _ bytes: some Sequence<UInt8>, mode: UInt16 = 0o644
    ) throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(filePath: file))
        guard chmod(file, mode_t(mode)) == 0 else {
            throw TestFailure("cannot change the mode of \(file): \(TestFailure.systemReason)")
        }
        return file
    }

    static func removeTree(_ path: String) {
        let folder = opendir(path)
        while let folder, let entry = readdir(folder) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let child = path + "/" + name
            if unlink(child) != 0 { removeTree(child) }
        }
        if let folder { closedir(folder) }
        rmdir(path)
    }
}

/// What a test needs and cannot have: thrown, so that the test fails and the others go on.
public struct TestFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    static var systemReason: String { String(cString: strerror(errno)) }
}
