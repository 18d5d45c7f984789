import ArgumentParser
import Recovery
import Replay
import Report
import Server

/// `lastgood verify`: compares a server with another, or with recorded checksums.
struct VerifyCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare a server's tables with another server's or with recorded checksums.",
        discussion: """
              lastgood verify --target 'mariadb:///tmp/a.sock?user=root' --expect before.json
              lastgood verify --target URL --against URL

            With --against the first rows of each table that is not equal are named by their keys.
            Without a reference the tables are listed with their checksums.
            Exit codes: 0 equal or no reference, 14 a difference.
            """)

    @Option(help: ArgumentHelp("The server to look at.", valueName: "url"))
    var target: String

    @Option(help: ArgumentHelp("The server to compare with.", valueName: "url"))
    var against: String?

    @Option(help: ArgumentHelp("Recorded table checksums: a JSON file.", valueName: "file"))
    var expect: String?

    @Option(
        help: ArgumentHelp(
            "An option file with account, password and TLS settings.", valueName: "file"))
    var defaultsFile: String?

    @OptionGroup var common: CommonOptions

    private static let excluded = [ReplayRun.checkpointSchema]

    func answer(_ console: Console) async throws -> Answer {
        guard against == nil || expect == nil else {
            throw Failure.usage("give --against or --expect, not both")
        }
        let expected = try expect.map { path throws(Failure) in try ExpectedTables(path: path) }
        let sessions = try sessions(target, console)
        guard let against else {
            console.step("reading every table's checksum")
            let found = try TableVerification.tableChecksums(
                sessions, excludingSchemas: Self.excluded)
            return answer(found, expected?.verdict(on: found) ?? Verdict(equal: nil))
        }
        let reference = try self.sessions(against, console)
        console.step("comparing every table's checksum")
        let comparison = try TableVerification.compare(
            sessions, with: reference, excludingSchemas: Self.excluded)
        let differences = comparison.differences.map { DifferingTable($0) }
        return answer(
            comparison.found, Verdict(equal: differences.isEmpty, differences: differences))
    }

    private func answer(_ found: [TableChecksum], _ verdict: Verdict) -> Answer {
        let tables = found.map {
            RecoverReport.Table(
                name: "\($0.schema).\($0.table)", rows: $0.rows, checksum: $0.checksum)
        }
        return Answer(
            text: VerificationReport.text(tables, verdict),
            result: ["verification": VerificationReport.json(tables, verdict)],
            warnings: ExpectedTables.warnings(verdict),
            failures: verdict.differences.isEmpty
                ? []
                : [
                    Failure(
                        "difference",
                        HumanNumber.count(verdict.differences.count, "table") + " not equal")
                ])
    }

    private func sessions(_ url: String, _ console: Console) throws -> SessionPool {
        let address = try ServerAddress(url: url)
        let first = try TargetAccess.login(address, defaultsFile: defaultsFile, console)
        return try TargetAccess.sessions(
            first, .given(address, defaultsFile: defaultsFile))
    }
}

extension DifferingTable {
    /// What a comparison found, in words.
    init(_ difference: TableDifference) {
        self.init(
            name: "\(difference.schema).\(difference.table)", kind: difference.kind.rawValue,
            line: difference.line, columns: difference.columns,
            counts: difference.rows.map {
                Counts(missing: $0.missing, extra: $0.extra, differing: $0.differing)
            },
            rows: (difference.rows?.first ?? []).map { row in
                Row(
                    kind: row.kind.rawValue,
                    key: row.key.map { Row.KeyPart(column: $0.column, value: $0.text) },
                    columns: row.columns)
            })
    }
}

extension RowDifference.KeyPart {
    /// Bytes that are no text in hexadecimal.
    fileprivate var text: String {
        guard isBinary else { return PrintableText.decoded(value) }
        return "0x"
            + value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension TableDifference {
    /// One line for people.
    fileprivate var line: String {
        let name = "\(schema).\(table)"
        switch kind {
        case .missing: return "\(name) is missing"
        case .extra: return "\(name) is not in the reference"
        case .rowCount: return "\(name) has \(found?.rows ?? 0) rows, not \(expected?.rows ?? 0)"
        case .columns: return "\(name) has other columns than the reference"
        case .checksum where rows != nil: return "\(name) has other rows"
        case .checksum, .incomparable:
            let checksums =
                "\(name) has the checksum \(found?.checksum ?? "none"), not "
                + (expected?.checksum ?? "none")
            guard let found, !found.isSteady, expected?.isRowBased == false else {
                return checksums
            }
            return checksums + "; CHECKSUM TABLE does not read its STORED columns, and may differ "
                + "for equal rows: lastgood verify --against compares the rows"
        }
    }
}
