import CZstd

/// Packs bytes as whole zstd frames (RFC 8878), one behind the other in a file.
final class ZstdEncoder: @unchecked Sendable {
    // Safe: made and used by the one value that writes an export.
    private let context: OpaquePointer?
    private var output: [UInt8] = []

    private static let level: Int32 = 3

    init() {
        context = ZSTD_createCCtx()
        guard let context else { return }
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.level)
        _ = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// The frame that holds the bytes; nil where the library fails.
    func frame(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard let context else { return nil }
        let most = ZSTD_compressBound(bytes.count)
        if output.count < most { output = [UInt8](repeating: 0, count: most) }
        let count = output.withUnsafeMutableBytes { output in
            bytes.withUnsafeBytes { input in
                ZSTD_compress2(
                    context, output.baseAddress, output.count, input.baseAddress, input.count)
            }
        }
        return ZSTD_isError(count) == 0 ? output[..<count] : nil
    }
}
