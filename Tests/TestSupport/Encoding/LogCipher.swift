import CCrypto
import Foundation

/// Encrypts the events of a MariaDB log, each by itself, as the server does behind a
/// Start_encryption event.
public struct LogCipher: Sendable {
    /// MariaDB's `file_key_management_encryption_algorithm`.
    public enum Mode: Sendable { case cbc, ctr }

    /// A log's key and how it is used; a nonce is each file's own.
    public struct Key: Sendable {
        public var bytes: [UInt8]
        public var mode: Mode

        public init(_ bytes: [UInt8], _ mode: Mode) { (self.bytes, self.mode) = (bytes, mode) }
    }

    private let key: Key
    private let nonce: [UInt8]

    public init(_ key: Key, nonce: [UInt8]) { (self.key, self.nonce) = (key, nonce) }

    /// The event as it stands at an offset of its file: the length keeps its place, and what would
    /// stand there stands in front.
    public func encrypted(_ event: [UInt8], at offset: UInt64) throws -> [UInt8] {
        let length = event[9..<13]
        var work = event
        work.replaceSubrange(9..<13, with: event[0..<4])
        let packed = try encrypted(Array(work[4...]), iv: nonce + EventBody.integer(offset, 4))
        work.replaceSubrange(4..., with: packed)
        work.replaceSubrange(0..<4, with: work[9..<13])
        work.replaceSubrange(9..<13, with: length)
        return work
    }

    /// CTR, or CBC whose last block, where it is not whole, is masked by the encrypted IV.
    private func encrypted(_ bytes: [UInt8], iv: [UInt8]) throws -> [UInt8] {
        guard key.mode == .cbc else { return try run(bytes, iv: iv, .counter) }
        let whole = bytes.count / 16 * 16
        let mask = try run(iv, iv: nil, .block)
        let tail = zip(bytes[whole...], mask).map { $0 ^ $1 }
        return try run(Array(bytes[..<whole]), iv: iv, .chain) + tail
    }

    private enum Use { case chain, counter, block }

    private func run(_ bytes: [UInt8], iv: [UInt8]?, _ use: Use) throws -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        guard let algorithm = algorithm(use), let context = EVP_CIPHER_CTX_new() else {
            throw TestFailure("no cipher for a key of \(key.bytes.count) bytes")
        }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: bytes.count + 16)
        var count: Int32 = 0
        guard EVP_EncryptInit_ex(context, algorithm, nil, key.bytes, iv) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            EVP_EncryptUpdate(context, &output, &count, bytes, Int32(bytes.count)) == 1,
            Int(count) == bytes.count
        else { throw TestFailure("\(bytes.count) bytes cannot be encrypted") }
        return Array(output[..<bytes.count])
    }

    private func algorithm(_ use: Use) -> OpaquePointer? {
        switch (key.bytes.count, use) {
        case (16, .chain): EVP_aes_128_cbc()
        case (32, .chain): EVP_aes_256_cbc()
        case (16, .counter): EVP_aes_128_ctr()
        case (32, .counter): EVP_aes_256_ctr()
        case (16, .block): EVP_aes_128_ecb()
        case (32, .block): EVP_aes_256_ecb()
        default: nil
        }
    }
}

extension RecordedCase {
    /// The key that its logs are encrypted with; nil where they are not.
    public func logKey() throws -> LogCipher.Key? {
        guard let path = try option("file-key-management-filename") else { return nil }
        // The encrypted key file holds the same as the one in clear.
        let text = try String(
            contentsOfFile: path.replacingOccurrences(of: ".enc", with: ".txt"), encoding: .utf8)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("1;") }) else {
            throw TestFailure("\(path) has no key 1")
        }
        let digits = Array(line.dropFirst(2).filter(\.isHexDigit))
        let bytes = stride(from: 0, to: digits.count, by: 2).map { index in
            UInt8(String(digits[index...(index + 1)]), radix: 16) ?? 0
        }
        let algorithm = try option("file-key-management-encryption-algorithm")
        return LogCipher.Key(bytes, algorithm == "aes_ctr" ? .ctr : .cbc)
    }
}
