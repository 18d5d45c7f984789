#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The client's part of a my.cnf: account, place and TLS settings.
///
/// Read here rather than by libmariadb, so that nothing else in the file (`local-infile`,
/// `init-command`) takes effect. Groups `[client]`, `[client-server]`, `[client-mariadb]`; later
/// lines win. Source: MariaDB knowledge base, "Configuring MariaDB with Option Files".
public struct DefaultsFile: Sendable, Hashable {
    public var values: [String: String]

    public init(values: [String: String] = [:]) { self.values = values }

    static let knownNames: Set<String> = [
        "user", "password", "host", "port", "socket", "ssl", "ssl-ca", "ssl-capath", "ssl-cert",
        "ssl-key", "ssl-cipher", "ssl-crl", "ssl-crlpath", "ssl-verify-server-cert", "tls-version",
    ]
    private static let groups: Set<String> = ["client", "client-server", "client-mariadb"]
    private static let maxIncludes = 10

    /// The value of an option, nil where it does not stand in the file.
    public subscript(_ name: String) -> String? { values[name] }

    /// Whether a switch (`ssl`, `ssl-verify-server-cert`) is on: alone, or with 1, on or true.
    public func isOn(_ name: String) -> Bool {
        guard let value = values[name] else { return false }
        return ["", "1", "on", "true"].contains(value.lowercased())
    }

    /// Reads a file and the files it includes.
    ///
    /// Throws `badDefaultsFile` when one of them cannot be read or a line is no option.
    public static func read(path: String) throws(ServerError) -> DefaultsFile {
        var file = DefaultsFile()
        var left = maxIncludes
        try file.readFile(path, includesLeft: &left)
        return file
    }

    private mutating func readFile(
        _ path: String, includesLeft: inout Int
    ) throws(ServerError) {
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.read(path, maxSizeBytes: 1 << 20)
        } catch {
            throw ServerError(
                .badDefaultsFile, "cannot read the option file \(path): \(error.message)")
        }
        for include in try parse(String(decoding: bytes, as: UTF8.self), path: path) {
            guard includesLeft > 0 else {
                throw ServerError(.badDefaultsFile, "too many included option files in \(path)")
            }
            includesLeft -= 1
            try readFile(include, includesLeft: &includesLeft)
        }
    }

    /// Takes the options of one file's text; returns the paths of `!include` lines.
    mutating func parse(_ text: String, path: String) throws(ServerError) -> [String] {
        var includes: [String] = []
        var inGroup = false
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = Self.trimmed(raw)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                guard let end = line.firstIndex(of: "]") else {
                    throw ServerError(
                        .badDefaultsFile, "a group without its bracket in \(path) line \(index + 1)"
                    )
                }
                inGroup = Self.groups.contains(String(line.dropFirst().prefix(upTo: end)))
            } else if line.hasPrefix("!include ") {
                includes.append(String(Self.trimmed(line.dropFirst(9))))
            } else if line.hasPrefix("!") {
                throw ServerError(
                    .badDefaultsFile, "an unknown directive in \(path) line \(index + 1)",
                    hint: "only !include is understood")
            } else if inGroup {
                takeOption(line)
            }
        }
        return includes
    }

    private mutating func takeOption(_ line: Substring) {
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        var name = Self.trimmed(parts[0]).split(separator: "_").joined(separator: "-")
        if name.hasPrefix("loose-") { name = String(name.dropFirst(6)) }
        var value = parts.count > 1 ? Self.unquoted(Self.trimmed(parts[1])) : ""
        for prefix in ["skip-", "disable-"] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
            value = "0"
        }
        guard Self.knownNames.contains(name) else { return }
        values[name] = value
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    /// Takes a value's quotes, escapes and trailing comment away.
    static func unquoted(_ text: Substring) -> String {
        var rest = text
        var value = ""
        let quote = rest.first.flatMap { $0 == "'" || $0 == "\"" ? $0 : nil }
        if quote != nil { rest = rest.dropFirst() }
        while let character = rest.popFirst() {
            if character == quote { break }
            if quote == nil, character == "#" {
                while value.last?.isWhitespace == true { value.removeLast() }
                break
            }
            guard character == "\\", let next = rest.popFirst() else {
                value.append(character)
                continue
            }
            switch next {
            case "n": value.append("\n")
            case "t": value.append("\t")
            case "r": value.append("\r")
            case "b": value.append("\u{8}")
            case "s": value.append(" ")
            case "\\", "'", "\"": value.append(next)
            default: value += "\\\(next)"
            }
        }
        return value
    }
}
