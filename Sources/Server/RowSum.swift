/// A sum over rows that does not depend on their order, the same on every run and machine.
///
/// Each row's hash is FNV-1a (64 bits) over its cells, each with its length or a mark for NULL,
/// mixed once more; the sum wraps. It tells states apart that differ by accident, not by an
/// adversary's work.
struct RowSum: Sendable, Equatable {
    static let prefix = "rows:"
    private(set) var sum: UInt64 = 0
    private(set) var rows: UInt64 = 0

    mutating func add(_ row: borrowing ResultRow) {
        add(hash: Self.hash(row))
    }

    /// A row by its hash.
    mutating func add(hash: UInt64) {
        sum &+= hash
        rows += 1
    }

    static func hash(_ row: borrowing ResultRow) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for column in 0..<row.count {
            row.withBytes(column) { cell in
                guard let cell else {
                    mix(&hash, 0xff)
                    return
                }
                var length = UInt64(cell.count)
                mix(&hash, 1)
                for _ in 0..<8 {
                    mix(&hash, UInt8(truncatingIfNeeded: length))
                    length >>= 8
                }
                for byte in cell { mix(&hash, byte) }
            }
        }
        return finished(hash)
    }

    private static func mix(_ hash: inout UInt64, _ byte: UInt8) {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    /// The finalizer of splitmix64: a sum of plain FNV values would let changes cancel out.
    private static func finished(_ hash: UInt64) -> UInt64 {
        var value = hash
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    var text: String {
        let digits = String(sum, radix: 16)
        return Self.prefix + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
