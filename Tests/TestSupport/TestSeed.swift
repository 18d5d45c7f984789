import Foundation

/// The seed of a randomized test, printed so that a failure can be repeated.
public enum TestSeed {
    /// The number in `LASTGOOD_SEED`, or a new one.
    public static func read(for test: String) throws -> UInt64 {
        let seed: UInt64
        if let text = ProcessInfo.processInfo.environment["LASTGOOD_SEED"] {
            guard let number = UInt64(text) else {
                throw TestFailure("LASTGOOD_SEED is no number: \(text)")
            }
            seed = number
        } else {
            seed = .random(in: 0..<1_000_000)
        }
        print("\(test): LASTGOOD_SEED=\(seed)")
        return seed
    }
}
