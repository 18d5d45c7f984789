internal import Binlog
internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What lies in a directory, and what a path is.
enum Directory {
    enum Kind { case file(sizeBytes: UInt64), directory, other }

    /// Throws `unreadable` for a path that does not exist or may not be looked at.
    static func kind(of path: FilePath) throws(BinlogError) -> Kind {
        var status = stat()
        guard unsafe stat(path.string, &status) == 0 else {
            throw unreadable(path, errno)
        }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file(sizeBytes: UInt64(max(0, status.st_size)))
        case S_IFDIR: .directory
        default: .other
        }
    }

    /// Whether something is there that can be looked at.
    static func exists(_ path: FilePath) -> Bool {
        var status = stat()
        return unsafe stat(path.string, &status) == 0
    }

    /// Whether the path is a symbolic link to something that is not there.
    static func isDanglingLink(_ path: FilePath) -> Bool {
        var status = stat()
        guard unsafe lstat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else {
            return false
        }
        return unsafe stat(path.string, &status) != 0 && (errno == ENOENT || errno == ELOOP)
    }

    /// Whether two paths lead to the same file.
    static func areSame(_ first: FilePath, _ second: FilePath) -> Bool {
        if first == second { return true }
        var one = stat()
        var other = stat()
        guard unsafe stat(first.string, &one) == 0, unsafe stat(second.string, &other) == 0 else {
            return false
        }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    /// The names in a directory, sorted; those that are not UTF-8 are repaired and so not found.
    static func names(in path: FilePath) throws(BinlogError) -> [String] {
        guard let stream = opendir(path.string) else { throw unreadable(path, errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The whole content of a small text file.
    static func text(of path: FilePath, atMost limitBytes: Int) throws(BinlogError) -> String {
        String(decoding: try bytes(of: path, atMost: limitBytes), as: UTF8.self)
    }

    /// The whole content of a small file, which may be a pipe.
    ///
    /// Throws `unreadable`, also for a file that is larger than `limitBytes`.
    static func bytes(of path: FilePath, atMost limitBytes: Int) throws(BinlogError) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
            try file.closeAfter {
                var part = [UInt8](repeating: 0, count: 64 << 10)
                while bytes.count <= limitBytes {
                    let count = try part.withUnsafeMutableBytes { try file.read(into: $0) }
                    if count == 0 { break }
                    bytes += part[..<count]
                }
            }
        } catch {
            throw BinlogError(.unreadable, "cannot be read: \(error)", file: path.string)
        }
        guard bytes.count <= limitBytes else {
            throw BinlogError(
                .unreadable, "is longer than \(limitBytes) bytes, which is too long for it",
                file: path.string)
        }
        return bytes
    }

    private static func unreadable(_ path: FilePath, _ code: Int32) -> BinlogError {
        BinlogError(.unreadable, "cannot be read: \(Errno(rawValue: code))", file: path.string)
    }
}
