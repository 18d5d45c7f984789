internal import Binlog

/// Under which names the tables stand whose rows are followed, and which rows those are.
struct FollowedTables: Hashable, Sendable {
    /// A table, from its making to its end.
    struct Life: Hashable, Sendable {
        enum Standing: Hashable, Sendable { case untold, exists, gone }

        var incarnation: Int
        var standing = Standing.untold
        /// Rows that have met the conditions, each by its key.
        var rows: [[ColumnCondition]] = []
    }

    /// The table that was asked for: whatever stands under its name is followed.
    let asked: TableName
    private(set) var lives: [TableName: Life]
    private var newestIncarnation = 1

    /// More rows than these are not followed beside those that meet the conditions.
    static let mostRows = 1000

    init(_ asked: TableName) {
        self.asked = asked
        lives = [asked: Life(incarnation: 1)]
    }

    subscript(table: TableName) -> Life? { lives[table] }

    /// Whether a name that a text gives in another case may be that of a followed table: servers
    /// that keep names in lower case find it so.
    func mayHold(_ name: TableName) -> Bool {
        lives[TableName(schema: name.schema?.lowercased(), table: name.table.lowercased())] != nil
    }

    mutating func created(_ table: TableName, mayExist: Bool, replaces: Bool) {
        guard let life = lives[table] else { return }
        if life.standing == .exists, mayExist { return }
        // The drop of a table that is made again may stand in a log that is not here.
        if life.standing == .exists || replaces { dropped(table) }
        if lives[table] != nil, lives[table]?.standing != .untold || !mayExist {
            lives[table]?.standing = .exists
        }
    }

    mutating func dropped(_ table: TableName) {
        guard let life = lives[table], life.standing != .gone else { return }
        guard table == asked else {
            lives[table] = nil
            return
        }
        newestIncarnation += 1
        lives[table] = Life(incarnation: newestIncarnation, standing: .gone)
    }

    /// True where a table that was not followed has come under the name that was asked for.
    mutating func renamed(_ old: TableName, to new: TableName) -> Bool {
        let life = lives[old]
        if life != nil { lives[old] = nil }
        if old == asked {
            newestIncarnation += 1
            lives[old] = Life(incarnation: newestIncarnation, standing: .gone)
        }
        if var life {
            life.standing = .exists
            lives[new] = life
            return false
        }
        guard new == asked else { return false }
        if lives[new]?.standing != .gone {
            newestIncarnation += 1
            lives[new] = Life(incarnation: newestIncarnation)
        }
        lives[new]?.standing = .exists
        return true
    }

    /// Follows one more row; false where there are too many.
    mutating func follow(_ row: [ColumnCondition], of table: TableName) -> Bool {
        guard let life = lives[table], !life.rows.contains(row) else { return true }
        guard life.rows.count < Self.mostRows else { return false }
        lives[table]?.rows.append(row)
        return true
    }

    /// The row has another key now.
    mutating func forget(_ row: [ColumnCondition], of table: TableName) {
        lives[table]?.rows.removeAll { $0 == row }
    }
}
