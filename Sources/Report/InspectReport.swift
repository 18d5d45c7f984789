public import Binlog
public import Recovery

/// What an inspection found in one log file.
public struct FileInventory: Sendable {
    public var name: String
    public var path: String
    public var sizeBytes: UInt64
    /// Nil where no format description could be read.
    public var format: FormatDescription?
    /// Stamps of the first and last event that has one, seconds since 1970.
    public var firstTimestamp: UInt32?
    public var lastTimestamp: UInt32?
    /// The first and last GTID: with MariaDB of each domain, with MySQL of the file.
    public private(set) var firstGTIDs = GTIDPosition()
    public private(set) var lastGTIDs = GTIDPosition()
    public var tally = EventTally()
    public var isEncrypted = false
    /// A replica's relay log.
    public var isRelayLog = false
    public var isCompressed = false
    public var end = EndReport(state: "corrupt", offset: 0, reason: nil)

    /// How a file ends: `clean`, `in-use`, `truncated` or `corrupt`.
    public struct EndReport: Sendable {
        public var state: String
        /// The first byte that is not part of a whole transaction or a file's own event.
        public var offset: UInt64
        public var reason: String?

        public init(state: String, offset: UInt64, reason: String?) {
            self.state = state
            self.offset = offset
            self.reason = reason
        }
    }

    public init(name: String, path: String, sizeBytes: UInt64) {
        self.name = name
        self.path = path
        self.sizeBytes = sizeBytes
    }

    /// Takes the GTID of the next transaction.
    public mutating func take(_ gtid: GTID) {
        switch gtid {
        case .mariadb(let known):
            if firstGTIDs[known.domainID] == nil { firstGTIDs.record(gtid) }
        case .mysql:
            if firstGTIDs.isEmpty { firstGTIDs.record(gtid) }
            lastGTIDs = GTIDPosition()
        }
        lastGTIDs.record(gtid)
    }

    /// Takes in what the file holds right behind all of this.
    public mutating func append(_ later: FileInventory) {
        firstTimestamp = firstTimestamp ?? later.firstTimestamp
        lastTimestamp = later.lastTimestamp ?? lastTimestamp
        for gtid in later.firstGTIDs.gtids where firstGTIDs[gtid.domainID] == nil {
            firstGTIDs.record(.mariadb(gtid))
        }
        if firstGTIDs.isEmpty { firstGTIDs = later.firstGTIDs }
        if !later.lastGTIDs.executed.isEmpty { lastGTIDs = GTIDPosition() }
        lastGTIDs.record(later.lastGTIDs)
        tally += later.tally
        isCompressed = isCompressed || later.isCompressed
    }
}

/// How much of what a log holds.
public struct EventTally: Sendable {
    public var events: UInt64 = 0
    public var transactions: UInt64 = 0
    public var rows = RowCounts()
    public var unsupported: [UnsupportedEvents] = []

    /// Events of one type that this version recognises and refuses.
    public struct UnsupportedEvents: Sendable {
        public var type: String
        public var count: UInt64
        public var firstPosition: BinlogPosition
    }

    public init() {}

    /// Counts one event that this version refuses.
    public mutating func addUnsupported(_ type: String, at position: BinlogPosition) {
        if let index = unsupported.firstIndex(where: { $0.type == type }) {
            unsupported[index].count += 1
        } else {
            unsupported.append(
                UnsupportedEvents(type: type, count: 1, firstPosition: position))
        }
    }

    static func += (left: inout Self, right: Self) {
        left.events += right.events
        left.transactions += right.transactions
        left.rows.add(right.rows.inserted, .insert)
        left.rows.add(right.rows.updated, .update)
        left.rows.add(right.rows.deleted, .delete)
        for events in right.unsupported {
            if let index = left.unsupported.firstIndex(where: { $0.type == events.type }) {
                left.unsupported[index].count += events.count
            } else {
                left.unsupported.append(events)
            }
        }
    }
}

/// A place where the chain of files is not whole.
public struct ChainGap: Hashable, Sendable {
    /// What is missing.
    public enum Kind: String, Sendable {
        case missingFile = "missing-file"
        case missingTransactions = "missing-transactions"
        case otherServer = "other-server"
    }

    public var kind: Kind
    /// The file that is missing, or the one that does not fit what stands before it.
    public var file: String
    /// The file before the gap.
    public var after: String?
    public var message: String

    public init(_ kind: Kind, file: String, after: String?, message: String) {
        self.kind = kind
        self.file = file
        self.after = after
        self.message = message
    }
}

/// The inventory of a set of log files.
public struct InspectReport: Sendable {
    public var base: String
    public var files: [FileInventory]
    public var gaps: [ChainGap]
    /// False also where damage keeps a boundary from being compared.
    public var isChainComplete: Bool

    public init(base: String, files: [FileInventory], gaps: [ChainGap], isChainComplete: Bool) {
        self.base = base
        self.files = files
        self.gaps = gaps
        self.isChainComplete = isChainComplete
    }

    /// The `result` of the JSON object.
    public var json: JSONValue {
        [
            "base": .string(base),
            "files": .array(files.map(\.json)),
            "totals": totals,
            "chain": [
                "complete": .bool(isChainComplete), "gaps": .array(gaps.map(\.json)),
            ],
        ]
    }

    private var totals: JSONValue {
        var tally = EventTally()
        for file in files { tally += file.tally }
        return JSONValue.object([
            .init("files", .init(files.count)), .init("sizeBytes", .init(sizeBytes)),
        ]).adding(tally.members)
    }

    private var sizeBytes: UInt64 {
        files.reduce(0) { $0.addingReportingOverflow($1.sizeBytes).partialValue }
    }
}

extension EventTally {
    var members: [JSONValue.Member] {
        [
            .init("events", .init(events)), .init("transactions", .init(transactions)),
            .init("rows", .init(rows)),
            .init(
                "unsupported",
                .array(
                    unsupported.map { events in
                        [
                            "type": .string(events.type), "count": .init(events.count),
                            "first": .init(events.firstPosition),
                        ]
                    })),
        ]
    }
}

extension JSONValue {
    /// `{"inserted", "updated", "deleted"}`, or null.
    public init(_ rows: RowCounts?) {
        self =
            rows.map {
                [
                    "inserted": .init($0.inserted), "updated": .init($0.updated),
                    "deleted": .init($0.deleted),
                ]
            } ?? .null
    }
}

extension ChainGap {
    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "file": .string(file), "after": .init(after),
            "message": .string(message),
        ]
    }
}

extension FileInventory {
    var json: JSONValue {
        let server: JSONValue =
            format.map {
                [
                    "flavor": .string($0.flavor.rawValue), "version": .string($0.serverVersion),
                    "id": .init($0.serverID),
                ]
            } ?? .null
        return JSONValue.object([
            .init("name", .string(name)), .init("path", .string(path)),
            .init("sizeBytes", .init(sizeBytes)), .init("server", server),
            .init("firstTimestamp", .time(firstTimestamp)),
            .init("lastTimestamp", .time(lastTimestamp)),
            .init("firstGTID", .init(firstGTIDs)), .init("lastGTID", .init(lastGTIDs)),
        ]).adding(tally.members).adding([
            .init("checksum", .init(format?.checksum.rawValue)),
            .init("relayLog", .bool(isRelayLog)), .init("encrypted", .bool(isEncrypted)),
            .init("compressed", .bool(isCompressed)),
            .init(
                "end",
                [
                    "state": .string(end.state), "offset": .init(end.offset),
                    "reason": .init(end.reason),
                ]),
        ])
    }
}
