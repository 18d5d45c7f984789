import Foundation
import TestSupport

/// A copy of the recorded logs that a test may damage.
struct LogCopy {
    let folder: TestFolder

    var path: String { folder.path }

    /// Copies the files of these numbers, without the index.
    init(_ numbers: ClosedRange<Int> = 1...7) throws {
        folder = try TestFolder("logs")
        for number in numbers {
            try FileManager.default.copyItem(
                atPath: "\(Shop.logs)/\(Self.name(number))", toPath: file(number))
        }
    }

    static func name(_ number: Int) -> String { "shop-bin.00000\(number)" }

    func file(_ number: Int) -> String { "\(path)/\(Self.name(number))" }

    func change(_ number: Int, _ body: (inout [UInt8]) -> Void) throws {
        let url = URL(filePath: file(number))
        var bytes = [UInt8](try Data(contentsOf: url))
        body(&bytes)
        try Data(bytes).write(to: url)
    }

    func remove(_ number: Int) throws {
        try FileManager.default.removeItem(atPath: file(number))
    }

    /// Sets header flags of the format description and mends its checksum.
    static func setFlags(_ flags: UInt8, _ bytes: inout [UInt8]) {
        let length = Int(bytes[13]) | Int(bytes[14]) << 8
        bytes[4 + 17] |= flags
        let crc = CRC32.of(bytes[4..<(4 + length - 4)])
        for index in 0..<4 {
            bytes[4 + length - 4 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index))
        }
    }
}
