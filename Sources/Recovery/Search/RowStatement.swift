/// One statement in row format while its events go by; its buffers are used again.
struct RowStatement {
    struct Part {
        var table: Int32
        var counts = RowCounts()
    }

    var hasText = false
    var passesText = true
    /// The text is an INSERT that nobody has needed to read yet.
    var isUnread = false
    var timestamp: UInt32 = 0
    var classifier = StatementClassifier()
    /// The beginning of the annotate text.
    var text: [UInt8] = []
    var textSizeBytes = 0
    /// The tables that were mapped, in log order.
    var parts: [Part] = []

    mutating func reset() {
        hasText = false
        passesText = true
        isUnread = false
        timestamp = 0
        text.removeAll(keepingCapacity: true)
        textSizeBytes = 0
        parts.removeAll(keepingCapacity: true)
    }

    /// Reads the text now, of which an INSERT's beginning says all.
    mutating func readText() {
        guard isUnread else { return }
        isUnread = false
        text.withUnsafeBytes { classifier.read(SQLText($0), mode: nil, headOnly: true) }
    }

    /// The part of `table`, made where there is none.
    mutating func index(of table: Int32) -> Int {
        for index in parts.indices where parts[index].table == table { return index }
        parts.append(Part(table: table))
        return parts.count - 1
    }
}
