public import Binlog

/// Where a user wants a recovery to stop.
public enum StopRequest: Hashable, Sendable {
    /// The marked transaction and all behind it are left out.
    case before(StopMark)
    /// The marked transaction is the last one.
    case after(StopMark)
    /// The first transaction in log order whose commit stamp is at this time or later is left out,
    /// and all behind it.
    case until(StopTime)
    /// Everything the logs hold.
    case end

    /// The same for a time in whole seconds since 1970 UTC.
    public static func until(seconds: Int64) -> Self { .until(StopTime(seconds: seconds)) }
}

/// A time at which a recovery stops.
public struct StopTime: Hashable, Sendable {
    /// Since 1970 UTC.
    public var seconds: Int64
    /// What lies behind the second; MariaDB's stamps and those of MySQL before 8.0 have none, and
    /// are compared without it.
    public var microseconds: Int

    public init(seconds: Int64, microseconds: Int = 0) {
        self.seconds = seconds
        self.microseconds = microseconds
    }

    /// Whether a transaction committed at this time or later.
    func isReached(by transaction: Transaction) -> Bool {
        guard microseconds > 0, let stamp = transaction.commitMicroseconds else {
            return Int64(transaction.timestamp) >= seconds
        }
        return Int64(clamping: stamp) >= seconds * 1_000_000 + Int64(microseconds)
    }

    /// Transactions stamped with this second or a later one committed behind it for sure.
    public var secondBehind: Int64 { microseconds > 0 ? seconds + 1 : seconds }
}

/// How a user names a transaction.
public enum StopMark: Hashable, Sendable {
    case transaction(BinlogPosition)
    case gtid(GTID)
    /// The text of a statement, compared token by token.
    case statement(String)

    /// `bin.000002:4711` is a transaction id, `0-1-42` a GTID, anything else a statement.
    public init(_ text: String) {
        if let gtid = GTID(text) {
            self = .gtid(gtid)
        } else if let position = BinlogPosition(text), !text.contains(where: \.isWhitespace) {
            self = .transaction(position)
        } else {
            self = .statement(text)
        }
    }
}

/// Where a recovery stops: between two transactions, said as before or after one of them.
public struct StopPoint: Hashable, Sendable, Codable {
    /// On which side of `transaction` the stop lies.
    public enum Kind: String, Sendable, Codable { case before, after, until, end }

    public var kind: Kind
    /// The transaction that `kind` speaks of; nil for the end of the log.
    public var transaction: TransactionSummary?
    /// The first byte that is not replayed.
    public var position: BinlogPosition
    /// The last GTID of each domain that is in the recovered state.
    public var gtidPosition: GTIDPosition

    public init(
        kind: Kind, transaction: TransactionSummary?, position: BinlogPosition,
        gtidPosition: GTIDPosition
    ) {
        self.kind = kind
        self.transaction = transaction
        self.position = position
        self.gtidPosition = gtidPosition
    }
}

/// A transaction as it is shown to somebody who has to choose one.
public struct TransactionSummary: Hashable, Sendable, Codable {
    public var id: BinlogPosition
    public var gtid: GTID?
    /// Seconds since 1970 UTC.
    public var timestamp: UInt32
    public var sizeBytes: UInt64
    /// The statement that was asked for, or its first one; secrets are masked.
    public var statement: String?
    /// The default database that statement ran in, where the log tells it.
    public var database: String?

    public init(
        id: BinlogPosition, gtid: GTID?, timestamp: UInt32, sizeBytes: UInt64, statement: String?,
        database: String?
    ) {
        self.id = id
        self.gtid = gtid
        self.timestamp = timestamp
        self.sizeBytes = sizeBytes
        self.statement = statement
        self.database = database
    }

    public init(_ facts: TransactionFacts) {
        id = facts.id
        gtid = facts.transaction.gtid
        timestamp = facts.transaction.timestamp
        sizeBytes = facts.transaction.sizeBytes
        statement = facts.statement
        database = facts.database
    }
}
