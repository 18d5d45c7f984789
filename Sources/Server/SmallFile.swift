import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reading, writing and owning the few small files and folders that a scratch server needs.
package enum SmallFile {
    /// The bytes of a file; throws `fileError`, also when it is larger than the limit.
    static func read(_ path: String, maxSizeBytes: Int) throws(ServerError) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec])
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 64 << 10)
                while bytes.count <= maxSizeBytes {
                    let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                    if count == 0 { return bytes }
                    bytes += chunk[..<count]
                }
                throw Errno.fileTooLarge
            }
        } catch {
            throw failure("read", path, error)
        }
    }

    /// What is behind the name of a file that is not whole yet.
    package static let unfinishedSuffix = ".new"

    /// Writes a new file that only its owner can read; one that stands there is replaced, a
    /// symbolic link is never followed.
    ///
    /// Whatever happens, the old file or the new one is there, on the disk. Throws `fileError`.
    package static func writePrivate(
        _ path: String, _ bytes: [UInt8], owner: ServerUser? = nil
    ) throws(ServerError) {
        let temporary = path + unfinishedSuffix
        unlink(temporary)
        do {
            let file = try FileDescriptor.open(
                FilePath(temporary), .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec, .noFollow],
                permissions: [.ownerRead, .ownerWrite])
            try file.closeAfter {
                _ = try file.writeAll(bytes)
                if let owner, fchown(file.rawValue, owner.userID, owner.groupID) != 0 {
                    throw Errno(rawValue: errno)
                }
                if fsync(file.rawValue) != 0 { throw Errno(rawValue: errno) }
            }
            if rename(temporary, path) != 0 { throw Errno(rawValue: errno) }
            try syncFolder(of: path)
        } catch {
            throw failure("write", path, error)
        }
    }

    /// A new name is on the disk only when its folder is.
    private static func syncFolder(of path: String) throws {
        let folder = try FileDescriptor.open(
            FilePath(path).removingLastComponent(), .readOnly, options: [.closeOnExec, .directory])
        try folder.closeAfter {
            if fsync(folder.rawValue) != 0 { throw Errno(rawValue: errno) }
        }
    }

    /// Makes a folder of mode 0700 unless it is there, and gives it to the owner.
    static func makePrivateFolder(_ path: String, owner: ServerUser?) throws(ServerError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw failure("make", path, Errno(rawValue: errno))
        }
        do {
            let folder = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .noFollow, .directory])
            try folder.closeAfter {
                if fchmod(folder.rawValue, 0o700) != 0 { throw Errno(rawValue: errno) }
                guard let owner else { return }
                if fchown(folder.rawValue, owner.userID, owner.groupID) != 0 {
                    throw Errno(rawValue: errno)
                }
            }
        } catch {
            throw failure("make", path, error)
        }
    }

    static func remove(_ path: String) throws(ServerError) {
        if unlink(path) != 0, errno != ENOENT {
            throw failure("remove", path, Errno(rawValue: errno))
        }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The last lines of a text file that may be long, for an error message.
    static func lastLines(_ path: String, count: Int, maxSizeBytes: Int = 8 << 10) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size > 0 else { return [] }
        let length = min(Int(size), maxSizeBytes)
        var bytes = [UInt8](repeating: 0, count: length)
        let read = pread(descriptor, &bytes, length, size - off_t(length))
        guard read > 0 else { return [] }
        let lines = String(decoding: bytes[..<read], as: UTF8.self).split(separator: "\n")
        return lines.suffix(count).map(String.init)
    }

    static func failure(_ verb: String, _ path: String, _ error: any Error) -> ServerError {
        let reason = (error as? Errno)?.description ?? "\(error)"
        return ServerError(.fileError, "cannot \(verb) \(path): \(reason)")
    }
}
