public import Binlog

/// The life of a row, as far as logs tell it: what a history finds.
public struct RowHistory: Sendable {
    /// In the order in which they took effect.
    public private(set) var changes: [RowChange] = []
    /// How many there are, the ones that are left out too.
    public private(set) var changeCount: UInt64 = 0
    /// What may have changed the row, and does not tell.
    public private(set) var unresolved: [UnresolvedEvent] = []
    public private(set) var unresolvedCount: UInt64 = 0
    /// Rows of the table whose images do not hold what the conditions ask for.
    public internal(set) var incompleteImages = Occurrences()
    /// Rows events of the table for which nothing tells the columns' names.
    public internal(set) var namelessEvents = Occurrences()
    /// More rows met the conditions than can be followed.
    public internal(set) var hasTooManyRows = false
    /// Whether the table was met at all, in rows or in a statement.
    public internal(set) var hasMetTable = false
    /// Conditions that no table map could be asked: the column or its type did not fit.
    public internal(set) var misfits: Set<ColumnMisfit> = []
    /// Whether all conditions fitted at least one table map.
    public internal(set) var hasFitted = false
    /// Where the table's columns were defined anew, the first place, if what was said elsewhere of
    /// its columns fitted rows on more than one side of such places.
    public private(set) var redefinition: BinlogPosition?
    /// How often the columns had been defined anew where that fitted.
    private var definedEpochs: Set<Int> = []
    /// The places of the first ones, by how often the columns have been defined anew behind them.
    private var redefinitions: [Int: BinlogPosition] = [:]

    private let most: Int
    private var keptBytes = 0
    private static let mostUnresolved = 1000
    /// Of the values and statements in the changes that are kept, about.
    private static let mostBytes = 32 << 20

    /// - Parameter most: changes that are kept, the first ones.
    public init(most: Int) { self.most = most }

    /// Whether nothing may have changed the row but what is told.
    public var isComplete: Bool {
        unresolvedCount == 0 && incompleteImages.count == 0 && namelessEvents.count == 0
            && !hasTooManyRows
    }

    /// How often something was met, and where first.
    public struct Occurrences: Sendable {
        public private(set) var count: UInt64 = 0
        public private(set) var first: BinlogPosition?

        mutating func add(_ place: BinlogPosition) {
            count += 1
            if first == nil { first = place }
        }

        mutating func add(_ later: Self) {
            count += later.count
            if first == nil { first = later.first }
        }
    }

    /// Whether one more is kept, behind some that wait.
    func hasRoom(behind waiting: Int, _ waitingBytes: Int) -> Bool {
        changes.count + waiting < most && keptBytes + waitingBytes < Self.mostBytes
    }

    mutating func add(_ change: RowChange) {
        changeCount += 1
        guard hasRoom(behind: 0, 0) else { return }
        changes.append(change)
        keptBytes += change.sizeBytes
    }

    mutating func noteRedefinition(at place: BinlogPosition, epoch: Int) {
        guard redefinitions.count < Self.mostUnresolved, redefinitions[epoch] == nil else { return }
        redefinitions[epoch] = place
    }

    /// Rows were named by what was said elsewhere, behind so many redefinitions.
    mutating func noteDefined(epoch: Int) { definedEpochs.insert(epoch) }

    /// Marks what was named by a definition that may be that of another time.
    mutating func markRedefined() {
        guard definedEpochs.count > 1, let first = definedEpochs.min() else { return }
        let epoch = redefinitions.keys.filter { $0 > first }.min() ?? redefinitions.keys.max()
        redefinition = epoch.flatMap { redefinitions[$0] }
        for index in changes.indices where changes[index].isDefinedElsewhere {
            changes[index].isGuess = true
        }
    }

    /// Numbers the incarnations from 1 on, without those in which the row was not met.
    mutating func numberIncarnations() {
        let met = Set(changes.map(\.incarnation)).sorted()
        for index in changes.indices {
            let place = met.firstIndex(of: changes[index].incarnation)
            changes[index].incarnation = (place ?? 0) + 1
        }
    }

    /// Changes that are counted only.
    mutating func count(_ more: UInt64) { changeCount += more }

    mutating func add(_ event: UnresolvedEvent) {
        unresolvedCount += 1
        if unresolved.count < Self.mostUnresolved { unresolved.append(event) }
    }

    /// Takes in what was found behind everything here.
    mutating func add(_ later: Self) {
        for change in later.changes { add(change) }
        changeCount += later.changeCount - UInt64(later.changes.count)
        unresolved += later.unresolved.prefix(Self.mostUnresolved - unresolved.count)
        unresolvedCount += later.unresolvedCount
        incompleteImages.add(later.incompleteImages)
        namelessEvents.add(later.namelessEvents)
        hasTooManyRows = hasTooManyRows || later.hasTooManyRows
        hasMetTable = hasMetTable || later.hasMetTable
        misfits.formUnion(later.misfits)
        hasFitted = hasFitted || later.hasFitted
        definedEpochs.formUnion(later.definedEpochs)
        for (epoch, place) in later.redefinitions { noteRedefinition(at: place, epoch: epoch) }
    }
}

/// Why a condition cannot be asked of a table's rows.
public enum ColumnMisfit: Hashable, Sendable {
    /// There is no such column; the table's columns, where they are known.
    case noColumn(String, of: [String])
    /// The value is none that a column of this type can hold.
    case noValue(String, type: String)
    /// The text cannot be put into the column's character set here.
    case noEncoding(String)
    /// The local time is not one moment, for that reason.
    case noMoment(String)
}

/// One change of the row.
public struct RowChange: Hashable, Sendable {
    /// The transaction's id.
    public var id: BinlogPosition
    public var operation: RowOperation
    /// The commit stamp, in seconds since 1970.
    public var timestamp: UInt32
    public var gtid: GTID?
    public var threadID: UInt32?
    public var table: TableName
    /// From 1 on, among those in which the row is met; a DROP or CREATE begins another.
    public var incarnation: Int
    /// Those that it changed; of an insert and a delete all that the log holds.
    public var columns: [Column]
    /// That it is this row hangs on how a value was read which the log does not tell.
    public var isGuess: Bool
    /// Its columns were named by what somebody else said of the table.
    var isDefinedElsewhere = false
    /// The statement beside the rows, its secrets masked; nil where the log holds none.
    public var statement: String?

    /// About what it takes in memory.
    var sizeBytes: Int {
        columns.reduce(256 + (statement?.utf8.count ?? 0)) {
            $0 + 64 + $1.name.utf8.count + $1.before.sizeBytes + $1.after.sizeBytes
        }
    }

    /// A column's value before and after.
    public struct Column: Hashable, Sendable {
        public var name: String
        public var before: Value
        public var after: Value
    }

    /// A value, like an SQL literal.
    public enum Value: Hashable, Sendable {
        /// The image does not hold the column, or there is no image.
        case absent
        case null
        case literal(String)

        var sizeBytes: Int {
            if case .literal(let text) = self { text.utf8.count } else { 0 }
        }
    }
}

/// Something that may have changed the row, or what is known of it, and does not tell how.
public struct UnresolvedEvent: Hashable, Sendable {
    /// The transaction's id.
    public var id: BinlogPosition
    public var timestamp: UInt32
    public var gtid: GTID?
    public var threadID: UInt32?
    public var reason: Reason
    /// Its secrets masked; nil where the log holds none.
    public var statement: String?

    /// Why it cannot be resolved.
    public enum Reason: String, Sendable {
        /// Logged as a text that names the table, or runs a routine: its rows are not told.
        case statement
        case loadData = "load-data"
        case truncate
        case drop
        case alter
        /// Another table came under the table's name; its earlier rows stand under the other.
        case rename
        /// The table was opened for writing and no row of it is told: a foreign key's action may
        /// have changed some.
        case cascade
        /// The transaction changed the row and was rolled back: the change stays only where the
        /// table is not transactional.
        case rolledBack = "rolled-back"
        /// An XA transaction of which these logs do not hold both parts: it changed the row and was
        /// prepared, or it was committed and may have.
        case prepared
    }
}
