internal import Binlog
internal import Recovery
internal import Server

/// The temporary tables of the source's connections that the replay's session holds.
///
/// A server tells them apart by the variables server_id and pseudo_thread_id, so that one session
/// can hold those of any number of connections. They end with the session, and no checkpoint can
/// bring them back.
struct TemporaryTables {
    /// Whose they are.
    struct Owner: Hashable {
        var serverID: UInt32
        var threadID: UInt32
    }

    struct Table: Hashable {
        var owner: Owner
        var name: TableName
    }

    private(set) var alive: Set<Table> = []

    /// A session that holds them as they were at the newest checkpoint: a replay that goes on must
    /// go on in it.
    struct Session: ~Copyable {
        let connection: Connection
        let tables: TemporaryTables
    }

    var isEmpty: Bool { alive.isEmpty }

    /// How a statement is to be run here, whose text alone says `policy`; what it makes and drops
    /// is taken down.
    ///
    /// - Parameters:
    ///   - isAlone: nothing ends the group that it stands in. Inside a group no definition of a
    ///     table that all see can change, since that would commit: what does is a temporary one's.
    ///   - database: the one that names without a schema stand in.
    mutating func policy(
        _ policy: StatementPolicy, _ facts: StatementFacts, isAlone: Bool, of owner: Owner,
        in database: String
    ) -> StatementPolicy {
        let named = facts.tables.compactMap { Self.table($0, owner, database) }
        if facts.isTemporary, facts.verb == .createTable { alive.formUnion(named) }
        if facts.isTemporary, facts.verb == .dropTable {
            // The server may write the name in another way than the statement that made it, so
            // that all are run as long as the connection has any.
            guard alive.contains(where: { $0.owner == owner }) else { return .control }
            for table in named { remove(table) }
            return .run
        }
        for table in facts.tables {
            guard let old = Self.table(table, owner, database), let name = table.newName,
                alive.remove(old) != nil
            else { continue }
            let schema = name.schema ?? database
            alive.insert(
                Table(owner: owner, name: TableName(schema: schema, table: name.table)))
        }
        if case .step = policy, !isAlone, !isEmpty { return .run }
        return policy
    }

    /// By its name, or by one that differs in case only.
    private mutating func remove(_ table: Table) {
        guard alive.remove(table) == nil else { return }
        let twin = alive.first {
            $0.owner == table.owner && $0.name.table.lowercased() == table.name.table.lowercased()
                && $0.name.schema?.lowercased() == table.name.schema?.lowercased()
        }
        if let twin { alive.remove(twin) }
    }

    private static func table(
        _ table: StatementFacts.Table, _ owner: Owner, _ database: String
    ) -> Table? {
        table.name.map {
            Table(owner: owner, name: TableName(schema: table.schema ?? database, table: $0))
        }
    }

    /// The source has started anew: its connections are gone, and so are these.
    mutating func takeAll() -> [Table] {
        defer { alive.removeAll() }
        return Array(alive)
    }
}
