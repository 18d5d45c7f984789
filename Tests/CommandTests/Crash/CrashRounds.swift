import Foundation
import TestSupport

/// How often and when the crash tests kill, all of it from one printed seed.
///
/// `LASTGOOD_CRASH_ROUNDS` sets the rounds of each test, `LASTGOOD_CRASH_SEED` repeats a run.
enum CrashRounds {
    static let count = number("LASTGOOD_CRASH_ROUNDS").map(Int.init) ?? 1

    static let seed: UInt64 = {
        let seed = number("LASTGOOD_CRASH_SEED") ?? UInt64.random(in: 0...UInt64.max)
        print("crash tests: LASTGOOD_CRASH_SEED=\(seed)")
        return seed
    }()

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    /// The generator of one test's round.
    static func random(_ test: UInt64, _ round: Int) -> SplitMix64 {
        var random = SplitMix64(seed: seed &+ test &* 1_000_003 &+ UInt64(round) &* 7919)
        _ = random.next()
        return random
    }
}

extension SplitMix64 {
    /// A share from 0 to below 1.
    mutating func share() -> Double { Double(below(1_000_000)) / 1_000_000 }
}
