public import SystemPackage

/// One log file as it lies in a directory: `BASE.N`, the number of six digits or more.
public struct LogFile: Hashable, Sendable {
    public let path: FilePath
    public var sizeBytes: UInt64
    /// Whoever asked takes a replica's relay log too.
    public var mayBeRelayLog = false
    /// What opens it where it is encrypted.
    public var keys: EncryptionKeys?
    /// The last part of the path; kept, for it is asked for with every event.
    public let name: String

    public init(path: FilePath, sizeBytes: UInt64) {
        self.path = path
        self.sizeBytes = sizeBytes
        name = path.lastComponent?.string ?? path.string
    }

    /// The name before the number; the whole name where it has none.
    public var base: String { Self.split(name)?.base ?? name }
    /// Its place in the chain; nil for a file that was named otherwise.
    public var number: UInt64? { Self.split(name)?.number }

    /// `bin.000042` → `bin`, 42; nil for any other form of name.
    static func split(_ name: String) -> (base: String, number: UInt64)? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        let digits = name[name.index(after: dot)...]
        guard digits.utf8.count >= 6, digits.utf8.allSatisfy({ (0x30...0x39) ~= $0 }),
            let number = UInt64(digits), dot > name.startIndex
        else { return nil }
        return (String(name[..<dot]), number)
    }

    /// The name of a log as the server writes it.
    static func name(base: String, number: UInt64) -> String {
        let digits = String(number)
        return base + "." + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }
}
