/// Passwords in URLs, as FEDERATED's `CONNECTION='mysql://user:password@host/…'` has them.
struct URLPasswords {
    private static let colon = UInt8(ascii: ":")
    private static let slash = UInt8(ascii: "/")
    private static let backslash = UInt8(ascii: "\\")

    /// Behind each `://`, also as JSON escapes it.
    private var users: [Int] = []

    init(_ text: SQLText) {
        var index = 0
        while true {
            index = text.index(of: Self.colon, or: Self.colon, from: index) + 1
            guard index < text.count else { return }
            var slashes = 0
            var next = index
            while slashes < 2, text[next] == Self.slash || text[next] == Self.backslash {
                if text[next] == Self.slash { slashes += 1 }
                next += 1
            }
            if slashes == 2 { users.append(next) }
        }
    }

    var isEmpty: Bool { users.isEmpty }

    /// Finds what stands between the colon behind a user and the last `@` of the literal.
    ///
    /// Without an `@`, it is the next word of a literal that is cut off (`isCut`: the text does not
    /// tokenize behind the tokens).
    func addSecrets(
        of tokens: [SQLToken], isCut: Bool, in text: SQLText,
        to secrets: inout [SecretMask.Secret]
    ) {
        var token = 0
        var literal = Literal(range: 0..<0)
        var done = 0
        for user in users where user >= done {
            while token < tokens.count, tokens[token].range.upperBound < user { token += 1 }
            if !literal.range.contains(user - 1) {
                literal = Self.literal(around: user - 1, tokens, token, isCut, text)
            }
            guard let begin = Self.endOfUser(text, user..<max(user, literal.range.upperBound))
            else { continue }
            if let end = literal.lastAt, end >= begin {
                done = end
            } else if literal.isOpen {
                let rest = begin..<text.count
                done = rest.first { Self.endsWord(text[$0]) } ?? text.count
            } else {
                continue
            }
            guard done > begin else { continue }
            secrets.append(SecretMask.Secret(range: begin..<done, shown: "***"))
        }
    }

    private struct Literal {
        var range: Range<Int>
        /// The text is cut off within it.
        var isOpen = false
        var lastAt: Int?
    }

    /// The literal or comment that holds a slash; `token` is the first that does not end before it.
    private static func literal(
        around slash: Int, _ tokens: [SQLToken], _ token: Int, _ isCut: Bool, _ text: SQLText
    ) -> Literal {
        var literal: Literal
        if token == tokens.count || tokens[token].range.lowerBound > slash {
            let begin = token == 0 ? 0 : tokens[token - 1].range.upperBound
            let isLast = token == tokens.count
            let end = isLast ? text.count : tokens[token].range.lowerBound
            literal = Literal(range: begin..<end, isOpen: isLast && isCut)
        } else if tokens[token].kind == .sign {
            // No statement has `://` in it: the text is read in a wrong mode or character set.
            let end = text.bytes[slash...].firstIndex { quotes.contains($0) }
            literal = Literal(range: slash..<(end ?? text.count), isOpen: end == nil)
        } else {
            literal = Literal(range: tokens[token].range)
        }
        literal.lastAt = text.bytes[literal.range].lastIndex(of: UInt8(ascii: "@"))
        return literal
    }

    private static let quotes = Array("'\"`".utf8)

    /// Behind the colon that ends the user; nil where none does.
    private static func endOfUser(_ text: SQLText, _ range: Range<Int>) -> Int? {
        for index in range {
            switch text[index] {
            case colon: return index + 1
            case slash, UInt8(ascii: "@"): return nil
            default: continue
            }
        }
        return nil
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == slash || byte == backslash
    }
}
