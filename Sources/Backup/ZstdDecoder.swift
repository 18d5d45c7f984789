import CZstd

/// Unpacks zstd frames (RFC 8878) through libzstd, one after the other, skippable frames included.
///
/// Windows over 128 MiB (`zstd --long=28` and more) are refused by the library's default limit.
struct ZstdDecoder: ~Copyable {
    private let context: OpaquePointer

    init() throws(DecoderFailure) {
        guard let context = ZSTD_createDCtx() else {
            throw DecoderFailure(reason: "zstd cannot begin")
        }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    func step(
        input: UnsafeMutableRawBufferPointer, output: UnsafeMutableRawBufferPointer
    ) -> Result<DecoderStep, DecoderFailure> {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(status) == 0 else {
            let reason = String(cString: ZSTD_getErrorName(status)).lowercased()
            return .failure(DecoderFailure(reason: reason))
        }
        return .success(
            DecoderStep(consumed: source.pos, produced: target.pos, ended: status == 0))
    }
}
