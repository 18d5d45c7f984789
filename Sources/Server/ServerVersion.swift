/// A server's version and make, as `SELECT VERSION()` tells it.
public struct ServerVersion: Sendable, Hashable, Comparable, Codable {
    /// Whose server it is.
    public enum Flavor: String, Sendable, Codable {
        case mariadb
        case mysql
    }

    public var flavor: Flavor
    public var major: Int
    public var minor: Int
    public var patch: Int

    public init(_ flavor: Flavor, _ major: Int, _ minor: Int, _ patch: Int) {
        self.flavor = flavor
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `10.11.19-MariaDB-log`, `5.5.5-10.4.8-MariaDB` (the form of the handshake), `8.0.36`.
    ///
    /// Nil when the text does not begin with a number and a dot.
    public init?(parsing text: String) {
        let isMariaDB = text.contains("MariaDB")
        var rest = Substring(text)
        if isMariaDB, rest.hasPrefix("5.5.5-") { rest = rest.dropFirst(6) }
        let numbers = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            .split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        let patch = numbers.count > 2 ? numbers[2] ?? 0 : 0
        self.init(isMariaDB ? .mariadb : .mysql, major, minor, patch)
    }

    public var isMariaDB: Bool { flavor == .mariadb }

    /// By number only: comparing a MariaDB with a MySQL says nothing.
    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    /// Whether the number is at least this, whoever made the server.
    public func isAtLeast(_ major: Int, _ minor: Int, _ patch: Int = 0) -> Bool {
        (self.major, self.minor, self.patch) >= (major, minor, patch)
    }

    /// A crash leaves definitions as they were or as they shall be, in the middle of a RENAME TABLE
    /// of several tables, too; not so before MariaDB 10.6 and MySQL 8.0.
    public var hasAtomicDDL: Bool { isMariaDB ? isAtLeast(10, 6) : isAtLeast(8, 0) }
}

extension ServerVersion: CustomStringConvertible {
    public var description: String { "\(major).\(minor).\(patch)" }
}
