/// Who may import what, as the table in `Docs/Architecture.md` says.
struct ImportTable {
    private(set) var allowed: [String: Set<String>] = [:]

    /// Reads the table that has the columns `target` and `may import` first.
    init(markdown: String) {
        var isInside = false
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("| target | may import |") {
                isInside = true
            } else if !line.hasPrefix("|") {
                isInside = false
            } else if isInside {
                let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
                guard cells.count >= 2, !cells[0].hasPrefix("---") else { continue }
                allowed[cells[0]] = Set(cells[1].split(separator: ",").map(String.init))
            }
        }
    }

    func allows(_ module: String, in target: String) -> Bool {
        guard let row = allowed[target] else { return false }
        return row.contains(module) || HouseRules.standard.contains(module)
            || row.contains("libc") && HouseRules.libc.contains(module)
    }
}
