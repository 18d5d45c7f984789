import TestSupport
import Testing

@testable import Catalog

/// How the stamps of commits went, however a log is cut into runs.
@Suite("clock tracks") struct ClockTrackTests {
    private func track(_ stamps: some Collection<(Int, UInt32)>) -> ClockTrack {
        var track = ClockTrack()
        for (offset, stamp) in stamps { track.note(stamp, at: UInt64(offset)) }
        return track
    }

    @Test("a stretch behind is marked once, and an hour without a commit told")
    func known() {
        let stamps: [UInt32] = [100, 50, 30, 20, 99, 100, 10, 200, 190, 4000, 3900]
        let found = track(Array(stamps.enumerated()))
        #expect(found.marks.map(\.offset) == [2, 6, 10])
        #expect(found.marks.map(\.earlier) == [100, 100, 4000])
        #expect(found.silences == [ClockTrack.Silence(start: 200, end: 4000)])
    }

    @Test("tracks of runs add up to that of the whole")
    func cut() throws {
        var random = SplitMix64(seed: try TestSeed.read(for: "tracks of runs"))
        for _ in 0..<3000 {
            let jump = UInt32.random(in: 1...5000, using: &random)
            var stamp: UInt32 = 10_000
            let stamps = (0..<30).map { offset -> (Int, UInt32) in
                stamp &+= UInt32.random(in: 0...jump, using: &random)
                let back =
                    Bool.random(using: &random) ? 0 : UInt32.random(in: 0...9000, using: &random)
                return (offset, stamp - back)
            }
            let whole = track(stamps)
            let cuts = (0..<3).map { _ in Int.random(in: 0...30, using: &random) }.sorted()
            var sum = track(stamps[..<cuts[0]])
            // A track that was stored keeps less of itself.
            sum = ClockTrack(
                marks: sum.marks, silences: sum.silences, greatest: sum.greatest,
                isBehind: sum.isBehind)
            for (from, to) in zip(cuts, cuts.dropFirst() + [30]) {
                sum.append(track(stamps[from..<to]))
            }
            #expect(sum.marks == whole.marks, "\(stamps) cut at \(cuts)")
            #expect(sum.silences == whole.silences, "\(stamps) cut at \(cuts)")
            #expect(sum.greatest == whole.greatest)
            #expect(sum.isBehind == whole.isBehind, "\(stamps) cut at \(cuts)")
        }
    }
}
