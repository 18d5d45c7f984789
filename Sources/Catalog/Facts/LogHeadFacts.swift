public import Binlog

/// What a file's first events say of it: enough to know it again.
public struct LogHeadFacts: Hashable, Sendable {
    public var serverID: UInt32
    public var serverVersion: String
    /// Seconds since 1970: when the file was begun.
    public var created: UInt32
    public var firstGTID: GTID?
    public var isEncrypted = false
    /// The stamp of the first transaction.
    public var firstCommit: UInt32?

    init() {
        serverID = 0
        serverVersion = ""
        created = 0
    }

    init(_ format: FormatDescription, timestamp: UInt32) {
        serverID = format.serverID
        serverVersion = format.serverVersion
        created = timestamp
    }
}
