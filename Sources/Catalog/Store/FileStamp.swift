internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What the file system says of a file: it changes whenever the file does.
struct FileStamp: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
    var sizeBytes: UInt64
    var modifiedNanoseconds: Int64
    /// Of the last change of its contents, name or rights.
    var changedNanoseconds: Int64

    /// Nil where it cannot be asked.
    init?(_ path: FilePath) {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        sizeBytes = UInt64(clamping: status.st_size)
        #if canImport(Darwin)
            modifiedNanoseconds = Self.nanoseconds(status.st_mtimespec)
            changedNanoseconds = Self.nanoseconds(status.st_ctimespec)
        #else
            modifiedNanoseconds = Self.nanoseconds(status.st_mtim)
            changedNanoseconds = Self.nanoseconds(status.st_ctim)
        #endif
    }

    init(_ reader: inout PackedReader) throws(CatalogDamage) {
        device = try reader.number()
        inode = try reader.number()
        sizeBytes = try reader.number()
        modifiedNanoseconds = Int64(bitPattern: try reader.number())
        changedNanoseconds = Int64(bitPattern: try reader.number())
    }

    func write(to writer: inout PackedWriter) {
        writer.number(device)
        writer.number(inode)
        writer.number(sizeBytes)
        writer.number(modifiedNanoseconds)
        writer.number(changedNanoseconds)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
