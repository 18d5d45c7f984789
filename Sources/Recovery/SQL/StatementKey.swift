/// What tells nearly all statements apart without reading them to their end: the first word, and
/// of INSERT, REPLACE, UPDATE and DELETE the table that is named first.
///
/// A typed statement is never the logged one where both have keys and these differ; equal keys say
/// nothing. Schemas do not count, nor does the case of letters.
public struct StatementKey: Hashable, Sendable {
    /// The same in every run.
    public let hash: UInt32

    /// The key that a hash was taken from.
    public init(hash: UInt32) { self.hash = hash }

    /// The key of a text; nil where its first words are not plain enough to have one.
    public init?(_ text: RawSpan) {
        guard let key = text.withSQLText({ KeyReader($0).key() }) else { return nil }
        self = key
    }
}

/// Reads a text's first words; words are told apart by their hashes alone.
private struct KeyReader {
    private let text: SQLText
    private var index = 0

    /// A name or keyword.
    private struct Word {
        /// FNV-1a of its letters in lower case.
        var hash: UInt32 = 2_166_136_261
        var isEmpty = true
        var isASCII = true
        var isQuoted = false

        @inline(__always)
        mutating func add(_ byte: UInt8) {
            hash = (hash ^ UInt32(asciiLowercased(byte))) &* 16_777_619
            isEmpty = false
            if byte >= 0x80 { isASCII = false }
        }

        static func hash(_ text: String) -> UInt32 {
            var word = Word()
            for byte in text.utf8 { word.add(byte) }
            return word.hash
        }
    }

    /// A statement may follow, or the word does not count.
    private static let prefixes = ["set", "analyze", "if"].map(Word.hash)
    private static let changes = ["insert", "update", "delete", "replace"].map(Word.hash)
    /// What may stand before the table.
    private static let options =
        ["into", "from", "ignore", "low_priority", "high_priority", "delayed", "quick"]
        .map(Word.hash)

    init(_ text: SQLText) { self.text = text }

    consuming func key() -> StatementKey? {
        guard skipComments() else { return nil }
        let verb = word()
        guard !verb.isEmpty, !Self.prefixes.contains(verb.hash) else { return nil }
        guard Self.changes.contains(verb.hash) else { return StatementKey(hash: verb.hash) }
        guard let table = table() else { return nil }
        return StatementKey(hash: verb.hash &* 31 &+ table.hash)
    }

    /// Skips spaces and comments; false at one that may be code.
    private mutating func skipComments() -> Bool {
        skipSpaces()
        while text[index] == UInt8(ascii: "/") {
            let first = text[index + 2]
            guard text[index + 1] == UInt8(ascii: "*"), first != UInt8(ascii: "!"),
                first != UInt8(ascii: "M"), first != UInt8(ascii: "+")
            else { return false }
            index += 2
            while text[index] != UInt8(ascii: "*") || text[index + 1] != UInt8(ascii: "/") {
                // Not every server lets the first end close what is nested.
                let isNested =
                    text[index] == UInt8(ascii: "/") && text[index + 1] == UInt8(ascii: "*")
                guard index < text.count, !isNested else { return false }
                index += 1
            }
            index += 2
            skipSpaces()
        }
        return true
    }

    @inline(__always)
    private mutating func skipSpaces() {
        while SQLText.isSpace(text[index]) { index += 1 }
    }

    /// The last part of the first name that is no option.
    private mutating func table() -> Word? {
        while true {
            guard let first = name() else { return nil }
            guard !Self.options.contains(first.hash) else {
                if first.isQuoted { return nil }
                continue
            }
            skipSpaces()
            switch text[index] {
            case UInt8(ascii: "."): index += 1
            // A comment, behind which a dot may come.
            case UInt8(ascii: "/"), UInt8(ascii: "#"), UInt8(ascii: "-"): return nil
            default: return first
            }
            guard let second = name(), !Self.options.contains(second.hash) else { return nil }
            return second
        }
    }

    /// The next name; nil where it is not a plain one.
    private mutating func name() -> Word? {
        skipSpaces()
        let isQuoted = text[index] == UInt8(ascii: "`")
        if isQuoted { index += 1 }
        var name = word()
        name.isQuoted = isQuoted
        guard !name.isEmpty, name.isASCII, !Self.prefixes.contains(name.hash) else { return nil }
        guard isQuoted else { return name }
        guard text[index] == UInt8(ascii: "`"), text[index + 1] != UInt8(ascii: "`") else {
            return nil
        }
        index += 1
        return name
    }

    @inline(__always)
    private mutating func word() -> Word {
        var word = Word()
        while index < text.count, SQLText.isNameByte(text[index]) {
            word.add(text[index])
            index += 1
        }
        return word
    }
}
