/// Finds where the statements of a dump begin and end, as the `mariadb` client does.
///
/// It knows strings, quoted names, comments, executable comments (`/*! */`, `/*M! */`: their text
/// is SQL) and the `DELIMITER` command. Bytes arrive in pieces of any size; the state lives
/// between them. Source of the rules: client/mysql.cc, `add_line` and `read_and_execute`.
struct DumpLexer {
    /// What stands at the top level of a dump.
    enum Unit {
        case blank
        case lineComment
        case delimiterCommand
        case statement
    }

    private enum State {
        case start
        case blank
        case topComment
        case delimiterCommand
        case body
        case quoted(UInt8)
        case bodyLineComment
        case bodyBlockComment
    }

    /// Bytes that must be visible behind a place, unless the dump ends there, to decide what it is.
    static let lookahead = 64

    private var state = State.start
    private(set) var delimiter: [UInt8] = [UInt8(ascii: ";")]
    private var delimiterLine: [UInt8] = []
    /// The session's modes that change what ends a string; set by whoever reads the SET statements.
    var noBackslashEscapes = false
    var ansiQuotes = false

    /// Nothing of a statement has been seen that is not finished.
    var isAtTopLevel: Bool {
        switch state {
        case .start, .blank, .topComment, .delimiterCommand: true
        default: false
        }
    }

    /// Tells what begins at `offset`; call it only when the last unit has ended.
    mutating func begin(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Unit {
        let byte = bytes[offset]
        if Self.isSpace(byte) {
            state = .blank
            return .blank
        }
        if isLineComment(bytes, at: offset) {
            state = .topComment
            return .lineComment
        }
        if Self.hasWord("delimiter", in: bytes, at: offset) {
            state = .delimiterCommand
            delimiterLine = []
            return .delimiterCommand
        }
        state = .body
        return .statement
    }

    /// Goes on from `offset` and gives the offset behind the unit, or nil when it does not end
    /// before `limit`; then `offset` is where to go on with more bytes.
    mutating func advance(
        _ bytes: UnsafeRawBufferPointer, from offset: inout Int, limit: Int
    ) -> Bool {
        while offset < limit {
            switch state {
            case .start: preconditionFailure("a unit is advanced before it begins")
            case .blank:
                guard Self.isSpace(bytes[offset]) else { return end() }
                offset += 1
            case .topComment:
                if skipLine(bytes, &offset, limit) { return end() }
            case .delimiterCommand:
                let begin = offset
                let ended = skipLine(bytes, &offset, limit)
                delimiterLine.append(contentsOf: bytes[begin..<offset])
                if ended { return endDelimiterCommand() }
            case .bodyLineComment:
                if skipLine(bytes, &offset, limit) { state = .body }
            case .bodyBlockComment: skipBlockComment(bytes, &offset, limit)
            case .quoted(let quote): skipQuoted(quote, bytes, &offset, limit)
            case .body: if skipBody(bytes, &offset, limit) { return end() }
            }
        }
        return false
    }

    /// The dump has ended: a comment or command without its newline is whole.
    mutating func finish() {
        switch state {
        case .blank, .topComment: state = .start
        case .delimiterCommand: _ = endDelimiterCommand()
        default: break
        }
    }

    private mutating func end() -> Bool {
        state = .start
        return true
    }

    private mutating func endDelimiterCommand() -> Bool {
        let words = delimiterLine.split(whereSeparator: Self.isSpace)
        if words.count > 1 { delimiter = Array(words[1].prefix(Self.lookahead / 2)) }
        return end()
    }

    /// True when the newline was found and passed.
    private func skipLine(
        _ bytes: UnsafeRawBufferPointer, _ offset: inout Int, _ limit: Int
    ) -> Bool {
        while offset < limit {
            offset += 1
            if bytes[offset - 1] == 0x0A { return true }
        }
        return false
    }

    private mutating func skipBlockComment(
        _ bytes: UnsafeRawBufferPointer, _ offset: inout Int, _ limit: Int
    ) {
        while offset < limit {
            if bytes[offset] == UInt8(ascii: "*"), Self.byte(bytes, offset + 1) == UInt8(ascii: "/")
            {
                offset += 2
                state = .body
                return
            }
            offset += 1
        }
    }

    /// A doubled quote needs no rule: it ends one string and begins another.
    private mutating func skipQuoted(
        _ quote: UInt8, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int, _ limit: Int
    ) {
        let escapes =
            !noBackslashEscapes && quote != UInt8(ascii: "`")
            && !(ansiQuotes && quote == UInt8(ascii: "\""))
        while offset < limit {
            let byte = bytes[offset]
            offset += 1
            if byte == quote {
                state = .body
                return
            }
            // A byte behind a backslash is always there: the limit leaves a lookahead
            if byte == UInt8(ascii: "\\"), escapes, offset < bytes.count { offset += 1 }
        }
    }

    /// True when the delimiter was found and passed.
    private mutating func skipBody(
        _ bytes: UnsafeRawBufferPointer, _ offset: inout Int, _ limit: Int
    ) -> Bool {
        let first = delimiter[0]
        while offset < limit {
            let byte = bytes[offset]
            if byte == first, Self.has(delimiter, in: bytes, at: offset) {
                offset += delimiter.count
                return true
            }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
                offset += 1
                state = .quoted(byte)
                return false
            case UInt8(ascii: "-"), UInt8(ascii: "#"):
                guard isLineComment(bytes, at: offset) else { break }
                state = .bodyLineComment
                return false
            case UInt8(ascii: "/"):
                guard isBlockComment(bytes, at: offset) else { break }
                offset += 2
                state = .bodyBlockComment
                return false
            default: break
            }
            offset += 1
        }
        return false
    }

    private func isLineComment(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        if bytes[offset] == UInt8(ascii: "#") { return true }
        guard bytes[offset] == UInt8(ascii: "-"), Self.byte(bytes, offset + 1) == UInt8(ascii: "-")
        else { return false }
        guard let third = Self.byte(bytes, offset + 2) else { return true }
        return Self.isSpace(third)
    }

    private func isBlockComment(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard Self.byte(bytes, offset + 1) == UInt8(ascii: "*") else { return false }
        let third = Self.byte(bytes, offset + 2)
        if third == UInt8(ascii: "!") { return false }
        return third != UInt8(ascii: "M") || Self.byte(bytes, offset + 3) != UInt8(ascii: "!")
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func byte(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt8? {
        offset < bytes.count ? bytes[offset] : nil
    }

    private static func has(
        _ text: [UInt8], in bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> Bool {
        guard offset + text.count <= bytes.count else { return false }
        for index in 0..<text.count where bytes[offset + index] != text[index] { return false }
        return true
    }

    /// The word, in lower or upper case, with white space behind it.
    private static func hasWord(
        _ word: StaticString, in bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> Bool {
        let count = word.utf8CodeUnitCount
        guard offset + count < bytes.count, isSpace(bytes[offset + count]) else { return false }
        return word.withUTF8Buffer { word in
            (0..<count).allSatisfy { bytes[offset + $0] | 0x20 == word[$0] }
        }
    }
}
