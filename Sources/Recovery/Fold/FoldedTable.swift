/// What folding has to know of a table, as the target holds it.
public struct FoldedTable: Hashable, Sendable {
    /// How many columns it has.
    public var columnCount: Int
    /// The primary key's columns, counted from 0, in the table's order.
    public var key: [Int]
    /// The columns of all other unique keys, in the table's order; empty where there is none.
    public var otherUnique: [Int]
    /// Which of `key` is the AUTO_INCREMENT column; nil where there is none.
    public var counter: Counter?

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
        columnCount: Int, key: [Int], otherUnique: [Int] = [], counter: Counter? = nil
    ) {
        self.columnCount = columnCount
        self.key = key
        self.otherUnique = otherUnique
        self.counter = counter
    }
}
