/// A token as it is compared with a typed one: quotes and escapes resolved.
struct PatternToken: Sendable, Equatable {
    enum Kind: Sendable { case word, quotedName, string, other }

    var kind: Kind
    var lexeme: SQLLexeme
    var content: [UInt8]

    var isName: Bool { kind == .word || kind == .quotedName }
    var text: String { String(decoding: content, as: UTF8.self) }
}

/// Gives the tokens of a text without what is optional: IF EXISTS, SET STATEMENT … FOR.
struct PatternCursor {
    private var scanner: SQLScanner
    private let text: SQLText
    private var ahead: [SQLToken] = []
    private var isFirst = true

    init(_ text: SQLText, mode: SQLMode) {
        self.text = text
        scanner = SQLScanner(text, mode: mode)
    }

    var hasFailed: Bool { scanner.hasFailed }

    /// All tokens of a text; nil where its quotes or comments do not end.
    static func tokens(of text: SQLText, mode: SQLMode) -> [PatternToken]? {
        var cursor = PatternCursor(text, mode: mode)
        var tokens: [PatternToken] = []
        while let token = cursor.next() { tokens.append(token) }
        return cursor.hasFailed ? nil : tokens
    }

    mutating func next() -> PatternToken? {
        if isFirst {
            isFirst = false
            skipSetStatement()
        }
        while let token = take() {
            if token.lexeme == .if, let second = peek(0), second.lexeme == .exists {
                _ = take()
                continue
            }
            return convert(token)
        }
        return nil
    }

    private mutating func take() -> SQLToken? {
        ahead.isEmpty ? scanner.next() : ahead.removeFirst()
    }

    private mutating func peek(_ index: Int) -> SQLToken? {
        while ahead.count <= index {
            guard let token = scanner.next() else { return nil }
            ahead.append(token)
        }
        return ahead[index]
    }

    private mutating func skipSetStatement() {
        guard peek(0)?.lexeme == .set, peek(1)?.lexeme == .statement else { return }
        var open = 0
        while let token = take() {
            if token.lexeme == .leftParenthesis { open += 1 }
            if token.lexeme == .rightParenthesis { open -= 1 }
            if token.lexeme == .for, open == 0 { return }
        }
    }

    private func convert(_ token: SQLToken) -> PatternToken {
        let range = token.range
        switch token.kind {
        case .word: return PatternToken(kind: .word, lexeme: token.lexeme, content: bytes(range))
        case .quotedName:
            return PatternToken(kind: .quotedName, lexeme: .name, content: unquoted(range, false))
        case .string:
            return PatternToken(
                kind: .string, lexeme: .name,
                content: unquoted(range, !scanner.mode.noBackslashEscapes))
        default:
            return PatternToken(kind: .other, lexeme: token.lexeme, content: bytes(range))
        }
    }

    private func bytes(_ range: Range<Int>) -> [UInt8] { Array(text.bytes[range]) }

    private func unquoted(_ range: Range<Int>, _ hasEscapes: Bool) -> [UInt8] {
        var index = range.lowerBound
        let mark = text[range.upperBound - 1]
        while text[index] != mark { index += 1 }
        index += 1
        var content: [UInt8] = []
        while index < range.upperBound - 1 {
            let byte = text[index]
            if byte == mark {
                content.append(mark)
                index += 2
            } else if hasEscapes, byte == UInt8(ascii: "\\") {
                content.append(contentsOf: Self.escaped(text[index + 1]))
                index += 2
            } else {
                content.append(byte)
                index += 1
            }
        }
        return content
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "n"): [0x0A]
        case UInt8(ascii: "t"): [0x09]
        case UInt8(ascii: "r"): [0x0D]
        case UInt8(ascii: "0"): [0]
        case UInt8(ascii: "b"): [0x08]
        case UInt8(ascii: "Z"): [0x1A]
        case UInt8(ascii: "%"), UInt8(ascii: "_"): [UInt8(ascii: "\\"), byte]
        default: [byte]
        }
    }
}

/// Compares a typed statement with a logged one, token by token, and stops at the first difference.
struct TokenComparison {
    private let typed: [PatternToken]
    private let schema: String?

    init(_ typed: [PatternToken], schema: String?) {
        self.typed = typed
        self.schema = schema
    }

    func matches(_ text: SQLText, _ mode: SQLMode) -> Bool {
        var cursor = PatternCursor(text, mode: mode)
        var index = 0
        var previous = SQLLexeme.end
        var pending: [PatternToken] = []
        func takeLogged() -> PatternToken? {
            pending.isEmpty ? cursor.next() : pending.removeFirst()
        }
        while let logged = takeLogged() {
            if index == typed.count {
                return logged.lexeme == .semicolon && takeLogged() == nil && !cursor.hasFailed
            }
            if typed[index].isName, logged.isName,
                typed[index].lexeme == .name || isQualifier(index)
            {
                let dot = takeLogged()
                var name: PatternToken?
                if dot?.lexeme == .dot { name = takeLogged() }
                let isTable = Self.precedesTable(previous)
                guard let step = compareNames(index, logged, name, isTable: isTable) else {
                    return false
                }
                index += step
                if name == nil, let dot { pending.append(dot) }
                if dot?.lexeme == .dot, name == nil { return false }
            } else {
                guard isEqual(typed[index], logged, behind: index) else { return false }
                index += 1
            }
            previous = typed[index - 1].lexeme
        }
        return index == typed.count && !cursor.hasFailed
    }

    private func isQualifier(_ index: Int) -> Bool {
        index + 1 < typed.count && typed[index + 1].lexeme == .dot
    }

    /// Compares `a` or `a.b` on both sides; how many typed tokens that took, nil where they differ.
    private func compareNames(
        _ index: Int, _ first: PatternToken, _ second: PatternToken?, isTable: Bool
    ) -> Int? {
        let hasSchema = isQualifier(index) && index + 2 < typed.count
        switch (hasSchema, second) {
        case (true, let second?):
            guard isEqual(typed[index], first, behind: index),
                isEqual(typed[index + 2], second, behind: index + 2)
            else { return nil }
            return 3
        case (true, nil):
            guard isTable, isEqual(typed[index + 2], first, behind: index + 2),
                schema.map({ Array($0.utf8) == typed[index].content }) ?? true
            else { return nil }
            return 3
        case (false, let second?):
            guard isTable, isEqual(typed[index], second, behind: index) else { return nil }
            return 1
        case (false, nil):
            return isEqual(typed[index], first, behind: index) ? 1 : nil
        }
    }

    /// Behind it a table may stand, or something else that a schema holds.
    private static func precedesTable(_ lexeme: SQLLexeme) -> Bool {
        switch lexeme {
        case .view, .procedure, .function, .trigger, .event, .sequence, .package, .body: true
        case .from, .join, .straightJoin, .into, .update, .table, .tables, .to, .delete, .ignore,
            .lowPriority, .quick, .history, .using, .truncate, .comma, .references, .insert,
            .replace, .like, .exists, .on, .delayed, .highPriority:
            true
        default: false
        }
    }

    private func isEqual(_ typed: PatternToken, _ logged: PatternToken, behind index: Int) -> Bool {
        let isSameText = typed.content == logged.content
        switch (typed.kind, logged.kind) {
        case (.word, .word):
            return isSameText || (isKeyword(typed, index) && isSameIgnoringCase(typed, logged))
        case (.string, .string), (.quotedName, .quotedName), (.quotedName, .word),
            (.word, .quotedName):
            return isSameText
        case (.string, .quotedName), (.quotedName, .string):
            // Double quotes mean one or the other, and a typed text has no sql_mode.
            return isSameText
        case (.other, .other):
            return isSameText || isSameIgnoringCase(typed, logged)
        default: return false
        }
    }

    /// A word of the language, or a function's name.
    private func isKeyword(_ token: PatternToken, _ index: Int) -> Bool {
        if token.lexeme != .name { return true }
        if index + 1 < typed.count, typed[index + 1].lexeme == .leftParenthesis { return true }
        return SQLKeywords.contains(token.content)
    }

    private func isSameIgnoringCase(_ first: PatternToken, _ second: PatternToken) -> Bool {
        first.content.count == second.content.count
            && zip(first.content, second.content).allSatisfy {
                asciiLowercased($0) == asciiLowercased($1)
            }
    }
}
