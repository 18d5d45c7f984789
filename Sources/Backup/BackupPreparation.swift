public import Recovery
public import Server

/// Preparing the copy, so that a server can run on it.
extension BackupCopy {
    /// Makes the copy a data directory that a server can run: `mariadb-backup --prepare`.
    ///
    /// - Parameters:
    ///   - backup: the original; nothing is done when it was prepared already.
    ///   - program: a name to be found in the PATH, or a path. It should be of the backup's series.
    ///   - user: whose rights it takes; the copy must belong to that user.
    /// - Throws: `prepare-failed` with the program's last line, `program-missing`.
    public func prepare(
        _ backup: PhysicalBackup, program: String = "mariadb-backup", as user: ServerUser? = nil
    ) async throws(RecoveryError) {
        guard !backup.isPrepared else { return }
        // With --no-defaults it does not read the copy's backup-my.cnf, which may hold anything.
        let layout = backup.layoutOptions.map { option in
            "--loose-" + option.replacing("_", with: "-")
        }
        let child = ChildProgram(
            database: program, ["--no-defaults", "--prepare", "--target-dir=\(path)"] + layout,
            user: user)
        let outcome: ChildProgram.Outcome
        do throws(ServerError) {
            outcome = try await child.outcome()
        } catch {
            throw RecoveryError(program: program, error)
        }
        let isOK = outcome.errorText.contains("completed OK!")
        guard outcome.isSuccess, isOK else {
            throw RecoveryError(
                .prepareFailed,
                "mariadb-backup --prepare ended with \(outcome.endText): "
                    + Self.reason(outcome.errorText),
                hint: await versionHint(backup, program), file: path)
        }
    }

    /// The last line that names an error, else the last one.
    static func reason(_ tail: String) -> String {
        let lines = tail.split(whereSeparator: \.isNewline)
        let line = lines.last { $0.contains("ERROR") || $0.contains("Error") } ?? lines.last
        return String((line ?? "it said nothing").prefix(500))
    }

    private func versionHint(_ backup: PhysicalBackup, _ program: String) async -> String? {
        guard let made = backup.toolVersion,
            let words = await ChildProgram.words(program, ["--no-defaults", "--version"])
        else { return "the copy may be damaged; is the backup whole?" }
        let series = made.split(separator: ".").prefix(2).joined(separator: ".")
        guard !words.contains("MariaDB server \(series).") && !words.contains("\(series).") else {
            return "the backup may be damaged; the copy can be looked at in its place"
        }
        return "the backup was made by mariadb-backup \(made); prepare it with that series"
    }
}
