internal import Binlog
internal import CCrypto

/// How the events behind a Start_encryption event are encrypted.
///
/// Each by itself: the IV is the file's nonce and the event's offset. On disk the 4 bytes of the
/// length stand at their place in clear; the encrypted bytes that belong there stand in front,
/// where the timestamp was (MariaDB: sql/log_event.cc, `decrypt_event`).
struct EventCipher: Sendable {
    /// MariaDB's `file_key_management_encryption_algorithm`; the log does not tell which.
    enum Mode: CaseIterable, Sendable { case cbc, ctr }

    var mode: Mode
    let key: [UInt8]
    let nonce: [UInt8]

    static let blockBytes = 16
}

/// Decrypts events where they stand; for one thread at a time.
final class EventDecryptor {
    let cipher: EventCipher
    private let context: OpaquePointer
    /// For the mask of a last block that is not whole; under CTR there is none.
    private let maskContext: OpaquePointer

    /// Throws `wrong-key` where the library does not take the key.
    init(_ cipher: EventCipher) throws(BinlogError) {
        self.cipher = cipher
        context = try Self.open(cipher.key, cipher.mode == .cbc ? .cbc : .ctr)
        do throws(BinlogError) {
            maskContext = try Self.open(cipher.key, .mask)
        } catch {
            EVP_CIPHER_CTX_free(context)
            throw error
        }
    }

    /// Nil where nothing is encrypted; throws as `init` does.
    static func open(_ cipher: EventCipher?) throws(BinlogError) -> EventDecryptor? {
        guard let cipher else { return nil }
        return try EventDecryptor(cipher)
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
        EVP_CIPHER_CTX_free(maskContext)
    }

    /// Decrypts the whole event that stands at an offset of its file.
    func decrypt(_ event: UnsafeMutableRawBufferPointer, at offset: UInt64) {
        precondition(event.count >= EventHeader.sizeBytes)
        let length = event.loadUnaligned(fromByteOffset: 9, as: UInt32.self)
        let displaced = event.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
        event.storeBytes(of: displaced, toByteOffset: 9, as: UInt32.self)
        decryptBytes(UnsafeMutableRawBufferPointer(rebasing: event[4...]), at: offset)
        let timestamp = event.loadUnaligned(fromByteOffset: 9, as: UInt32.self)
        event.storeBytes(of: timestamp, toByteOffset: 0, as: UInt32.self)
        event.storeBytes(of: length, toByteOffset: 9, as: UInt32.self)
    }

    private func decryptBytes(_ bytes: UnsafeMutableRawBufferPointer, at offset: UInt64) {
        var iv = cipher.nonce
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: offset).littleEndian) {
            iv.append(contentsOf: $0)
        }
        let tailBytes = cipher.mode == .cbc ? bytes.count % EventCipher.blockBytes : 0
        let whole = bytes.count - tailBytes
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var done: Int32 = 0
        unsafe EVP_DecryptInit_ex(context, nil, nil, nil, iv)
        var begin = 0
        while begin < whole {
            let part = min(Self.mostBytesAtOnce, whole - begin)
            unsafe EVP_DecryptUpdate(context, base + begin, &done, base + begin, Int32(part))
            begin += part
        }
        guard tailBytes > 0 else { return }
        var mask = [UInt8](repeating: 0, count: 2 * EventCipher.blockBytes)
        unsafe EVP_EncryptUpdate(maskContext, &mask, &done, iv, Int32(EventCipher.blockBytes))
        for index in 0..<tailBytes { bytes[whole + index] ^= mask[index] }
    }

    /// The library counts in 32 bits; whole blocks.
    private static let mostBytesAtOnce = 1 << 30

    private enum Use { case cbc, ctr, mask }

    private static func open(_ key: [UInt8], _ use: Use) throws(BinlogError) -> OpaquePointer {
        guard let algorithm = algorithm(keyBytes: key.count, use),
            let context = EVP_CIPHER_CTX_new()
        else { throw unusable }
        let isReady =
            use == .mask
            ? unsafe EVP_EncryptInit_ex(context, algorithm, nil, key, nil)
            : unsafe EVP_DecryptInit_ex(context, algorithm, nil, key, nil)
        EVP_CIPHER_CTX_set_padding(context, 0)
        guard isReady == 1 else {
            EVP_CIPHER_CTX_free(context)
            throw unusable
        }
        return context
    }

    private static func algorithm(keyBytes: Int, _ use: Use) -> OpaquePointer? {
        switch (keyBytes, use) {
        case (16, .cbc): EVP_aes_128_cbc()
        case (24, .cbc): EVP_aes_192_cbc()
        case (32, .cbc): EVP_aes_256_cbc()
        case (16, .ctr): EVP_aes_128_ctr()
        case (24, .ctr): EVP_aes_192_ctr()
        case (32, .ctr): EVP_aes_256_ctr()
        case (16, .mask): EVP_aes_128_ecb()
        case (24, .mask): EVP_aes_192_ecb()
        case (32, .mask): EVP_aes_256_ecb()
        default: nil
        }
    }

    private static var unusable: BinlogError {
        BinlogError(.wrongKey, "the encryption key cannot be used")
    }
}
