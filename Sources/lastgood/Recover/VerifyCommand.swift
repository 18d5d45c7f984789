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
        console.step("reading every table's checksum")
        let found = try TableVerification.tableChecksums(
            sessions, excludingSchemas: Self.excluded)
        guard let against else {
            return answer(found, expected?.verdict(on: found) ?? Verdict(equal: nil))
        }
        let reference = try self.sessions(against, console)
        let expectation = try TableVerification.tableChecksums(
            reference, excludingSchemas: Self.excluded)
        let lines = TableDifference.compare(found: found, expected: expectation).map(\.line)
        return answer(found, Verdict(equal: lines.isEmpty, differences: lines))
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
                ? [] : [Failure("difference", "\(verdict.differences.count) tables are not equal")])
    }

    private func sessions(_ url: String, _ console: Console) throws -> SessionPool {
        let address = try ServerAddress(url: url)
        let first = try TargetAccess.login(address, defaultsFile: defaultsFile, console)
        return try TargetAccess.sessions(
            first, .given(address, defaultsFile: defaultsFile))
    }
}
