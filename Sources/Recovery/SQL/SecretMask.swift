/// Hides the passwords in statement texts, so that none is ever printed or stored.
///
/// Masked are the literals behind IDENTIFIED BY, IDENTIFIED VIA or WITH … USING or AS, PASSWORD(…),
/// PASSWORD = or PASSWORD '…' (SET PASSWORD and server options too) and MASTER_PASSWORD =, those in
/// OLD_PASSWORD, ENCRYPT, AES_ENCRYPT, ENCODE, KDF and their kin, what stands behind `password "`
/// in a literal (Spider's COMMENT), and the passwords in URLs (of FEDERATED's CONNECTION). Every
/// sql_mode is tried unless it is known. Where one of them does not tokenize the text, all behind
/// the first such word goes.
public enum SecretMask {
    /// Bytes that are not shown, and what stands in their place.
    struct Secret {
        var range: Range<Int>
        var shown: StaticString = "'***'"
    }

    /// The text with `'***'` in the place of each secret literal, `***` in that of a part of one.
    public static func masked(_ text: RawSpan, mode: SQLMode?) -> [UInt8] {
        text.withSQLText { masked($0, mode: mode) }
    }

    private static func masked(_ text: SQLText, mode: SQLMode?) -> [UInt8] {
        let keyword = firstKeyword(text)
        let urls = URLPasswords(text)
        guard keyword != nil || !urls.isEmpty else { return Array(text.bytes) }
        var secrets: [Secret] = []
        var tokens: [SQLToken] = []
        for mode in mode.map({ [$0] }) ?? SQLMode.all {
            tokens.removeAll(keepingCapacity: true)
            var scanner = SQLScanner(text, mode: mode)
            while let token = scanner.next() { tokens.append(token) }
            urls.addSecrets(of: tokens, isCut: scanner.hasFailed, in: text, to: &secrets)
            guard let keyword else { continue }
            if scanner.hasFailed {
                secrets.append(Secret(range: keyword..<text.count, shown: " '***'"))
            } else {
                addSecrets(of: tokens, in: text, to: &secrets)
                addHidden(from: keyword, tokens, text, &secrets)
            }
        }
        return replace(secrets, in: text)
    }

    /// Where a word first ends that may stand before a secret, even in a comment or string:
    /// `IDENTIFIED`, `PASSWORD`, `PWD` or `CRYPT` (also inside a longer one), or a call of
    /// `ENCODE`, `DECODE` or `KDF`.
    private static func firstKeyword(_ text: SQLText, from begin: Int = 0) -> Int? {
        for index in begin..<max(begin, text.count) {
            let word: StaticString
            var isCall = false
            switch text[index] | 0x20 {
            case UInt8(ascii: "d"):
                switch text[index - 1] | 0x20 {
                case UInt8(ascii: "r"): word = "password"
                case UInt8(ascii: "w"): word = "pwd"
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
            if ends(word, text, at: index), !isCall || mayCall(word, text, index) {
                return index + 1
            }
        }
        return nil
    }

    /// Whether the word that ends here is a whole one, and a parenthesis or a comment comes next.
    private static func mayCall(_ word: StaticString, _ text: SQLText, _ last: Int) -> Bool {
        guard !SQLText.isNameByte(text[last - word.utf8CodeUnitCount]) else { return false }
        var index = last + 1
        while SQLText.isSpace(text[index]) || text[index] == UInt8(ascii: "`") { index += 1 }
        switch text[index] {
        case UInt8(ascii: "("), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "#"): return true
        default: return false
        }
    }

    private static func ends(_ word: StaticString, _ text: SQLText, at index: Int) -> Bool {
        word.withUTF8Buffer { word in
            word.indices.allSatisfy {
                asciiLowercased(text[index + 1 - word.count + $0]) == word[$0]
            }
        }
    }

    private static func addSecrets(
        of tokens: [SQLToken], in text: SQLText, to secrets: inout [Secret]
    ) {
        var index = 0
        while index < tokens.count {
            let lexeme = tokens[index].lexeme
            index += 1
            switch lexeme {
            case .identified: addIdentified(tokens, index, &secrets)
            case .password, .masterPassword, .sourcePassword: addPassword(tokens, index, &secrets)
            case .name:
                guard let call = secretCall(tokens, index - 1, text) else { continue }
                addPassword(tokens, index, &secrets, withNumbers: call == .ofServers)
            default: break
            }
        }
    }

    private enum SecretCall {
        /// AES_ENCRYPT(…), OLD_PASSWORD(…), ENCODE(…), KDF(…) and the like.
        case ofServers
        /// Of another function, or a table, whose name ends in CRYPT.
        case named
    }

    private static let callsOfServers: Set<String> = [
        "aes_decrypt", "aes_encrypt", "decode", "des_decrypt", "des_encrypt", "encode", "encrypt",
        "kdf", "old_password",
    ]

    private static func secretCall(
        _ tokens: [SQLToken], _ index: Int, _ text: SQLText
    ) -> SecretCall? {
        guard index + 1 < tokens.count, tokens[index].isName,
            tokens[index + 1].lexeme == .leftParenthesis
        else { return nil }
        let quotes = tokens[index].kind == .quotedName ? 1 : 0
        let range = tokens[index].range.dropFirst(quotes).dropLast(quotes)
        guard let last = range.last, range.count > 2 else { return nil }
        let isTable =
            index > 0 && [.table, .exists, .into, .dot].contains(tokens[index - 1].lexeme)
        if !isTable, range.count <= 12 {
            let name = String(decoding: text.bytes[range], as: UTF8.self).lowercased()
            if callsOfServers.contains(name) { return .ofServers }
        }
        return ends("crypt", text, at: last) ? .named : nil
    }

    /// What tokens do not show: comments may hold a skipped `/*! IDENTIFIED BY … */`, of which all
    /// behind the word goes, and literals a `password "…"`, of which all in the quotes goes.
    private static func addHidden(
        from first: Int, _ tokens: [SQLToken], _ text: SQLText, _ secrets: inout [Secret]
    ) {
        var next: Int? = first
        var token = 0
        while let keyword = next {
            while token < tokens.count, tokens[token].range.upperBound < keyword { token += 1 }
            let range = token < tokens.count ? tokens[token].range : text.count..<text.count
            if range.lowerBound >= keyword {
                secrets.append(Secret(range: keyword..<range.lowerBound))
            } else if tokens[token].kind == .string,
                ends("password", text, at: keyword - 1) || ends("pwd", text, at: keyword - 1),
                let value = quotedValue(text, from: keyword, to: range.upperBound - 1)
            {
                secrets.append(Secret(range: value, shown: "***"))
            }
            next = firstKeyword(text, from: max(keyword, range.lowerBound))
        }
    }

    /// What stands in a literal behind the `password` of `password "…`, `password="…` or
    /// `"password": "…`, where the quotes may be escaped; nil where nothing does.
    private static func quotedValue(
        _ text: SQLText, from begin: Int, to end: Int
    ) -> Range<Int>? {
        func skip(_ signs: StaticString, from begin: Int) -> Int {
            var index = begin
            while index < end, signs.withUTF8Buffer({ $0.contains(text[index]) }) { index += 1 }
            return index
        }
        let key = skip("\\'\"", from: begin)
        let separator = skip("\\ \t\r\n:=", from: key)
        if separator == key, key == begin || !SQLText.isNameByte(text[key]) { return nil }
        let value = separator == key ? key : skip("'\"", from: separator)
        guard value < end, value > separator || separator == key else { return nil }
        return value..<end
    }

    /// Behind IDENTIFIED: every literal up to the next account, but not the plugin's name.
    private static func addIdentified(
        _ tokens: [SQLToken], _ begin: Int, _ secrets: inout [Secret]
    ) {
        var index = begin
        var isSecret = false
        while index < tokens.count {
            let token = tokens[index]
            switch token.lexeme {
            case .semicolon, .comma, .identified: return
            case .using, .as, .password: isSecret = true
            case .name, .via, .with, .or, .leftParenthesis, .rightParenthesis:
                if isBy(tokens, index) { isSecret = true }
                if token.lexeme == .via || token.lexeme == .with || token.lexeme == .or {
                    isSecret = false
                }
            default: break
            }
            if isSecret, token.kind == .string || token.kind == .binary {
                secrets.append(Secret(range: token.range))
            } else if token.kind == .string, index == begin {
                secrets.append(Secret(range: token.range))
            }
            index += 1
        }
    }

    /// BY is the only two-letter word that stands right behind IDENTIFIED, VIA … or WITH ….
    private static func isBy(_ tokens: [SQLToken], _ index: Int) -> Bool {
        let token = tokens[index]
        return token.kind == .word && token.lexeme == .name && token.range.count == 2
    }

    /// Behind PASSWORD or MASTER_PASSWORD: the literal of `(…)`, `= …`, `FOR account = …` or
    /// itself.
    private static func addPassword(
        _ tokens: [SQLToken], _ begin: Int, _ secrets: inout [Secret], withNumbers: Bool = false
    ) {
        var index = begin
        if index < tokens.count, tokens[index].lexeme == .for {
            while index < tokens.count, tokens[index].lexeme != .equal {
                if tokens[index].lexeme == .semicolon { return }
                index += 1
            }
        }
        var open = 0
        while index < tokens.count {
            let token = tokens[index]
            switch token.lexeme {
            case .leftParenthesis: open += 1
            case .rightParenthesis:
                open -= 1
                if open <= 0 { return }
            case .equal, .assign, .password: break
            case .comma where open == 0: return
            default:
                if token.isLiteral, withNumbers || token.kind != .number {
                    secrets.append(Secret(range: token.range))
                } else if open == 0, token.kind != .introducer, !isCall(tokens, index) {
                    return
                }
            }
            index += 1
        }
    }

    private static func isCall(_ tokens: [SQLToken], _ index: Int) -> Bool {
        index + 1 < tokens.count && tokens[index].kind == .word
            && tokens[index + 1].lexeme == .leftParenthesis
    }

    private static func replace(_ secrets: [Secret], in text: SQLText) -> [UInt8] {
        guard !secrets.isEmpty else { return Array(text.bytes) }
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var position = 0
        for secret in secrets.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            if secret.range.lowerBound >= position {
                output.append(contentsOf: text.bytes[position..<secret.range.lowerBound])
                secret.shown.withUTF8Buffer { output.append(contentsOf: $0) }
            }
            position = max(position, secret.range.upperBound)
        }
        output.append(contentsOf: text.bytes[position...])
        return output
    }
}
