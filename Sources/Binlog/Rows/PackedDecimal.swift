/// The packed form of a DECIMAL: nine digits in 4 bytes, big-endian, fewer digits in fewer bytes.
///
/// The first bit is inverted; a negative value has all its bits inverted. The group of fewer than
/// nine digits stands first before the point and last behind it (MariaDB: strings/decimal.c,
/// `decimal2bin`).
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

    /// The exact value in decimal digits, without zeros in front but for the one before the point.
    ///
    /// Throws `corrupt` for a group of digits that is too large for its place.
    static func text(_ bytes: RawSpan, precision: Int, scale: Int) throws(BinlogError) -> String {
        guard byteCount(precision: precision, scale: scale) == bytes.byteCount else {
            throw BinlogError(.corrupt, "a decimal has \(bytes.byteCount) bytes")
        }
        let isNegative = bytes.byte(0) & 0x80 == 0
        var groups = Groups(ByteReader(bytes, at: 0), invert: isNegative ? 0xFF : 0)
        let whole = precision - scale
        var digits = try groups.next(whole % 9)
        for _ in 0..<(whole / 9) { digits += try groups.next(9) }
        digits = String(digits.drop { $0 == "0" })
        var text = (isNegative ? "-" : "") + (digits.isEmpty ? "0" : digits)
        guard scale > 0 else { return text }
        text += "."
        for _ in 0..<(scale / 9) { text += try groups.next(9) }
        return text + (try groups.next(scale % 9))
    }

    private struct Groups: ~Escapable {
        var reader: ByteReader
        let invert: UInt8
        var isFirst = true

        @_lifetime(copy reader)
        init(_ reader: consuming ByteReader, invert: UInt8) {
            self.reader = reader
            self.invert = invert
        }

        /// The next `count` digits, zeros in front included.
        @_lifetime(self: copy self)
        mutating func next(_ count: Int) throws(BinlogError) -> String {
            var value = 0
            for _ in 0..<PackedDecimal.bytesForDigits[count] {
                var byte = try reader.u8() ^ invert
                if isFirst { byte ^= 0x80 }
                isFirst = false
                value = value << 8 | Int(byte)
            }
            let text = count == 0 ? "" : zeroPadded(value, count)
            guard text.utf8.count == count else {
                throw BinlogError(.corrupt, "a decimal has more digits than its column")
            }
            return text
        }
    }
}
