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

            On a terminal, without a stop, it lists what destroyed something and asks.

            When it is cut off, lastgood resume --workdir DIR goes on.
            """)

    @Option(help: ArgumentHelp("A dump, or a mariadb-backup directory.", valueName: "path"))
    var backup: String

    @OptionGroup var range: RangeOptions
    @OptionGroup var target: TargetOptions
    @OptionGroup var common: CommonOptions

    func answer(_ console: Console) async throws -> Answer {
        var range = range
        if !range.stop.isGiven, console.canAsk {
            range.stop.before = try await StopChooser(catalog: range.catalog, console: console)
                .choose(range.logs.find(), paths: range.logs.binlogs)
        }
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
            Everything applied is recorded in the target, so nothing is lost and nothing repeated. \
            Of a recovery that is done it gives the answer again, and starts its private server \
            where that has ended.

              lastgood resume --workdir /var/lib/lastgood/before-bin.000017-4711
            """)

    @Option(help: ArgumentHelp("The workdir of the recovery.", valueName: "dir"))
    var workdir: String

    @OptionGroup var common: CommonOptions

    /// The command line that goes on, for a shell.
    static func line(workdir: String) -> String {
        "lastgood resume --workdir " + ScratchServer.HandOver.shellQuoted(workdir)
    }

    func answer(_ console: Console) async throws -> Answer {
        let folder = try Workdir.existing(workdir)
        var state = try RecoveryState.read(folder.path)
        if state.phase == .done, let outcome = state.outcome {
            console.step("the recovery in this workdir is done; this is what it answered")
            try await startAgain(state, folder, console)
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
        let logs = try state.keyFiles().open(
            BaseOption.find(state.logPaths.map(state.absolute), base: state.logBase))
        try state.checkLogs(logs)
        var run = RecoveryRun(folder, state, logs, console)
        return await run.run(for: "resume")
    }

    /// The private server of a finished recovery may have ended since, with the machine perhaps.
    private func startAgain(
        _ state: RecoveryState, _ folder: borrowing Workdir, _ console: Console
    ) async throws {
        guard case .scratch(let configuration) = state.target, !state.wishes.stopsTarget else {
            return
        }
        let server = ScratchServer(configuration)
        guard server.process == nil else { return }
        console.step("starting its server again, under safe settings")
        try await server.start(.safe)
        _ = try server.handOver(optionFilePath: folder.clientFilePath)
    }
}
