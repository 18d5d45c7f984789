internal import CCrypto

/// SHA-256, as libcrypto computes it.
public enum SHA256 {
    /// The digest's 32 bytes; nil where the library cannot compute it.
    public static func digest(of bytes: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        let isDone = EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil)
        return isDone == 1 && count == 32 ? digest : nil
    }
}
