/// Something about a backup that the user should know, with a stable code.
public struct BackupWarning: Sendable, Equatable {
    public var code: String
    /// Lower case, no full stop.
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    static let noSandbox = BackupWarning(
        code: "client-without-sandbox",
        message:
            "this mariadb client knows no --sandbox; the dump is loaded with --binary-mode only")
    static let endUnknown = BackupWarning(
        code: "dump-end-unknown",
        message: "the dump was made without comments (--compact): nothing shows that it is whole")
    static func outsideFiles(_ paths: [String]) -> BackupWarning {
        BackupWarning(
            code: "outside-files-read",
            message:
                "MariaDB before 10.6 keeps where a table with a DATA DIRECTORY was, and reads the "
                + "head of a file that still stands there: " + paths.joined(separator: ", "))
    }
    static let databaseDefaults = BackupWarning(
        code: "database-defaults-unknown",
        message: "the dump does not create its database: the target's default character set is used"
    )
}
