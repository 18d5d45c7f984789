/// Hides the passwords in statement texts, so that none is ever printed or stored.
///
/// Masked are the literals behind IDENTIFIED BY, IDENTIFIED VIA or WITH … USING or AS, PASSWORD(…),
/// PASSWORD = or PASSWORD '…' (SET PASSWORD and server options too) and MASTER_PASSWORD =, those in
/// OLD_PASSWORD, ENCRYPT, AES_ENCRYPT and their kin, and the passwords in URLs (of FEDERATED's
/// CONNECTION). Every sql_mode is tried unless it is known. Where one of them does not tokenize the
/// text, all behind the first such word goes.
public enum SecretMask {
    static let mask = Array("'***'".utf8)

    /// The text with `'***'` in the place of each secret literal.
    public static func masked(_ text: RawSpan, mode: SQLMode?) -> [UInt8] {
        let masked = text.withSQLText { maskedLiterals($0, mode: mode) }
        return masked.span.bytes.withSQLText { URLPasswords.masked($0) } ?? masked
    }

    private static func maskedLiterals(_ text: SQLText, mode: SQLMode?) -> [UInt8] {
        guard mayHoldSecret(text) else { return Array(text.bytes) }
        var secrets: [Range<Int>] = []
        var tokens: [SQLToken] = []
        var isReadable = true
        for mode in mode.map({ [$0] }) ?? SQLMode.all {
            tokens.removeAll(keepingCapacity: true)
            var scanner = SQLScanner(text, mode: mode)
            while let token = scanner.next() { tokens.append(token) }
            if scanner.hasFailed { isReadable = false }
            addSecrets(of: tokens, in: text, to: &secrets)
            addComments(between: tokens, of: text, to: &secrets)
        }
        guard isReadable else { return cutAtKeyword(text) }
        return replace(secrets, in: text)
    }

    /// Whether one of the words stands anywhere in the bytes, even in a comment or string.
    private static func mayHoldSecret(_ text: SQLText) -> Bool {
        firstKeyword(text) != nil
    }

    /// Where `IDENTIFIED`, `PASSWORD` or `CRYPT` (also inside a longer word) first ends.
    private static func firstKeyword(_ text: SQLText, from begin: Int = 0) -> Int? {
        for index in begin..<max(begin, text.count) {
            let word: StaticString
            switch text[index] | 0x20 {
            case UInt8(ascii: "d"):
                word = text[index - 1] | 0x20 == UInt8(ascii: "r") ? "password" : "identified"
            case UInt8(ascii: "t"): word = "crypt"
            default: continue
            }
            if ends(word, text, at: index) { return index + 1 }
        }
        return nil
    }

    private static func ends(_ word: StaticString, _ text: SQLText, at index: Int) -> Bool {
        word.withUTF8Buffer { word in
            word.indices.allSatisfy {
                asciiLowercased(text[index + 1 - word.count + $0]) == word[$0]
            }
        }
    }

    private static func cutAtKeyword(_ text: SQLText) -> [UInt8] {
        let end = firstKeyword(text) ?? 0
        return Array(text.bytes[..<end]) + [0x20] + mask
    }

    private static func addSecrets(
        of tokens: [SQLToken], in text: SQLText, to secrets: inout [Range<Int>]
    ) {
        var index = 0
        while index < tokens.count {
            let lexeme = tokens[index].lexeme
            index += 1
            switch lexeme {
            case .identified: addIdentified(tokens, index, &secrets)
            case .password, .masterPassword, .sourcePassword: addPassword(tokens, index, &secrets)
            case .name where hidesArguments(tokens, index - 1, text):
                addPassword(tokens, index, &secrets)
            default: break
            }
        }
    }

    /// OLD_PASSWORD(…), ENCRYPT(…), AES_DECRYPT(…) and the like.
    private static func hidesArguments(_ tokens: [SQLToken], _ index: Int, _ text: SQLText) -> Bool
    {
        guard isCall(tokens, index) else { return false }
        let last = tokens[index].range.upperBound - 1
        return ends("crypt", text, at: last) || ends("old_password", text, at: last)
    }

    /// Comments may hold a skipped `/*! IDENTIFIED BY … */`: all behind the word goes.
    private static func addComments(
        between tokens: [SQLToken], of text: SQLText, to secrets: inout [Range<Int>]
    ) {
        var position = 0
        var token = 0
        while let keyword = firstKeyword(text, from: position) {
            while token < tokens.count, tokens[token].range.upperBound < keyword { token += 1 }
            let next = token < tokens.count ? tokens[token].range.lowerBound : text.count
            if next >= keyword, next > position { secrets.append(keyword..<next) }
            position = max(keyword, next)
        }
    }

    /// Behind IDENTIFIED: every literal up to the next account, but not the plugin's name.
    private static func addIdentified(
        _ tokens: [SQLToken], _ begin: Int, _ secrets: inout [Range<Int>]
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
                secrets.append(token.range)
            } else if token.kind == .string, index == begin {
                secrets.append(token.range)
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
        _ tokens: [SQLToken], _ begin: Int, _ secrets: inout [Range<Int>]
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
                if token.kind == .string || token.kind == .binary {
                    secrets.append(token.range)
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

    private static func replace(_ secrets: [Range<Int>], in text: SQLText) -> [UInt8] {
        guard !secrets.isEmpty else { return Array(text.bytes) }
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var position = 0
        for secret in secrets.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if secret.lowerBound >= position {
                output.append(contentsOf: text.bytes[position..<secret.lowerBound])
                output.append(contentsOf: mask)
            }
            position = max(position, secret.upperBound)
        }
        output.append(contentsOf: text.bytes[position...])
        return output
    }
}
