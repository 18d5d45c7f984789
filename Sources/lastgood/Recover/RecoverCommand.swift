import ArgumentParser
import Backup
import Binlog
import Recovery
import Report
import Server

/// `lastgood recover`: restores a backup and replays to the stop point.
struct RecoverCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Restore a backup and replay the logs to just before the damage.",
        discussion: """
            Without --target the recovered state is made on a private server in the workdir, which \
            is left running; the command line to get in is printed at the end. Nothing of the \
            source is touched.

              lastgood recover --backup full.sql.zst --binlogs /backup/binlogs \\
                --before 'DROP TABLE shop.orders'

            When it is cut off, lastgood resume --workdir DIR goes on.
            """)

    @Option(help: ArgumentHelp("A dump, or a mariadb-backup directory.", valueName: "path"))
    var backup: String

    @OptionGroup var range: RangeOptions
    @OptionGroup var target: TargetOptions
    @OptionGroup var common: CommonOptions

    func answer(_ console: Console) async throws -> Answer {
        let starter = RecoveryStarter(
            command: "recover", backupPath: backup, range: range, options: target, console: console)
        return try await starter.run()
    }
}

/// `lastgood replay`: the same on a server that somebody else restored.
struct ReplayCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replay the logs on a server that holds the restored backup already.",
        discussion: """
            Needs --target, and --from: where the backup on that server was taken.

              lastgood replay --binlogs /backup/binlogs --from bin.000017:4711 \\
                --before 'DROP TABLE shop.orders' --target 'mariadb:///run/restored.sock?user=root'
            """)

    @OptionGroup var range: RangeOptions
    @OptionGroup var target: TargetOptions
    @OptionGroup var common: CommonOptions

    func answer(_ console: Console) async throws -> Answer {
        guard target.target != nil else { throw Failure.usage("replay needs --target") }
        let starter = RecoveryStarter(
            command: "replay", backupPath: nil, range: range, options: target, console: console)
        return try await starter.run()
    }
}

/// `lastgood resume`: goes on with a recover or replay that was cut off.
struct ResumeCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a recovery that was cut off.",
        discussion: """
            Everything applied is recorded in the target, so nothing is lost and nothing repeated.

              lastgood resume --workdir /var/lib/lastgood/before-bin.000017-4711
            """)

    @Option(help: ArgumentHelp("The workdir of the recovery.", valueName: "dir"))
    var workdir: String

    @OptionGroup var common: CommonOptions

    func answer(_ console: Console) async throws -> Answer {
        let folder = try Workdir.existing(workdir)
        var state = try RecoveryState.read(folder.path)
        if state.phase == .done, let outcome = state.outcome {
            console.step("the recovery in this workdir is done; this is what it answered")
            return state.answer(outcome)
        }
        if case .given(let address, let defaultsFile) = state.target {
            _ = try TargetAccess.login(address, defaultsFile: defaultsFile, console)
        }
        if state.hasLostPower {
            console.step("the machine was started again meanwhile; beginning again from the backup")
            state.beginAgain()
            try state.write(folder.path)
        }
        let logs = try BaseOption.find(state.logPaths.map(state.absolute), base: state.logBase)
        try state.checkLogs(logs)
        var run = RecoveryRun(folder, state, logs, console)
        return await run.run(for: "resume")
    }
}

/// `lastgood verify`: compares a server with another, or with recorded checksums.
struct VerifyCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare a server's tables with another server's or with recorded checksums.",
        discussion: """
              lastgood verify --target 'mariadb:///tmp/a.sock?user=root' --expect before.json
              lastgood verify --target URL --against URL

            Exit codes: 0 equal, 14 a difference.
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

    func answer(_ console: Console) async throws -> Answer {
        guard (against == nil) != (expect == nil) else {
            throw Failure.usage("give one of --against and --expect")
        }
        console.step("reading every table's checksum")
        let found = try checksums(target, console)
        guard let against else {
            return answer(found, try ExpectedTables(path: expect ?? "").verdict(on: found))
        }
        let lines = TableDifference.compare(found: found, expected: try checksums(against, console))
            .map(\.line)
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

    private func checksums(_ url: String, _ console: Console) throws -> [TableChecksum] {
        let connection = try TargetAccess.login(
            ServerAddress(url: url), defaultsFile: defaultsFile, console)
        return try TableVerification.tableChecksums(
            connection, excludingSchemas: ["lastgood_recovery"])
    }
}
