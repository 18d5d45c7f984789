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
    /// Without an `@`, it is the rest of a literal that may be cut off, but for a port. `isCut`:
    /// the text does not tokenize behind the tokens.
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
            guard let begin = Self.endOfUser(text, user..<max(user, literal.range.upperBound)),
                !Self.isPort(text, begin, in: literal.range)
            else { continue }
            if let end = literal.lastAt, end >= begin {
                done = end
            } else if literal.range.upperBound == text.count {
                done = text.count
            } else {
                continue
            }
            guard done > begin else { continue }
            secrets.append(SecretMask.Secret(range: begin..<done, shown: "***"))
        }
    }

    /// A literal, or what is taken for one.
    private struct Literal {
        var range: Range<Int>
        /// Its last `@`, unless the password may go on behind it.
        var lastAt: Int?
    }

    /// The literal or comment that holds a slash; `token` is the first that does not end before it.
    private static func literal(
        around slash: Int, _ tokens: [SQLToken], _ token: Int, _ isCut: Bool, _ text: SQLText
    ) -> Literal {
        var range = slash..<text.count
        var isOpen = false
        if token == tokens.count || tokens[token].range.lowerBound > slash {
            let begin = token == 0 ? 0 : tokens[token - 1].range.upperBound
            let isLast = token == tokens.count
            let end = isLast ? text.count : tokens[token].range.lowerBound
            range = begin..<end
            isOpen = isLast && isCut
        } else if tokens[token].kind == .sign {
            // No statement has `://` in it: the text is read in a wrong mode or character set.
            range = slash..<endOfQuoted(text, slash)
            isOpen = range.upperBound == text.count
        } else {
            range = tokens[token].range
        }
        guard let lastAt = text.bytes[range].lastIndex(of: UInt8(ascii: "@")) else {
            return Literal(range: range)
        }
        let hasHost = !isOpen || text.bytes[lastAt...].contains(self.slash)
        return Literal(range: range, lastAt: hasHost ? lastAt : nil)
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

    /// Where the next quote stands, neither escaped nor doubled, or the text ends.
    private static func endOfQuoted(_ text: SQLText, _ begin: Int) -> Int {
        var index = begin
        while index < text.count {
            let byte = text[index]
            if byte == backslash || (quotes.contains(byte) && text[index + 1] == byte) {
                index += 1
            } else if quotes.contains(byte) {
                return index
            }
            index += 1
        }
        return text.count
    }

    /// Whether a port stands there, and behind it the path or the end of the URL.
    private static func isPort(_ text: SQLText, _ begin: Int, in literal: Range<Int>) -> Bool {
        var end = begin
        while SQLText.isDigit(text[end]) { end += 1 }
        guard 1...5 ~= end - begin, end < text.count else { return false }
        if text[end] <= 0x20 || text[end] == slash { return true }
        let behind = end
        while text[end] == backslash || quotes.contains(text[end]) { end += 1 }
        guard end > behind else { return false }
        return end >= literal.upperBound || text[end] <= 0x20 || text[end] == slash
            || ",}])>;".utf8.contains(text[end])
            || (text[behind] == backslash && "rnt".utf8.contains(text[end]))
    }
}
