import CZlib
import CZstd

/// Parts of events as servers compress them.
public enum PackedBytes {
    /// MariaDB's `log_bin_compress`: a byte of algorithm and width, the plain length, a zlib stream
    /// of the default level.
    public static func mariadb(_ plain: [UInt8]) throws -> [UInt8] {
        let count = UInt64(plain.count)
        let width = max(1, (64 - count.leadingZeroBitCount + 7) / 8)
        var writer = ByteWriter()
        writer.u8(0x80 | UInt8(width))
        writer.bigEndian(count, width: width)
        var length = compressBound(UInt(plain.count))
        var stream = [UInt8](repeating: 0, count: Int(length))
        guard compress(&stream, &length, plain, UInt(plain.count)) == Z_OK else {
            throw TestFailure("zlib does not compress \(plain.count) bytes")
        }
        writer.append(stream[..<Int(length)])
        return writer.bytes
    }

    /// A zstd stream of one frame.
    public static func zstd(_ plain: [UInt8]) throws -> [UInt8] {
        var stream = [UInt8](repeating: 0, count: ZSTD_compressBound(plain.count))
        let count = ZSTD_compress(&stream, stream.count, plain, plain.count, 3)
        guard ZSTD_isError(count) == 0 else {
            throw TestFailure("zstd does not compress \(plain.count) bytes")
        }
        return Array(stream[..<count])
    }

    /// What a zstd stream of one frame holds, where it is `count` bytes.
    public static func unpackedZstd(_ stream: [UInt8], count: Int) -> [UInt8]? {
        var plain = [UInt8](repeating: 0, count: count)
        let actual = ZSTD_decompress(&plain, count, stream, stream.count)
        return ZSTD_isError(actual) == 0 && actual == count ? plain : nil
    }
}
