import Binlog
import Recovery
import Report

/// The statements and rows of the transaction being read.
struct TransactionContent {
    private(set) var statements: [ShownStatement] = []
    private(set) var failures: [Failure] = []
    private(set) var rowsLeftOut: UInt64 = 0

    private let file: String
    private let flavor: FormatDescription.Flavor
    private var rowsToKeep: Int
    /// Of the text that the rows become.
    private var bytesToKeep = 256 << 20
    /// Of the rows of the event being read.
    private var piece: [UInt8] = []
    private static let pieceBytes = 1 << 20
    private var tables: TableMapRegistry
    private var writer: RowWriter
    /// What the next Query event reads.
    private var nextValues: [String] = []
    /// A row statement is being read: it is the last of `statements`.
    private var isRowStatementOpen = false

    init(file: String, flavor: FormatDescription.Flavor, rows form: RowWriter.Form, most: Int) {
        self.file = file
        self.flavor = flavor
        writer = RowWriter(form)
        rowsToKeep = most
        tables = TableMapRegistry(flavor: flavor)
    }

    mutating func take(_ event: borrowing Event) throws(BinlogError) {
        switch event.type {
        case .query, .executeLoadQuery: try takeQuery(event)
        case .annotateRows, .rowsQuery:
            openRowStatement(event)
            guard let text = event.annotation else { return }
            let masked = SecretMask.masked(text, mode: nil)
            statements[statements.count - 1].text = PrintableText.decoded(masked)
        case .tableMap:
            if !isRowStatementOpen { openRowStatement(event) }
            let handle = try tables.record(event)
            let map = tables[handle]
            statements[statements.count - 1].tables.append(
                TableName(schema: map.schema, table: map.table))
        case let type where type.isRows: try takeRows(event)
        case .intvar:
            let variable = try IntvarEvent(event)
            let name = variable.kind == .insertID ? "INSERT_ID" : "LAST_INSERT_ID"
            nextValues.append("\(name)=\(variable.value)")
        case .rand:
            let seeds = try RandEvent(event)
            nextValues.append("RAND_SEED1=\(seeds.seed1), RAND_SEED2=\(seeds.seed2)")
        case .userVar: nextValues.append(Self.text(try UserVarEvent(event)))
        case .incident:
            failures.append(
                Failure(
                    "incident", "the server recorded here that it lost events", file: file,
                    offset: event.offset))
        case let type where type.support == .refused:
            failures.append(
                Failure(
                    "unsupported-event", "\(type) events are not supported by this version",
                    hint: "a later version reads them", file: file, offset: event.offset))
        default: break
        }
    }

    private mutating func openRowStatement(_ event: borrowing Event) {
        statements.append(
            ShownStatement(
                position: BinlogPosition(file: file, offset: event.offset),
                timestamp: event.header.timestamp))
        isRowStatementOpen = true
    }

    private mutating func takeQuery(_ event: borrowing Event) throws(BinlogError) {
        let query = try QueryEvent(event)
        isRowStatementOpen = false
        tables.endStatement()
        guard query.control == .none else { return }
        let variables = try query.statusVariables(flavor)
        let masked = SecretMask.masked(
            query.text, mode: SQLMode(bits: variables.sqlMode ?? 0))
        var statement = ShownStatement(
            position: BinlogPosition(file: file, offset: event.offset),
            timestamp: event.header.timestamp, text: PrintableText.decoded(masked))
        statement.details.isQuery = true
        let database = query.database
        if database.byteCount > 0 {
            statement.details.database = PrintableText.decoded(database.copied())
        }
        statement.details.threadID = query.threadID
        statement.details.executionSeconds = query.executionSeconds
        statement.details.errorCode = query.errorCode
        statement.details.values = nextValues
        nextValues.removeAll()
        statements.append(statement)
    }

    private static func text(_ variable: UserVarEvent) -> String {
        let name = "@`" + PrintableText.decoded(variable.name) + "`"
        switch variable.value {
        case .null: return name + "=NULL"
        case .string(let bytes, let collation):
            return "\(name)='\(PrintableText.decoded(bytes))' (collation \(collation))"
        case .double(let bits): return "\(name)=\(Double(bitPattern: bits))"
        case .integer(let bits, let isUnsigned):
            return "\(name)=\(isUnsigned ? "\(bits)" : "\(Int64(bitPattern: bits))")"
        case .decimal(let text): return "\(name)=\(text)"
        }
    }

    // MARK: Rows

    /// What has been written belongs to the newest statement.
    private mutating func endPiece() {
        guard !piece.isEmpty else { return }
        bytesToKeep -= piece.count
        statements[statements.count - 1].rows.append(piece)
        piece.removeAll(keepingCapacity: true)
    }

    private mutating func takeRows(_ event: borrowing Event) throws(BinlogError) {
        let rows = try RowsEvent(event)
        if rows.isDummy {
            tables.endStatement()
            isRowStatementOpen = false
            return
        }
        let handle = try tables.table(of: rows)
        let map = tables[handle]
        if !isRowStatementOpen { openRowStatement(event) }
        writer.use(map, rows.operation)
        var cursor = try RowCursor(rows, of: map)
        let statement = statements.count - 1
        var count: UInt64 = 0
        defer { endPiece() }
        while try cursor.next() {
            count += 1
            guard rowsToKeep > 0, bytesToKeep > piece.count else {
                rowsLeftOut += 1
                continue
            }
            rowsToKeep -= 1
            try writer.append(cursor, of: rows, map, to: &piece)
            if piece.count >= Self.pieceBytes { endPiece() }
        }
        statements[statement].counts.add(count, rows.operation)
        if rows.endsStatement {
            tables.endStatement()
            isRowStatementOpen = false
        }
    }
}
