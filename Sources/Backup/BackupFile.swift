import Recovery
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The few file operations of this target, with errors that name the path.
enum BackupFile {
    /// Opens a regular file for reading; gives its size too.
    static func open(_ path: String) throws(RecoveryError) -> (FileDescriptor, sizeBytes: UInt64) {
        do {
            let descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
            var status = stat()
            guard fstat(descriptor.rawValue, &status) == 0 else {
                let error = Errno(rawValue: errno)
                close(descriptor)
                throw error
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                throw RecoveryError(
                    .notABackup, "not a regular file", hint: "a backup is read more than once",
                    file: path)
            }
            return (descriptor, UInt64(clamping: status.st_size))
        } catch {
            throw wrap(error, path: path)
        }
    }

    /// A close that cannot lose anything: the file was only read.
    static func close(_ descriptor: FileDescriptor) {
        do { try descriptor.close() } catch { return }
    }

    /// Reads until `buffer` is full or the file ends; gives how many bytes are in it.
    static func fill(
        _ buffer: inout [UInt8], from descriptor: FileDescriptor, path: String
    ) throws(RecoveryError) -> Int {
        var count = 0
        do {
            while count < buffer.count {
                let filled = count
                let part = try buffer.withUnsafeMutableBytes { bytes in
                    try descriptor.read(
                        into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]))
                }
                if part == 0 { break }
                count += part
            }
        } catch {
            throw wrap(error, path: path)
        }
        return count
    }

    /// Up to `limit` bytes of a file from `offset` on.
    static func bytes(
        of path: String, from offset: UInt64 = 0, limit: Int
    ) throws(RecoveryError) -> [UInt8] {
        let (descriptor, _) = try open(path)
        defer { close(descriptor) }
        do {
            try descriptor.seek(offset: Int64(clamping: offset), from: .start)
        } catch {
            throw wrap(error, path: path)
        }
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = try fill(&buffer, from: descriptor, path: path)
        buffer.removeSubrange(count...)
        return buffer
    }

    /// The text of a small file of a backup, or nil when it is not there.
    static func smallText(_ path: String) throws(RecoveryError) -> String? {
        guard exists(path) else { return nil }
        return String(decoding: try bytes(of: path, limit: 1 << 20), as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory, sorted, without `.` and `..`.
    static func names(in path: String) throws(RecoveryError) -> [String] {
        guard let directory = opendir(path) else {
            throw wrap(Errno(rawValue: errno), path: path)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            // Safe: d_name is zero-terminated inside the entry, which lives until the next readdir
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Any error as one that names the path.
    static func wrap(_ error: any Error, path: String) -> RecoveryError {
        switch error {
        case let error as RecoveryError: error
        case let error as DecoderFailure:
            RecoveryError(.backupCorrupt, error.reason, file: path)
        case let error as Errno:
            RecoveryError(
                .backupUnreadable, "cannot be read: \(error.description.lowercased())",
                hint: error == .noSuchFileOrDirectory ? "check the path" : nil, file: path)
        default:
            RecoveryError(.backupUnreadable, "cannot be read: \(error)", file: path)
        }
    }
}
