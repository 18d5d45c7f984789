/// The collations a target knows, by the ids that logs hold.
public struct CollationCatalog: Hashable, Sendable {
    /// The names of a collation and of its character set.
    public struct Entry: Hashable, Sendable {
        public var characterSet: String
        public var collation: String

        public init(characterSet: String, collation: String) {
            self.characterSet = characterSet
            self.collation = collation
        }
    }

    private var entries: [UInt32: Entry]

    public init(_ entries: [UInt32: Entry]) { self.entries = entries }

    /// Throws `older-server` for an id the target does not have: its text would be read wrongly.
    public func entry(_ id: UInt32) throws(RecoveryError) -> Entry {
        guard let entry = entries[id] else {
            throw RecoveryError(
                .olderServer, "the log uses the collation \(id), which the target does not have",
                hint: "take a target of the version that wrote the log, or a newer one")
        }
        return entry
    }

    /// The default collations of character sets as `'utf8mb4=utf8mb4_bin,…'`: each pair of ids is a
    /// collation of the set and its default. By id the server does not take them (1231).
    ///
    /// Throws as `entry` does.
    func pairs(_ ids: [UInt16]) throws(RecoveryError) -> String {
        var parts: [String] = []
        var index = 0
        while index + 1 < ids.count {
            let set = try entry(UInt32(ids[index])).characterSet
            parts.append("\(set)=\(try entry(UInt32(ids[index + 1])).collation)")
            index += 2
        }
        return "'" + parts.joined(separator: ",") + "'"
    }
}

extension RecoveryError.Code {
    /// The target is older than the log, or lacks something the log needs.
    public static let olderServer = Self(rawValue: "older-server")
}
