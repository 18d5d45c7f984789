public import Binlog

/// A run of whole transactions of one file that only change rows and are all committed.
///
/// `StretchScout` finds it by headers alone; `StretchReader` checks its bytes. A stretch
/// depends on nothing before it, so that several can be read at the same time.
public struct Stretch: Sendable {
    /// Where it lies in its file.
    public let range: Range<UInt64>
    public let transactionCount: UInt64
    /// The last GTID of each domain in it.
    public let reached: GTIDPosition
    /// The tables whose maps stand in it and in no earlier stretch that its scout found.
    public let newTables: [TableMap]
    public let format: FormatDescription

    let chunk: LogChunk
}

/// A part of a file in memory, which threads may share: it is not changed once it is filled.
final class LogChunk: @unchecked Sendable {
    /// Where in the file it lies.
    let range: Range<UInt64>
    private let buffer: UnsafeMutableRawBufferPointer

    /// Throws `unreadable`, and `truncated` where the file is shorter than `range` says.
    init(_ file: borrowing OpenFile, _ range: Range<UInt64>) throws(BinlogError) {
        self.range = range
        buffer = .allocate(byteCount: range.count, alignment: 16)
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            filled += try file.read(into: rest, at: range.lowerBound + UInt64(filled))
        }
    }

    deinit { buffer.deallocate() }

    /// Bytes that lie in `range`.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(_ count: Int, at offset: UInt64) -> RawSpan {
        let from = Int(offset - range.lowerBound)
        precondition(from + count <= buffer.count)
        let part = UnsafeRawBufferPointer(rebasing: buffer[from..<(from + count)])
        // Safe: the buffer lives as long as self and is not changed.
        return unsafe _overrideLifetime(RawSpan(_unsafeBytes: part), borrowing: self)
    }
}

/// Reads a stretch event by event and checks every byte.
///
///     var reader = StretchReader(stretch)
///     while try reader.advance() { print(reader.event.type) }
public struct StretchReader: ~Copyable {
    private let stretch: Stretch
    private var framer: EventFramer
    private var nextOffset: UInt64
    private var header: EventHeader?
    private var checksumBytes = 0
    private var currentOffset: UInt64 = 0

    public init(_ stretch: Stretch) {
        self.stretch = stretch
        framer = EventFramer(stretch.format)
        nextOffset = stretch.range.lowerBound
    }

    /// Reads and checks the next event; false behind the last.
    ///
    /// Throws, with the offset, what `EventFramer.frame` throws.
    public mutating func advance() throws(BinlogError) -> Bool {
        let rest = stretch.range.upperBound - nextOffset
        guard rest > 0 else { return false }
        let offset = nextOffset
        guard rest >= UInt64(EventHeader.sizeBytes) else { throw Self.notWhole(offset) }
        let length = try EventFramer.length(
            headerOf: stretch.chunk.bytes(EventHeader.sizeBytes, at: offset), at: offset)
        guard UInt64(length) <= rest else { throw Self.notWhole(offset) }
        (header, checksumBytes) = try Self.check(stretch.chunk, length, at: offset, &framer)
        currentOffset = offset
        nextOffset = offset + UInt64(length)
        return true
    }

    private static func check(
        _ chunk: LogChunk, _ length: Int, at offset: UInt64, _ framer: inout EventFramer
    ) throws(BinlogError) -> (EventHeader, Int) {
        let event = try framer.frame(chunk.bytes(length, at: offset), at: offset)
        return (event.header, event.checksumBytes)
    }

    /// The newest event, until `advance` is called again, which must have been before.
    public var event: Event {
        @_lifetime(borrow self)
        get {
            guard let header else { preconditionFailure("no event has been read") }
            return Event(
                header: header, offset: currentOffset,
                bytes: stretch.chunk.bytes(Int(header.lengthBytes), at: currentOffset),
                checksumBytes: checksumBytes)
        }
    }

    /// The scout saw whole events here: the bytes in memory are the same.
    private static func notWhole(_ offset: UInt64) -> BinlogError {
        BinlogError(.corrupt, "a stretch of the log does not end with an event", offset: offset)
    }
}
