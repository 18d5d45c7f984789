import Binlog
import BinlogFiles
import Foundation
import SystemPackage
import TestSupport
import Testing

/// Every small damage to one recorded log of each family: plain, compressed, encrypted, MySQL's and
/// its payloads, each with and without checksums.
@Suite("damage to every family of logs") struct FamilyDamageTests {
    /// Cases of one server: the families do not differ by version.
    static func family(_ names: [String]) throws -> [RecordedCase] {
        let cases =
            try RecordedCase.all(of: "mariadb-11.8") + RecordedCase.all(of: "mysql-9.7")
        return cases.filter { names.contains($0.name) }
    }

    static func guarded() throws -> [RecordedCase] {
        try family([
            "foreign_keys", "statements", "compressed_row", "compressed_statement",
            "encrypted_cbc", "encrypted_ctr256", "encrypted_compressed", "load_data",
            "mysql_gtids", "mysql_partial_json", "mysql_payload",
        ])
    }

    static func unguarded() throws -> [RecordedCase] {
        try family([
            "no_checksums", "compressed_plain_sums", "encrypted_plain_sums", "mysql_keys",
            "mysql_payload_plain_sums",
        ])
    }

    /// Reads and decodes all of a log; the error, and whether the log says where.
    private func read(
        _ bytes: [UInt8], _ folder: TestFolder, keys: EncryptionKeys?
    ) throws -> BinlogError? {
        let (error, end) = try WholeReading.read(bytes, in: folder, keys: keys)
        guard error == nil, end?.state == .truncated else { return error }
        return BinlogError(.truncated, "", file: "bin", offset: end?.offset)
    }

    private func log(_ recorded: RecordedCase) throws -> ([UInt8], EncryptionKeys?) {
        let file = try #require(try recorded.logs().files.last)
        return ([UInt8](try Data(contentsOf: URL(filePath: file.path.string))), file.keys)
    }

    @Test("with checksums each flipped byte is reported with its place", arguments: try guarded())
    func flips(recorded: RecordedCase) throws {
        let folder = try TestFolder("flips")
        let (log, keys) = try log(recorded)
        #expect(try read(log, folder, keys: keys) == nil)
        let inUseByte = 4 + 17
        for mask: UInt8 in [0x01, 0x80, 0xFF] {
            for index in log.indices where index != inUseByte || mask != 0x01 {
                var bytes = log
                bytes[index] ^= mask
                let error = try read(bytes, folder, keys: keys)
                guard error?.file == nil || error?.offset == nil else { continue }
                Issue.record("byte \(index) ^ \(mask): \(String(describing: error))")
            }
        }
    }

    @Test("without checksums no flipped byte makes it trap", arguments: try unguarded())
    func flipsUnguarded(recorded: RecordedCase) throws {
        let folder = try TestFolder("flips")
        let (log, keys) = try log(recorded)
        #expect(try read(log, folder, keys: keys) == nil)
        var found = 0
        for mask: UInt8 in [0x01, 0x80, 0xFF] {
            for index in log.indices {
                var bytes = log
                bytes[index] ^= mask
                if try read(bytes, folder, keys: keys) != nil { found += 1 }
            }
        }
        // Structure, positions and the sums inside compressed parts.
        #expect(found > log.count / 2)
    }

    @Test(
        "each cut is reported, but for those between transactions",
        arguments: try guarded() + unguarded())
    func truncations(recorded: RecordedCase) throws {
        let folder = try TestFolder("cuts")
        let (log, keys) = try log(recorded)
        var whole = 0
        for length in log.indices {
            let error = try read(Array(log[..<length]), folder, keys: keys)
            if error == nil {
                whole += 1
            } else if error?.offset == nil {
                Issue.record("cut at \(length): \(String(describing: error))")
            }
        }
        let file = try #require(try recorded.logs().files.last)
        var reader = try LogReader(file)
        var boundaries = 0
        while try reader.advance() { boundaries += reader.isInsideTransaction ? 0 : 1 }
        // The last of them is the whole file.
        #expect(whole == boundaries - 1)
    }
}
