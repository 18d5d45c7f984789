/// A small seeded generator of random numbers, the same on every machine and Swift version.
///
/// The choices built on it (`below`, `pick`, `chance`) are its own, since those of the standard
/// library may change between versions and a printed seed must bring the same run again.
/// Not for secrets. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators".
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, `limit`; `limit` must be positive.
    public mutating func below(_ limit: Int) -> Int {
        precondition(limit > 0)
        return Int(next() % UInt64(limit))
    }

    /// A number within the range, both ends included.
    public mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// One of the elements, each with the same chance; the array must not be empty.
    public mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// True in `percent` of 100 cases.
    public mutating func chance(_ percent: Int) -> Bool {
        below(100) < percent
    }
}
