import Foundation
import TestSupport
import Testing

/// Each part of the parser with broken bytes: those that a long run found worth keeping, out of the
/// logs of real servers, and what comes of changing them.
@Suite("broken bytes") struct FuzzTests {
    /// Inputs that `make fuzz` keeps, crashers among them.
    private static func kept(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = Lastgood.root + "/Fixtures/fuzz/" + target.rawValue
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
            [UInt8](try Data(contentsOf: URL(filePath: folder + "/" + $0)))
        }
    }

    @Test("nothing traps or hangs", arguments: FuzzTarget.allCases)
    func short(_ target: FuzzTarget) throws {
        let seed = try TestSeed.read(for: "broken bytes for \(target.rawValue)")
        var random = SplitMix64(seed: seed)
        let inputs = try Self.kept(target)
        try #require(!inputs.isEmpty)
        for input in inputs { target.run(input) }
        for _ in 0..<(target == .log ? 1000 : 10_000) {
            var input = random.pick(inputs)
            for _ in 0...random.within(0...4) { Self.change(&input, &random) }
            target.run(input)
        }
    }

    private static func change(_ input: inout [UInt8], _ random: inout SplitMix64) {
        guard !input.isEmpty else { return input.append(UInt8(random.within(0...255))) }
        let place = random.below(input.count)
        switch random.within(0...6) {
        case 0: input[place] ^= 1 << UInt8(random.within(0...7))
        case 1: input[place] = random.pick([0, 1, 0x7F, 0x80, 0xFA, 0xFC, 0xFD, 0xFE, 0xFF])
        case 2: input.removeSubrange(place..<min(input.count, place + random.within(1...8)))
        case 3: input.insert(UInt8(random.within(0...255)), at: place)
        case 4: input.removeLast(input.count - place)
        case 5:
            let part = input[place..<min(input.count, place + random.within(1...16))]
            input.insert(contentsOf: Array(part), at: random.below(input.count))
        default: input[place] = UInt8(random.within(0...255))
        }
    }
}
