import CZlib

/// What one step of a decoder did.
struct DecoderStep {
    var consumed: Int
    var produced: Int
    /// A gzip member or a zstd frame ended with the last byte consumed.
    var ended: Bool
}

/// Why a decoder cannot go on, in its library's words.
struct DecoderFailure: Error {
    var reason: String
}

/// Unpacks gzip members (RFC 1952) through zlib, one after the other.
struct GzipDecoder: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(DecoderFailure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 = the largest window, + 16 = gzip framing with its checksum and length
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
            stream.deallocate()
            throw DecoderFailure(reason: "zlib cannot begin")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Begins the next member.
    func reset() { inflateReset(stream) }

    func step(
        input: UnsafeMutableRawBufferPointer, output: UnsafeMutableRawBufferPointer
    ) -> Result<DecoderStep, DecoderFailure> {
        // Safe: both buffers outlive the call, their sizes are at most a reader's chunk (under 4
        // GiB)
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(truncatingIfNeeded: input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(truncatingIfNeeded: output.count)
        let status = inflate(stream, Z_NO_FLUSH)
        let step = DecoderStep(
            consumed: input.count - Int(stream.pointee.avail_in),
            produced: output.count - Int(stream.pointee.avail_out), ended: status == Z_STREAM_END)
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
            return .failure(DecoderFailure(reason: message()))
        }
        return .success(step)
    }

    private func message() -> String {
        guard let text = stream.pointee.msg else { return "gzip data error" }
        return String(cString: text)
    }
}
