internal import Binlog

/// What is left to be done in a table.
struct NetChanges {
    enum Kind {
        case insert, update, delete
        /// A delete and an insert.
        case replace

        func needs(_ operation: RowOperation) -> Bool {
            switch operation {
            case .delete: self == .delete || self == .replace
            case .update: self == .update
            case .insert: self == .insert || self == .replace
            }
        }
    }

    struct Change {
        /// Where it stands among those with the same columns.
        var rank: UInt64 = 0
        var kind: Kind
        /// What finds the row: its key, or an image of all columns.
        var before: Place
        var after: Place
        /// Which columns `after` holds, among `columnSets`.
        var columns = 0
        /// How many rows it is to be done to.
        var times = 1
    }

    /// The arena that `before` and `after` lie in.
    var bytes: [UInt8]
    /// In the order in which they are sent, those with the same columns together.
    var changes: [Change] = []
    /// Bitmaps of the columns that images hold.
    var columnSets: [[UInt8]]
}
