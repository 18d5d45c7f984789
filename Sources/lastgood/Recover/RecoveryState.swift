import Backup
import Binlog
import BinlogFiles
import Foundation
import Recovery
import Replay
import Report
import Server
import SystemPackage

/// What a recovery has to know to go on after it was cut off, as it lies in `WORKDIR/state.json`.
///
/// It holds no secret. How far the replay itself has come stands in the target, not here.
struct RecoveryState: Codable {
    /// What is done; the next thing follows from it.
    enum Phase: String, Codable, Comparable {
        case preparing, loading, replaying, finishing, done

        private var rank: Int {
            switch self {
            case .preparing: 0
            case .loading: 1
            case .replaying: 2
            case .finishing: 3
            case .done: 4
            }
        }

        static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    }

    /// Where the recovery goes.
    enum Target: Codable {
        case scratch(ScratchServerConfiguration)
        case given(ServerAddress, defaultsFile: String?)
    }

    /// What the user asked for beside the plan.
    struct Wishes: Codable {
        var stopsTarget = false
        var writesBinlog = false
        var setsGTIDPosition = false
        var expectPath: String?
        var isExact = false
        var lanes: Int?
        var memoryBytes: Int?
        var reconnectSeconds: Int?
        /// As SQL takes it: a name, or an offset.
        var sourceZone: String?
    }

    /// What a finished recovery reports, kept so that its answer cannot be lost.
    struct Outcome: Codable {
        var target: RecoverReport.Target
        var tables: [RecoverReport.Table]
        var verdict: Verdict
        var gtidStatement: String?
    }

    static let currentFormat = 5

    var format = RecoveryState.currentFormat
    /// Where it was begun: the paths below are as the user gave them there.
    var folder = FileManager.default.currentDirectoryPath
    var command: String
    /// Of the machine at the time it was begun, or begun again.
    var bootID = Machine.bootID
    var phase = Phase.preparing
    var backupPath: String?
    var backupFingerprint: String?
    var backupKind: String?
    var backupServerVersion: String?
    var backupPosition: BinlogPosition?
    var backupGTIDPosition: GTIDPosition?
    var logPaths: [String]
    var logBase: String?
    /// What opens the logs where they are encrypted.
    var keyPaths: KeyFiles?
    /// Of the files that the plan reads, by name.
    var logFingerprints: [String: String]?
    var plan: Plan
    var contained: GTIDPosition
    var target: Target
    var wishes = Wishes()
    /// Databases that the load makes on a given target: dropped when it begins again.
    var createdDatabases: [String] = []
    /// Databases that it writes to and that were there before: never dropped.
    var sharedDatabases: [String] = []
    /// Databases of a given target that the load does not write to.
    var besideDatabases: [String] = []
    var tally: ReplayTally?
    var replaySeconds: Double = 0

    /// Found while the backup was restored.
    var warnings: [PlanWarning] = []
    /// What came out; nil until it is known.
    var outcome: Outcome?

    static let fileName = "state.json"

    /// The key files as they are from any folder.
    func keyFiles() -> KeyFiles {
        KeyFiles(
            path: keyPaths?.path.map(absolute), passwordPath: keyPaths?.passwordPath.map(absolute))
    }

    /// A path of the user's as it is from any folder.
    func absolute(_ path: String) -> String { FilePaths.absolute(path, in: folder) }

    /// Reads the state of a workdir.
    ///
    /// Throws `no-state` where there is none, `state-damaged` for one that cannot be read.
    static func read(_ workdir: String) throws(Failure) -> RecoveryState {
        let path = workdir + "/" + fileName
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(
                "no-state", "the folder holds no recovery that could go on",
                hint: "give the --workdir of the recover or replay that was cut off", file: workdir)
        }
        do {
            let state = try JSONDecoder().decode(RecoveryState.self, from: data)
            guard state.format == currentFormat else {
                throw Failure(
                    "state-damaged", "the recovery was begun by another version of lastgood",
                    hint: "go on with that version", file: path)
            }
            return state
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                "state-damaged", "the state of the recovery cannot be read",
                hint: "begin the recovery anew in another --workdir", file: path)
        }
    }

    /// Whether a scratch server's data may be torn: it ran under settings for speed, which do not
    /// outlive the machine, and the machine was started again since.
    var hasLostPower: Bool {
        guard case .scratch = target, let bootID, let now = Machine.bootID else { return false }
        return phase < .done && bootID != now
    }

    /// Throws `plan-changed` where a log that the plan reads is another one now.
    func checkLogs(_ logs: LogSet) throws {
        let paths = Dictionary(
            logs.files.map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first })
        for (name, text) in (logFingerprints ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let path = paths[name], let fingerprint = InputFingerprint(text),
                try fingerprint.isBeginning(ofLog: path.string)
            {
                continue
            }
            throw Failure(
                "plan-changed", "the log is not the one that the recovery began with",
                hint: "give back the file as it was", file: paths[name]?.string ?? name)
        }
    }

    /// Makes the recovery begin again from the backup.
    mutating func beginAgain() {
        phase = .preparing
        bootID = Machine.bootID
    }

    /// Writes the state so that it is either the old one or the new one, whatever happens.
    func write(_ workdir: String) throws(Failure) {
        let path = workdir + "/" + Self.fileName
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try SmallFile.writePrivate(path, Array(encoder.encode(self)))
        } catch {
            throw Failure(
                "file-error", "the state of the recovery cannot be written: \(error)", file: path)
        }
    }
}

/// What the machine says of itself.
enum Machine {
    /// Another one after each start of the machine; nil where the system does not tell (proc(5)).
    static var bootID: String? {
        let path = "/proc/sys/kernel/random/boot_id"
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Paths that must hold in another folder too.
enum FilePaths {
    static func absolute(
        _ path: String, in folder: String = FileManager.default.currentDirectoryPath
    ) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }
}
