public import Binlog
internal import CCrypto
public import SystemPackage

/// The keys of MariaDB's `file_key_management` plugin, which opens encrypted logs without a server.
///
/// A text of lines `ID;KEY`: a number, and 16, 24 or 32 bytes in hexadecimal; `#` begins a comment.
/// The file itself may be encrypted with a password: `Salted__`, 8 bytes of salt, and the text
/// under AES-256-CBC, with key and IV from SHA-1 as `openssl enc -md sha1` makes them (MariaDB:
/// plugin/file_key_management/parser.cc).
public struct EncryptionKeys: Hashable, Sendable {
    /// Binary logs are encrypted with the key of this id (MariaDB: `ENCRYPTION_KEY_SYSTEM_DATA`).
    static let logKeyID: UInt32 = 1

    /// Where they were read from, for messages.
    public let path: FilePath
    private let keys: [UInt32: [UInt8]]

    /// Reads a key file, and the file with its password where it is encrypted.
    ///
    /// Throws `unreadable`, and `bad-key-file` for a text that is not of this form or a password
    /// that does not open it. No message holds a part of a key or password.
    public init(_ path: FilePath, passwordFile: FilePath? = nil) throws(BinlogError) {
        self.path = path
        var bytes = try Directory.bytes(of: path, atMost: Self.mostBytes)
        if bytes.starts(with: Self.saltMark) {
            guard let passwordFile else {
                throw Self.bad(
                    path, "the key file is itself encrypted",
                    hint: "--encryption-key-file-password-file names the file with its password, "
                        + "the server's file_key_management_filekey")
            }
            var password = try Directory.bytes(of: passwordFile, atMost: Self.mostPasswordBytes)
            while password.last == 0x0A || password.last == 0x0D { password.removeLast() }
            bytes = try Self.opened(bytes, password, path, passwordFile)
        }
        keys = try Self.parse(bytes, path)
    }

    /// The key of the logs; nil where the file has none.
    var logKey: [UInt8]? { keys[Self.logKeyID] }

    private static let mostBytes = 1 << 20
    /// MariaDB reads no more of a password file.
    private static let mostPasswordBytes = 256
    private static let saltMark = Array("Salted__".utf8)

    private static func bad(
        _ path: FilePath, _ message: String, hint: String? = nil
    ) -> BinlogError {
        BinlogError(
            .badKeyFile, message,
            hint: hint
                ?? "it is the file that the server's file_key_management_filename names: lines of "
                + "a number, a semicolon, and a key of 32, 48 or 64 hexadecimal digits",
            file: path.string)
    }

    // MARK: The text

    private static func parse(
        _ bytes: [UInt8], _ path: FilePath
    ) throws(BinlogError) -> [UInt32: [UInt8]] {
        var keys: [UInt32: [UInt8]] = [:]
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, raw) in lines.enumerated() {
            let line = raw.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            guard let (id, key) = entry(line) else {
                throw bad(path, "line \(index + 1) of the key file is no key")
            }
            keys[id] = key
        }
        guard !keys.isEmpty else { throw bad(path, "the key file holds no key") }
        return keys
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> (UInt32, [UInt8])? {
        let parts = line.split(
            separator: UInt8(ascii: ";"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let id = UInt32(String(decoding: parts[0], as: UTF8.self)) else {
            return nil
        }
        let digits = parts[1].prefix { $0 != 0x0D && $0 != 0x20 && $0 != 0x09 }
        var key: [UInt8] = []
        var high: UInt8?
        for character in digits {
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
            if let begun = high {
                key.append(begun << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        guard id > 0, high == nil, [16, 24, 32].contains(key.count) else { return nil }
        return (id, key)
    }

    // MARK: The encrypted file

    private static func opened(
        _ bytes: [UInt8], _ password: [UInt8], _ path: FilePath, _ passwordFile: FilePath
    ) throws(BinlogError) -> [UInt8] {
        let salt = bytes.dropFirst(saltMark.count).prefix(8)
        let packed = Array(bytes.dropFirst(saltMark.count + 8))
        guard salt.count == 8, !packed.isEmpty,
            let text = decrypted(packed, password: password, salt: Array(salt))
        else {
            throw bad(
                path, "the key file cannot be opened with the password in \(passwordFile)",
                hint:
                    "the password is the server's file_key_management_filekey; the file must have "
                    + "been made with openssl enc -aes-256-cbc -md sha1")
        }
        return text
    }

    private static func decrypted(
        _ packed: [UInt8], password: [UInt8], salt: [UInt8]
    ) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: 32)
        var iv = [UInt8](repeating: 0, count: 16)
        let cipher = EVP_aes_256_cbc()
        guard
            unsafe EVP_BytesToKey(
                cipher, EVP_sha1(), salt, password, Int32(password.count), 1, &key, &iv) == 32,
            let context = EVP_CIPHER_CTX_new()
        else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var plain = [UInt8](repeating: 0, count: packed.count + 16)
        var count: Int32 = 0
        var tailCount: Int32 = 0
        guard unsafe EVP_DecryptInit_ex(context, cipher, nil, key, iv) == 1,
            unsafe EVP_DecryptUpdate(context, &plain, &count, packed, Int32(packed.count)) == 1
        else { return nil }
        let isWhole = plain.withUnsafeMutableBufferPointer { buffer in
            unsafe EVP_DecryptFinal_ex(
                context, buffer.baseAddress.map { $0 + Int(count) }, &tailCount) == 1
        }
        guard isWhole else { return nil }
        return Array(plain[..<Int(count + tailCount)])
    }
}

extension EncryptionKeys: CustomStringConvertible, CustomReflectable {
    /// Never the keys themselves.
    public var description: String { "keys of \(path)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension BinlogError.Code {
    /// A key file that is not one, or that its password does not open.
    public static let badKeyFile = Self(rawValue: "bad-key-file")
    /// An encrypted log, and no key for it.
    public static let missingKey = Self(rawValue: "missing-key")
    /// An encrypted log that the given key does not open.
    public static let wrongKey = Self(rawValue: "wrong-key")
}
