/// Recognises an UPDATE or DELETE that cannot mean all rows: its text ends in `WHERE name =
/// number`.
///
/// In a text without `--`, `#`, `/*` and `;` that ends so, the end stands in no comment, and in no
/// string or parenthesis either, which would have to be closed behind it: it is the condition of
/// the statement itself, in every sql_mode. A name that stands for a constant does not count. False
/// for many texts that are as harmless: they are read in full.
enum KeyStatement {
    static func matches(_ text: RawSpan) -> Bool {
        text.withUnsafeBytes { bytes in
            (begins(bytes, with: "UPDATE ") || begins(bytes, with: "DELETE FROM "))
                && endsInKey(bytes) && !mayHoldComment(bytes)
        }
    }

    private static func begins(_ bytes: UnsafeRawBufferPointer, with word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        for index in 0..<count where !isSame(bytes[index], word.utf8Start[index]) { return false }
        return true
    }

    /// The letters' case does not count; `capital` is a capital letter or a space.
    private static func isSame(_ byte: UInt8, _ capital: UInt8) -> Bool {
        byte == capital || (capital != 0x20 && byte == capital | 0x20)
    }

    /// ` WHERE name = digits`, the spaces around the sign optional.
    private static func endsInKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = bytes.count
        let digits = skip(bytes, &index) { (0x30...0x39).contains($0) }
        _ = skip(bytes, &index) { $0 == 0x20 }
        guard digits > 0, index > 0, bytes[index - 1] == UInt8(ascii: "=") else { return false }
        index -= 1
        _ = skip(bytes, &index) { $0 == 0x20 }
        let end = index
        let length = skip(bytes, &index, while: isPlainName)
        guard length > 0, !isConstant(bytes[index..<end]) else { return false }
        let word: StaticString = " WHERE "
        let count = word.utf8CodeUnitCount
        guard index >= count else { return false }
        for offset in 0..<count
        where !isSame(bytes[index - count + offset], word.utf8Start[offset]) {
            return false
        }
        return true
    }

    /// Goes back over the bytes that pass; how many they are.
    private static func skip(
        _ bytes: UnsafeRawBufferPointer, _ index: inout Int, while passes: (UInt8) -> Bool
    ) -> Int {
        let end = index
        while index > 0, passes(bytes[index - 1]) { index -= 1 }
        return end - index
    }

    private static func isPlainName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
        default: false
        }
    }

    /// `1`, `true` and `false` compare with a number; as for NULL, nothing equals it.
    private static func isConstant(_ name: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let first = name.first else { return true }
        if (0x30...0x39).contains(first) { return true }
        let isShort = name.count == 4 || name.count == 5
        guard isShort, first | 0x20 == UInt8(ascii: "t") || first | 0x20 == UInt8(ascii: "f")
        else { return false }
        let lower = String(decoding: name, as: UTF8.self).lowercased()
        return lower == "true" || lower == "false"
    }

    /// Eight bytes at a time; says true too often rather than not.
    private static func mayHoldComment(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        // Safe: 9 bytes from `index` on are inside the text.
        while index + 9 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let next = bytes.loadUnaligned(fromByteOffset: index + 1, as: UInt64.self)
            let signs =
                marks(of: UInt8(ascii: "#"), in: word) | marks(of: UInt8(ascii: ";"), in: word)
            let dashes =
                marks(of: UInt8(ascii: "-"), in: word) & marks(of: UInt8(ascii: "-"), in: next)
            let stars =
                marks(of: UInt8(ascii: "/"), in: word) & marks(of: UInt8(ascii: "*"), in: next)
            if signs | dashes | stars != 0 { return true }
            index += 8
        }
        while index < bytes.count {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            switch bytes[index] {
            case UInt8(ascii: "#"), UInt8(ascii: ";"): return true
            case UInt8(ascii: "-") where next == UInt8(ascii: "-"): return true
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"): return true
            default: index += 1
            }
        }
        return false
    }

    /// The highest bit of each byte that is `byte`, and perhaps of some behind the first of them.
    @inline(__always)
    private static func marks(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (UInt64(byte) &* 0x0101_0101_0101_0101)
        return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
    }
}
