/// Swift source with the contents of comments and strings blanked, line by line.
///
/// Good enough for this repository's style, not for all of Swift: nested block comments, raw and
/// multi-line strings, interpolations (which stay code) and `#/…/#` are known; a bare `/…/` is not.
struct SwiftScanner {
    /// The code alone; every other byte is a space.
    private(set) var code: [String] = []
    /// The text of the file.
    let lines: [String]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var blanking = Blanking(Array(text.utf8))
        blanking.run()
        code = blanking.output.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        )
        .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Walks the bytes once; a stack says inside of what it is.
private struct Blanking {
    private enum Frame {
        /// Inside an interpolation: how many parentheses are open.
        case code(openParentheses: Int)
        case string(hashes: Int, multiline: Bool)
    }

    private let input: [UInt8]
    private(set) var output: [UInt8] = []
    private var at = 0
    private var stack: [Frame] = []

    init(_ input: [UInt8]) { self.input = input }

    mutating func run() {
        while at < input.count {
            if case .string(let hashes, let multiline) = stack.last {
                inString(hashes: hashes, multiline: multiline)
            } else {
                inCode()
            }
        }
    }

    private func sees(_ text: String, at offset: Int? = nil) -> Bool {
        var index = offset ?? at
        for byte in text.utf8 {
            guard index < input.count, input[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private func isAt(_ character: Unicode.Scalar) -> Bool { input[at] == UInt8(ascii: character) }

    private mutating func keep(_ count: Int = 1) {
        output += input[at..<min(at + count, input.count)]
        at += count
    }

    private mutating func blank(_ count: Int = 1) {
        let end = min(at + count, input.count)
        while at < end {
            output.append(isAt("\n") ? UInt8(ascii: "\n") : UInt8(ascii: " "))
            at += 1
        }
    }

    private mutating func inCode() {
        if sees("//") {
            while at < input.count, !isAt("\n") { blank() }
        } else if sees("/*") {
            blockComment()
        } else if isAt("#") || isAt("\"") {
            literal()
        } else if case .code(let open) = stack.last, isAt("(") || isAt(")") {
            let next = open + (isAt("(") ? 1 : -1)
            stack.removeLast()
            if next > 0 { stack.append(.code(openParentheses: next)) }
            keep()
        } else {
            keep()
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if sees("/*") {
                depth += 1
                blank(2)
            } else if sees("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && at < input.count
    }

    /// A string or an extended regular expression begins here, or `#if` and the like.
    private mutating func literal() {
        var hashes = 0
        while sees("#", at: at + hashes) { hashes += 1 }
        if sees("\"\"\"", at: at + hashes) {
            keep(hashes + 3)
            stack.append(.string(hashes: hashes, multiline: true))
        } else if sees("\"", at: at + hashes) {
            keep(hashes + 1)
            stack.append(.string(hashes: hashes, multiline: false))
        } else if hashes > 0, sees("/", at: at + hashes) {
            let end = "/" + String(repeating: "#", count: hashes)
            keep(hashes + 1)
            while at < input.count, !sees(end) { blank() }
            keep(hashes + 1)
        } else {
            keep(max(hashes, 1))
        }
    }

    private mutating func inString(hashes: Int, multiline: Bool) {
        let escape = "\\" + String(repeating: "#", count: hashes)
        let end = (multiline ? "\"\"\"" : "\"") + String(repeating: "#", count: hashes)
        if sees(escape + "(") {
            blank(escape.count)
            keep()
            stack.append(.code(openParentheses: 1))
        } else if sees(escape) {
            blank(escape.count + 1)
        } else if sees(end) {
            keep(end.count)
            stack.removeLast()
        } else if !multiline, isAt("\n") {
            keep()
            stack.removeLast()
        } else {
            blank()
        }
    }
}
