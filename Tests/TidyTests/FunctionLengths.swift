/// How many lines each function has, from its first word to its closing brace.
///
/// Counted are `func`, `init`, `deinit`, `subscript` and computed `var`, nested ones too.
struct FunctionLengths {
    struct Function: Equatable {
        let line: Int
        let lines: Int
    }

    private(set) var functions: [Function] = []
    private var tokens: [Token] = []

    private struct Token {
        let text: String
        let line: Int
    }

    init(_ source: SwiftScanner) {
        for (index, code) in source.code.enumerated() { tokenize(code, line: index + 1) }
        for index in tokens.indices where Self.openers.contains(tokens[index].text) {
            if let body = bodyStart(after: index), let end = closing(of: body) {
                let line = tokens[index].line
                functions.append(Function(line: line, lines: tokens[end].line - line + 1))
            }
        }
    }

    /// Words (with a `.` or a backtick right before them, since `.init` opens nothing) and marks.
    private mutating func tokenize(_ code: String, line: Int) {
        var word: [UInt8] = []
        for byte in code.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...:
                word.append(byte)
            default:
                finish(&word, line: line)
                if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "`") {
                    word.append(byte)
                } else if byte != UInt8(ascii: " ") {
                    tokens.append(Token(text: String(Unicode.Scalar(byte)), line: line))
                }
            }
        }
        finish(&word, line: line)
    }

    private mutating func finish(_ word: inout [UInt8], line: Int) {
        if !word.isEmpty {
            tokens.append(Token(text: String(decoding: word, as: UTF8.self), line: line))
        }
        word.removeAll(keepingCapacity: true)
    }

    private static let openers: Set<String> = ["func", "init", "deinit", "subscript", "var"]

    /// What cannot stand between a declaration and its body: there is none.
    private static let enders: Set<String> = [
        "}", "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "class",
        "enum", "actor", "extension", "protocol", "typealias", "associatedtype", "import",
        "static", "public", "private", "fileprivate", "internal", "package", "mutating", "return",
        "if", "for", "while", "guard", "switch", ";", "=",
    ]

    private func bodyStart(after start: Int) -> Int? {
        var depth = 0
        for index in tokens.indices[(start + 1)...] {
            let text = tokens[index].text
            switch text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return index
            // An operator's name, `==`, stands right behind `func`, and so may `=` in a bound.
            case "=" where tokens[start].text != "var": continue
            default: if depth == 0, Self.enders.contains(text) { return nil }
            }
            if depth < 0 { return nil }
        }
        return nil
    }

    private func closing(of body: Int) -> Int? {
        var depth = 0
        for index in tokens.indices[body...] {
            switch tokens[index].text {
            case "{": depth += 1
            case "}":
                depth -= 1
                if depth == 0 { return index }
            default: continue
            }
        }
        return nil
    }
}
