/// The words that may stand before a secret, wherever in a text: in code, comments and literals.
enum SecretWords {
    /// Where the first word behind `begin` ends: `IDENTIFIED`, `PASSWORD`, `PWD` or `CRYPT` (also
    /// inside a longer one), or a call of `ENCODE`, `DECODE` or `KDF`.
    static func endOfFirst(_ text: SQLText, from begin: Int) -> Int? {
        for index in begin..<max(begin, text.count) {
            let word: StaticString
            var isCall = false
            switch text[index] | 0x20 {
            case UInt8(ascii: "d"):
                switch text[index - 1] | 0x20 {
                case UInt8(ascii: "r"): word = "password"
                case UInt8(ascii: "w"):
                    if SQLText.isNameByte(text[index + 1]) { continue }
                    word = "pwd"
                default: word = "identified"
                }
            case UInt8(ascii: "t"): word = "crypt"
            case UInt8(ascii: "e"):
                word = text[index - 4] | 0x20 == UInt8(ascii: "n") ? "encode" : "decode"
                isCall = true
            case UInt8(ascii: "f"):
                word = "kdf"
                isCall = true
            default: continue
            }
            if text.ends(word, at: index + 1), !isCall || mayCall(word, text, index + 1) {
                return index + 1
            }
        }
        return nil
    }

    /// Whether the word that ends here is a whole one, and a parenthesis or a comment comes next.
    private static func mayCall(_ word: StaticString, _ text: SQLText, _ end: Int) -> Bool {
        let last = end - word.utf8CodeUnitCount - 1
        var version = last
        while SQLText.isDigit(text[version]) { version -= 1 }
        guard !SQLText.isNameByte(text[last]) || text[version] == UInt8(ascii: "!") else {
            return false
        }
        var index = end
        while SQLText.isSpace(text[index]) || isOne(text[index], of: "`\"") { index += 1 }
        return isOne(text[index], of: "(*/-#")
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
                secrets.append(SecretMask.Secret(range: value..<range.upperBound - 1, shown: "***"))
            }
            next = endOfFirst(text, from: max(word, range.lowerBound))
        }
    }

    /// Where in a literal the value behind a word begins; nil where nothing says that one does.
    ///
    /// `password "…`, `password="…`, `"password": "…`, `password=…`, `PASSWORD(''…` and
    /// `IDENTIFIED BY ''…`, where the quotes may be escaped; `password"…` too (Spider takes it).
    private static func value(_ text: SQLText, behind word: Int, to end: Int) -> Int? {
        if text.ends("identified", at: word) {
            let by = skip(" \t\r\n", in: text, from: word) + 2
            guard text.ends("by", at: by) else { return nil }
            return behindQuote(text, skip(" \t\r\n", in: text, from: by), to: end)
        }
        guard text.ends("password", at: word) || text.ends("pwd", at: word) else { return nil }
        let key = skip("\\'\"", in: text, from: word)
        let separator = skip(" \t\r\n:=(", in: text, from: key)
        if separator > key, let value = behindQuote(text, separator, to: end) { return value }
        let isUnquoted = separator == key + 1 && text[key] == UInt8(ascii: "=")
        let isSpiders = separator == key && key > word && text[key - 1] == UInt8(ascii: "\"")
        guard separator < end, isUnquoted || isSpiders, !isOne(text[separator], of: ";,&\\'\"")
        else {
            return nil
        }
        return isUnquoted || SQLText.isNameByte(text[separator]) ? separator : nil
    }

    /// Where the value in the quotes that open at `begin` starts; nil where no such quote stands
    /// there, or it closes again at once.
    private static func behindQuote(_ text: SQLText, _ begin: Int, to end: Int) -> Int? {
        var index = skip("\\", in: text, from: begin)
        let quote = text[index]
        guard isOne(quote, of: "'\"") else { return nil }
        index += 1
        if index == begin + 1, quote == text[end], text[index] == quote { index += 1 }
        guard index < end else { return nil }
        let isEmpty = (begin..<index).allSatisfy { text[$0] == text[$0 + index - begin] }
        return isEmpty ? nil : index
    }

    private static func skip(_ signs: StaticString, in text: SQLText, from begin: Int) -> Int {
        var index = begin
        while index < text.count, isOne(text[index], of: signs) { index += 1 }
        return index
    }

    private static func isOne(_ byte: UInt8, of signs: StaticString) -> Bool {
        signs.withUTF8Buffer { $0.contains(byte) }
    }
}
