internal import BinlogFiles
internal import CDeflate
internal import SystemPackage

/// Bytes of a file as they lie on disk, to tell later whether they are still the same.
enum FileSample {
    /// How much of a file's beginning, and before its indexed end, is hashed.
    static let hashedBytes: UInt64 = 4096

    /// CRC-32 of a range; nil where it cannot be read.
    static func checksum(of range: Range<UInt64>, in path: FilePath) -> UInt32? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var checksum: UInt32 = 0
        do {
            let file = try OpenFile(path)
            var offset = range.lowerBound
            while offset < range.upperBound {
                let most = Int(min(UInt64(buffer.count), range.upperBound - offset))
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<most])
                let count = try file.read(into: part, at: offset)
                checksum = libdeflate_crc32(checksum, buffer.baseAddress, count)
                offset += UInt64(count)
            }
        } catch {
            return nil
        }
        return checksum
    }

    /// SHA-256 of a file's first bytes, at most up to `end`; the in-use flag, which closing the log
    /// clears, counts as not set.
    static func headHash(of path: FilePath, end: UInt64) -> [UInt8]? {
        guard var bytes = read(0..<min(end, hashedBytes), in: path) else { return nil }
        for index in 21...22 where index < bytes.count { bytes[index] = 0 }
        return SHA256.digest(of: bytes)
    }

    /// SHA-256 of the bytes before `end`.
    static func tailHash(of path: FilePath, end: UInt64) -> [UInt8]? {
        read((end - min(end, hashedBytes))..<end, in: path).flatMap { bytes in
            var bytes = bytes
            let begin = end - UInt64(bytes.count)
            for offset in 21...22 where offset >= begin && offset < end {
                bytes[Int(UInt64(offset) - begin)] = 0
            }
            return SHA256.digest(of: bytes)
        }
    }

    private static func read(_ range: Range<UInt64>, in path: FilePath) -> [UInt8]? {
        do {
            let file = try OpenFile(path)
            guard range.upperBound <= file.sizeBytes, let count = Int(exactly: range.count) else {
                return nil
            }
            return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let rest = UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<count])
                    filled += try file.read(into: rest, at: range.lowerBound + UInt64(filled))
                }
            }
        } catch {
            return nil
        }
    }
}
