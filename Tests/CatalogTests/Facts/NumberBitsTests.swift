import TestSupport
import Testing

@testable import Catalog

/// Sets of small numbers, compared with the standard library's.
@Suite("sets of numbers as bits") struct NumberBitsTests {
    @Test("they hold what was put in, in any order, and know what they share")
    func random() throws {
        var random = SplitMix64(seed: try TestSeed.read(for: "sets of numbers"))
        for _ in 0..<3000 {
            let drawn = (0..<2).map { _ -> [UInt32] in
                let low = UInt32.random(in: 0...500, using: &random)
                let span = UInt32.random(in: 0...300, using: &random)
                return (0..<Int.random(in: 0...8, using: &random)).map { _ in
                    UInt32.random(in: low...(low + span), using: &random)
                }
            }
            let sets = drawn.map { Set($0) }
            let bits = drawn.map { NumberBits($0) }
            #expect(bits[0].numbers == sets[0].sorted())
            #expect((0..<900).allSatisfy { bits[0].contains($0) == sets[0].contains($0) })
            #expect(bits[0].isDisjoint(with: bits[1]) == sets[0].isDisjoint(with: sets[1]))
            #expect(bits[1].isDisjoint(with: bits[0]) == sets[0].isDisjoint(with: sets[1]))
        }
    }

    @Test("numbers that lie together take little room, however high they are")
    func high() {
        let bits = NumberBits([5_000_100, 5_000_000])
        #expect(bits.words.count <= 3)
        #expect(bits.numbers == [5_000_000, 5_000_100])
    }
}
