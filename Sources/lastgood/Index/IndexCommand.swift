import ArgumentParser
import Binlog
import BinlogFiles
import Catalog
import Foundation
import Recovery
import Report
import SystemPackage

/// `lastgood index`: builds the catalog of binary logs, or brings it up to date.
struct IndexCommand: AnsweringCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Index binary logs, so that searching them takes milliseconds.",
        discussion: """
            Reads what is new in the logs, with every check, and keeps in a catalog what each part \
            of them is about. search and timeline then read only the parts that matter; their \
            answers are the same without it. The catalog can be rebuilt from the logs at any \
            time, and may be deleted.

              lastgood index /backup/binlogs
              lastgood index /backup/binlogs --catalog /backup/catalog.sqlite --json

            Exit codes: 0 done, 2 failed, 10 a log is damaged (what could be read is indexed).
            """)

    @OptionGroup var logs: LogArguments
    @OptionGroup var catalog: CatalogFileOption
    @OptionGroup var common: CommonOptions

    @Flag(help: "Index everything anew.")
    var rebuild = false

    func answer(_ console: Console) async throws -> Answer {
        let set = try logs.find()
        guard let path = CatalogPath.of(catalog.catalog) else {
            throw Failure.usage(
                "neither XDG_CACHE_HOME nor HOME says where the catalog may lie",
                hint: "name it with --catalog FILE")
        }
        let clock = ContinuousClock()
        let began = clock.now
        var progress = Progress(
            "index", totalBytes: set.files.reduce(0) { $0 &+ $1.sizeBytes }, console)
        var report = IndexReport(catalog: path.string)
        do throws(CatalogStore.Trouble) {
            let store = try CatalogStore.create(path, replacesForeign: catalog.catalog == nil)
            do throws(CatalogStore.Trouble) {
                try await index(set, store, rebuilds: rebuild, &report, &progress)
            } catch {
                // It said that it is a catalog; what it holds is none.
                guard error == .unusable || error == .foreign else { throw error }
                report = IndexReport(catalog: path.string)
                let store = try CatalogStore.replace(path)
                try await index(set, store, rebuilds: true, &report, &progress)
            }
        } catch {
            progress.end()
            throw Failure(error, path)
        }
        progress.end()
        report.seconds = (clock.now - began) / .seconds(1)
        report.sizeBytes = CatalogStore.sizeBytes(of: path)
        return Answer(
            text: report.text, result: report.json, failures: report.faults.map { Failure($0) })
    }
}

extension IndexCommand {
    private func index(
        _ set: LogSet, _ store: CatalogStore, rebuilds: Bool, _ report: inout IndexReport,
        _ progress: inout Progress
    ) async throws(CatalogStore.Trouble) {
        var indexer = CatalogIndexer(set, store, keepsTextsOfEncrypted: catalog.catalog != nil)
        var doneBytes: UInt64 = 0
        try await indexer.run(rebuildsAll: rebuilds) { outcome, sizeBytes in
            doneBytes &+= sizeBytes
            progress.update(doneBytes)
            report.add(outcome)
        }
    }
}

/// Which catalog is written.
struct CatalogFileOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The catalog (default: lastgood/catalog.sqlite in $XDG_CACHE_HOME or ~/.cache).",
            valueName: "file"))
    var catalog: String?

    func validate() throws { try CatalogPath.check(catalog) }
}

extension Failure {
    init(_ trouble: CatalogStore.Trouble, _ path: FilePath) {
        let hint: String? =
            switch trouble {
            case .locked: "try again when it is done"
            case .foreign: "name another file; this one was not touched"
            case .unusable, .halfWritten, .failed: nil
            }
        self.init(
            trouble == .locked ? "catalog-locked" : "catalog-failed",
            "the catalog cannot be written: \(trouble.message)", hint: hint, file: path.string)
    }
}

/// What `index` did, in both forms.
struct IndexReport {
    private let catalog: String
    private var files: [CatalogIndexer.FileOutcome] = []
    var sizeBytes: UInt64 = 0
    var seconds: Double = 0

    init(catalog: String) { self.catalog = catalog }

    mutating func add(_ outcome: CatalogIndexer.FileOutcome) { files.append(outcome) }

    /// What is wrong with the logs themselves.
    var faults: [BinlogError] { files.flatMap(\.faults) }

    private var sorted: [CatalogIndexer.FileOutcome] { files.sorted { $0.name < $1.name } }

    var json: JSONValue {
        let files = sorted.map { file -> JSONValue in
            [
                "name": .string(file.name), "state": .string(file.state.rawValue),
                "reason": .init(file.reason),
            ]
        }
        return [
            "files": .array(files), "catalog": .string(catalog), "bytes": .init(sizeBytes),
            "seconds": .init(seconds),
        ]
    }

    var text: String {
        var table = TextTable([("file", .left), ("state", .left), ("", .left)])
        for file in sorted { table.add([file.name, file.state.rawValue, file.reason ?? ""]) }
        let time = String(format: "%.2f s", seconds)
        let count = HumanNumber.count(files.count, "file")
        let size = HumanNumber.size(bytes: sizeBytes)
        return table.lines.joined(separator: "\n")
            + "\n\n\(count) in \(time); the catalog \(catalog) has \(size)\n"
    }
}
