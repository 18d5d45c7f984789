public import Recovery
import Subprocess
import SystemPackage

/// Preparing the copy, so that a server can run on it.
extension BackupCopy {
    /// Makes the copy a data directory that a server can run: `mariadb-backup --prepare`.
    ///
    /// - Parameters:
    ///   - backup: the original; nothing is done when it was prepared already.
    ///   - program: a name to be found in the PATH, or a path. It should be of the backup's series.
    ///   - words: what stands before the command to run it as another user; the copy must belong
    ///     to that user.
    /// - Throws: `prepare-failed` with the program's last line, `program-missing`.
    public func prepare(
        _ backup: PhysicalBackup, program: String = "mariadb-backup",
        takingRights words: [String] = []
    ) async throws(RecoveryError) {
        guard !backup.isPrepared else { return }
        let child = ChildProgram(path: program)
        let outcome: ChildProgram.Outcome
        do {
            outcome = try await Self.run(child, path: path, words)
        } catch {
            throw child.wrap(error)
        }
        let isOK = outcome.errorTail.contains("completed OK!")
        guard outcome.succeeded, isOK else {
            throw RecoveryError(
                .prepareFailed,
                "mariadb-backup --prepare failed with \(outcome.status): "
                    + Self.reason(outcome.errorTail),
                hint: await versionHint(backup, child), file: path)
        }
    }

    private static func run(
        _ child: ChildProgram, path: String, _ words: [String]
    ) async throws -> ChildProgram.Outcome {
        let prepare = [child.path, "--no-defaults", "--prepare", "--target-dir=\(path)"]
        let line = words + prepare
        let result = try await Subprocess.run(
            ChildProgram(path: line[0]).executable, arguments: Arguments(Array(line.dropFirst())),
            environment: ChildProgram.environment, input: .none, output: .discarded,
            error: .sequence
        ) { execution in
            await ChildProgram.tail(of: execution.standardError)
        }
        return ChildProgram.Outcome(
            succeeded: result.terminationStatus.isSuccess,
            status: "\(result.terminationStatus)", errorTail: result.closureResult)
    }

    /// The last line that names an error, else the last one.
    static func reason(_ tail: String) -> String {
        let lines = tail.split(whereSeparator: \.isNewline)
        let line = lines.last { $0.contains("ERROR") || $0.contains("Error") } ?? lines.last
        return String((line ?? "it said nothing").prefix(500))
    }

    private func versionHint(_ backup: PhysicalBackup, _ child: ChildProgram) async -> String? {
        guard let made = backup.toolVersion,
            let words = await child.output(["--no-defaults", "--version"])
        else { return "the copy may be damaged; is the backup whole?" }
        let series = made.split(separator: ".").prefix(2).joined(separator: ".")
        guard !words.contains("MariaDB server \(series).") && !words.contains("\(series).") else {
            return "the backup may be damaged; the copy can be looked at in its place"
        }
        return "the backup was made by mariadb-backup \(made); prepare it with that series"
    }
}
