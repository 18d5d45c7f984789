/// Where a server is reached, as a user writes it: `mariadb://user@host:port/`, `mysql://…` or
/// `mariadb:///path/to.sock?user=u`.
public struct ServerAddress: Sendable, Hashable, Codable {
    /// How the server is reached.
    public enum Place: Sendable, Hashable, Codable {
        case tcp(host: String, port: UInt16)
        case socket(path: String)
    }

    public var place: Place
    /// Nil when the URL names none: the option file or the system account does.
    public var user: String?

    public init(_ place: Place, user: String? = nil) {
        self.place = place
        self.user = user
    }

    /// Reads a target URL.
    ///
    /// Throws `badAddress`, or `passwordInAddress` for one that holds a password. No part of the
    /// URL is repeated in the error, so a password cannot get into a log by it.
    public init(url: String) throws(ServerError) {
        var rest: Substring
        if url.hasPrefix("mariadb://") {
            rest = url.dropFirst(10)
        } else if url.hasPrefix("mysql://") {
            rest = url.dropFirst(8)
        } else {
            throw Self.unreadable("a target begins with mariadb:// or mysql://")
        }
        var query: Substring = ""
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        let path = try Self.decoded(rest[slash...])
        var user = try Self.userParameter(query)
        if authority.isEmpty {
            guard path.count > 1 else { throw Self.unreadable("neither host nor socket path") }
            self.init(.socket(path: path), user: user)
            return
        }
        guard path.isEmpty || path == "/" else {
            throw Self.unreadable("a target names a server, not a database")
        }
        var hostAndPort = authority
        if let at = authority.lastIndex(of: "@") {
            let name = authority[..<at]
            guard !name.contains(":") else { throw Self.passwordFound() }
            user = try Self.decoded(name)
            hostAndPort = authority[authority.index(after: at)...]
        }
        self.init(try Self.tcpPlace(hostAndPort), user: user)
    }

    private static func tcpPlace(_ text: Substring) throws(ServerError) -> Place {
        var host = text
        var port: UInt16 = 3306
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw unreadable("an IPv6 address without its closing bracket")
            }
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw unreadable("bad port") }
            if !tail.isEmpty { port = try portNumber(tail.dropFirst()) }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = try portNumber(text[text.index(after: colon)...])
        }
        guard !host.isEmpty else { throw unreadable("no host before the port") }
        return .tcp(host: try decoded(host), port: port)
    }

    private static func portNumber(_ text: Substring) throws(ServerError) -> UInt16 {
        guard let port = UInt16(text), port > 0 else {
            throw unreadable("the port is no number from 1 to 65535")
        }
        return port
    }

    private static func userParameter(_ query: Substring) throws(ServerError) -> String? {
        var user: String?
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].lowercased()
            switch name {
            case "user": user = parts.count > 1 ? try decoded(parts[1]) : ""
            case "password", "passwd", "pwd": throw passwordFound()
            default: throw unreadable("the only parameter a target knows is user")
            }
        }
        return user
    }

    private static func decoded(_ text: Substring) throws(ServerError) -> String {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(hexDigit),
                let low = iterator.next().flatMap(hexDigit)
            else { throw unreadable("a % that no two hexadecimal digits follow") }
            bytes.append(high << 4 | low)
        }
        guard let value = String(validating: bytes, as: UTF8.self), !value.contains("\0") else {
            throw unreadable("not UTF-8")
        }
        return value
    }

    private static func unreadable(_ message: String) -> ServerError {
        ServerError(
            .badAddress, "cannot read the target's URL: \(message)",
            hint: "mariadb://user@host:port/ or mariadb:///path/to.sock?user=u")
    }

    private static func passwordFound() -> ServerError {
        ServerError(
            .passwordInAddress, "the target's URL holds a password",
            hint: "leave it out and use --defaults-file or LASTGOOD_PASSWORD")
    }
}

func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

extension ServerAddress: CustomStringConvertible {
    public var description: String {
        switch place {
        case .socket(let path): "mariadb://\(path)" + (user.map { "?user=\($0)" } ?? "")
        case .tcp(let host, let port):
            "mariadb://" + (user.map { "\($0)@" } ?? "")
                + (host.contains(":") ? "[\(host)]" : host) + ":\(port)/"
        }
    }
}
