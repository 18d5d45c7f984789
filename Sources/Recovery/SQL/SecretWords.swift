/// The words that may stand before a secret, wherever in a text: in code, comments and literals.
enum SecretWords {
    /// Where the first word behind `begin` ends: `IDENTIFIED`, `PASSWORD`, `PWD` or `CRYPT` (also
    /// inside a longer one), or a call of `ENCODE`, `DECODE`, `KDF` or of a hash's function.
    static func endOfFirst(_ text: SQLText, from begin: Int) -> Int? {
        for index in begin..<max(begin, text.count) {
            guard let word = candidate(text, index), text.ends(word.word, at: index + 1) else {
                continue
            }
            if !word.isCall || mayCall(word.word, text, index + 1) { return index + 1 }
        }
        return nil
    }

    /// The one word that may end with the byte at `index`.
    @inline(__always)
    private static func candidate(
        _ text: SQLText, _ index: Int
    ) -> (word: StaticString, isCall: Bool)? {
        switch text[index] | 0x20 {
        case UInt8(ascii: "d"):
            switch text[index - 1] | 0x20 {
            case UInt8(ascii: "r"): ("password", false)
            case UInt8(ascii: "w"): SQLText.isNameByte(text[index + 1]) ? nil : ("pwd", false)
            default: ("identified", false)
            }
        case UInt8(ascii: "t"): ("crypt", false)
        case UInt8(ascii: "e"):
            (text[index - 4] | 0x20 == UInt8(ascii: "n") ? "encode" : "decode", true)
        case UInt8(ascii: "f"): ("kdf", true)
        case UInt8(ascii: "a"): ("sha", true)
        case UInt8(ascii: "1"): ("sha1", true)
        case UInt8(ascii: "2"): ("sha2", true)
        case UInt8(ascii: "5"): ("md5", true)
        default: nil
        }
    }

    /// Whether the word that ends here is a whole one, and a parenthesis or a comment comes next.
    private static func mayCall(_ word: StaticString, _ text: SQLText, _ end: Int) -> Bool {
        let last = end - word.utf8CodeUnitCount - 1
        var version = last
        while SQLText.isDigit(text[version]) { version -= 1 }
        guard !SQLText.isNameByte(text[last]) || text[version] == UInt8(ascii: "!") else {
            return false
        }
        let next = skip(" \t\r\n\u{B}\u{C}`\"", in: text, from: end)
        let isComment =
            text.ends("/*", at: next + 2) || text.ends("*/", at: next + 2)
            || text.ends("--", at: next + 2)
        return isComment || isOne(text[next], of: "(#")
    }

    /// Finds what tokens do not show: all behind a word in a comment, which may be a skipped
    /// `/*! IDENTIFIED BY … */`, and all behind `password "` or the like in a literal.
    static func addSecrets(
        from first: Int, around tokens: [SQLToken], in text: SQLText,
        to secrets: inout [SecretMask.Secret]
    ) {
        var next: Int? = first
        var token = 0
        while let word = next {
            while token < tokens.count, tokens[token].range.upperBound < word { token += 1 }
            let range = token < tokens.count ? tokens[token].range : text.count..<text.count
            if range.lowerBound >= word {
                secrets.append(SecretMask.Secret(range: word..<range.lowerBound))
            } else if tokens[token].kind == .string,
                let value = value(text, behind: word, to: range.upperBound - 1)
            {
                secrets.append(SecretMask.Secret(range: value, shown: "***"))
                next = endOfFirst(text, from: value.upperBound)
                continue
            }
            next = endOfFirst(text, from: max(word, range.lowerBound))
        }
    }

    /// The value behind a word in a literal that ends at `end`; nil where nothing says that one
    /// begins. But for a number all of the literal that is left belongs to it.
    ///
    /// Behind `IDENTIFIED BY`, `VIA` or `WITH` and in the call of a function it is the first that
    /// stands in quotes, which may be escaped.
    private static func value(_ text: SQLText, behind word: Int, to end: Int) -> Range<Int>? {
        let next = skip(blanks, in: text, from: word)
        if text.ends("identified", at: word) {
            if text.ends("by", at: next + 2) {
                return behindQuote(text, skip(blanks, in: text, from: next + 2), to: end)
            }
            let isPlugin = text.ends("via", at: next + 3) || text.ends("with", at: next + 4)
            return isPlugin ? behindFirstQuote(text, next, to: end) : nil
        }
        if text.ends("password", at: word) || text.ends("pwd", at: word) {
            return valueOfKey(text, word, to: end)
        }
        return text[next] == UInt8(ascii: "(") ? behindFirstQuote(text, next, to: end) : nil
    }

    /// As `value`, behind the word PASSWORD or PWD.
    ///
    /// `password "…`, `password="…`, `"password": "…`, `"password": 12`, `password=…`,
    /// `PASSWORD(''…`, `"password";s:8:"…` (PHP's), where the quotes may be escaped;
    /// `password"…` too (Spider takes it).
    private static func valueOfKey(_ text: SQLText, _ word: Int, to end: Int) -> Range<Int>? {
        let key = skip("\\'\"", in: text, from: word)
        let isPHPs = text.ends(";s:", at: key + 3)
        let separator = skip(isPHPs ? ";s:0123456789" : blanksAndSigns, in: text, from: key)
        if separator > key, let value = behindQuote(text, separator, to: end) { return value }
        guard separator < end, !isOne(text[separator], of: ";,&\\'\"") else { return nil }
        if separator == key + 1, text[key] == UInt8(ascii: "=") { return separator..<end }
        guard key > word else { return nil }
        if separator == key { return isSpiders(text, key) ? key..<end : nil }
        guard text[skip(blanks, in: text, from: key)] == UInt8(ascii: ":") else { return nil }
        let digits = skip("0123456789", in: text, from: separator)
        return digits > separator ? separator..<digits : nil
    }

    /// Whether a value may begin at `begin`, right behind the quote behind PASSWORD: what is no
    /// English genitive.
    private static func isSpiders(_ text: SQLText, _ begin: Int) -> Bool {
        guard SQLText.isNameByte(text[begin]) else { return false }
        return text[begin - 1] == UInt8(ascii: "\"") || SQLText.isNameByte(text[begin + 1])
    }

    /// The value in the first quotes behind `begin`; nil where the parentheses that open there
    /// close without any. Not looked for further than a hostile text makes dear.
    private static func behindFirstQuote(
        _ text: SQLText, _ begin: Int, to end: Int
    ) -> Range<Int>? {
        var depth = 0
        for index in begin..<max(begin, end) {
            switch text[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth <= 0 { return nil }
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                var first = index
                while text[first - 1] == UInt8(ascii: "\\") { first -= 1 }
                if let value = behindQuote(text, first, to: end) { return value }
            default: if index - begin >= 256 { return index..<end }
            }
        }
        return nil
    }

    /// The value in the quotes that open at `begin`, up to `end`; nil where no such quote stands
    /// there, or it closes again at once.
    private static func behindQuote(_ text: SQLText, _ begin: Int, to end: Int) -> Range<Int>? {
        var index = skip("\\", in: text, from: begin)
        let quote = text[index]
        guard isOne(quote, of: "'\"") else { return nil }
        index += 1
        if index == begin + 1, quote == text[end], text[index] == quote { index += 1 }
        guard index < end else { return nil }
        let isEmpty = (begin..<index).allSatisfy { text[$0] == text[$0 + index - begin] }
        return isEmpty ? nil : index..<end
    }

    private static let blanks: StaticString = " \t\r\n"
    private static let blanksAndSigns: StaticString = " \t\r\n:=("

    private static func skip(_ signs: StaticString, in text: SQLText, from begin: Int) -> Int {
        var index = begin
        while index < text.count, isOne(text[index], of: signs) { index += 1 }
        return index
    }

    private static func isOne(_ byte: UInt8, of signs: StaticString) -> Bool {
        signs.withUTF8Buffer { $0.contains(byte) }
    }
}
