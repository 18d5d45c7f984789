/// The scratch server's own way in: an account that dump and log cannot know.
///
/// It is made by `--init-file` before the first connection of every start, whatever the data
/// directory holds, and never reaches a binary log.
public struct ScratchAccount: Sendable, Hashable {
    public let user: String
    public let password: String

    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// A new account `NAME_xxxxxxxx` with a random password.
    ///
    /// The password holds letters of both cases, digits and a sign: a physical backup may bring a
    /// plugin that checks passwords.
    public static func random(name: String) -> ScratchAccount {
        let letters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        let digits = Array("0123456789abcdef")
        var generator = SystemRandomNumberGenerator()
        func pick(_ from: [Character], _ count: Int) -> String {
            String((0..<count).map { _ in from[Int.random(in: 0..<from.count, using: &generator)] })
        }
        return ScratchAccount(
            user: "\(name)_\(pick(digits, 8))", password: pick(letters, 28) + "aZ4-")
    }

    /// The statements that make it, one a line: the server reads an init file line by line and
    /// ignores an error.
    public var creatingStatements: [String] {
        let account = "\(SQLText.quoteString(user))@'localhost'"
        return [
            "SET SESSION sql_log_bin=0;",
            "SET SESSION sql_mode='';",
            "CREATE OR REPLACE USER \(account) IDENTIFIED BY \(SQLText.quoteString(password));",
            "GRANT ALL PRIVILEGES ON *.* TO \(account) WITH GRANT OPTION;",
        ]
    }

    var initFileText: String { creatingStatements.joined(separator: "\n") + "\n" }

    var credentials: Credentials { Credentials(user: user, password: password) }
}
