/// What folding has to know of a table, as the target holds it.
public struct FoldedTable: Hashable, Sendable {
    /// How many columns it has.
    public var columnCount: Int
    /// What tells two rows apart.
    public var identity: Identity
    /// The columns of the key that does, counted from 0, in the table's order.
    public var key: [Int]
    /// The columns of all other unique keys, in the table's order; empty where there is none.
    public var otherUnique: [Int]
    /// Which of `key` is the AUTO_INCREMENT column; nil where there is none.
    public var counter: Counter?
    /// An index keeps all rows in one structure, so that two sessions wait for each other.
    public var hasWovenIndex: Bool

    /// What tells two rows of a table apart.
    public enum Identity: Hashable, Sendable {
        case primaryKey
        /// A unique key of whole columns that are never NULL. The server may find rows by another
        /// one, so it is sent images of all columns.
        case uniqueKey
        /// All columns.
        case wholeRow
    }

    /// An AUTO_INCREMENT column.
    public struct Counter: Hashable, Sendable {
        /// Its place in `key`.
        public var keyIndex: Int
        public var isUnsigned: Bool

        public init(keyIndex: Int, isUnsigned: Bool) {
            self.keyIndex = keyIndex
            self.isUnsigned = isUnsigned
        }
    }

    public init(
        columnCount: Int, identity: Identity, key: [Int], otherUnique: [Int] = [],
        counter: Counter? = nil, hasWovenIndex: Bool = false
    ) {
        self.columnCount = columnCount
        self.identity = identity
        self.key = key
        self.otherUnique = otherUnique
        self.counter = counter
        self.hasWovenIndex = hasWovenIndex
    }
}
