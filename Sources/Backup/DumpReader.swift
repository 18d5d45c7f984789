public import Recovery
import SystemPackage

/// Reads a dump file from its beginning to its end, unpacked, in bounded memory.
///
/// ```swift
/// var reader = try DumpReader(path: "full.sql.zst")
/// var chunk = [UInt8](repeating: 0, count: DumpReader.chunkBytes)
/// while case let count = try reader.read(into: &chunk), count > 0 { use(chunk[..<count]) }
/// ```
///
/// Several gzip members or zstd frames behind each other are one stream, as `gzip -d` and `zstd -d`
/// read them. The file is opened read-only. Whether the text is a dump is not checked here.
public struct DumpReader: ~Copyable {
    /// The size of the buffers: what one read asks the file for, and a good size for callers.
    public static let chunkBytes = 256 * 1024

    public let path: String
    public let compression: DumpCompression
    /// The size of the file as it was when it was opened.
    public let sizeBytes: UInt64
    /// How many bytes of the file have been used, for a progress bar against `sizeBytes`.
    public private(set) var consumedBytes: UInt64 = 0
    /// How many bytes of unpacked text have been given out.
    public private(set) var producedBytes: UInt64 = 0

    private let descriptor: FileDescriptor
    private var input: [UInt8]
    private var inputNext = 0
    private var inputEnd = 0
    private var fileEnded = false
    private var insideFrame = false
    private let decoder: Decoder

    /// Opens a dump and looks at its first bytes.
    ///
    /// - Throws: `unreadable`, or what ``DumpCompression`` says about files that are no dumps.
    public init(path: String) throws(RecoveryError) {
        let opened = try Opened(path)
        decoder = try Decoder.make(opened.compression, closing: opened.descriptor, path: path)
        self.path = path
        compression = opened.compression
        descriptor = opened.descriptor
        sizeBytes = opened.sizeBytes
        input = opened.input
        inputEnd = opened.inputEnd
    }

    deinit { BackupFile.close(descriptor) }

    /// Fills `buffer` from its beginning; 0 means the end of the dump.
    ///
    /// - Throws: `truncated` when the file ends inside a packed stream, `corrupt` when the stream
    ///   cannot be unpacked or something else stands behind it, each with the file's offset.
    public mutating func read(into buffer: inout [UInt8]) throws(RecoveryError) -> Int {
        precondition(!buffer.isEmpty, "a dump cannot be read into an empty buffer")
        var produced = 0
        while produced == 0 {
            if inputNext == inputEnd, !fileEnded { try refill() }
            if inputNext == inputEnd, fileEnded {
                guard !insideFrame else { throw truncated() }
                return 0
            }
            produced = try step(into: &buffer)
        }
        producedBytes += UInt64(produced)
        return produced
    }

    private mutating func refill() throws(RecoveryError) {
        inputNext = 0
        inputEnd = try BackupFile.fill(&input, from: descriptor, path: path)
        fileEnded = inputEnd == 0
    }

    private mutating func step(into buffer: inout [UInt8]) throws(RecoveryError) -> Int {
        guard compression != .none else { return copyPlain(into: &buffer) }
        guard insideFrame || beginFrame() else { return 0 }
        let step: DecoderStep
        do {
            step = try decode(into: &buffer)
        } catch {
            throw RecoveryError(
                .backupCorrupt, "the packed dump is damaged: \(error.reason)",
                hint: Self.damagedHint,
                file: path, offset: consumedBytes)
        }
        inputNext += step.consumed
        consumedBytes += UInt64(step.consumed)
        insideFrame = !step.ended
        if step.consumed == 0, step.produced == 0, !step.ended, fileEnded { throw truncated() }
        return step.produced
    }

    /// Zero bytes behind a frame are padding; a gzip member is begun by hand.
    private mutating func beginFrame() -> Bool {
        if consumedBytes > 0 {
            while inputNext < inputEnd, input[inputNext] == 0 {
                inputNext += 1
                consumedBytes += 1
            }
            guard inputNext < inputEnd else { return false }
            decoder.beginFrame()
        }
        insideFrame = true
        return true
    }

    private mutating func copyPlain(into buffer: inout [UInt8]) -> Int {
        let count = min(buffer.count, inputEnd - inputNext)
        buffer.replaceSubrange(0..<count, with: input[inputNext..<inputNext + count])
        inputNext += count
        consumedBytes += UInt64(count)
        return count
    }

    private mutating func decode(
        into buffer: inout [UInt8]
    ) throws(DecoderFailure) -> DecoderStep {
        // Safe: the pointers are used only inside the closures, on ranges inside both arrays
        let range = inputNext..<inputEnd
        let result = input.withUnsafeMutableBytes { source in
            buffer.withUnsafeMutableBytes { target in
                let part = UnsafeMutableRawBufferPointer(rebasing: source[range])
                return decoder.step(input: part, output: target)
            }
        }
        return try result.get()
    }

    private func truncated() -> RecoveryError {
        RecoveryError(
            .backupTruncated, "the file ends inside its \(compression.rawValue) stream",
            hint: Self.damagedHint, file: path, offset: consumedBytes)
    }

    private static let damagedHint = "copy the backup again from where it was made, or use another"
}

/// The library that unpacks a dump.
private enum Decoder: ~Copyable {
    case none
    case gzip(GzipDecoder)
    case zstd(ZstdDecoder)

    /// Closes the file when the library cannot begin.
    static func make(
        _ compression: DumpCompression, closing descriptor: FileDescriptor, path: String
    ) throws(RecoveryError) -> Decoder {
        do {
            switch compression {
            case .none: return .none
            case .gzip: return .gzip(try GzipDecoder())
            case .zstd: return .zstd(try ZstdDecoder())
            }
        } catch {
            BackupFile.close(descriptor)
            throw BackupFile.wrap(error, path: path)
        }
    }

    borrowing func beginFrame() {
        switch self {
        case .gzip(let decoder): decoder.reset()
        case .none: break
        case .zstd: break
        }
    }

    borrowing func step(
        input: UnsafeMutableRawBufferPointer, output: UnsafeMutableRawBufferPointer
    ) -> Result<DecoderStep, DecoderFailure> {
        switch self {
        case .none: preconditionFailure("a plain dump has no decoder")
        case .gzip(let decoder): decoder.step(input: input, output: output)
        case .zstd(let decoder): decoder.step(input: input, output: output)
        }
    }
}

/// A file with its first bytes read and known.
private struct Opened {
    var descriptor: FileDescriptor
    var sizeBytes: UInt64
    var input = [UInt8](repeating: 0, count: DumpReader.chunkBytes)
    var inputEnd: Int
    var compression: DumpCompression

    init(_ path: String) throws(RecoveryError) {
        (descriptor, sizeBytes) = try BackupFile.open(path)
        do {
            inputEnd = try BackupFile.fill(&input, from: descriptor, path: path)
            compression = try DumpCompression.detect(head: Array(input[..<inputEnd]), path: path)
        } catch {
            BackupFile.close(descriptor)
            throw error
        }
    }
}
