#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An account, its password and the TLS settings of a connection; never part of a command line.
///
/// Its description hides the password.
public struct Credentials: Sendable, Hashable {
    public var user: String?
    public var password: String?
    public var tls: TLSSettings

    public init(user: String? = nil, password: String? = nil, tls: TLSSettings = TLSSettings()) {
        self.user = user
        self.password = password
        self.tls = tls
    }

    /// What the address, an option file and `LASTGOOD_PASSWORD` say together.
    ///
    /// The address's user wins over the file's, the environment's password over the file's. A
    /// password that is still nil may be asked for by whoever has a terminal.
    public static func gather(
        address: ServerAddress, defaults: DefaultsFile? = nil, environmentPassword: String? = nil
    ) -> Credentials {
        Credentials(
            user: address.user ?? defaults?["user"],
            password: environmentPassword ?? defaults?["password"],
            tls: defaults.map(TLSSettings.init) ?? TLSSettings())
    }

    /// The value of `LASTGOOD_PASSWORD`, nil when it is not set.
    public static func passwordInEnvironment() -> String? {
        getenv("LASTGOOD_PASSWORD").map { String(cString: $0) }
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String {
        "\(user ?? "(default user)"), password \(password == nil ? "none" : "hidden")"
    }
    public var debugDescription: String { description }
}

/// The TLS settings of an option file, by the names that the client programs give them.
public struct TLSSettings: Sendable, Hashable {
    public var isRequired = false
    public var certificateAuthorityPath: String?
    public var certificateAuthorityFolder: String?
    public var certificatePath: String?
    public var keyPath: String?
    public var cipher: String?
    public var revocationListPath: String?
    public var revocationListFolder: String?
    public var version: String?
    public var verifiesServer = false

    public init() {}

    public init(_ file: DefaultsFile) {
        certificateAuthorityPath = file["ssl-ca"]
        certificateAuthorityFolder = file["ssl-capath"]
        certificatePath = file["ssl-cert"]
        keyPath = file["ssl-key"]
        cipher = file["ssl-cipher"]
        revocationListPath = file["ssl-crl"]
        revocationListFolder = file["ssl-crlpath"]
        version = file["tls-version"]
        verifiesServer = file.isOn("ssl-verify-server-cert")
        isRequired = file.isOn("ssl") || verifiesServer
    }

    /// The lines of an option file that say the same.
    var optionLines: [(name: String, value: String)] {
        let texts: [(String, String?)] = [
            ("ssl-ca", certificateAuthorityPath), ("ssl-capath", certificateAuthorityFolder),
            ("ssl-cert", certificatePath), ("ssl-key", keyPath), ("ssl-cipher", cipher),
            ("ssl-crl", revocationListPath), ("ssl-crlpath", revocationListFolder),
            ("tls-version", version),
        ]
        var lines = texts.compactMap { name, value in value.map { (name: name, value: $0) } }
        if isRequired { lines.append((name: "ssl", value: "1")) }
        if verifiesServer { lines.append((name: "ssl-verify-server-cert", value: "1")) }
        return lines
    }
}
