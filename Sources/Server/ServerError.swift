/// What went wrong on, or on the way to, a server: an SQL error, a lost connection, a server that
/// does not start.
///
/// Holds no statement text and no password: whoever sent the statement knows it and can mask it.
public struct ServerError: Error, Sendable, Equatable {
    /// The stable name of an error, as it stands in JSON.
    public struct Code: RawRepresentable, Sendable, Hashable, Codable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public var code: Code
    /// The server's or client library's number (1064, 2006 …); 0 when neither of them spoke.
    public var number: Int
    /// The five characters of SQLSTATE, empty when there is none.
    public var sqlState: String
    /// Lower case, no full stop; a server's own text stays as it is.
    public var message: String
    public var hint: String?

    public init(
        _ code: Code, _ message: String, hint: String? = nil, number: Int = 0, sqlState: String = ""
    ) {
        self.code = code
        self.number = number
        self.sqlState = sqlState
        self.message = message
        self.hint = hint
    }

    /// Whether the session is gone, and with it its transaction, whatever the statement was.
    ///
    /// The statement may have been done all the same: only a look at the server's state tells.
    public var isConnectionLost: Bool { Self.lostConnectionNumbers.contains(number) }

    /// Whether the server refused the account.
    public var isAccessDenied: Bool { Self.accessDeniedNumbers.contains(number) }

    /// 1053 shutdown in progress, 1077/1078/1079 going down, 1152 aborted, 1159/1161 packet
    /// timeouts, 1927 and 3169 killed, 2002–2003 no server, 2006 gone away, 2013 lost, 2055 lost at
    /// handshake, 4031 idle too long (MySQL).
    private static let lostConnectionNumbers: Set<Int> = [
        1053, 1077, 1078, 1079, 1152, 1159, 1161, 1927, 2002, 2003, 2006, 2013, 2055, 3169, 4031,
    ]

    /// 1044 database, 1045 login, 1698 login by a plugin, 1820 password expired, 1862 the same at
    /// login, 4151 account locked, 3118 the same on MySQL.
    private static let accessDeniedNumbers: Set<Int> = [1044, 1045, 1698, 1820, 1862, 3118, 4151]
}

extension ServerError.Code {
    /// The server answered a statement with an error.
    public static let sqlError = Self(rawValue: "sql-error")
    /// The connection could not be made, or broke.
    public static let connectionLost = Self(rawValue: "connection-lost")
    /// The server refused the account.
    public static let accessDenied = Self(rawValue: "access-denied")
    /// A target URL that cannot be read.
    public static let badAddress = Self(rawValue: "bad-address")
    /// A password where other users of the machine, or a log, could read it.
    public static let passwordInAddress = Self(rawValue: "password-in-address")
    /// An option file that cannot be read.
    public static let badDefaultsFile = Self(rawValue: "bad-defaults-file")
    /// A program that is not there or cannot be run.
    public static let programMissing = Self(rawValue: "program-missing")
    /// A program that ended with an error.
    public static let programFailed = Self(rawValue: "program-failed")
    /// A folder of the path to the workdir that the server's user cannot enter.
    public static let workdirUnreachable = Self(rawValue: "workdir-unreachable")
    /// No unprivileged account to run the scratch server as.
    public static let serverUserMissing = Self(rawValue: "server-user-missing")
    /// A server option outside the allow-list, or a value that could reach outside the workdir.
    public static let serverOptionRefused = Self(rawValue: "server-option-refused")
    /// A time zone that the system does not know.
    public static let timeZoneUnknown = Self(rawValue: "time-zone-unknown")
    /// The scratch server ended, or did not answer, while it was started.
    public static let serverDidNotStart = Self(rawValue: "server-did-not-start")
    /// The scratch server did not end in time.
    public static let serverDidNotStop = Self(rawValue: "server-did-not-stop")
    /// A file or folder that could not be made, written or removed.
    public static let fileError = Self(rawValue: "file-error")
}

extension ServerError: CustomStringConvertible {
    public var description: String {
        let place = number == 0 ? code.rawValue : "\(number)"
        return "\(message) (\(place))" + (hint.map { "; hint: \($0)" } ?? "")
    }
}
