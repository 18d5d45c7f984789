import Recovery

/// Rows of text in aligned columns, for people.
public struct TextTable: Sendable {
    /// On which side of a column its texts stand.
    public enum Alignment: Sendable { case left, right }

    private let titles: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    public init(_ columns: [(title: String, alignment: Alignment)]) {
        titles = columns.map(\.title)
        alignments = columns.map(\.alignment)
    }

    /// Adds a row; control characters in it are escaped, missing cells are empty.
    public mutating func add(_ cells: [String]) {
        rows.append(cells.map { PrintableText.escapeControlCharacters($0) })
    }

    public var isEmpty: Bool { rows.isEmpty }

    /// One line a row below the titles, without white space at the ends.
    public var text: String { lines.map { $0 + "\n" }.joined() }

    /// The titles, then the rows.
    public var lines: [String] {
        var widths = titles.map(\.count)
        for row in rows {
            for (index, cell) in row.enumerated() where index < widths.count {
                widths[index] = max(widths[index], cell.count)
            }
        }
        return ([titles] + rows).map { line($0, widths) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, width) in widths.enumerated() {
            let cell = index < cells.count ? cells[index] : ""
            let space = String(repeating: " ", count: max(0, width - cell.count))
            if index > 0 { line += "  " }
            line += alignments[index] == .left ? cell + space : space + cell
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

/// Numbers as people read them.
public enum HumanNumber {
    /// `1,234,567`.
    public static func count(_ value: some BinaryInteger) -> String {
        var text = ""
        let digits = String(value)
        for (index, digit) in digits.enumerated() {
            let rest = digits.count - index
            if index > 0, rest % 3 == 0, text != "-" { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `1 table`, `1,234 tables`.
    public static func count(_ value: some BinaryInteger, _ noun: String) -> String {
        "\(count(value)) \(noun)" + (value == 1 ? "" : "s")
    }

    /// `3.4 MB`: powers of 1,000.
    public static func size(bytes: some BinaryInteger) -> String {
        var value = Double(bytes)
        if value < 1000 { return "\(bytes) B" }
        var unit = ""
        for next in ["kB", "MB", "GB", "TB", "PB"] where value >= 999.95 || unit.isEmpty {
            value /= 1000
            unit = next
        }
        let tenths = Int((value * 10).rounded())
        return value < 100 ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(tenths / 10) \(unit)"
    }
}
