import Recovery
import TestSupport
import Testing

@testable import Backup

struct DumpReaderTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder("backup") }

    private func readAll(_ path: String) throws -> [UInt8] {
        var reader = try DumpReader(path: path)
        var chunk = [UInt8](repeating: 0, count: DumpReader.chunkBytes)
        var all: [UInt8] = []
        while case let count = try reader.read(into: &chunk), count > 0 { all += chunk[..<count] }
        #expect(reader.consumedBytes == reader.sizeBytes)
        #expect(reader.producedBytes == UInt64(all.count))
        return all
    }

    private static let text = (0..<60_000).map { "INSERT INTO t VALUES (\($0 &* 7919));\n" }
        .joined()

    @Test(
        "gzip members and zstd frames behind each other are one dump, whatever the file is called",
        arguments: ["cat", "gzip -c", "zstd -qc"])
    func packed(program: String) throws {
        let plain = try folder.write("a.gz", Self.text)
        let path = "\(folder.path)/packed.sql"
        try shell("\(program) '\(plain)' > '\(path)'; \(program) '\(plain)' >> '\(path)'")
        let all = try readAll(path)
        #expect(all == Array((Self.text + Self.text).utf8))
    }

    @Test(
        "a packed file cut at any length is an error with its place", arguments: ["gzip", "zstd"])
    func truncated(program: String) throws {
        let plain = try folder.write("a.sql", String(Self.text.prefix(700)))
        try shell("\(program) -qc '\(plain)' > '\(folder.path)/a.packed'")
        let bytes = try BackupFile.bytes(of: "\(folder.path)/a.packed", limit: 1 << 20)
        #expect(try readAll("\(folder.path)/a.packed").count == 700)
        for count in 4..<bytes.count {
            let cut = try folder.write("cut", bytes[..<count])
            let error = #expect(throws: RecoveryError.self) { try readAll(cut) }
            #expect(error?.code == .backupTruncated)
            #expect(error?.offset == UInt64(count))
        }
    }

    @Test("a flipped byte in a checksummed file is an error, garbage behind it too")
    func damaged() throws {
        let plain = try folder.write("a.sql", String(Self.text.prefix(700)))
        for program in ["gzip -qc", "zstd -qc --check"] {
            try shell("\(program) '\(plain)' > '\(folder.path)/a.packed'")
            let bytes = try BackupFile.bytes(of: "\(folder.path)/a.packed", limit: 1 << 20)
            let error = #expect(throws: RecoveryError.self) {
                try readAll(try folder.write("more", bytes + Array("garbage".utf8)))
            }
            #expect(error?.code == .backupCorrupt && error?.offset == UInt64(bytes.count))
            #expect(try readAll(try folder.write("padded", bytes + [0, 0, 0])).count == 700)
            var flipped = bytes
            flipped[bytes.count / 2] ^= 0x10
            let other = #expect(throws: RecoveryError.self) {
                try readAll(try folder.write("flipped", flipped))
            }
            #expect(other?.file?.hasSuffix("flipped") == true)
        }
    }
}
