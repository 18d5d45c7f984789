/// The rows in which a table is not what it is on the server to compare with.
public struct RowDifferences: Sendable, Hashable, Codable {
    /// How many rows only the reference has; nil where nothing tells rows apart but their values
    /// and there were too many to keep in mind.
    public var missing: UInt64?
    /// How many rows the reference does not have; nil alike.
    public var extra: UInt64?
    /// How many rows with one key have other values; nil for a table without a key.
    public var differing: UInt64?
    /// The first by key; none for a table without a key.
    public var first: [RowDifference] = []
}

/// A row that two servers do not agree on.
public struct RowDifference: Sendable, Hashable, Codable {
    /// In what they differ.
    public enum Kind: String, Sendable, Codable {
        /// The reference has it alone.
        case missing
        /// The reference does not have it.
        case extra
        /// Both have it, with other values.
        case differs
    }

    /// A column of the key with its value: UTF-8, or the bytes themselves where they are no text.
    public struct KeyPart: Sendable, Hashable, Codable {
        public var column: String
        public var value: [UInt8]
        public var isBinary: Bool
    }

    public var kind: Kind
    public var key: [KeyPart]
    /// The columns that differ, in the table's order; none but for `differs`.
    public var columns: [String] = []
}
