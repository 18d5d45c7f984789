/// Which temporary tables exist, per server and thread, as far as statements in a log tell.
///
/// They hide real tables of the same name, and statements on them lose nothing.
struct TemporaryTables: Hashable, Sendable {
    private struct Key: Hashable, Sendable {
        var serverID: UInt32
        var threadID: UInt32
        var schema: String
        var table: String
    }

    /// More than any sane log; beyond it new ones are not noted, and show up as if they were real.
    private static let capacity = 100_000

    private var keys: Set<Key> = []

    var isEmpty: Bool { keys.isEmpty }

    mutating func add(_ table: TableName, serverID: UInt32, threadID: UInt32) {
        guard keys.count < Self.capacity else { return }
        keys.insert(Self.key(table, serverID, threadID))
    }

    /// True where it was one.
    @discardableResult
    mutating func remove(_ table: TableName, serverID: UInt32, threadID: UInt32) -> Bool {
        keys.remove(Self.key(table, serverID, threadID)) != nil
    }

    func contains(_ table: TableName, serverID: UInt32, threadID: UInt32) -> Bool {
        !keys.isEmpty && keys.contains(Self.key(table, serverID, threadID))
    }

    /// The server came up anew: all its temporary tables are gone.
    mutating func removeAll() { keys.removeAll() }

    private static func key(_ table: TableName, _ server: UInt32, _ thread: UInt32) -> Key {
        Key(serverID: server, threadID: thread, schema: table.schema ?? "", table: table.table)
    }
}
