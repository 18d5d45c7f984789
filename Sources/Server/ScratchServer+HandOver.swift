/// Giving the server to its user.
extension ScratchServer {
    /// How the user gets in after hand-over.
    public struct HandOver: Sendable, Hashable {
        /// An option file with the user's account, 0600, inside the workdir.
        public var optionFilePath: String
        public var socketPath: String
        public var accountName: String

        /// The command line `mariadb --defaults-file=…`, ready for a shell.
        public var connectCommand: String {
            "mariadb " + Self.shellQuoted("--defaults-file=\(optionFilePath)")
        }

        /// The command line that takes one table out.
        public func dumpCommand(schema: String, table: String) -> String {
            let words = [
                "--defaults-file=\(optionFilePath)", "--single-transaction", schema, table,
            ]
            return "mariadb-dump " + words.map(Self.shellQuoted).joined(separator: " ") + " > "
                + Self.shellQuoted(Self.dumpFileName(table))
        }

        /// The file that a table's dump goes to, in the current folder.
        public static func dumpFileName(_ table: String) -> String {
            String(table.map { $0 == "/" ? "_" : $0 }) + ".sql"
        }

        /// A word that a shell reads as it is.
        public static func shellQuoted(_ word: String) -> String {
            let plain = Set(
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=/.,:+@%")
            if !word.isEmpty, word.allSatisfy({ plain.contains($0) }) { return word }
            return "'"
                + word.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
        }
    }

    /// The command line that starts it under safe settings, in the background; for a shell, after
    /// the hand-over.
    public func startCommand() async throws(ServerError) -> String {
        var options = options(.safe)
        options.makesAccount = false
        let program = try await ServerInstallation.programPath(configuration.program)
        let user = configuration.user.map { ["--user=\($0.name)"] } ?? []
        let words = [program] + options.arguments + user
        let zone = configuration.timeZone.map { "TZ=\(HandOver.shellQuoted($0)) " } ?? ""
        return zone + words.map(HandOver.shellQuoted).joined(separator: " ") + " &"
    }

    /// Drops the tool's own account and leaves one for the user, in an option file.
    ///
    /// The accounts that the source had are recovered data, and whether one of them lets the user
    /// in is not known; so a separate account with a random password is made, which stays in the
    /// data directory and works after any restart without lastgood. Nothing is written to the
    /// binary log. Call it under `.safe` settings, last of all: the tool cannot log in afterwards,
    /// and a further `start` makes its account anew.
    public func handOver(optionFilePath: String) throws(ServerError) -> HandOver {
        let connection = try connect()
        // The file first: a hand-over that was cut off leaves no account that nobody knows.
        let owner = try account(in: optionFilePath, name: "owner")
        for statement in owner.creatingStatements { try connection.execute(statement) }
        // The user's account must work before ours goes.
        _ = try Connection(address, owner.credentials).value("SELECT 1")
        let own = try credentials().user ?? ""
        try connection.execute("DROP USER \(SQLText.quoteString(own))@'localhost'")
        try SmallFile.remove(paths.accountFile)
        try SmallFile.remove(clientFilePath)
        return HandOver(
            optionFilePath: optionFilePath, socketPath: paths.socket, accountName: owner.user)
    }
}
