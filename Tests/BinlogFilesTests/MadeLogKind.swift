import Binlog
import BinlogFiles
import TestSupport
import Testing

/// A kind of log that damage is tried on, and what is expected of reading a damaged one.
struct MadeLogKind: Sendable, CustomTestStringConvertible {
    let flavor: FormatDescription.Flavor
    let checksum: FormatDescription.Checksum

    static let all = [
        Self(flavor: .mariadb, checksum: .crc32), Self(flavor: .mariadb, checksum: .none),
        Self(flavor: .mysql, checksum: .crc32), Self(flavor: .mysql, checksum: .none),
    ]

    var log: MadeLog { .sample(flavor, checksum) }
    var hasSums: Bool { checksum == .crc32 }
    var testDescription: String { "\(flavor.rawValue), \(checksum.rawValue)" }
}

/// Logs in memory, read as files.
struct MadeLogReading {
    let folder: TestFolder
    var keys: EncryptionKeys?

    init() throws { folder = try TestFolder("made") }

    /// Reading fails with that code, and tells that place.
    func expect(
        _ bytes: [UInt8], _ code: BinlogError.Code, at offset: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (error, end) = try WholeReading.read(bytes, in: folder, keys: keys)
        #expect(
            error?.code == code && error?.offset == UInt64(offset),
            "\(error.map { "\($0)" } ?? "\(String(describing: end))"), not \(code) at \(offset)",
            sourceLocation: sourceLocation)
    }

    /// Reading comes to the end of the file, which is of that kind and at that place.
    func expectEnd(
        _ bytes: [UInt8], _ state: FileEnd.State, at offset: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (error, end) = try WholeReading.read(bytes, in: folder, keys: keys)
        #expect(
            error == nil && end?.state == state && end?.offset == UInt64(offset),
            "\(error.map { "\($0)" } ?? "\(String(describing: end))")",
            sourceLocation: sourceLocation)
    }
}
