/// Reads the words of one statement of a dump: enough to know what kind of statement it is.
///
/// White space, comments and the marks of executable comments are passed over; strings and quoted
/// names are one word each. Words are upper case, but strings and quoted names, which stay as
/// written.
struct DumpWords {
    enum Word: Equatable {
        case word(String)
        case name(String)
        case string(String)
        case mark(UInt8)
    }

    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Up to `limit` words of a statement.
    static func first(_ limit: Int, of bytes: some Sequence<UInt8>) -> [Word] {
        var words = DumpWords(bytes)
        var found: [Word] = []
        while found.count < limit, let word = words.next() { found.append(word) }
        return found
    }

    mutating func next() -> Word? {
        skipSpaceAndComments()
        guard offset < bytes.count else { return nil }
        let byte = bytes[offset]
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(quoted(byte))
        case UInt8(ascii: "`"): return .name(quoted(byte))
        case _ where Self.isWordByte(byte):
            let begin = offset
            while offset < bytes.count, Self.isWordByte(bytes[offset]) { offset += 1 }
            return .word(String(decoding: bytes[begin..<offset], as: UTF8.self).uppercased())
        default:
            offset += 1
            return .mark(byte)
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x5F
            || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "$") || byte >= 0x80
    }

    private func peek(_ distance: Int) -> UInt8? {
        offset + distance < bytes.count ? bytes[offset + distance] : nil
    }

    private mutating func skipSpaceAndComments() {
        while let byte = peek(0) {
            switch (byte, peek(1), peek(2)) {
            case _ where DumpLexer.isSpace(byte): offset += 1
            case (UInt8(ascii: "#"), _, _), (UInt8(ascii: "-"), UInt8(ascii: "-"), _): skipLine()
            case (UInt8(ascii: "/"), UInt8(ascii: "*"), UInt8(ascii: "!")): skipOpening(3)
            case (UInt8(ascii: "/"), UInt8(ascii: "*"), UInt8(ascii: "M")): skipOpening(4)
            case (UInt8(ascii: "/"), UInt8(ascii: "*"), _): skipBlock()
            case (UInt8(ascii: "*"), UInt8(ascii: "/"), _): offset += 2
            default: return
            }
        }
    }

    private mutating func skipLine() {
        while offset < bytes.count, bytes[offset] != 0x0A { offset += 1 }
    }

    /// The version number behind the mark is no word of the statement.
    private mutating func skipOpening(_ count: Int) {
        offset = min(offset + count, bytes.count)
        while let byte = peek(0), (0x30...0x39).contains(byte) { offset += 1 }
    }

    private mutating func skipBlock() {
        offset += 2
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") { break }
            offset += 1
        }
        offset = min(offset + 2, bytes.count)
    }

    private mutating func quoted(_ quote: UInt8) -> String {
        var text: [UInt8] = []
        offset += 1
        while let byte = peek(0) {
            offset += 1
            if byte == quote {
                guard peek(0) == quote else { break }
                offset += 1
            } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "`"), let next = peek(0) {
                offset += 1
                text.append(next)
                continue
            }
            text.append(byte)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
