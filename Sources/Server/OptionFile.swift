#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An option file for a client program: the way a password reaches it, never by argument or
/// environment. Mode 0600.
public struct OptionFile: Sendable {
    public let path: String

    /// The text of a `[client]` group for this address and account.
    public static func text(_ address: ServerAddress, _ credentials: Credentials) -> String {
        var lines: [(name: String, value: String)] = []
        switch address.place {
        case .socket(let path):
            lines.append((name: "socket", value: path))
            lines.append((name: "protocol", value: "socket"))
        case .tcp(let host, let port):
            lines.append((name: "host", value: host))
            lines.append((name: "port", value: "\(port)"))
            lines.append((name: "protocol", value: "tcp"))
        }
        if let user = credentials.user ?? address.user {
            lines.append((name: "user", value: user))
        }
        if let password = credentials.password {
            lines.append((name: "password", value: password))
        }
        lines += credentials.tls.optionLines
        return "[client]\n" + lines.map { "\($0.name)=\(quoted($0.value))\n" }.joined()
    }

    /// Writes the file; an existing one is replaced, a symbolic link is not followed.
    @discardableResult
    public static func write(
        _ path: String, _ address: ServerAddress, _ credentials: Credentials,
        owner: ServerUser? = nil
    ) throws(ServerError) -> OptionFile {
        try SmallFile.writePrivate(
            path, Array(text(address, credentials).utf8), owner: owner)
        return OptionFile(path: path)
    }

    /// The argument that a client program takes it by; it must be the program's first one.
    public var argument: String { Self.argument(path: path) }

    static func argument(path: String) -> String { "--defaults-file=\(path)" }

    /// Deletes the file.
    public func remove() throws(ServerError) { try SmallFile.remove(path) }

    /// Values stand between double quotes with `\` for itself, quotes and line ends.
    static func quoted(_ value: String) -> String {
        var text = "\""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default: text.unicodeScalars.append(character)
            }
        }
        return text + "\""
    }
}
