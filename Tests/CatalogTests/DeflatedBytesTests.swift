import TestSupport
import Testing

@testable import Catalog

/// Parts of a catalog made smaller, and back.
@Suite("deflated bytes") struct DeflatedBytesTests {
    @Test("what was packed comes back, whatever it was, and texts that are alike become small")
    func roundTrip() throws {
        var seed = SplitMix64(seed: try TestSeed.read(for: "deflated bytes"))
        for size in [0, 1, 7, 8, 9, 100, 5000, 200_000] {
            let random = (0..<size).map { _ in UInt8.random(in: 0...255, using: &seed) }
            #expect(DeflatedBytes.unpack(DeflatedBytes.pack(random)[...]) == random)
            let even = [UInt8](repeating: 65, count: size)
            #expect(DeflatedBytes.unpack(DeflatedBytes.pack(even)[...]) == even)
        }
        let text = Array(String(repeating: "CREATE TABLE shop.orders (id INT)", count: 1000).utf8)
        #expect(DeflatedBytes.pack(text).count < text.count / 20)
    }

    @Test("what was not packed is refused, whatever size it claims")
    func refusal() throws {
        var seed = SplitMix64(seed: try TestSeed.read(for: "bytes that were not deflated"))
        let packed = DeflatedBytes.pack([UInt8](repeating: 65, count: 1000))
        for count in 0..<packed.count {
            #expect(DeflatedBytes.unpack(packed.prefix(count)) == nil, "cut at \(count)")
        }
        let claims: [UInt64] = [1, 999, 1001, 1 << 31, 1 << 62, .max]
        for claim in claims {
            let size = (0..<8).map { UInt8(truncatingIfNeeded: claim >> UInt64(8 * $0)) }
            #expect(DeflatedBytes.unpack((size + packed.dropFirst(8))[...]) == nil, "\(claim)")
        }
        for _ in 0..<2000 {
            var bytes = packed
            let place = Int.random(in: 0..<bytes.count, using: &seed)
            bytes[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &seed))
            let unpacked = DeflatedBytes.unpack(bytes[...])
            #expect(unpacked.map { $0.count <= 1032 * packed.count } ?? true)
        }
    }
}
