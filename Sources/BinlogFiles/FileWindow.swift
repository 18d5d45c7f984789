internal import Binlog
internal import SystemPackage

/// A file opened read-only and the part of it that is in memory.
///
/// One buffer, reused; it grows only for an event larger than it, and never beyond the file. What
/// is read ahead begins small behind a jump and doubles: who looks at the head and the end of a
/// thousand files does not wait for the disk to bring what lies between.
struct FileWindow: ~Copyable {
    static let initialBytes = 256 << 10
    static let firstReadBytes = 16 << 10

    private let file: OpenFile
    private var buffer: UnsafeMutableRawBufferPointer
    /// Where in the file the buffer begins, and how much of it is filled.
    private var begin: UInt64 = 0
    private var filled = 0
    /// How much the next read asks for at least.
    private var aheadBytes = FileWindow.firstReadBytes

    init(path: FilePath) throws(BinlogError) {
        file = try OpenFile(path)
        buffer = .allocate(byteCount: Self.initialBytes, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    var sizeBytes: UInt64 { file.sizeBytes }

    /// Makes `count` bytes at `offset` available; throws `truncated` where the file has fewer.
    @inline(__always)
    mutating func load(_ count: Int, at offset: UInt64) throws(BinlogError) {
        if offset >= begin, offset &- begin &+ UInt64(count) <= UInt64(filled) { return }
        try refill(count, at: offset)
    }

    @inline(never)
    private mutating func refill(_ count: Int, at offset: UInt64) throws(BinlogError) {
        guard offset <= sizeBytes, UInt64(count) <= sizeBytes - offset else {
            throw BinlogError(.truncated, "the file ends inside an event", offset: offset)
        }
        keep(from: offset)
        if count > buffer.count { grow(to: count) }
        let wanted = min(buffer.count, max(count, filled + aheadBytes))
        while filled < count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<wanted])
            filled += try file.read(into: rest, at: begin + UInt64(filled))
        }
        aheadBytes = min(2 * aheadBytes, Self.initialBytes)
    }

    /// A view of bytes that `load` made available.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(_ count: Int, at offset: UInt64) -> RawSpan {
        let from = Int(offset - begin)
        precondition(from + count <= filled)
        let part = UnsafeRawBufferPointer(rebasing: buffer[from..<(from + count)])
        // Safe: the buffer lives as long as self, and only mutating members change it.
        return unsafe _overrideLifetime(RawSpan(_unsafeBytes: part), borrowing: self)
    }

    /// Moves what is already read behind `offset` to the buffer's front.
    private mutating func keep(from offset: UInt64) {
        if offset >= begin, offset < begin + UInt64(filled) {
            let used = Int(offset - begin)
            let rest = filled - used
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: buffer[used..<(used + rest)]))
            filled = rest
        } else {
            // A jump, unless the window's last byte was an event's last one.
            if offset != begin + UInt64(filled) { aheadBytes = Self.firstReadBytes }
            filled = 0
        }
        begin = offset
    }

    private mutating func grow(to count: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
        buffer.deallocate()
        buffer = larger
    }
}
