public import Recovery

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Recognises an input before a half-done run goes on with it: its size and a hash of its head.
///
/// It finds an input that was swapped or is still growing, not one that was forged. Of a
/// directory it takes the names and sizes of all files and the heads of its info files.
public struct InputFingerprint: Hashable, Sendable, CustomStringConvertible {
    /// How much of a file is hashed.
    public static let headBytes = 64 * 1024

    public var sizeBytes: UInt64
    public var headHash: UInt64

    /// - Throws: `unreadable`.
    public init(path: String) throws(RecoveryError) {
        var hash = FNV1a()
        if BackupFile.isDirectory(path) {
            let tree = try BackupTree(path)
            sizeBytes = tree.sizeBytes
            for entry in tree.entries {
                hash.add(entry.name.utf8)
                hash.add("\u{0}\(entry.sizeBytes)\u{0}".utf8)
            }
            for name in PhysicalBackup.infoFiles where BackupFile.exists("\(path)/\(name)") {
                hash.add(try BackupFile.bytes(of: "\(path)/\(name)", limit: Self.headBytes))
            }
        } else {
            let (descriptor, size) = try BackupFile.open(path)
            BackupFile.close(descriptor)
            sizeBytes = size
            hash.add(try BackupFile.bytes(of: path, limit: Self.headBytes))
        }
        headHash = hash.value
    }

    /// Of a binary log, without the flags of its first event: its server changes them when it goes
    /// on to the next file.
    ///
    /// - Throws: `unreadable`.
    public init(log path: String) throws(RecoveryError) {
        let (descriptor, size) = try BackupFile.open(path)
        BackupFile.close(descriptor)
        sizeBytes = size
        headHash = try Self.hash(ofLog: path, sizeBytes: size)
    }

    /// Whether a log is the one this was made of, or begins with it: its server may have gone on
    /// writing it.
    ///
    /// - Throws: `unreadable`.
    public func isBeginning(ofLog path: String) throws(RecoveryError) -> Bool {
        let (descriptor, size) = try BackupFile.open(path)
        BackupFile.close(descriptor)
        guard size >= sizeBytes else { return false }
        return try Self.hash(ofLog: path, sizeBytes: sizeBytes) == headHash
    }

    private static func hash(ofLog path: String, sizeBytes: UInt64) throws(RecoveryError) -> UInt64
    {
        var head = try BackupFile.bytes(of: path, limit: Int(min(UInt64(headBytes), sizeBytes)))
        // Bytes 17 and 18 of the header of the event behind the four magic bytes.
        for index in [21, 22] where index < head.count { head[index] = 0 }
        var hash = FNV1a()
        hash.add(head)
        return hash.value
    }

    /// Reads what ``description`` wrote; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let size = UInt64(parts[0]), let hash = UInt64(parts[1], radix: 16)
        else { return nil }
        sizeBytes = size
        headHash = hash
    }

    /// `SIZE:HASH`, the hash in hexadecimal.
    public var description: String { "\(sizeBytes):\(String(headHash, radix: 16))" }
}

/// The 64-bit FNV-1a hash: no library, and swapped inputs are not forged ones.
private struct FNV1a {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}
