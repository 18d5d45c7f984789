/// Splits statement texts into tokens, without allocating for any of them.
///
/// Reads what MariaDB logs: UTF-8 or any charset in which bytes below 128 mean ASCII (not GBK,
/// SJIS or Big5, whose second bytes may be a backslash). Comments are dropped; what stands in
/// `/*!…*/` or `/*M!…*/` was executed, so its tokens count, while the server has turned every
/// executable comment that it skipped into a plain one. Source: `sql/sql_lex.cc`
/// (`Lex_input_stream::lex_one_token`).
public enum SQLTokenizer {
    /// Appends the tokens of `text` to `tokens`, which the caller empties and keeps for the next.
    ///
    /// Returns false where it does not tokenize: an unterminated string, name or comment.
    public static func tokenize(
        _ text: RawSpan, mode: SQLMode, into tokens: inout [SQLToken]
    ) -> Bool {
        text.withSQLText { text in
            var scanner = SQLScanner(text, mode: mode)
            while let token = scanner.next() { tokens.append(token) }
            return !scanner.hasFailed
        }
    }
}

/// Gives the tokens of one text one by one; `SQLTokenizer` says what they mean.
struct SQLScanner {
    let text: SQLText
    let mode: SQLMode
    /// A comment that begins like `/* 99999` (a skipped executable one) may hold another comment.
    let nestsSkippedComments: Bool
    private let table = SQLLexemeTable.shared
    private(set) var position = 0
    private var inExecutableComment = false
    /// The text does not tokenize in this mode.
    private(set) var hasFailed = false
    /// It failed at a `*/` that closes nothing.
    private(set) var metStrayCommentEnd = false
    /// A double quote stood outside other quotes: ANSI_QUOTES matters.
    private(set) var metDoubleQuote = false
    /// A backslash stood inside quotes: NO_BACKSLASH_ESCAPES matters.
    private(set) var metBackslash = false
    /// `||` stood there: PIPES_AS_CONCAT matters.
    private(set) var metPipes = false

    init(_ text: SQLText, mode: SQLMode, nestsSkippedComments: Bool = false) {
        self.text = text
        self.mode = mode
        self.nestsSkippedComments = nestsSkippedComments
        if text.count >= Int(UInt32.max) { hasFailed = true }
    }

    /// The next token; nil at the end and wherever the text does not tokenize.
    mutating func next() -> SQLToken? {
        if hasFailed { return nil }
        while position < text.count {
            let byte = text[position]
            if SQLText.isNameByte(byte) { return word(byte) }
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D: position += 1
            case UInt8(ascii: "'"): return quoted(.string, from: position)
            case UInt8(ascii: "`"): return quoted(.quotedName, from: position)
            case UInt8(ascii: "\""):
                metDoubleQuote = true
                return quoted(mode.ansiQuotes ? .quotedName : .string, from: position)
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: "-"):
                guard startsDashComment else { return sign(byte) }
                skipLine()
            case UInt8(ascii: "/"):
                guard text[position + 1] == UInt8(ascii: "*") else { return sign(byte) }
                if !skipComment() { return nil }
            case UInt8(ascii: "*"):
                guard text[position + 1] == UInt8(ascii: "/") else { return sign(byte) }
                if !closeExecutableComment() { return nil }
            case UInt8(ascii: "@"): return variable()
            case UInt8(ascii: "."):
                if SQLText.isDigit(text[position + 1]), !followsName { return number() }
                return sign(byte)
            default: return sign(byte)
            }
        }
        if inExecutableComment { hasFailed = true }
        return nil
    }

    // MARK: Comments

    private var startsDashComment: Bool {
        guard text[position + 1] == UInt8(ascii: "-") else { return false }
        let byte = text[position + 2]
        return byte <= 0x20 || byte == 0x7F
    }

    private mutating func skipLine() {
        position = min(text.index(of: 0x0A, or: 0x0A, from: position) + 1, text.count)
    }

    private mutating func closeExecutableComment() -> Bool {
        position += 2
        if inExecutableComment {
            inExecutableComment = false
            return true
        }
        hasFailed = true
        metStrayCommentEnd = true
        return false
    }

    /// At `/*`: enters an executable comment or passes over a plain one.
    private mutating func skipComment() -> Bool {
        var inside = position + 2
        if text[inside] == UInt8(ascii: "M") { inside += 1 }
        if text[inside] == UInt8(ascii: "!") {
            inside += 1
            let digits = digitCount(from: inside)
            position = inside + (digits >= 5 ? min(digits, 6) : 0)
            inExecutableComment = true
            return true
        }
        let nests = nestsSkippedComments && digitCount(from: position + 3) >= 5
        return skipPlainComment(nests: nests)
    }

    private mutating func skipPlainComment(nests: Bool) -> Bool {
        position += 2
        var depth = 1
        let slash = UInt8(ascii: "/")
        let star = UInt8(ascii: "*")
        while true {
            position = text.index(of: star, or: nests ? slash : star, from: position)
            if position >= text.count {
                hasFailed = true
                return false
            }
            if text[position] == star, text[position + 1] == slash {
                position += 2
                depth -= 1
                if depth == 0 { return true }
            } else if text[position] == slash, text[position + 1] == star {
                position += 2
                depth += 1
            } else {
                position += 1
            }
        }
    }

    private func digitCount(from index: Int) -> Int {
        var index = index
        let begin = index
        while SQLText.isDigit(text[index]) { index += 1 }
        return index - begin
    }

    // MARK: Quotes

    /// At `quote` (the token may have begun earlier, as in `x'…'`): the token up to its last quote.
    @inline(__always)
    private mutating func quoted(
        _ kind: SQLTokenKind, from begin: Int, quoteAt quote: Int? = nil
    ) -> SQLToken? {
        var index = quote ?? begin
        let mark = text[index]
        let escape: UInt8 = kind == .quotedName ? mark : UInt8(ascii: "\\")
        index += 1
        while true {
            index = text.index(of: mark, or: escape, from: index)
            if index >= text.count {
                position = text.count
                hasFailed = true
                return nil
            }
            if text[index] == mark {
                if text[index + 1] != mark { break }
                index += 2
            } else {
                metBackslash = true
                index += mode.noBackslashEscapes ? 1 : 2
            }
        }
        if kind == .quotedName, mark == UInt8(ascii: "\"") { noteBackslashes(begin, index) }
        position = index + 1
        return SQLToken(kind, .name, begin, position)
    }

    /// A name in double quotes may be a string in another mode, where its backslashes matter.
    private mutating func noteBackslashes(_ begin: Int, _ end: Int) {
        let backslash = UInt8(ascii: "\\")
        if text.index(of: backslash, or: backslash, from: begin) < end { metBackslash = true }
    }

    // MARK: Words, numbers, variables, signs

    /// Whether the dot or word at `position` belongs to a name right before it, as in `t.1a`.
    private var followsName: Bool {
        let byte = text[position - 1]
        return position > 0
            && (SQLText.isNameByte(byte) || byte == UInt8(ascii: "`") || byte == UInt8(ascii: "\""))
    }

    @inline(__always)
    private mutating func word(_ first: UInt8) -> SQLToken? {
        let begin = position
        if SQLText.isDigit(first), text[begin - 1] != UInt8(ascii: ".") { return number() }
        let end = table.endOfName(text, from: begin + 1)
        position = end
        if text[end] == UInt8(ascii: "'"), end == begin + 1 {
            switch first | 0x20 {
            case UInt8(ascii: "n"): return quoted(.string, from: begin, quoteAt: end)
            case UInt8(ascii: "x"), UInt8(ascii: "b"):
                return quoted(.binary, from: begin, quoteAt: end)
            default: break
            }
        }
        if first == UInt8(ascii: "_"), standsBeforeString(end) {
            return SQLToken(.introducer, .name, begin, end)
        }
        return SQLToken(.word, table.lexeme(text, begin, end), begin, end)
    }

    private func standsBeforeString(_ index: Int) -> Bool {
        var index = index
        while SQLText.isSpace(text[index]) { index += 1 }
        return text[index] == UInt8(ascii: "'")
            || (text[index] == UInt8(ascii: "\"") && !mode.ansiQuotes)
    }

    /// At a digit, or a dot before one: a number, or a name that begins with digits.
    private mutating func number() -> SQLToken? {
        let begin = position
        var end = begin
        while SQLText.isDigit(text[end]) { end += 1 }
        if end == begin + 1, text[begin] == UInt8(ascii: "0") {
            let isHex = text[end] == UInt8(ascii: "x")
            let isBits = text[end] == UInt8(ascii: "b")
            if isHex || isBits {
                var last = end + 1
                while isHex ? SQLText.isHexDigit(text[last]) : text[last] &- 0x30 < 2 { last += 1 }
                if last > end + 1, !SQLText.isNameByte(text[last]) {
                    position = last
                    return SQLToken(.binary, .name, begin, last)
                }
            }
        }
        if text[end] == UInt8(ascii: ".") {
            end += 1
            while SQLText.isDigit(text[end]) { end += 1 }
        }
        end = endOfExponent(end)
        let isPlain = end == begin + 1 || text[begin] != UInt8(ascii: ".")
        if isPlain, end < text.count, SQLText.isNameByte(text[end]),
            text[end - 1] != UInt8(ascii: ".")
        {
            while end < text.count, SQLText.isNameByte(text[end]) { end += 1 }
            position = end
            return SQLToken(.word, .name, begin, end)
        }
        position = end
        return SQLToken(.number, .name, begin, end)
    }

    private func endOfExponent(_ index: Int) -> Int {
        guard text[index] | 0x20 == UInt8(ascii: "e") else { return index }
        var end = index + 1
        if text[end] == UInt8(ascii: "+") || text[end] == UInt8(ascii: "-") { end += 1 }
        let begin = end
        while SQLText.isDigit(text[end]) { end += 1 }
        return end > begin ? end : index
    }

    private mutating func variable() -> SQLToken? {
        let begin = position
        let next = text[begin + 1]
        switch next {
        case UInt8(ascii: "@"):
            position = begin + 2
            while SQLText.isNameByte(text[position]) { position += 1 }
            return SQLToken(.systemVariable, .name, begin, position)
        case UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "\""):
            if next == UInt8(ascii: "\"") { metDoubleQuote = true }
            var token = quoted(
                next == UInt8(ascii: "`") ? .quotedName : .string, from: begin, quoteAt: begin + 1)
            token?.kind = .userVariable
            return token
        default:
            position = begin + 1
            while SQLText.isNameByte(text[position]) || text[position] == UInt8(ascii: ".") {
                position += 1
            }
            return SQLToken(.userVariable, .name, begin, position)
        }
    }

    private mutating func sign(_ byte: UInt8) -> SQLToken {
        let begin = position
        let (lexeme, length) = SQLScanner.sign(byte, text[begin + 1], text[begin + 2])
        position = begin + length
        if lexeme == .orSign { metPipes = true }
        return SQLToken(.sign, lexeme, begin, position)
    }

    private static func sign(
        _ first: UInt8, _ second: UInt8, _ third: UInt8
    ) -> (SQLLexeme, Int) {
        let equal = UInt8(ascii: "=")
        let greater = UInt8(ascii: ">")
        let less = UInt8(ascii: "<")
        switch first {
        case UInt8(ascii: ","): return (.comma, 1)
        case UInt8(ascii: "."): return (.dot, 1)
        case UInt8(ascii: "("): return (.leftParenthesis, 1)
        case UInt8(ascii: ")"): return (.rightParenthesis, 1)
        case UInt8(ascii: ";"): return (.semicolon, 1)
        case UInt8(ascii: "*"): return (.star, 1)
        case UInt8(ascii: "/"): return (.slash, 1)
        case UInt8(ascii: "%"): return (.percent, 1)
        case UInt8(ascii: "+"): return (.plus, 1)
        case UInt8(ascii: "-"):
            if second != greater { return (.minus, 1) }
            return (.name, third == greater ? 3 : 2)
        case equal: return (.equal, 1)
        case less:
            if second == equal { return third == greater ? (.nullSafeEqual, 3) : (.lessOrEqual, 2) }
            if second == greater { return (.notEqual, 2) }
            return second == less ? (.name, 2) : (.less, 1)
        case greater:
            if second == equal { return (.greaterOrEqual, 2) }
            return second == greater ? (.name, 2) : (.greater, 1)
        case UInt8(ascii: "!"): return second == equal ? (.notEqual, 2) : (.bang, 1)
        case UInt8(ascii: ":"): return second == equal ? (.assign, 2) : (.name, 1)
        case UInt8(ascii: "&"): return second == first ? (.andSign, 2) : (.name, 1)
        case UInt8(ascii: "|"): return second == first ? (.orSign, 2) : (.name, 1)
        case UInt8(ascii: "?"): return (.question, 1)
        case UInt8(ascii: "{"): return (.leftBrace, 1)
        default: return (.name, 1)
        }
    }
}
