import ArgumentParser
import Binlog
import BinlogFiles
import Catalog
import Recovery
import Report

/// `lastgood history`: the life of one row.
struct HistoryCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Tell the life of one row: every insert, update and delete of it.",
        discussion: """
            A row that has met all conditions is followed by its key, under another key too once \
            an update gives it one, and through RENAME TABLE. Columns are named as the log tells \
            them (binlog_row_metadata=FULL), as a dump or a server does, or by number: @1 is the \
            first. VALUE is NULL, bytes as 0x00ff, or a value as SQL would have it; in quotes \
            ('NULL') it is a text.

              lastgood history shop.orders --where id=42 /backup/binlogs
              lastgood history shop.orders --where @1=42 bin.000017 --json
              lastgood history shop.users --where email=a@example.com --schema dump.sql \
            /backup/binlogs

            Times of TIMESTAMP columns are shown in UTC. What else may have changed the row and \
            does not tell, such as a statement in statement format, is listed behind it.
            Exit codes: 0 found, 1 no such row, 10 damaged or not supported (what could be read \
            is still shown), 11 a gap between files.
            """)

    @Argument(help: ArgumentHelp("The table.", valueName: "schema.table"))
    var table: String

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "What a column of the row holds (repeatable: all of them).",
            valueName: "column=value"))
    var conditions: [String]

    @OptionGroup var logs: LogArguments

    @OptionGroup var definitions: DefinitionOptions

    @Option(help: ArgumentHelp("How many changes to show.", valueName: "n"))
    var limit = 10_000

    @OptionGroup var zone: TimeZoneOption
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var common: CommonOptions

    func answer(_ console: Console) async throws -> Answer {
        guard limit > 0 else { throw Failure.usage("--limit must be at least 1") }
        let table = try SearchOptions.tableName(table)
        guard table.schema != nil else {
            throw Failure.usage("the table's schema is missing", hint: "as shop.\(table.table)")
        }
        let wanted = try conditions.map { text throws(Failure) in try condition(text) }
        let set = try logs.find()
        var request = HistoryRequest(table: table, conditions: wanted, most: limit)
        request.definition = try definition(of: table, console)
        var progress = Progress(
            "history", totalBytes: set.files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        var walk = LogWalk(
            set, RowSearch(request), catalog: catalog.view(of: set, console))
        await walk.run(&progress)
        progress.end()
        let history = walk.consumer.history
        try Self.check(history, request)
        let report = HistoryReport(
            table: table, conditions: wanted, history: history,
            isComplete: history.isComplete && walk.failures.isEmpty)
        return Answer(
            text: report.text, result: report.json,
            warnings: walk.warnings + Self.warnings(history, table), failures: walk.failures,
            exitCode: history.changeCount == 0 ? .nothingFound : .done)
    }

    /// One condition; what it may mean as a moment is read in the user's zone.
    private func condition(_ text: String) throws(Failure) -> ColumnCondition {
        guard var condition = ColumnCondition(text) else {
            throw .usage(
                "'\(text)' is not a condition",
                hint: "as id=42, name='x y', @3=NULL or code=0x00ff")
        }
        guard case .text(let value) = condition.wanted, value.contains("-"), value.contains(":")
        else { return condition }
        do throws(Failure) {
            let time = try UserTime(value, zone: zone.timeZone)
            condition.instant = ColumnCondition.Instant(
                seconds: time.seconds, microseconds: time.microseconds)
        } catch {
            // A text that only looks like a time, or a value that no TIMESTAMP holds.
            guard error.message.contains("zone") || error.message.contains("clock") else {
                return condition
            }
            guard error.message.contains("clock") else { throw error }
            condition.momentFault = error.message
        }
        return condition
    }

    /// What the dump or the server says of the table; nil where neither is asked.
    private func definition(
        of table: TableName, _ console: Console
    ) throws -> TableDefinition? {
        let found = try definitions.read([table], console)[table]
        if found == nil, let schema = definitions.schema {
            throw Failure("not-found", "the dump does not make the table \(table)", file: schema)
        }
        if found == nil, definitions.server != nil {
            throw Failure("not-found", "the server has no table \(table)")
        }
        return found
    }

    /// Throws where the conditions could not be asked of any row.
    private static func check(
        _ history: RowHistory, _ request: HistoryRequest
    ) throws(Failure) {
        guard !history.hasFitted else { return }
        if history.namelessEvents.count > 0, history.misfits.isEmpty {
            throw .usage(
                "the logs do not tell the names of the columns of \(request.table)",
                hint: "add --schema DUMP or --server URL that holds this table, or name columns "
                    + "by number: @1=…")
        }
        switch history.misfits.first {
        case .noColumn(let name, let columns):
            throw .usage(
                "\(request.table) has no column \(name)",
                hint: "its columns are \(columns.joined(separator: ", "))")
        case .noValue(let condition, let type):
            throw .usage(
                "\(condition) can be no value of this column, a \(type)",
                hint: "0x… gives the bytes; labels of ENUM and SET count where the log tells them, "
                    + "else their numbers")
        case .noEncoding(let condition):
            throw .usage(
                "\(condition) cannot be put into the column's character set here",
                hint: "give the value's bytes, as 0x…")
        case .noMoment(let fault):
            throw .usage(fault, hint: "give the time in UTC, as 2026-11-21T15:59:00Z")
        case nil: return
        }
    }

    private static func warnings(_ history: RowHistory, _ table: TableName) -> [PlanWarning] {
        var warnings: [PlanWarning] = []
        func warn(_ code: String, _ message: String) {
            warnings.append(PlanWarning(code, message))
        }
        let images = history.incompleteImages
        if let first = images.first {
            warn(
                "image-incomplete",
                HumanNumber.count(images.count, "rows event")
                    + " of \(table) do not hold the columns that the conditions ask for, the "
                    + "first in \(first): rows in them are not told")
        }
        let nameless = history.namelessEvents
        if let first = nameless.first {
            warn(
                "names-untold",
                HumanNumber.count(nameless.count, "rows event")
                    + " of \(table), the first in \(first), do not tell the columns' names, and "
                    + "what else tells them does not fit: their rows are not told")
        }
        if history.hasTooManyRows {
            warn(
                "too-many-rows",
                "more rows meet the conditions than can be followed by their keys: later "
                    + "changes of some are told only where they meet them still")
        }
        let left = history.changeCount - UInt64(history.changes.count)
        if left > 0 {
            warn("changes-left-out", "\(left) changes are counted and not shown: see --limit")
        }
        if let place = history.redefinition {
            warn(
                "redefined",
                "the logs do not name columns, and define those of \(table) anew in \(place): on "
                    + "one side of that the names and labels of --schema or --server may be other "
                    + "columns'")
        }
        if !history.hasMetTable {
            warn(
                "table-not-met",
                "the logs name no table \(table); names count with their upper and lower case")
        }
        return warnings
    }
}

/// Finds the changes of a row in a chain of logs.
struct RowSearch: LogConsumer {
    private var reader: HistoryReader

    init(_ request: HistoryRequest) { reader = HistoryReader(request) }

    private init(_ reader: HistoryReader) { self.reader = reader }

    var history: RowHistory { reader.follower.history }
    var failures: [BinlogError] { reader.failures }
    var isFileUnreadable: Bool { reader.isFileUnreadable }
    var isIndependent: Bool { reader.isIndependent }
    var version: Int { reader.follower.version }
    var successor: Self { Self(reader.successor) }

    mutating func enter(_ fileName: String, isRelayLog: Bool) {
        reader.enter(fileName, isRelayLog: isRelayLog)
    }

    mutating func take(_ chain: inout ChainReader) { reader.take(&chain) }

    mutating func fail(_ error: BinlogError) { reader.fail(error) }

    mutating func join(_ later: Self) { reader.join(later.reader) }

    func shortcuts(in entry: CatalogEntry, next: CatalogEntry?) -> [SearchShortcut] {
        entry.shortcuts(without: reader.follower.tables)
    }

    mutating func take(_ shortcut: SearchShortcut) {}

    mutating func finish() { reader.finish() }
}
