#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder of a test's own under the temporary folder, removed when the value ends.
///
/// Its path is short, so that a server's socket fits into it.
public final class TestFolder: Sendable {
    public let path: String

    public init(_ name: String = "t") {
        let base = getenv("LASTGOOD_TEST_FOLDER").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/lg-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("cannot make a folder under \(base)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // A server that runs as another user must get through.
        chmod(path, 0o711)
    }

    deinit { Self.removeTree(path) }

    /// Makes a folder inside it and returns its path.
    public func makeFolder(_ name: String) -> String {
        let folder = path + "/" + name
        mkdir(folder, 0o755)
        return folder
    }

    /// Writes a file inside it and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String, mode: UInt32 = 0o644) -> String {
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
        precondition(descriptor >= 0, "cannot write \(file)")
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        return file
    }

    private static func removeTree(_ path: String) {
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
