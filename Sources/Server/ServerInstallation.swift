/// A server program and the files that belong to it.
///
/// The program may be a script that ends in `exec mariadbd "$@" MORE OPTIONS`: the given arguments
/// come first, for `--no-defaults` must.
public struct ServerInstallation: Sendable, Hashable {
    public let program: String
    public let version: ServerVersion
    /// The folder of the SQL files that make system tables.
    public let shareFolder: String

    private static let places = ["/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin"]

    /// Asks the program itself (`--help --verbose`) where its parts lie.
    ///
    /// Throws `programMissing`, `programFailed`.
    public static func find(
        program given: String? = nil, user: ServerUser? = nil
    ) async throws(ServerError) -> ServerInstallation {
        let program = try await programPath(given)
        let help = try await ChildProgram(
            program, ["--no-defaults", "--help", "--verbose"], user: user
        ).run()
        let variables = variables(help.outputText)
        guard let text = variables["version"], let version = ServerVersion(parsing: text) else {
            throw ServerError(
                .programFailed, "\(program) does not tell its version",
                hint: "--server-program names a mariadbd, or a script that ends in one")
        }
        for folder in shareFolders(variables) {
            for name in ["mariadb", "mysql"]
            where SmallFile.exists("\(folder)/\(name)_system_tables.sql") {
                return ServerInstallation(program: program, version: version, shareFolder: folder)
            }
        }
        throw ServerError(
            .programMissing, "the system tables' SQL files of \(program) are not found",
            hint: "install the whole server-core package; a script adds --lc-messages-dir")
    }

    /// The given program, or the system's mariadbd; throws `programMissing`.
    public static func programPath(_ given: String?) async throws(ServerError) -> String {
        if let given {
            guard SmallFile.exists(given) else {
                throw ServerError(.programMissing, "there is no server program \(given)")
            }
            return given
        }
        if let path = await ChildProgram.find("mariadbd") { return path }
        if let path = places.map({ $0 + "/mariadbd" }).first(where: SmallFile.exists) {
            return path
        }
        throw ServerError(
            .programMissing, "there is no mariadbd on this machine",
            hint: "apt-get install mariadb-server-core, or --server-program PATH")
    }

    /// The table of variables that stands at the end of `--help --verbose`.
    static func variables(_ text: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, !line.hasPrefix(" ") else { continue }
            let value = parts[1].drop { $0 == " " }
            variables[String(parts[0])] = value == "(No default value)" ? nil : String(value)
        }
        return variables
    }

    static func shareFolders(_ variables: [String: String]) -> [String] {
        var folders: [String] = []
        if let messages = variables["lc-messages-dir"] { folders += [messages, messages + "/.."] }
        if let charsets = variables["character-sets-dir"] { folders.append(charsets + "/..") }
        if let base = variables["basedir"] {
            folders += ["/share/mysql", "/share/mariadb", "/share"].map { base + $0 }
        }
        return folders
    }

    /// The SQL that makes the system tables of a new data directory, for `--bootstrap`.
    ///
    /// `mariadb-install-db` does the same; the help tables are left out, nothing needs them. The
    /// account root@localhost has no password: the server has no port and a private socket.
    public func systemTablesSQL() throws(ServerError) -> [UInt8] {
        let prefix =
            SmallFile.exists("\(shareFolder)/mariadb_system_tables.sql") ? "mariadb" : "mysql"
        let names: [(name: String, isNeeded: Bool)] = [
            ("\(prefix)_system_tables.sql", true), ("\(prefix)_performance_tables.sql", true),
            ("\(prefix)_system_tables_data.sql", true),
            ("maria_add_gis_sp_bootstrap.sql", false), ("\(prefix)_sys_schema.sql", false),
        ]
        var sql = Array(
            "create database if not exists mysql;\nuse mysql;\nset @auth_root_socket=NULL;\n".utf8)
        for (name, isNeeded) in names {
            let path = "\(shareFolder)/\(name)"
            if !isNeeded, !SmallFile.exists(path) { continue }
            sql += try SmallFile.read(path, maxSizeBytes: 16 << 20)
            sql.append(UInt8(ascii: "\n"))
        }
        return Self.withoutHostAccounts(sql)
    }

    /// Drops the lines that make accounts for this machine's name.
    private static func withoutHostAccounts(_ sql: [UInt8]) -> [UInt8] {
        let mark = "@current_hostname"
        return Array(
            String(decoding: sql, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.contains(mark) }.joined(separator: "\n").utf8)
    }
}
