/// The numbers and names that the house rules go by, all in one place.
enum HouseRules {
    static let columns = 100
    static let linesInFunction = 70
    static let linesInFile = 500
    static let bytesInFile = 1 << 20
    static let bytesInFixtures = 20 << 20

    static let topLevel: Set<String> = [
        "Package.swift", "Sources", "Tests", "Fixtures", "Docs", "README.md", "LICENSE",
        "Makefile", "CHANGELOG.md", ".ci", ".swift-format", ".gitignore",
    ]

    /// Targets whose answer goes to standard output by `print`.
    static let printing: Set<String> = ["lastgood"]

    /// What `libc` stands for in the import table.
    static let libc: Set<String> = ["Glibc", "Musl", "Darwin"]

    /// Modules of the standard library, free to all.
    static let standard: Set<String> = ["Swift", "Synchronization", "_Concurrency"]

    /// Names whose meaning the standard library or a protocol has already written down.
    static let knownMembers: Set<String> = [
        "description", "debugDescription", "rawValue", "hash", "encode", "isEmpty", "count",
        "makeIterator", "makeAsyncIterator", "next", "startIndex", "endIndex", "index", "id",
        "errorDescription", "configuration", "run", "validate", "allCases",
    ]

    /// Parts of paths of the machine that a file was written on.
    static let foreignPaths = ["/wor" + "k/", "/.lib" + "rary"]

    /// How often a file may break a rule, and no more: lower a number once a file got better.
    static let ratchet: [Rule: [String: Int]] = [:]

    enum Rule: String {
        case longFunction, longFile, undocumented
    }
}
