internal import Server

/// The FIELDS and LINES clauses of a logged LOAD DATA, as they mean the same under any sql_mode.
///
/// A server writes them anew, with backslashes whatever the sql_mode (seen on MariaDB 10.11), so
/// under NO_BACKSLASH_ESCAPES they say something else: `'\t'` is two characters there.
struct LoadClauses {
    private(set) var text: [UInt8] = []
    /// `ESCAPED BY '\\'` stands there, for none, which is that mode's default, and for a backslash
    /// that the statement named; the text has none.
    private(set) var mayEscape = false

    /// Writes the strings that hold a backslash as hexadecimal ones; what stands before and behind
    /// the clauses stays as it is.
    init(withoutBackslashes logged: ArraySlice<UInt8>) {
        guard var index = Self.beginOfClauses(logged) else {
            text = Array(logged)
            return
        }
        text = Array(logged[..<index])
        while true {
            let words = logged[index...].prefix { Self.isLetter($0) || $0 == UInt8(ascii: " ") }
            text += words
            index = words.endIndex
            guard words.suffix(4).elementsEqual(" BY ".utf8),
                let string = Self.string(logged[index...])
            else { break }
            let escapes =
                words.suffix(11).elementsEqual("ESCAPED BY ".utf8)
                && logged[index..<string.end].elementsEqual("'\\\\'".utf8)
            mayEscape = mayEscape || escapes
            text += escapes ? Array("''".utf8) : string.written
            index = string.end
        }
        text += logged[index...]
    }

    /// Behind the table, whose name may be anything in backticks.
    private static func beginOfClauses(_ text: ArraySlice<UInt8>) -> Int? {
        let wanted = Array(" FIELDS TERMINATED BY ".utf8)
        var isQuoted = false
        for index in text.indices {
            if text[index] == UInt8(ascii: "`") { isQuoted.toggle() }
            if !isQuoted, text[index...].starts(with: wanted) { return index }
        }
        return nil
    }

    /// Whether lines end as the elements of LOAD XML begin, `'<row>'`: so a server logs that.
    static func namesElement(_ logged: ArraySlice<UInt8>) -> Bool {
        guard let begin = beginOfClauses(logged) else { return false }
        let wanted = Array(" LINES TERMINATED BY '<".utf8)
        guard let place = logged[begin...].firstRange(of: wanted) else { return false }
        let end = logged[place.upperBound...].firstIndex(of: UInt8(ascii: "'"))
        return end.map { $0 > place.upperBound && logged[$0 - 1] == UInt8(ascii: ">") } ?? false
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    /// The string that the text begins with; nil where there is none.
    private static func string(_ text: ArraySlice<UInt8>) -> (written: [UInt8], end: Int)? {
        guard text.first == UInt8(ascii: "'") else { return nil }
        var bytes: [UInt8] = []
        var hasBackslash = false
        var index = text.startIndex + 1
        while index < text.endIndex, text[index] != UInt8(ascii: "'") {
            if text[index] == UInt8(ascii: "\\"), index + 1 < text.endIndex {
                hasBackslash = true
                index += 1
                bytes.append(unescaped(text[index]))
            } else {
                bytes.append(text[index])
            }
            index += 1
        }
        guard index < text.endIndex else { return nil }
        let end = index + 1
        guard hasBackslash else { return (Array(text[text.startIndex..<end]), end) }
        return (Array(SQLText.hexLiteral(bytes).utf8), end)
    }

    /// Source: `pretty_print_str` in `sql/log_event.cc`.
    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "0"): 0
        default: byte
        }
    }
}
