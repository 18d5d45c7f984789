import ArgumentParser
import Binlog
import BinlogFiles
import Recovery
import Report

/// `lastgood inspect`: an inventory of log files, every byte checked.
struct InspectCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "List what binary logs hold, and check every byte of them.",
        discussion: """
            Checks lengths, positions, checksums, table maps and rows of every event, and that no \
            file or transaction is missing between two files.

              lastgood inspect /backup/binlogs
              lastgood inspect bin.000017 bin.000018 --json

            Exit codes: 0 whole (a file still in use is whole), 10 damaged or not supported, 11 a \
            gap between files.
            """)

    @OptionGroup var logs: LogArguments
    @OptionGroup var common: CommonOptions

    func answer(_ console: Console) async throws -> Answer {
        let set = try logs.find()
        var progress = Progress(
            "inspect", totalBytes: set.files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        var chain = ChainInspector(set)
        var doneBytes: UInt64 = 0
        for index in set.files.indices {
            var inspector = FileInspector(
                set.files[index], doneBytes: doneBytes, after: chain.previous)
            await inspector.run(&progress)
            doneBytes &+= set.files[index].sizeBytes
            chain.add(inspector, at: index)
        }
        progress.end()
        return chain.answer()
    }
}
