import Binlog
import BinlogFiles
import SystemPackage
import TestSupport
import Testing

/// Damage to made logs whose events are encrypted: only an event's length stands in clear.
@Suite("damaged encrypted logs") struct EncryptedDamageTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder("keys") }

    struct Kind: Sendable, CustomTestStringConvertible {
        let mode: LogCipher.Mode
        let keyBytes: Int
        let checksum: FormatDescription.Checksum

        var testDescription: String { "\(mode), \(8 * keyBytes) bits, \(checksum.rawValue)" }
    }

    static let kinds = [LogCipher.Mode.cbc, .ctr].flatMap { mode in
        [(16, .crc32), (16, .none), (32, .crc32)].map {
            Kind(mode: mode, keyBytes: $0, checksum: $1)
        }
    }

    /// A log, and a reader that has its key.
    private func log(_ kind: Kind) throws -> (MadeLog, MadeLogReading) {
        let key = (1...UInt8(kind.keyBytes)).map { 7 &* $0 }
        let nonce = [UInt8](repeating: 0xC3, count: 12)
        var log = MadeLog.sample(.mariadb, kind.checksum)
        log.events.insert(
            MadeLog.Event(
                .startEncryption, EventBody.startEncryption(keyVersion: 1, nonce: nonce)), at: 1)
        log.cipher = LogCipher(LogCipher.Key(key, kind.mode), nonce: nonce)
        let digits = key.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        var reading = try MadeLogReading()
        reading.keys = try EncryptionKeys(FilePath(try folder.write("keys.txt", "1;\(digits)\n")))
        return (log, reading)
    }

    @Test("events doubled, missing, of zeros or cut", arguments: kinds)
    func damage(kind: Kind) throws {
        let (log, reading) = try log(kind)
        try reading.expectEnd(log.bytes, .clean, at: log.bytes.count)
        // Decrypted for another place an event is garbage.
        let garbage: BinlogError.Code = kind.checksum == .crc32 ? .checksumMismatch : .corrupt
        for place in log.events.indices.dropFirst(3) {
            let (offset, next) = (log.offsets[place], log.offsets[place + 1])
            try reading.expect(log.bytes(with: .doubled(place)), garbage, at: next)
            try reading.expect(log.bytes(with: .zeros(place)), .corrupt, at: offset)
            try reading.expect(log.bytes(with: .cut(next - 1)), .truncated, at: offset)
            guard place < log.events.count - 1 else { continue }
            try reading.expect(log.bytes(with: .missing(place)), garbage, at: offset)
        }
    }

    @Test("where the first encrypted event is damaged, the key is doubted", arguments: kinds)
    func firstEvent(kind: Kind) throws {
        let (log, reading) = try log(kind)
        let offset = log.offsets[2]
        try reading.expect(log.bytes(with: .missing(2)), .wrongKey, at: offset)
        guard kind.checksum == .crc32 else { return }
        try reading.expect(log.bytes(with: .lastByte(2)), .wrongKey, at: offset)
    }
}
