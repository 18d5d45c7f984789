internal import Binlog
internal import Recovery

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

    var isEmpty: Bool { alive.isEmpty }

    /// How a statement is to be run here, whose text alone says `policy`; what it makes and drops
    /// is taken down.
    ///
    /// - Parameter database: the one that names without a schema stand in.
    mutating func policy(
        _ policy: StatementPolicy, _ facts: StatementFacts, of owner: Owner, in database: String
    ) -> StatementPolicy {
        let named = facts.tables.compactMap { Self.table($0, owner, database) }
        if facts.isTemporary {
            switch facts.verb {
            case .createTable: alive.formUnion(named)
            case .dropTable:
                guard !alive.isDisjoint(with: named) else { return .control }
                alive.subtract(named)
                return .run
            default: break
            }
            return policy
        }
        // A definition that is changed is nobody else's: it does not commit.
        guard case .step = policy, let first = named.first, alive.contains(first) else {
            return policy
        }
        for table in facts.tables {
            guard let old = Self.table(table, owner, database), let name = table.newName else {
                continue
            }
            alive.remove(old)
            alive.insert(
                Table(
                    owner: owner,
                    name: TableName(schema: name.schema ?? database, table: name.table)))
        }
        return .run
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
