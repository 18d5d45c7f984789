internal import Recovery

/// A timeline as people read it on a terminal: a line of bars a table, then what stands out.
extension Timeline {
    private static let shownTables = 20
    private static let shownMarks = 30
    private static let columns: UInt64 = 48
    private static let bars = Array(" ▁▂▃▄▅▆▇█")

    /// The chart, the marks and the gaps.
    public var text: String {
        guard let span = TimeSpan(self) else { return "nothing happened in these logs\n" }
        let tables = busiestTables
        var table = TextTable([
            ("table", .left), ("inserted", .right), ("updated", .right), ("deleted", .right),
            ("statements", .right), (span.title, .left),
        ])
        for name in tables.prefix(Self.shownTables) { table.add(row(of: name, span)) }
        table.add(["", "", "", "", "", markLine(span)])
        var text = table.text
        if tables.count > Self.shownTables {
            text += "and \(HumanNumber.count(tables.count - Self.shownTables)) more tables\n"
        }
        return text + "\n" + markList + gapList
    }

    private func row(of table: TableName, _ span: TimeSpan) -> [String] {
        var sum = RowCounts()
        var statements: UInt64 = 0
        var heights = [UInt64](repeating: 0, count: Int(span.columns))
        for bucket in buckets where bucket.table == table {
            sum.inserted &+= bucket.rows.inserted
            sum.updated &+= bucket.rows.updated
            sum.deleted &+= bucket.rows.deleted
            statements &+= bucket.statements
            heights[span.column(of: bucket.start)] &+= max(bucket.changes, bucket.statements)
        }
        let highest = max(1, heights.max() ?? 1)
        let line = heights.map { height -> Character in
            if height == 0 { return Self.bars[0] }
            let share = Double(height) / Double(highest)
            return Self.bars[min(8, 1 + Int(share * 7.5))]
        }
        return [
            table.description, HumanNumber.count(sum.inserted), HumanNumber.count(sum.updated),
            HumanNumber.count(sum.deleted), HumanNumber.count(statements), String(line),
        ]
    }

    /// `!` under the columns in which something was destroyed.
    private func markLine(_ span: TimeSpan) -> String {
        var line = [Character](repeating: " ", count: Int(span.columns))
        for mark in marks {
            guard case .destructive = mark.kind else { continue }
            line[span.column(of: UInt64(mark.timestamp))] = "!"
        }
        return String(line)
    }

    private var markList: String {
        guard !marks.isEmpty else { return "" }
        var table = TextTable([("time", .left), ("", .left), ("table", .left), ("id", .left)])
        for mark in marks.prefix(Self.shownMarks) {
            var name = ""
            if case .destructive(let entry) = mark.kind {
                name = [entry.match.schema, entry.match.table].compactMap { $0 }
                    .joined(separator: ".")
            }
            table.add([
                UTCTime.tableText(seconds: mark.timestamp), mark.kindName, name, mark.id,
            ])
        }
        let more = marks.count - Self.shownMarks
        return table.text
            + (more > 0 ? "and \(HumanNumber.count(more)) more; all of them with --json\n" : "")
    }

    private var gapList: String {
        gaps.map { gap in
            let start = UTCTime.tableText(seconds: gap.start)
            let end = UTCTime.tableText(seconds: gap.end)
            let what =
                switch gap.kind {
                case .silence: "no transaction"
                case .missingFile: "\(gap.file ?? "a file") is missing"
                case .damage: "\(gap.file ?? "a file"): \(gap.message ?? "damaged")"
                }
            return PrintableText.escapeControlCharacters("\(start) to \(end): \(what)") + "\n"
        }.joined()
    }

    /// The time that the chart covers, cut into columns.
    private struct TimeSpan {
        var start: UInt64
        var columnSeconds: UInt64
        var columns: UInt64

        init?(_ timeline: Timeline) {
            let starts = timeline.buckets.map(\.start)
            guard let first = starts.min(), let last = starts.max() else { return nil }
            let unit = max(1, timeline.bucketSeconds)
            let count = (last - first) / unit + 1
            let unitsInColumn = (count + Timeline.columns - 1) / Timeline.columns
            start = first
            columnSeconds = unitsInColumn * unit
            columns = (count + unitsInColumn - 1) / unitsInColumn
        }

        func column(of seconds: UInt64) -> Int {
            guard seconds > start else { return 0 }
            return Int(min(columns - 1, (seconds - start) / columnSeconds))
        }

        var title: String {
            let end = start + columns * columnSeconds
            return "\(UTCTime.tableText(seconds: start)) to \(UTCTime.tableText(seconds: end)), "
                + "\(UTCTime.duration(seconds: Double(columnSeconds))) a column"
        }
    }
}
