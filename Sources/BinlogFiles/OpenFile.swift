package import Binlog
package import SystemPackage

/// A file opened read-only.
///
/// `pread` and not `mmap`: a mapped file that is truncated meanwhile kills the process.
package struct OpenFile: ~Copyable {
    /// As it was when the file was opened.
    package let sizeBytes: UInt64
    private let descriptor: FileDescriptor

    /// Throws `unreadable`.
    package init(_ path: FilePath) throws(BinlogError) {
        (descriptor, sizeBytes) = try Self.open(path)
    }

    deinit { Self.close(descriptor) }

    /// Reads what there is at an offset, at least one byte and at most what `buffer` holds.
    ///
    /// Throws `unreadable`, and `truncated` where nothing stands there any more.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(BinlogError) -> Int {
        let count: Int
        do {
            count = try descriptor.read(fromAbsoluteOffset: Int64(offset), into: buffer)
        } catch {
            throw BinlogError(.unreadable, "cannot be read: \(error)", offset: offset)
        }
        guard count > 0 else {
            throw BinlogError(
                .truncated, "the file became shorter while it was read", offset: offset)
        }
        return count
    }

    private static func open(_ path: FilePath) throws(BinlogError) -> (FileDescriptor, UInt64) {
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
        } catch {
            throw unreadable(path, error)
        }
        do {
            return (descriptor, UInt64(try descriptor.seek(offset: 0, from: .end)))
        } catch {
            close(descriptor)
            throw unreadable(path, error)
        }
    }

    private static func unreadable(_ path: FilePath, _ error: any Error) -> BinlogError {
        BinlogError(.unreadable, "cannot be read: \(error)", file: path.string)
    }

    private static func close(_ descriptor: FileDescriptor) {
        // A file that was only read has nothing to lose by a failing close.
        do { try descriptor.close() } catch {}
    }
}
