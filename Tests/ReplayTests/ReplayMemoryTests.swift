import Testing

@testable import Replay

/// How memory is divided between what is folded and what is on the way.
@Suite("memory of a replay")
struct ReplayMemoryTests {
    private func division(_ megabytes: Int, processors: Int) -> ReplayMemory.Division {
        ReplayMemory.Division(
            memoryBytes: megabytes << 20, processors: processors, lanes: min(processors, 8))
    }

    @Test("two processors leave nearly all of it to the folds")
    func small() {
        #expect(division(1024, processors: 2).foldBytes == 1012 << 20)
        #expect(division(1024, processors: 2).stretches == 3)
        #expect(division(256, processors: 2).foldBytes == 256 << 20)
        #expect(division(256, processors: 2).stretches == 2)
    }

    @Test("with more processors the folds have less, and never less than a quarter")
    func large() {
        let division = division(1024, processors: 64)
        #expect(division.stretches == 10)
        #expect((600 << 20)..<(1000 << 20) ~= division.foldBytes)
        #expect(self.division(64, processors: 64).stretches == 2)
        let crowded = ReplayMemory.Division(memoryBytes: 64 << 20, processors: 64, lanes: 128)
        #expect(crowded.foldBytes == 16 << 20)
    }
}
