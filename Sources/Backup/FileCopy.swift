import Recovery
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Copies one file: a reflink where the file system has it, else its bytes.
enum FileCopy {
    private static let chunkBytes = 1 << 20

    static func copy(_ source: String, to target: String) throws(RecoveryError) {
        let (input, _) = try BackupFile.open(source)
        defer { BackupFile.close(input) }
        let output: FileDescriptor
        do {
            output = try create(target)
        } catch {
            throw BackupCopy.failed(target)
        }
        do {
            if !reflink(input, output) { try move(input, output) }
        } catch {
            errno = (error as? Errno)?.rawValue ?? EIO
            let failure = BackupCopy.failed(target)
            BackupFile.close(output)
            throw failure
        }
        // A full disk or a remote file system may say so only here
        do { try output.close() } catch { throw BackupCopy.failed(target) }
    }

    /// True when a reflink of `source` could be made at `target`.
    static func clones(_ source: String, to target: String) -> Bool {
        do {
            let (input, _) = try BackupFile.open(source)
            defer { BackupFile.close(input) }
            let output = try create(target)
            defer { BackupFile.close(output) }
            return reflink(input, output)
        } catch {
            return false
        }
    }

    private static func create(_ path: String) throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: [.ownerReadWrite])
    }

    private static func reflink(_ input: FileDescriptor, _ output: FileDescriptor) -> Bool {
        #if os(Linux)
            // FICLONE of linux/fs.h: _IOW(0x94, 9, int)
            return ioctl(output.rawValue, 0x4004_9409, input.rawValue) == 0
        #else
            return false
        #endif
    }

    private static func move(_ input: FileDescriptor, _ output: FileDescriptor) throws {
        var buffer = [UInt8](repeating: 0, count: chunkBytes)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try input.read(into: $0) }
            if count == 0 { return }
            try output.writeAll(buffer[..<count])
        }
    }
}
