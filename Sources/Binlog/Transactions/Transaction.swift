/// One transaction as the log groups it: the unit of planning, replay and progress.
///
/// MariaDB calls it an event group: it begins with a GTID event (or, in logs without GTIDs, with
/// BEGIN or the first event of a statement) and never spans two files.
public struct Transaction: Hashable, Sendable {
    /// Offset of its first event, the OFFSET of its id `FILE:OFFSET`.
    public var beginOffset: UInt64
    /// Offset of the first byte behind it.
    public var endOffset: UInt64
    /// MariaDB's GTID event, where it has one.
    public var head: GTIDEvent?
    public var gtid: GTID?
    /// Seconds since 1970: the stamp of the GTID event, which is the start of the committing
    /// statement; without GTIDs that of the last event. Of MySQL from 8.0 on the commit itself.
    public var timestamp: UInt32
    /// MySQL from 8.0 on: the moment of the commit, in microseconds since 1970.
    public var commitMicroseconds: UInt64?
    public var serverID: UInt32
    /// The connection; nil where the log does not tell.
    public var threadID: UInt32?
    /// The longest execution time its Query events tell.
    public var executionSeconds: UInt32
    /// Of an XA transaction: its name, once an event has told it.
    public var xaID: XAID?
    /// One statement, and nothing ends it: as far as has been read.
    public var isStandalone = false
    /// It ends in XA PREPARE, or in XA COMMIT … ONE PHASE.
    public var isXA = false
    public var eventCount: Int
    public var ending: Ending

    public var sizeBytes: UInt64 { endOffset - beginOffset }

    /// How a transaction ends.
    public enum Ending: String, Sendable {
        /// An Xid event: committed in a transactional engine.
        case xid
        /// A Query event COMMIT.
        case commit
        /// A Query event ROLLBACK: what stays are the changes of non-transactional tables.
        case rollback
        /// One statement that needs no end, DDL as a rule.
        case statement
        /// XA PREPARE: takes effect at its XA COMMIT.
        case xaPrepare = "xa-prepare"
        case xaCommit = "xa-commit"
        case xaRollback = "xa-rollback"
        /// START ALTER: the text stands again at its COMMIT ALTER or ROLLBACK ALTER.
        case alterBegin = "alter-begin"
        case alterCommit = "alter-commit"
        case alterRollback = "alter-rollback"
        /// The server recorded that it lost events.
        case incident
    }
}
