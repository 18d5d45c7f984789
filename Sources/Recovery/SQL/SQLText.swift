/// The bytes of one statement, read without ever going out of bounds.
///
/// Lives only as long as the buffer it was made of: never stored beyond the call that got it.
struct SQLText {
    let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var count: Int { bytes.count }

    /// The byte at `index`, 0 outside the text (as the server's own lexer reads its end).
    @inline(__always)
    subscript(index: Int) -> UInt8 {
        // Safe: the index is inside the buffer.
        index >= 0 && index < bytes.count ? bytes[index] : 0
    }

    /// Whether the text begins with the word, given in lower case, whatever comes behind it.
    func begins(with word: StaticString) -> Bool { ends(word, at: word.utf8CodeUnitCount) }

    /// Whether what stands in two places is the same, the case of ASCII letters aside.
    func isEqual(_ first: Range<Int>, _ second: Range<Int>) -> Bool {
        first.count == second.count
            && zip(first, second).allSatisfy {
                asciiLowercased(self[$0]) == asciiLowercased(self[$1])
            }
    }

    /// Whether what stands before `end` is the word, given in lower case, in any mix of cases.
    func ends(_ word: StaticString, at end: Int) -> Bool {
        word.withUTF8Buffer { word in
            word.indices.allSatisfy { asciiLowercased(self[end - word.count + $0]) == word[$0] }
        }
    }

    /// Eight bytes from `index`, the lowest address lowest; the caller checks `index + 8 <= count`.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        // Safe: every caller has just compared `index + 8` with `count`.
        UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// The first index at or after `index` that holds `first` or `second`; `count` if none does.
    @inline(__always)
    func index(of first: UInt8, or second: UInt8, from index: Int) -> Int {
        let firsts = 0x0101_0101_0101_0101 &* UInt64(first)
        let seconds = 0x0101_0101_0101_0101 &* UInt64(second)
        var index = index
        while index + 8 <= count {
            let bytes = word(at: index)
            let hits = zeroBytes(bytes ^ firsts) | zeroBytes(bytes ^ seconds)
            if hits != 0 { return index + hits.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count {
            let byte = bytes[index]
            if byte == first || byte == second { return index }
            index += 1
        }
        return count
    }

    /// The high bit of each byte that is zero; bits above the lowest hit may be wrong.
    @inline(__always)
    private func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    /// Whether a byte may stand in an unquoted name: letters, digits, `_`, `$`, and all above 127.
    @inline(__always)
    static func isNameByte(_ byte: UInt8) -> Bool {
        if byte >= 0x80 { return true }
        let mask: UInt64 = byte < 64 ? 0x03FF_0010_0000_0000 : 0x07FF_FFFE_87FF_FFFE
        return (mask >> UInt64(byte & 63)) & 1 != 0
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always)
    static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- 0x61 < 6
    }

    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 }
}

/// The lower-case form of an ASCII letter, every other byte as it is.
@inline(__always)
func asciiLowercased(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
}

extension RawSpan {
    /// Calls `body` with a view of the same bytes as a statement text.
    func withSQLText<Result>(_ body: (SQLText) -> Result) -> Result {
        withUnsafeBytes { body(SQLText($0)) }
    }
}
