/// Passwords in URLs, as FEDERATED's `CONNECTION='mysql://user:password@host/…'` has them.
enum URLPasswords {
    private static let colon = UInt8(ascii: ":")
    private static let slash = UInt8(ascii: "/")

    /// The text with `***` in their places; nil where there are none.
    ///
    /// What stands between the colon behind the user and the last `@` of the literal goes; without
    /// an `@`, the next word of a literal that is cut off.
    static func masked(_ text: SQLText) -> [UInt8]? {
        var output: [UInt8] = []
        var position = 0
        var index = 0
        // The nearest quote, which most likely opened the literal; 0 for none.
        var quote: UInt8 = 0
        var searched = 0
        while true {
            index = text.index(of: colon, or: colon, from: index)
            guard index < text.count else { break }
            index += 1
            guard text[index] == slash, text[index + 1] == slash else { continue }
            quote = text.bytes[searched..<index].last { quotes.contains($0) } ?? quote
            searched = index
            guard let begin = endOfUser(text, from: index + 2, quote) else { continue }
            let (end, next) = endOfPassword(text, from: begin, quote)
            index = next
            guard let end else { continue }
            output.append(contentsOf: text.bytes[position..<begin])
            output.append(contentsOf: "***".utf8)
            position = end
        }
        guard position > 0 else { return nil }
        output.append(contentsOf: text.bytes[position...])
        return output
    }

    /// Behind the colon that ends the user; nil where none does.
    private static func endOfUser(
        _ text: SQLText, from begin: Int, _ quote: UInt8
    ) -> Int? {
        var index = begin
        while index < text.count {
            switch text[index] {
            case colon: return index + 1
            case slash, UInt8(ascii: "@"): return nil
            default:
                guard let next = next(text, index, quote) else { return nil }
                index = next
            }
        }
        return nil
    }

    /// Where the password ends, nil where there is none, and where the literal does.
    private static func endOfPassword(
        _ text: SQLText, from begin: Int, _ quote: UInt8
    ) -> (password: Int?, literal: Int) {
        var last: Int?
        var index = begin
        while index < text.count {
            if text[index] == UInt8(ascii: "@") { last = index }
            guard let next = next(text, index, quote) else { return (last, index) }
            index = next
        }
        if let last { return (last, text.count) }
        let rest = begin..<max(begin, text.count)
        return (rest.first { text[$0] <= 0x20 || text[$0] == slash } ?? text.count, text.count)
    }

    private static let quotes: Set<UInt8> = [
        UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"),
    ]

    /// The index behind a byte of a literal, or behind two that mean one; nil at its end.
    private static func next(_ text: SQLText, _ index: Int, _ quote: UInt8) -> Int? {
        let (byte, following) = (text[index], text[index + 1])
        if byte == UInt8(ascii: "\\"), following == byte || quotes.contains(following) {
            return index + 2
        }
        guard byte == quote || quote == 0 && quotes.contains(byte) else { return index + 1 }
        return following == byte ? index + 2 : nil
    }
}
