/// The rules about one Swift file, as functions of its scanned text.
enum SourceRules {
    struct Finding: Equatable, CustomStringConvertible {
        let line: Int
        let message: String

        var description: String { "\(line): \(message)" }
    }

    /// Modules that the file imports, with the line of each.
    static func imports(_ source: SwiftScanner) -> [(line: Int, module: String)] {
        let pattern = Patterns.importLine
        return source.code.enumerated().compactMap { index, code in
            guard code.contains("import"), let match = code.firstMatch(of: pattern) else {
                return nil
            }
            return (index + 1, String(match.1))
        }
    }

    static func longLines(_ source: SwiftScanner) -> [Finding] {
        source.lines.enumerated().compactMap { index, line in
            line.count > HouseRules.columns
                ? Finding(line: index + 1, message: "\(line.count) columns") : nil
        }
    }

    /// Lines of code that may trap, that drop an error, or that print.
    static func forbidden(_ source: SwiftScanner, mayPrint: Bool) -> [Finding] {
        let patterns = Patterns.forbidden
        var findings: [Finding] = []
        for (index, code) in source.code.enumerated() {
            for (name, pattern) in patterns
            where !(mayPrint && name == "print(") && code.contains(pattern) {
                findings.append(Finding(line: index + 1, message: name))
            }
        }
        return findings
    }

    static func unfinished(_ source: SwiftScanner) -> [Finding] {
        let pattern = Patterns.unfinished
        return source.lines.enumerated().compactMap { index, line in
            guard let match = line.firstMatch(of: pattern) else { return nil }
            return Finding(line: index + 1, message: String(match.0))
        }
    }

    /// Does a comment say what belongs in the file: first of all, or first after the imports?
    static func saysWhatItIs(_ source: SwiftScanner) -> Bool {
        for (line, code) in zip(source.lines, source.code) {
            let text = line.trimmingPrefix(while: \.isWhitespace)
            if text.hasPrefix("//") { return true }
            let isPreamble =
                text.isEmpty || text.hasPrefix("#") || code.contains(Patterns.importLine)
            if !isPreamble { return false }
        }
        return false
    }

    /// Public types, functions, subscripts, static constants and longer computed properties that no
    /// doc comment stands above. Initializers and members of one line are said by their type's; so
    /// are the cases of an enum, and constants that are cases of an open set.
    static func undocumented(_ source: SwiftScanner) -> [Finding] {
        let pattern = Patterns.publicDeclaration
        var findings: [Finding] = []
        for (index, code) in source.code.enumerated()
        where code.contains("public") || code.contains("open") {
            guard let match = code.firstMatch(of: pattern) else { continue }
            let modifiers = match.1
            let kind = match.2
            let name = String(match.3 ?? "")
            // One line says it itself: stored, computed at once, or one case of an open set.
            let isPlain =
                kind == "var" && (!code.contains("{") || code.contains("}"))
                || kind == "let" && (!modifiers.contains("static") || isCase(code))
            let isOperator = kind == "func" && name.isEmpty
            if isOperator || isPlain || HouseRules.knownMembers.contains(name)
                || hasDocComment(source, above: index)
            {
                continue
            }
            findings.append(Finding(line: index + 1, message: "\(kind) \(name)"))
        }
        return findings
    }

    private static func isCase(_ code: String) -> Bool {
        ["= Self(", "= .init(", "rawValue:", "Code(", "Reason("].contains(where: code.contains)
    }

    private static func hasDocComment(_ source: SwiftScanner, above index: Int) -> Bool {
        for line in source.lines[..<index].reversed() {
            let text = line.trimmingPrefix(while: \.isWhitespace)
            if text.hasPrefix("///") { return true }
            // Attributes, conditions and ordinary comments may stand between.
            if !text.hasPrefix("@") && !text.hasPrefix("#") && !text.hasPrefix("//") {
                return false
            }
        }
        return false
    }
}

/// Regular expressions over blanked code; none of them is stored, since they are not Sendable.
private enum Patterns {
    static var importLine: Regex<(Substring, Substring)> {
        #/
        ^\s* (?:@\w+(?:\([^)]*\))?\s+)* (?:\w+\s+)? import\s+
        (?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?
        ([A-Za-z_]\w*)
        /#
    }

    static var unfinished: Regex<Substring> { #/\b(?:TODO|FIXME|XXX)\b/# }

    static var forbidden: [(String, Regex<Substring>)] {
        [
            ("try?", #/\btry\?/#), ("try!", #/\btry!/#), ("as!", #/\bas!/#),
            ("fatalError", #/\bfatalError\b/#),
            ("a value's !", #/(?:[)\]`>]|\b(?!try!|as!)\w+)!(?!=)/#),
            ("print(", #/(?:^|[^\w.])(?:debugPrint|print)\(/#),
        ]
    }

    static var publicDeclaration: Regex<(Substring, Substring, Substring, Substring?)> {
        #/
        ^\s* (?:@\w+(?:\([^)]*\))?\s+)*
        ((?:public|open)\s+
            (?:(?:static|final|mutating|nonmutating|borrowing|consuming|nonisolated|indirect
                |private\(set\)|internal\(set\))\s+)*)
        (struct|enum|class|actor|protocol|typealias|func|subscript|var|let)\b
        \s* `?(\w+)?
        /#
    }
}
