import ArgumentParser
import Backup
import Binlog
import BinlogFiles
import Catalog
import Export
import Recovery
import Replay
import Report
import Server

/// `lastgood export`: every change of a row as a line of JSON.
struct ExportCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write every change of a row as a line of JSON, for DuckDB, Spark and the like.",
        discussion: """
            Lines have the shape of Debezium's envelope: before, after, source, op (c, u, d), \
            ts_ms. To stdout, or with --to into a new folder: a zstd file for each table, day and \
            version of the table, schema.json, and views.sql for DuckDB.

              lastgood export /backup/binlogs --to changes
              cd changes && duckdb -init views.sql -c 'FROM shop.orders'
              lastgood export bin.000017 --table shop.orders | jq -c .after

            Statements that stand in a log as texts (binlog_format STATEMENT and MIXED) cannot be \
            exported: they are listed in _ddl.ndjson, beside the DDL.
            Exit codes: 0 done, 10 damaged, not supported, or statements that are not exported \
            (what could be read is written), 11 a gap between files.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case ndjson
    }

    @OptionGroup var logs: LogArguments

    @Option(help: "The form of the lines.")
    var format: Format = .ndjson

    @Option(
        help: ArgumentHelp(
            "The folder to write, new or empty (default: lines on stdout).", valueName: "folder"))
    var to: String?

    @Option(
        help: ArgumentHelp("Only this table (repeatable).", valueName: "schema.table"))
    var table: [String] = []

    @Option(help: ArgumentHelp("Only transactions at this time or later.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only transactions before this time.", valueName: "time"))
    var until: String?

    @OptionGroup var zone: TimeZoneOption
    @OptionGroup var definitions: DefinitionOptions

    @Option(
        help: ArgumentHelp(
            "Go on in spite of this: statement-not-exported (repeatable).", valueName: "code"))
    var allow: [String] = []

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard to != nil || !common.json else {
            throw ValidationError("--json goes with --to: the lines take stdout")
        }
        for code in allow where code != Self.notExportedCode {
            throw ValidationError("--allow takes \(Self.notExportedCode), not \(code)")
        }
        guard to != "" else { throw ValidationError("--to needs the name of a folder") }
    }

    func answer(_ console: Console) async throws -> Answer {
        var warnings: [PlanWarning] = []
        var request = ExportRequest(version: lastgoodVersion)
        for name in table { request.tables.append(try SearchOptions.tableName(name)) }
        request.since = try zone.seconds(since, &warnings)
        request.until = try zone.seconds(until, &warnings)
        let set = try logs.find()
        let totalBytes = set.files.reduce(0) { $0 &+ $1.sizeBytes }
        var progress = Progress("looking for what was undone", totalBytes: totalBytes, console)
        var first = LogWalk(set, Survey())
        await first.run(&progress)
        progress.end()
        let survey = first.consumer.survey
        request.definitions = try definitions.read(Array(survey.tables), console)
        let destination = to.map { ExportDestination.folder($0) } ?? .standardOutput
        progress = Progress("export", totalBytes: totalBytes, console)
        var second = LogWalk(set, try Self.export(request, survey, to: destination))
        await second.run(&progress)
        progress.end()
        let exporter = second.consumer.exporter
        if let error = exporter.outputError {
            // As with `head`: nothing more is wanted, and there is nothing to say.
            guard !error.isBrokenPipe else { return Answer(exitCode: .failed) }
            throw Failure(error)
        }
        warnings += second.warnings + Self.warnings(exporter.summary)
        for name in request.tables where !exporter.hasMet(name) {
            warnings.append(
                PlanWarning(
                    "table-not-met",
                    "the logs hold no rows of \(name); names count with their upper and lower "
                        + "case"))
        }
        var failures = second.failures
        if let missing = Self.notExported(exporter.summary) {
            if allow.contains(missing.code) {
                warnings.append(PlanWarning(missing.code, missing.message))
            } else {
                failures.append(missing)
            }
        }
        let report = ExportReport(exporter.summary, folder: to)
        return Answer(
            text: to == nil ? "" : report.text, result: report.json, warnings: warnings,
            failures: failures)
    }

    private static func export(
        _ request: ExportRequest, _ survey: ExportSurvey, to destination: ExportDestination
    ) throws(Failure) -> RowExport {
        do throws(ExportError) {
            return RowExport(try Exporter(request, survey, to: destination))
        } catch {
            throw Failure(error)
        }
    }

    private static let notExportedCode = "statement-not-exported"

    private static func notExported(_ summary: ExportSummary) -> Failure? {
        guard summary.notExported > 0 else { return nil }
        return Failure(
            notExportedCode,
            HumanNumber.count(summary.notExported, "statement")
                + " that may have changed rows stand in the logs as texts: their rows are not "
                + "exported",
            hint: "they are listed in _ddl.ndjson as op \"statement\"; --allow "
                + "statement-not-exported makes this a warning")
    }

    private static func warnings(_ summary: ExportSummary) -> [PlanWarning] {
        var warnings: [PlanWarning] = []
        if summary.rolledBack > 0 {
            warnings.append(
                PlanWarning(
                    "rolled-back",
                    HumanNumber.count(summary.rolledBack, "transaction")
                        + " rolled back, wholly or to a savepoint: not exported, though rows "
                        + "of tables that are not transactional may have stayed"))
        }
        if !summary.redefined.isEmpty {
            let tables = summary.redefined.map { "\($0.table) (\($0.position))" }
            warnings.append(
                PlanWarning(
                    "redefined",
                    "the logs do not name columns, and define anew what --schema or --server "
                        + "tells of \(tables.joined(separator: ", ")): on one side of that names "
                        + "may be other columns'"))
        }
        if summary.undecided > 0 {
            warnings.append(
                PlanWarning(
                    "open-xa",
                    HumanNumber.count(summary.undecided, "XA transaction")
                        + " prepared and not decided in these logs: not exported"))
        }
        return warnings
    }
}

/// The first walk: what became of transactions.
private struct Survey: LogConsumer {
    private(set) var survey = ExportSurvey()

    var failures: [BinlogError] { survey.failures }
    var isFileUnreadable: Bool { survey.isFileUnreadable }
    var successor: Self { Self(survey: survey.successor) }

    mutating func enter(_ fileName: String, isRelayLog: Bool) { survey.enter(fileName) }
    mutating func take(_ chain: inout ChainReader) { survey.take(&chain) }
    mutating func fail(_ error: BinlogError) { survey.fail(error) }
    mutating func join(_ later: Self) { survey.join(later.survey) }
    mutating func finish() { survey.finish() }
}

/// The second walk: the changes, in the order of the logs.
private struct RowExport: LogConsumer {
    private(set) var exporter: Exporter

    init(_ exporter: Exporter) { self.exporter = exporter }

    static var readsAhead: Bool { false }

    var failures: [BinlogError] { exporter.failures }
    var isFileUnreadable: Bool { exporter.isFileUnreadable }
    var isDone: Bool { exporter.outputError != nil }
    var successor: Self { self }

    mutating func enter(_ fileName: String, isRelayLog: Bool) { exporter.enter(fileName) }
    mutating func take(_ chain: inout ChainReader) { exporter.take(&chain) }
    mutating func fail(_ error: BinlogError) { exporter.fail(error) }
    mutating func join(_ later: Self) {}
    mutating func finish() { exporter.finish() }
}

extension Failure {
    init(_ error: ExportError) {
        self.init("output-failed", error.message, file: error.path)
    }
}

/// What `export` did, in both forms.
private struct ExportReport {
    private let summary: ExportSummary
    private let folder: String?

    init(_ summary: ExportSummary, folder: String?) {
        self.summary = summary
        self.folder = folder
    }

    var json: JSONValue {
        let tables = summary.tables.map { table -> JSONValue in
            [
                "schema": .init(table.name.schema), "table": .string(table.name.table),
                "version": .init(table.version), "rows": .init(table.rows),
            ]
        }
        return [
            "folder": .init(folder), "rows": .init(summary.counts), "tables": .array(tables),
            "definitions": .init(summary.definitions), "notExported": .init(summary.notExported),
            "rolledBack": .init(summary.rolledBack),
        ]
    }

    var text: String {
        var table = TextTable([("table", .left), ("version", .right), ("rows", .right)])
        for entry in summary.tables {
            table.add([
                PrintableText.escapeControlCharacters("\(entry.name)"), "\(entry.version)",
                HumanNumber.count(entry.rows),
            ])
        }
        let counts = summary.counts
        return table.lines.joined(separator: "\n")
            + "\n\n\(HumanNumber.count(counts.inserted)) inserted, "
            + "\(HumanNumber.count(counts.updated)) updated, "
            + "\(HumanNumber.count(counts.deleted)) deleted; "
            + HumanNumber.count(summary.definitions, "definition") + "\n\n"
            + "to look at them:\n  cd \(folder ?? "") && duckdb -init views.sql\n"
    }
}
