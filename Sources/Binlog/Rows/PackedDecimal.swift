/// The packed form of a DECIMAL: groups of nine digits in 4 bytes, big-endian, fewer digits in fewer.
///
/// The first bit is inverted; a negative value has all its bits inverted (MariaDB:
/// strings/decimal.c, `decimal2bin`).
enum PackedDecimal {
    /// Bytes that hold 0 to 9 digits.
    static let bytesForDigits: [Int] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4]

    /// Bytes of a DECIMAL(precision, scale); nil where no server has such a type.
    static func byteCount(precision: Int, scale: Int) -> Int? {
        guard (1...65).contains(precision), (0...38).contains(scale), scale <= precision else {
            return nil
        }
        let whole = precision - scale
        return whole / 9 * 4 + bytesForDigits[whole % 9] + scale / 9 * 4 + bytesForDigits[scale % 9]
    }
}
