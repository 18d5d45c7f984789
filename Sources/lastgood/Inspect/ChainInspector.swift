import Binlog
import BinlogFiles
import Recovery
import Report

/// Puts the inventories of a chain's files together and compares file with file.
struct ChainInspector {
    private let logs: LogSet
    private var files: [FileInventory] = []
    private var gaps: [ChainGap] = []
    private var failures: [Failure] = []
    private var warnings: [PlanWarning] = []
    private(set) var previous: FileInspector?
    private var isWhole = true

    init(_ logs: LogSet) { self.logs = logs }

    /// Takes the next file of the chain.
    mutating func add(_ file: FileInspector, at index: Int) {
        let isProven = index > 0 && proveCrashTail(next: file)
        if let previous, !isProven {
            failures += previous.failures
            if previous.damage != nil { isWhole = false }
        }
        let missing = logs.missing.filter { $0.index == index }
        if index > 0 {
            for file in missing { addMissing(file.name, after: previous?.inventory.name) }
            if missing.isEmpty { compare(with: file) }
        } else if !missing.isEmpty {
            warnings.append(
                PlanWarning(
                    "missing-before",
                    "the index names files before the first one here, which are not here: "
                        + missing.map(\.name).joined(separator: ", ")))
        }
        files.append(file.inventory)
        previous = file
    }

    /// A torn end is a crash's, and nothing is missing, where the next file's list says so.
    private mutating func proveCrashTail(next: FileInspector) -> Bool {
        guard let previous, let damage = previous.damage, previous.failures.count == 1,
            previous.inventory.format?.inUse == true, damage.mayBeTornTail,
            next.inventory.format.map({ $0.created != 0 }) == true,
            let listed = next.listed, listed == previous.reached
        else { return false }
        warnings.append(
            PlanWarning(
                "crash-tail",
                "\(previous.inventory.name): the server died while it wrote this file; the torn "
                    + "bytes at its end are passed over, and the next file's GTID list shows that "
                    + "no transaction is missing"))
        return true
    }

    private mutating func addMissing(_ name: String, after: String?) {
        addGap(
            ChainGap(
                .missingFile, file: name, after: after, message: "\(name) is missing from the chain"
            ),
            Failure(
                "chain-gap", "\(name) is missing from the chain",
                hint: "copy it beside the others", file: name))
    }

    private mutating func addGap(_ gap: ChainGap, _ failure: Failure) {
        gaps.append(gap)
        failures.append(failure)
    }

    private mutating func compare(with next: FileInspector) {
        guard let previous, !next.inventory.isRelayLog, let format = next.inventory.format,
            let last = previous.inventory.format
        else { return }
        let (name, before) = (next.inventory.name, previous.inventory.name)
        if let listed = next.listed, previous.listed != nil {
            guard previous.damage == nil, listed != previous.reached else { return }
            let message =
                "\(name) begins after the transactions \(listed), but \(before) ends with "
                + "\(previous.reached)"
            addGap(
                ChainGap(.missingTransactions, file: name, after: before, message: message),
                Failure(
                    "chain-gap", message,
                    hint: "a range of transactions is missing between the two, or one of them is "
                        + "another server's log", file: name, offset: 4))
        } else if format.serverID != last.serverID {
            let message =
                "\(name) was written by server \(format.serverID), \(before) by server "
                + "\(last.serverID)"
            addGap(
                ChainGap(.otherServer, file: name, after: before, message: message),
                Failure(
                    "chain-gap", message, hint: "take the logs of one server only", file: name,
                    offset: 4))
        }
    }

    /// All files have been taken.
    consuming func answer() -> Answer {
        if let previous {
            failures += previous.failures
            if previous.damage != nil { isWhole = false }
            let missing = logs.missing.filter { $0.index == logs.files.count }
            let isClosed = previous.inventory.end.state == FileEnd.State.clean.rawValue
            for file in missing where isClosed {
                addMissing(file.name, after: previous.inventory.name)
            }
        }
        let unguarded = files.filter { $0.format?.checksum == FormatDescription.Checksum.none }
        if !unguarded.isEmpty {
            warnings.append(
                PlanWarning(
                    "no-checksums",
                    "nothing guards the bytes of \(unguarded.map(\.name).joined(separator: ", "))"
                        + ": the server wrote them without checksums"))
        }
        let relayed = files.filter(\.isRelayLog).map(\.name)
        if !relayed.isEmpty {
            warnings.append(
                PlanWarning(
                    "relay-log",
                    "\(relayed.joined(separator: ", ")): relay logs of a replica, which a "
                        + "recovery does not take; what they hold is the server's that wrote it"))
        }
        let report = InspectReport(
            base: logs.base, files: files, gaps: gaps, isChainComplete: gaps.isEmpty && isWhole)
        return Answer(
            text: report.text, result: report.json, warnings: warnings, failures: failures)
    }
}
