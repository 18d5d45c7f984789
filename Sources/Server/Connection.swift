import CMariaDB

/// One session on a server, over libmariadb; closed when the value ends.
///
/// Synchronous: a call blocks until the server has answered. One caller at a time, from any thread.
/// The character set is utf8mb4, LOCAL INFILE is off unless it is asked for, and then only the one
/// file is sent that `execute(bytes:sendingFile:)` names; several statements may stand in one text.
/// It never reconnects by itself: a lost session is an error.
///
///     let connection = try Connection(address, Credentials(user: "root"))
///     try connection.execute("CREATE DATABASE shop")
///     let rows = try connection.query("SELECT id, name FROM shop.orders")
public struct Connection: ~Copyable, @unchecked Sendable {
    // Safe: @unchecked because a MYSQL handle may move between threads, though not be shared; the
    // value cannot be copied, so only one owner can call.
    let handle: UnsafeMutablePointer<MYSQL>

    /// The server's id of this session, as PROCESSLIST shows it.
    public let connectionID: UInt64
    /// What the server said about itself when the session began.
    public let serverVersion: ServerVersion

    /// The library must be set up once before threads share it.
    private static let libraryReady: Bool = mysql_server_init(0, nil, nil) == 0

    /// Connects.
    ///
    /// Throws `connectionLost` when nobody answers, `accessDenied` when the account is refused.
    ///
    /// - Parameter sendsFiles: `execute(bytes:sendingFile:)` will be called.
    public init(
        _ address: ServerAddress, _ credentials: Credentials,
        connectTimeoutSeconds: UInt32 = 20, sendsFiles: Bool = false
    ) throws(ServerError) {
        let handle = try Self.open(address, credentials, connectTimeoutSeconds, sendsFiles)
        self.handle = handle
        connectionID = UInt64(mysql_thread_id(handle))
        let text = mysql_get_server_info(handle).map { String(cString: $0) } ?? ""
        serverVersion = ServerVersion(parsing: text) ?? ServerVersion(.mysql, 0, 0, 0)
    }

    private static func open(
        _ address: ServerAddress, _ credentials: Credentials, _ timeoutSeconds: UInt32,
        _ sendsFiles: Bool
    ) throws(ServerError) -> UnsafeMutablePointer<MYSQL> {
        guard libraryReady, let handle = mysql_init(nil) else {
            throw ServerError(.connectionLost, "libmariadb cannot be set up")
        }
        var localFiles: UInt32 = sendsFiles ? 1 : 0
        mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &localFiles)
        setOptions(handle, credentials, timeoutSeconds)
        let flags = UInt(CLIENT_MULTI_STATEMENTS)
        let user = credentials.user ?? address.user
        let connected =
            switch address.place {
            case .socket(let path):
                mysql_real_connect(
                    handle, "localhost", user, credentials.password, nil, 0, path, flags)
            case .tcp(let host, let port):
                connectOverTCP(handle, host, port, user, credentials.password, flags)
            }
        guard connected != nil else {
            var error = lastError(handle)
            mysql_close(handle)
            error.hint =
                error.code == .accessDenied
                ? "check the account: its password comes from --defaults-file or LASTGOOD_PASSWORD"
                : "see that the server runs and that this is its socket or port"
            throw error
        }
        LocalFile.refuse(on: handle)
        return handle
    }

    /// Also for the host `localhost`, which the library would take for the local socket.
    private static func connectOverTCP(
        _ handle: UnsafeMutablePointer<MYSQL>, _ host: String, _ port: UInt16, _ user: String?,
        _ password: String?, _ flags: UInt
    ) -> UnsafeMutablePointer<MYSQL>? {
        var tcp = MYSQL_PROTOCOL_TCP
        mysql_options(handle, MYSQL_OPT_PROTOCOL, &tcp)
        return mysql_real_connect(handle, host, user, password, nil, UInt32(port), nil, flags)
    }

    deinit { mysql_close(handle) }

    private static func setOptions(
        _ handle: UnsafeMutablePointer<MYSQL>, _ credentials: Credentials, _ timeoutSeconds: UInt32
    ) {
        var timeout = timeoutSeconds
        mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &timeout)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        // What a server's own settings would change of what we read and write.
        mysql_options(
            handle, MYSQL_INIT_COMMAND,
            "SET SESSION autocommit=1,completion_type=0,sql_select_limit=18446744073709551615,"
                + "sql_safe_updates=0,sql_big_selects=1")
        mysql_options(handle, MYSQL_INIT_COMMAND, "SET SESSION TRANSACTION READ WRITE")
        var never: my_bool = 0
        mysql_options(handle, MYSQL_OPT_RECONNECT, &never)
        var packet: UInt = 1 << 30
        mysql_options(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet)
        let tls = credentials.tls
        let texts: [(mysql_option, String?)] = [
            (MYSQL_OPT_SSL_CA, tls.certificateAuthorityPath),
            (MYSQL_OPT_SSL_CAPATH, tls.certificateAuthorityFolder),
            (MYSQL_OPT_SSL_CERT, tls.certificatePath), (MYSQL_OPT_SSL_KEY, tls.keyPath),
            (MYSQL_OPT_SSL_CIPHER, tls.cipher), (MYSQL_OPT_SSL_CRL, tls.revocationListPath),
            (MYSQL_OPT_SSL_CRLPATH, tls.revocationListFolder),
            (MARIADB_OPT_TLS_VERSION, tls.version),
        ]
        for (option, value) in texts {
            if let value { mysql_options(handle, option, value) }
        }
        var yes: my_bool = 1
        if tls.isRequired { mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes) }
        if tls.verifiesServer { mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes) }
    }

    /// Runs a text of one or more statements and reads all their results away.
    ///
    /// Stops at the first statement that fails, as the server does, and throws its error; the ones
    /// before it are done.
    @discardableResult
    public func execute(_ sql: String) throws(ServerError) -> ExecutionSummary {
        var sql = sql
        // A closure's typed error is not carried through withUTF8, so it comes out as a result.
        return try sql.withUTF8 { text in
            executeResult(UnsafeRawBufferPointer(text))
        }.get()
    }

    /// The same for bytes, which need not be UTF-8; they are not copied.
    @discardableResult
    public func execute(bytes: UnsafeRawBufferPointer) throws(ServerError) -> ExecutionSummary {
        try executeResult(bytes).get()
    }

    /// The same for bytes, which need not be UTF-8.
    @discardableResult
    public func execute(bytes: RawSpan) throws(ServerError) -> ExecutionSummary {
        try bytes.withUnsafeBytes { executeResult($0) }.get()
    }

    /// The same for bytes, which need not be UTF-8.
    @discardableResult
    public func execute(bytes: [UInt8]) throws(ServerError) -> ExecutionSummary {
        try bytes.withUnsafeBytes { executeResult($0) }.get()
    }

    private func executeResult(
        _ bytes: UnsafeRawBufferPointer
    ) -> Result<ExecutionSummary, ServerError> {
        do throws(ServerError) {
            try send(bytes: bytes)
            return .success(try readResults())
        } catch {
            return .failure(error)
        }
    }

    /// Sends a text without waiting for its answer; `readResults` must follow.
    ///
    /// The bytes may be reused when this returns.
    public func send(bytes: [UInt8]) throws(ServerError) {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(ServerError) in try send(bytes: bytes) }
        }.get()
    }

    /// The same.
    public func send(bytes: UnsafeRawBufferPointer) throws(ServerError) {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard mysql_send_query(handle, start, UInt(bytes.count)) == 0 else {
            throw lastError()
        }
    }

    /// Reads every result of the text that was sent last, throwing the first error.
    public func readResults() throws(ServerError) -> ExecutionSummary {
        var summary = ExecutionSummary()
        try readResults(&summary)
        return summary
    }

    /// The same; where one fails, `summary` is of those before it.
    public func readResults(_ summary: inout ExecutionSummary) throws(ServerError) {
        guard mysql_read_query_result(handle) == 0 else { throw lastError() }
        while true {
            if let result = mysql_use_result(handle) {
                while mysql_fetch_row(result) != nil { summary.rows += 1 }
                let failed = mysql_errno(handle) != 0
                mysql_free_result(result)
                if failed { throw lastError() }
            } else if mysql_field_count(handle) != 0 {
                throw lastError()
            } else {
                let count = mysql_affected_rows(handle)
                summary.affectedRows &+= count == .max ? 0 : count
            }
            summary.statements += 1
            summary.answerBytes += lastAnswerBytes
            summary.warnings += Int(mysql_warning_count(handle))
            let next = mysql_next_result(handle)
            if next > 0 { throw lastError() }
            if next < 0 { return }
        }
    }

    /// Makes a database the current one; its name may be any bytes.
    public func selectDatabase(_ name: some Sequence<UInt8>) throws(ServerError) {
        try execute(bytes: Array("USE ".utf8) + SQLText.quoteIdentifier(bytes: name))
    }

    /// The insert id that the last statement made, 0 for none.
    public var lastInsertID: UInt64 { mysql_insert_id(handle) }

    /// The socket's descriptor, to wait on between `send` and `readResults`.
    public var socketDescriptor: Int32 { Int32(truncatingIfNeeded: mysql_get_socket(handle)) }

    func lastError() -> ServerError { Self.lastError(handle) }

    private static func lastError(_ handle: UnsafeMutablePointer<MYSQL>) -> ServerError {
        let number = Int(mysql_errno(handle))
        let text = mysql_error(handle).map { String(cString: $0) } ?? ""
        let message = ErrorText.withoutStrings(text, number: number)
        let state = mysql_sqlstate(handle).map { String(cString: $0) } ?? ""
        var error = ServerError(.sqlError, message, number: number, sqlState: state)
        if error.isConnectionLost || (2000..<3000).contains(number) {
            error.code = .connectionLost
        } else if [1045, 1698].contains(number) {
            error.code = .accessDenied
        }
        return error
    }
}

/// What a text of statements did, summed up over its statements.
public struct ExecutionSummary: Sendable, Hashable {
    public var statements = 0
    public var affectedRows: UInt64 = 0
    public var warnings = 0
    /// About how long the answers were, but for result sets.
    public var answerBytes = 0
    /// Rows of result sets that were read away.
    public var rows = 0

    public init() {}
}

/// Keeps pieces of statements, which may hold passwords, out of error messages.
enum ErrorText {
    /// A syntax error (1064, 1149) quotes the statement from the token it failed at; that piece is
    /// cut at its first string.
    static func withoutStrings(_ message: String, number: Int) -> String {
        guard [1064, 1149].contains(number) else { return message }
        let opening = "near '"
        let parts = message.split(
            separator: opening, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return message }
        let words = parts[1].split(separator: "' at line ", omittingEmptySubsequences: false)
        let place = words.count > 1 ? "' at line \(words[words.count - 1])" : "'"
        let quoted = words.dropLast().joined(separator: "' at line ")
        let kept = quoted.prefix { $0 != "'" && $0 != "\"" }
        return parts[0] + opening + kept + (kept.count < quoted.count ? "…" : "") + place
    }
}
