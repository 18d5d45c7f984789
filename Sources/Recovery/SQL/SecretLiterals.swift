/// The secret literals among the tokens of one statement, found in one pass.
struct SecretLiterals {
    /// What is secret at a place in the text.
    private enum Secrecy: Int, Comparable {
        case nothing
        case strings
        /// Numbers too: they may be keys.
        case literals

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    private let tokens: [SQLToken]
    private let text: SQLText
    private let mode: SQLMode
    private var found: [SecretMask.Secret] = []

    /// One for each parenthesis that is open.
    private var levels: [Secrecy] = []
    /// Behind PASSWORD, up to where its value ends.
    private var behindWord = Secrecy.nothing
    /// Behind PASSWORD FOR, up to the sign before the value.
    private var awaitsEqual = false

    static func add(
        of tokens: [SQLToken], in text: SQLText, _ mode: SQLMode,
        to secrets: inout [SecretMask.Secret]
    ) {
        var literals = SecretLiterals(tokens: tokens, text: text, mode: mode)
        for index in tokens.indices { literals.take(index) }
        secrets += literals.found
    }

    private init(tokens: [SQLToken], text: SQLText, mode: SQLMode) {
        self.tokens = tokens
        self.text = text
        self.mode = mode
    }

    private mutating func take(_ index: Int) {
        let token = tokens[index]
        switch token.lexeme {
        case .identified:
            behindWord = .nothing
            addIdentified(from: index + 1)
        case .password, .masterPassword, .sourcePassword:
            awaitsEqual = lexeme(index + 1) == .for
            behindWord = awaitsEqual ? .nothing : .strings
        case .equal, .assign:
            if awaitsEqual || isPasswordInQuotes(index - 1) { behindWord = .strings }
            awaitsEqual = false
        case .leftParenthesis:
            levels.append(max(secrecy, ofCall(index - 1)))
            behindWord = .nothing
        case .rightParenthesis:
            _ = levels.popLast()
            behindWord = .nothing
        case .comma: behindWord = .nothing
        case .semicolon:
            awaitsEqual = false
            behindWord = .nothing
        default:
            if token.isLiteral, secrecy >= (token.kind == .number ? .literals : .strings) {
                found.append(SecretMask.Secret(range: token.range))
            } else if token.kind != .introducer, !isCall(index) {
                behindWord = .nothing
            }
        }
    }

    private var secrecy: Secrecy { max(levels.last ?? .nothing, behindWord) }

    private func lexeme(_ index: Int) -> SQLLexeme? {
        tokens.indices.contains(index) ? tokens[index].lexeme : nil
    }

    private func isCall(_ index: Int) -> Bool {
        tokens[index].kind == .word && lexeme(index + 1) == .leftParenthesis
    }

    /// The bytes of a name, without its quotes.
    private func name(_ index: Int) -> Range<Int>? {
        guard tokens.indices.contains(index), tokens[index].isName else { return nil }
        let quotes = tokens[index].kind == .quotedName ? 1 : 0
        return tokens[index].range.dropFirst(quotes).dropLast(quotes)
    }

    private func isPasswordInQuotes(_ index: Int) -> Bool {
        guard let name = name(index), tokens[index].kind == .quotedName else { return false }
        return name.count == 8 && text.ends("password", at: name.upperBound)
    }

    private static let callsWithKeys: Set<String> = [
        "aes_decrypt", "aes_encrypt", "decode", "des_decrypt", "des_encrypt", "encode", "encrypt",
        "kdf", "old_password",
    ]
    private static let hashes: Set<String> = ["md5", "sha", "sha1", "sha2"]

    /// What is secret in the parentheses behind a name.
    ///
    /// Behind a table, index or routine that has such a name stand types and lengths: numbers in
    /// them are no keys.
    private func ofCall(_ index: Int) -> Secrecy {
        guard let range = name(index), range.count > 2 else { return .nothing }
        if range.count <= 12 {
            let name = String(decoding: text.bytes[range], as: UTF8.self).lowercased()
            if Self.hashes.contains(name) { return .strings }
            if Self.callsWithKeys.contains(name) {
                // Oracle's DECODE chooses one of its values.
                if name == "decode", mode.isOracle { return .nothing }
                return isDefined(index) ? .strings : .literals
            }
        }
        let isNamed =
            text.ends("crypt", at: range.upperBound) || text.ends("password", at: range.upperBound)
        return isNamed ? .strings : .nothing
    }

    /// Whether what stands before a name says that it is not that of a server's function.
    private func isDefined(_ index: Int) -> Bool {
        switch lexeme(index - 1) {
        case .table, .exists, .into, .dot, .on, .key, .index, .unique, .function, .procedure: true
        default: false
        }
    }

    /// Behind IDENTIFIED: every literal up to the next account, but not the plugin's name.
    private mutating func addIdentified(from begin: Int) {
        var index = begin
        var isSecret = false
        while index < tokens.count {
            let token = tokens[index]
            switch token.lexeme {
            case .semicolon, .comma, .identified: return
            case .using, .as, .password: isSecret = true
            case .name, .via, .with, .or, .leftParenthesis, .rightParenthesis:
                if isBy(token) { isSecret = true }
                if token.lexeme == .via || token.lexeme == .with || token.lexeme == .or {
                    isSecret = false
                }
            default: break
            }
            if isSecret, token.kind == .string || token.kind == .binary {
                found.append(SecretMask.Secret(range: token.range))
            } else if token.kind == .string, index == begin {
                found.append(SecretMask.Secret(range: token.range))
            }
            index += 1
        }
    }

    /// BY is the only two-letter word that stands right behind IDENTIFIED, VIA … or WITH ….
    private func isBy(_ token: SQLToken) -> Bool {
        token.kind == .word && token.lexeme == .name && token.range.count == 2
    }
}
