import ArgumentParser

/// A number of bytes as people write it: `512M`, `2GiB`, `1048576`.
struct ByteSize: ExpressibleByArgument {
    let bytes: Int

    /// Units are powers of 1024, as the servers' own options take them.
    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number >= 0 else { return nil }
        let shifts = ["": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40]
        var unit = argument.dropFirst(digits.count).lowercased()
        for ending in ["ib", "b"] where unit.count > 1 && unit.hasSuffix(ending) {
            unit.removeLast(ending.count)
            break
        }
        guard let shift = shifts[unit] else { return nil }
        let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: 1 << shift)
        guard !isTooMuch else { return nil }
        self.bytes = bytes
    }
}
