public import Recovery

/// What happened when: rows and statements by table and time, and what stands out.
public struct Timeline: Sendable {
    /// What happened to one table in one bucket of time.
    public struct Bucket: Sendable {
        public var table: TableName
        /// Seconds since 1970.
        public var start: UInt64
        public var rows: RowCounts
        public var statements: UInt64
        public var transactions: UInt64
        public var bytes: UInt64

        public init(
            table: TableName, start: UInt64, rows: RowCounts, statements: UInt64,
            transactions: UInt64, bytes: UInt64
        ) {
            self.table = table
            self.start = start
            self.rows = rows
            self.statements = statements
            self.transactions = transactions
            self.bytes = bytes
        }

        /// Rows of all three kinds.
        var changes: UInt64 { rows.inserted &+ rows.updated &+ rows.deleted }
    }

    /// One moment that stands out.
    public struct Mark: Sendable {
        /// Why it does.
        public enum Kind: Sendable {
            case destructive(RankedMatch)
            case restart
            /// A commit stamped before one that stands in front of it; that one's stamp.
            case backwards(from: UInt32)
        }

        public var kind: Kind
        /// Seconds since 1970.
        public var timestamp: UInt32
        /// Position of the transaction or event, as `FILE:OFFSET`.
        public var id: String

        public init(_ kind: Kind, timestamp: UInt32, id: String) {
            self.kind = kind
            self.timestamp = timestamp
            self.id = id
        }
    }

    /// A time of which the logs tell nothing, or not all.
    public struct Gap: Sendable {
        /// Why.
        public enum Kind: String, Sendable {
            /// No transaction for an hour or longer.
            case silence
            case missingFile = "missing-file"
            case damage
        }

        public var kind: Kind
        /// Seconds since 1970: of the last commit before it and the first behind it, where known.
        public var start: UInt32?
        public var end: UInt32?
        public var file: String?
        public var message: String?

        public init(
            _ kind: Kind, start: UInt32?, end: UInt32?, file: String? = nil, message: String? = nil
        ) {
            self.kind = kind
            self.start = start
            self.end = end
            self.file = file
            self.message = message
        }
    }

    /// By time, then table.
    public var buckets: [Bucket]
    /// How long a bucket is.
    public var bucketSeconds: UInt64
    /// By time.
    public var marks: [Mark]
    /// How many destructive statements there are, shown or not.
    public var destructiveCount: UInt64
    public var gaps: [Gap]
    /// As the user wrote them.
    public var paths: [String]

    public init(
        buckets: [Bucket], bucketSeconds: UInt64, marks: [Mark], destructiveCount: UInt64,
        gaps: [Gap], paths: [String]
    ) {
        self.buckets = buckets
        self.bucketSeconds = bucketSeconds
        self.marks = marks
        self.destructiveCount = destructiveCount
        self.gaps = gaps
        self.paths = paths
    }

    /// The tables, those with the most changed rows first.
    var busiestTables: [TableName] {
        var sums: [TableName: (changes: UInt64, statements: UInt64)] = [:]
        for bucket in buckets {
            sums[bucket.table, default: (0, 0)].changes &+= bucket.changes
            sums[bucket.table, default: (0, 0)].statements &+= bucket.statements
        }
        return sums.sorted {
            ($1.value.changes, $1.value.statements, $0.key.description)
                < ($0.value.changes, $0.value.statements, $1.key.description)
        }.map(\.key)
    }

    // MARK: JSON

    /// The `result` of the JSON object.
    public var json: JSONValue {
        [
            "buckets": .array(buckets.map(\.json)), "bucketSeconds": .init(bucketSeconds),
            "marks": .array(marks.map(\.json)), "destructiveTotal": .init(destructiveCount),
            "gaps": .array(gaps.map(\.json)),
        ]
    }
}

extension Timeline.Bucket {
    fileprivate var json: JSONValue {
        [
            "table": .string(table.description), "start": .time(start),
            "inserted": .init(rows.inserted), "updated": .init(rows.updated),
            "deleted": .init(rows.deleted), "statements": .init(statements),
            "transactions": .init(transactions), "bytes": .init(bytes),
        ]
    }
}

extension Timeline.Mark {
    var kindName: String {
        switch kind {
        case .destructive(let match): match.match.kind.rawValue
        case .restart: "restart"
        case .backwards: "clock-backwards"
        }
    }

    fileprivate var json: JSONValue {
        let common: JSONValue = [
            "kind": .string(kindName), "timestamp": .time(timestamp), "id": .string(id),
        ]
        guard case .destructive(let entry) = kind else { return common }
        let match = entry.match
        return common.adding([
            .init("schema", .init(match.schema)), .init("table", .init(match.table)),
            .init("gtid", .init(match.gtid)), .init("threadID", .init(match.threadID)),
            .init("rows", .init(match.rows)), .init("statement", .init(match.statement)),
            .init("reason", .init(match.reason)),
        ])
    }
}

extension Timeline.Gap {
    fileprivate var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "start": .time(start), "end": .time(end),
            "file": .init(file), "message": .init(message),
        ]
    }
}
