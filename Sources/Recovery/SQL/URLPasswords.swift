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
        while true {
            index = text.index(of: colon, or: colon, from: index)
            guard index < text.count else { break }
            index += 1
            guard text[index] == slash, text[index + 1] == slash,
                let begin = endOfUser(text, from: index + 2)
            else { continue }
            let (end, next) = endOfPassword(text, from: begin)
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
    private static func endOfUser(_ text: SQLText, from begin: Int) -> Int? {
        for index in begin..<max(begin, text.count) {
            switch text[index] {
            case colon: return index + 1
            case slash, UInt8(ascii: "@"), UInt8(ascii: "'"), UInt8(ascii: "\""),
                UInt8(ascii: "`"):
                return nil
            default: continue
            }
        }
        return nil
    }

    /// Where the password ends, nil where there is none, and where the literal does.
    private static func endOfPassword(
        _ text: SQLText, from begin: Int
    ) -> (password: Int?, literal: Int) {
        var last: Int?
        var index = begin
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "@"): last = index
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
                guard text[index + 1] == byte else { return (last, index) }
                index += 1
            default: break
            }
            index += 1
        }
        if let last { return (last, text.count) }
        let rest = begin..<max(begin, text.count)
        return (rest.first { text[$0] <= 0x20 || text[$0] == slash } ?? text.count, text.count)
    }
}
