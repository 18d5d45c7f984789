internal import CDeflate

/// Bytes of a catalog made smaller (DEFLATE, RFC 1951): texts of statements are much alike.
enum DeflatedBytes {
    /// The format's own limit: what one byte can become at most.
    private static let mostTimes = 1032
    /// A part that says it is larger is not believed: a catalog may come from anybody.
    private static let mostBytes = 1 << 30
    private static let sizeBytes = 8
    private static let level: Int32 = 2

    /// How many there are, and what they become; as they are where the library has no memory.
    static func pack(_ bytes: [UInt8]) -> [UInt8] {
        var packed = [UInt8]()
        if let compressor = libdeflate_alloc_compressor(level) {
            defer { libdeflate_free_compressor(compressor) }
            let bound = libdeflate_deflate_compress_bound(compressor, bytes.count)
            packed = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
                count = libdeflate_deflate_compress(
                    compressor, bytes, bytes.count, output.baseAddress, bound)
            }
        }
        if packed.isEmpty || packed.count >= bytes.count { packed = bytes }
        return (0..<sizeBytes).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + packed
    }

    /// Nil for what `pack` did not write.
    static func unpack(_ stored: ArraySlice<UInt8>) -> [UInt8]? {
        guard stored.count >= sizeBytes else { return nil }
        let size = stored.prefix(sizeBytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let packed = Array(stored.dropFirst(sizeBytes))
        guard size != UInt64(packed.count) else { return packed }
        let (most, isTooLarge) = packed.count.multipliedReportingOverflow(by: mostTimes)
        guard !isTooLarge, let count = Int(exactly: size), count <= most,
            count <= mostBytes, let decompressor = libdeflate_alloc_decompressor()
        else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { output, filled in
            let result = libdeflate_deflate_decompress(
                decompressor, packed, packed.count, output.baseAddress, count, nil)
            isWhole = result == LIBDEFLATE_SUCCESS
            filled = isWhole ? count : 0
        }
        return isWhole ? bytes : nil
    }
}
