public import Binlog

/// Which matches a search wants; every condition must hold.
public struct SearchFilter: Sendable {
    /// The kinds that are wanted; a match passes if any of its kinds is among them.
    public var kinds: DestructiveKinds
    /// Statements that change definitions are wanted whatever their kind.
    public var keepsDefinitions = false
    /// No others are wanted.
    public var onlyDefinitions = false
    /// Exact names; empty means every table. A name without schema is that table of any schema.
    public var tables: [TableName] = []
    /// Called with a statement's whole text before anything is kept of it.
    public var matchesText: (@Sendable (RawSpan) -> Bool)?
    /// Seconds since 1970; statements that ended before it are left out.
    public var since: UInt32?
    /// Seconds since 1970; statements that began at it or later are left out.
    public var until: UInt32?
    public var serverID: UInt32?
    /// Matches of which the log does not tell the thread are left out.
    public var threadID: UInt32?
    public var gtid: GTID?
    /// Shorter statements are left out, and those of which the log does not tell it.
    public var minSeconds: UInt32?
    /// From how many rows on a DELETE or UPDATE is a mass-delete or mass-update.
    public var minRows: UInt64 = 1000

    /// Every destructive kind, or with `destructiveOnly` false also `.other`.
    public init(destructiveOnly: Bool = true) {
        kinds = destructiveOnly ? .destructive : DestructiveKinds(DestructiveKind.allCases)
    }

    /// Whether matches that are not destructive are wanted.
    var wantsOther: Bool { kinds.contains(.other) }

    /// Whether a match passes, but for `matchesText` and `minRows`, which need the log itself.
    public func accepts(_ match: SearchMatch) -> Bool {
        guard
            match.kinds.contains(where: { kinds.contains($0) })
                || keepsDefinitions && match.isDefinition,
            match.isDefinition || !onlyDefinitions
        else { return false }
        if let since, max(match.timestamp, match.groupTimestamp) < since { return false }
        if let until, min(match.timestamp, match.groupTimestamp) >= until { return false }
        if let serverID, match.serverID != serverID { return false }
        if let threadID, match.threadID != threadID { return false }
        if let gtid, match.gtid != gtid { return false }
        if let minSeconds, match.executionSeconds ?? 0 < minSeconds { return false }
        return acceptsTable(match)
    }

    /// Dropping a schema concerns each table in it, and a RENAME both of a table's names.
    private func acceptsTable(_ match: SearchMatch) -> Bool {
        if tables.isEmpty { return true }
        return tables.contains { wanted in
            if let new = match.newName, new.table == wanted.table,
                wanted.schema == nil || new.schema == wanted.schema
            {
                return true
            }
            let isSchema =
                wanted.schema == nil || match.schema == nil || match.schema == wanted.schema
            if match.kind == .dropDatabase { return isSchema }
            return isSchema && match.table == wanted.table
        }
    }
}
