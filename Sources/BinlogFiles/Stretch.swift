public import Binlog

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A run of whole transactions of one file that are all committed, and only change rows unless its
/// scout was asked for statements too.
///
/// `StretchScout` finds it by headers alone; `read` checks its bytes. A stretch
/// depends on nothing before it, so that several can be read at the same time.
public struct Stretch: Sendable {
    /// Where it lies in its file.
    public let range: Range<UInt64>
    public let transactionCount: UInt64
    /// The last GTID of each domain in it.
    public let reached: GTIDPosition
    /// The stamp of its last transaction.
    public let lastTimestamp: UInt32
    /// The tables whose maps stand in it and in no earlier stretch that its scout found.
    public let newTables: [TableMap]
    public let format: FormatDescription

    let chunk: LogChunk
}

extension Stretch {
    /// Reads it event by event, compressed ones unpacked, and checks every byte, as long as `body`
    /// returns true.
    ///
    ///     try stretch.read { event in
    ///         print(event.type)
    ///         return true
    ///     }
    ///
    /// Throws, with the offset, what `EventFramer.frame` and `EventUnpacker.unpack` throw, and what
    /// `body` throws.
    public func read(
        _ body: (borrowing Event) throws(BinlogError) -> Bool
    ) throws(BinlogError) {
        var framer = EventFramer(format)
        var unpacker = EventUnpacker()
        let bytes = chunk.bytes(range.count, at: range.lowerBound)
        var begin = 0
        while begin < bytes.byteCount {
            let offset = range.lowerBound + UInt64(begin)
            let rest = bytes.extracting(begin...)
            let length =
                rest.byteCount < EventHeader.sizeBytes
                ? Int.max : try EventFramer.length(headerOf: rest, at: offset)
            // The scout saw whole events here: the bytes in memory are the same.
            guard length <= rest.byteCount else {
                throw BinlogError(
                    .corrupt, "a stretch of the log does not end with an event", offset: offset)
            }
            let event = try framer.frame(rest.extracting(first: length), at: offset)
            if event.type.isCompressed {
                try unpacker.unpack(event)
                let plain = Event(header: event.header, offset: offset, plain: unpacker.bytes)
                guard try body(plain) else { return }
            } else {
                guard try body(event) else { return }
            }
            begin += length
        }
    }
}

/// A part of a file in memory, which threads may share: it is not changed as long as they do.
final class LogChunk: @unchecked Sendable {
    // Safe: @unchecked because it is filled only while it has a single owner.

    /// Where in the file it lies.
    private(set) var range: Range<UInt64> = 0..<0
    private let buffer: UnsafeMutableRawBufferPointer

    private static let hugePageBytes = 2 << 20

    init(capacityBytes: Int) {
        buffer = .allocate(byteCount: capacityBytes, alignment: Self.hugePageBytes)
        #if os(Linux)
            // In a virtual machine the first touch of a page can cost 10 µs, and a huge page is one
            // instead of 512. It is advice: what the system makes of it does not matter.
            _ = madvise(buffer.baseAddress, buffer.count, MADV_HUGEPAGE)
        #endif
    }

    deinit { buffer.deallocate() }

    var capacityBytes: Int { buffer.count }

    /// Reads a part of a file that has room; nobody else may have the chunk.
    ///
    /// Throws `unreadable`, and `truncated` where the file is shorter than `range` says.
    func fill(_ file: borrowing OpenFile, _ range: Range<UInt64>) throws(BinlogError) {
        precondition(range.count <= buffer.count)
        self.range = 0..<0
        var filled = 0
        while filled < range.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<range.count])
            filled += try file.read(into: rest, at: range.lowerBound + UInt64(filled))
        }
        self.range = range
    }

    /// Decrypts the whole events in it; one begins where it begins, and nobody else may have it.
    func decrypt(_ decryptor: EventDecryptor) {
        var begin = 0
        while range.count - begin >= EventHeader.sizeBytes {
            let length = buffer.loadUnaligned(fromByteOffset: begin + 9, as: UInt32.self)
            let end = begin + Int(UInt32(littleEndian: length))
            guard end >= begin + EventHeader.sizeBytes, end <= range.count else { return }
            decryptor.decrypt(
                UnsafeMutableRawBufferPointer(rebasing: buffer[begin..<end]),
                at: range.lowerBound + UInt64(begin))
            begin = end
        }
    }

    /// Bytes that lie in `range`.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(_ count: Int, at offset: UInt64) -> RawSpan {
        let from = Int(offset - range.lowerBound)
        precondition(from + count <= range.count)
        let part = UnsafeRawBufferPointer(rebasing: buffer[from..<(from + count)])
        // Safe: the buffer lives as long as self and is not changed.
        return unsafe _overrideLifetime(RawSpan(_unsafeBytes: part), borrowing: self)
    }
}
