import Foundation

/// The links of a Markdown document that lead to a file beside it.
struct Links {
    let relative: [String]

    init(markdown: String) {
        // What stands in backticks is no link.
        let text = markdown.replacing(#/```[\s\S]*?```|`[^`\n]*`/#, with: "")
        relative = text.matches(of: #/\]\(([^)\s#]+)(?:#[^)]*)?\)/#).map { String($0.1) }
            .filter { !$0.contains("://") && !$0.hasPrefix("mailto:") }
    }

    /// The path from the root that a link in `document` means.
    static func resolve(_ link: String, from document: String) -> String {
        var parts = document.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") where part != "." {
            if part == ".." {
                _ = parts.popLast()
            } else {
                parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
