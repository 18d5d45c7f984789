import Binlog
public import Recovery

/// The life of a row, for people and for scripts.
public struct HistoryReport: Sendable {
    public var table: TableName
    public var conditions: [ColumnCondition]
    public var history: RowHistory
    /// False where a part of the logs could not be read, too.
    public var isComplete: Bool

    public init(
        table: TableName, conditions: [ColumnCondition], history: RowHistory, isComplete: Bool
    ) {
        self.table = table
        self.conditions = conditions
        self.history = history
        self.isComplete = isComplete
    }

    /// The `result` of the JSON object.
    public var json: JSONValue {
        [
            "schema": .init(table.schema), "table": .string(table.table),
            "where": .array(conditions.map { .string($0.description) }),
            "changes": .array(history.changes.map(\.json)), "total": .init(history.changeCount),
            "shown": .init(history.changes.count),
            "unresolved": .array(history.unresolved.map(\.json)),
            "unresolvedTotal": .init(history.unresolvedCount), "complete": .bool(isComplete),
        ]
    }

    /// The changes as people read them.
    public var text: String {
        let wanted = conditions.map(\.description).joined(separator: " AND ")
        var text = "\(table) where \(wanted)\n"
        for change in history.changes { text += "\n" + change.text(asked: table) }
        if history.changes.isEmpty { text += "\nno change of such a row found\n" }
        let more = history.changeCount - UInt64(history.changes.count)
        if more > 0 { text += "\n\(HumanNumber.count(more)) more; show them with --limit\n" }
        if !history.unresolved.isEmpty {
            text += "\nwhat else may have changed it, and does not tell:\n"
            for event in history.unresolved { text += event.text }
            let more = history.unresolvedCount - UInt64(history.unresolved.count)
            if more > 0 { text += "  and \(HumanNumber.count(more)) more\n" }
        }
        text += "\n" + summary + "\n"
        return PrintableText.escapeControlCharacters(text, keepsLines: true)
    }

    private var summary: String {
        guard history.hasMetTable else { return "the logs do not name this table" }
        let count = HumanNumber.count(history.changeCount, "change")
        return isComplete
            ? "\(count); nothing else in these logs can have changed it"
            : "\(count); the history may not be complete"
    }
}

extension RowChange {
    var json: JSONValue {
        [
            "id": .string(id.description), "op": .string(operation.rawValue),
            "timestamp": .time(timestamp), "gtid": .init(gtid), "threadID": .init(threadID),
            "schema": .init(table.schema), "table": .string(table.table),
            "incarnation": .init(incarnation),
            "changed": .object(columns.map { .init($0.name, $0.json) }),
            "guess": .bool(isGuess), "statement": .init(statement),
        ]
    }

    /// - Parameter asked: the table's name need not be told again.
    func text(asked: TableName) -> String {
        var head = UTCTime.tableText(seconds: timestamp) + "  \(operation.rawValue)  \(id)"
        if let gtid { head += "  GTID \(gtid)" }
        if let threadID { head += "  connection \(threadID)" }
        if incarnation > 1 { head += "  incarnation \(incarnation)" }
        if table != asked { head += "  as \(table)" }
        if isGuess { head += "  (a guess: the log does not tell how the value is to be read)" }
        var lines = PrintableText.escapeControlCharacters(head) + "\n"
        for column in columns {
            let line =
                switch operation {
                case .insert: "\(column.name) = \(column.after.text)"
                case .delete: "\(column.name) = \(column.before.text)"
                case .update where column.before == .absent:
                    "\(column.name) → \(column.after.text)"
                case .update: "\(column.name): \(column.before.text) → \(column.after.text)"
                }
            lines += "    " + PrintableText.escapeControlCharacters(line) + "\n"
        }
        if let statement { lines += "  " + Self.oneLine(statement) + "\n" }
        return lines
    }

    /// A statement as one line of a list.
    static func oneLine(_ statement: String) -> String {
        let words = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let text = words.count > 200 ? words.prefix(200) + " …" : words[...]
        return PrintableText.escapeControlCharacters(String(text))
    }
}

extension RowChange.Column {
    var json: JSONValue {
        var members: [JSONValue.Member] = []
        if let value = before.json { members.append(.init("before", value)) }
        if let value = after.json { members.append(.init("after", value)) }
        return .object(members)
    }
}

extension RowChange.Value {
    /// Nil where nothing is known.
    var json: JSONValue? {
        switch self {
        case .absent: nil
        case .null: .null
        case .literal(let text): .string(text)
        }
    }

    var text: String {
        switch self {
        case .absent: "?"
        case .null: "NULL"
        case .literal(let text): text
        }
    }
}

extension UnresolvedEvent {
    var json: JSONValue {
        [
            "id": .string(id.description), "timestamp": .time(timestamp), "gtid": .init(gtid),
            "threadID": .init(threadID), "reason": .string(reason.rawValue),
            "statement": .init(statement),
        ]
    }

    var text: String {
        var line = "  \(UTCTime.tableText(seconds: timestamp))  \(reason.rawValue)  \(id)"
        if let gtid { line += "  GTID \(gtid)" }
        line = PrintableText.escapeControlCharacters(line)
        if let statement { line += "\n    " + RowChange.oneLine(statement) }
        return line + "\n"
    }
}
