import Recovery
import Server

/// The database's own programs, `mariadb` and `mariadb-backup`, as children.
extension ChildProgram {
    /// A program that reads no settings of the caller: neither another server nor a password.
    init(database program: String, _ arguments: [String], user: ServerUser? = nil) {
        self.init(program, arguments, environment: Self.withoutClientSettings, user: user)
    }

    private static let withoutClientSettings: [String: String?] = [
        "MYSQL_PWD": nil, "MYSQL_HOST": nil, "MYSQL_TCP_PORT": nil, "MYSQL_UNIX_PORT": nil,
        "MYSQL_HOME": nil, "MARIADB_HOME": nil,
    ]

    /// The standard output of a run; nil when it cannot be run or does not end well.
    static func words(_ program: String, _ arguments: [String]) async -> String? {
        do {
            return try await ChildProgram(database: program, arguments).run().outputText
        } catch {
            return nil
        }
    }
}

extension RecoveryError {
    /// A program that could not be started.
    init(program: String, _ error: ServerError) {
        self.init(
            .programMissing, error.message,
            hint: "install mariadb-client and mariadb-backup, or give the program's path")
    }
}
