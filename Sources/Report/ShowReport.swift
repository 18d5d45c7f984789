public import Binlog
public import Recovery

/// One transaction in full.
public struct ShowReport: Sendable {
    public var id: BinlogPosition
    public var transaction: Transaction
    public var statements: [ShownStatement]
    /// Rows that were counted and not kept.
    public var rowsLeftOut: UInt64

    public init(
        id: BinlogPosition, transaction: Transaction, statements: [ShownStatement],
        rowsLeftOut: UInt64
    ) {
        self.id = id
        self.transaction = transaction
        self.statements = statements
        self.rowsLeftOut = rowsLeftOut
    }
}

/// One statement of a transaction: a text, rows, or both.
public struct ShownStatement: Sendable {
    /// Its first event.
    public var position: BinlogPosition
    public var timestamp: UInt32
    /// The text with its secrets masked; nil where the log holds none.
    public var text: String?
    public var details = Details()
    public var tables: [TableName] = []
    /// As a `RowWriter` wrote them, in the form in which the report is asked for; in pieces, as a
    /// transaction may hold millions.
    public var rows: [[UInt8]] = []
    public var counts = RowCounts()

    /// What only a Query event tells.
    public struct Details: Sendable {
        /// Whether the text itself is what is run, not the note beside rows.
        public var isQuery = false
        public var database: String?
        public var threadID: UInt32?
        public var executionSeconds: UInt32?
        public var errorCode: UInt16?
        /// Values that the statement reads: ids, seeds, user variables.
        public var values: [String] = []
    }

    public init(position: BinlogPosition, timestamp: UInt32, text: String? = nil) {
        self.position = position
        self.timestamp = timestamp
        self.text = text
    }
}

extension ShowReport {
    /// The `result` of the JSON object; its rows must have been written as JSON.
    public var json: JSONValue {
        let end = BinlogPosition(file: id.file, offset: transaction.endOffset)
        var counts = RowCounts()
        for statement in statements {
            counts.add(statement.counts.inserted, .insert)
            counts.add(statement.counts.updated, .update)
            counts.add(statement.counts.deleted, .delete)
        }
        return [
            "id": .string(id.description), "gtid": .init(transaction.gtid),
            "timestamp": .time(transaction.timestamp), "serverID": .init(transaction.serverID),
            "threadID": .init(transaction.threadID),
            "executionSeconds": .init(transaction.executionSeconds), "begin": .init(id),
            "end": .init(end), "sizeBytes": .init(transaction.sizeBytes),
            "events": .init(transaction.eventCount),
            "ending": .string(transaction.ending.rawValue),
            "xaID": .init(transaction.xaID?.description), "rows": .init(counts),
            "rowsLeftOut": .init(rowsLeftOut),
            "statements": .array(statements.map(\.json)),
        ]
    }

    /// The transaction as people read it; its rows must have been written as lines.
    public var text: String {
        var text = "transaction \(id)"
        if let gtid = transaction.gtid { text += ", GTID \(gtid)" }
        text += "\n\(UTCTime.tableText(seconds: transaction.timestamp))"
        text += ", server \(transaction.serverID)"
        if let threadID = transaction.threadID { text += ", connection \(threadID)" }
        text +=
            "; \(HumanNumber.count(transaction.eventCount, "event")), "
            + "\(HumanNumber.size(bytes: transaction.sizeBytes)), "
            + "ends at \(transaction.endOffset) with \(transaction.ending.rawValue)\n"
        if let xaID = transaction.xaID { text += "XA transaction \(xaID)\n" }
        text = Self.printable(text)
        for statement in statements {
            text += "\n" + Self.printable(statement.textLines)
            for piece in statement.rows { text += String(decoding: piece, as: UTF8.self) }
        }
        if rowsLeftOut > 0 {
            text += "\n\(HumanNumber.count(rowsLeftOut)) more rows; show them with --rows\n"
        }
        return text
    }

    private static func printable(_ text: String) -> String {
        PrintableText.escapeControlCharacters(text, keepsLines: true)
    }
}

extension ShownStatement {
    var json: JSONValue {
        [
            "position": .init(position), "timestamp": .time(timestamp),
            "format": .string(details.isQuery ? "statement" : "row"),
            "statement": .init(text), "database": .init(details.database),
            "threadID": .init(details.threadID),
            "executionSeconds": .init(details.executionSeconds),
            "errorCode": .init(details.errorCode),
            "values": .array(details.values.map { .string($0) }),
            "tables": .array(
                tables.map { ["schema": .init($0.schema), "table": .string($0.table)] }),
            "counts": .init(details.isQuery ? nil : counts),
            "rows": .written(rows),
        ]
    }

    /// Without its rows.
    var textLines: String {
        var text = "\(position.offset)  \(UTCTime.tableText(seconds: timestamp))"
        if let database = details.database { text += "  in \(database)" }
        if let errorCode = details.errorCode, errorCode != 0 { text += "  error \(errorCode)" }
        text += "\n"
        for value in details.values { text += "    with \(value)\n" }
        if let statement = self.text {
            for line in statement.split(whereSeparator: \.isNewline) { text += "    \(line)\n" }
        }
        return text
    }
}
