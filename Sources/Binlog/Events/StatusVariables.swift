/// The session a Query event ran in, as far as its log tells; nil means not told.
///
/// Codes, widths and the versions that write them: MariaDB sql/log_event.h (`Q_*_CODE`), MySQL
/// libs/mysql/binlog/event/statement_events.h. They come in any order.
public struct StatusVariables: Hashable, Sendable {
    /// Bits of `@@option_bits`; their meaning depends on the writer's version.
    public var flags2: UInt32?
    public var sqlMode: UInt64?
    public var autoIncrementIncrement: UInt16?
    public var autoIncrementOffset: UInt16?
    /// Collation ids of character_set_client, collation_connection, collation_server.
    public var clientCollation: UInt16?
    public var connectionCollation: UInt16?
    public var serverCollation: UInt16?
    /// The session's time zone by name; `SYSTEM` means the server's own, which no log names.
    public var timeZone: [UInt8]?
    public var timeNamesLocale: UInt16?
    public var databaseCollation: UInt16?
    public var tablesUpdated: UInt64?
    /// Who `CURRENT_USER()` was.
    public var invoker: Invoker?
    /// Fraction of the statement's start, 0 to 999,999.
    public var microseconds: UInt32?
    public var xid: UInt64?
    /// `flags_extra` of the GTID a two-phase ALTER belongs to.
    public var gtidFlags: UInt8?
    public var beginAlterSequence: UInt64?
    /// Pairs of character set id and default collation id (MariaDB 11.x).
    public var characterSetCollations: [UInt16]?
    /// MySQL only: explicit_defaults_for_timestamp.
    public var explicitDefaults: UInt8?
    /// MySQL only: the default collation of utf8mb4.
    public var utf8mb4Collation: UInt16?
    /// MySQL only: sql_require_primary_key and default_table_encryption.
    public var requiresPrimaryKey: UInt8?
    public var tableEncryption: UInt8?

    /// An account as it stands in the log.
    public struct Invoker: Hashable, Sendable {
        public var user: [UInt8]
        public var host: [UInt8]
    }

    public init() {}

    init(_ bytes: consuming ByteReader, flavor: FormatDescription.Flavor) throws(BinlogError) {
        var reader = bytes
        while !reader.isAtEnd {
            let offset = reader.offset
            let code = try reader.u8()
            if try readCommon(code, &reader) { continue }
            let known =
                switch flavor {
                case .mariadb: try readMariaDB(code, &reader)
                case .mysql: try readMySQL(code, &reader)
                }
            guard known else {
                throw BinlogError(
                    .unknownEvent, "a Query event has the unknown status variable \(code)",
                    hint: "a newer server may have written this log; take a newer lastgood",
                    offset: offset)
            }
        }
    }

    private mutating func readCommon(
        _ code: UInt8, _ reader: inout ByteReader
    ) throws(BinlogError) -> Bool {
        switch code {
        case 0: flags2 = try reader.u32()
        case 1: sqlMode = try reader.u64()
        case 2:
            try reader.skip(Int(try reader.u8()))
            try reader.skip(1)
        case 3:
            autoIncrementIncrement = try reader.u16()
            autoIncrementOffset = try reader.u16()
        case 4:
            clientCollation = try reader.u16()
            connectionCollation = try reader.u16()
            serverCollation = try reader.u16()
        case 5: timeZone = try reader.take(Int(try reader.u8())).copied()
        case 6: try reader.skip(Int(try reader.u8()))
        case 7: timeNamesLocale = try reader.u16()
        case 8: databaseCollation = try reader.u16()
        case 9: tablesUpdated = try reader.u64()
        case 10: try reader.skip(4)
        case 11:
            let user = try reader.take(Int(try reader.u8())).copied()
            let host = try reader.take(Int(try reader.u8())).copied()
            invoker = Invoker(user: user, host: host)
        default: return false
        }
        return true
    }

    private mutating func readMariaDB(
        _ code: UInt8, _ reader: inout ByteReader
    ) throws(BinlogError) -> Bool {
        switch code {
        case 128: microseconds = UInt32(try reader.unsigned(width: 3))
        case 129: xid = try reader.u64()
        case 130:
            let flags = try reader.u8()
            gtidFlags = flags
            if flags & 0xC != 0 { beginAlterSequence = try reader.u64() }
        case 131:
            var pairs: [UInt16] = []
            for _ in 0..<(2 * Int(try reader.u8())) { pairs.append(try reader.u16()) }
            characterSetCollations = pairs
        case 255: try reader.skip(reader.remaining)
        default: return false
        }
        return true
    }

    private mutating func readMySQL(
        _ code: UInt8, _ reader: inout ByteReader
    ) throws(BinlogError) -> Bool {
        switch code {
        case 12:
            let count = try reader.u8()
            // 254 means that too many databases were touched to list them.
            if count == 254 { return true }
            for _ in 0..<count { while try reader.u8() != 0 {} }
        case 13: microseconds = UInt32(try reader.unsigned(width: 3))
        case 16: explicitDefaults = try reader.u8()
        case 17: xid = try reader.u64()
        case 18: utf8mb4Collation = try reader.u16()
        case 19: requiresPrimaryKey = try reader.u8()
        case 20: tableEncryption = try reader.u8()
        case 21: try reader.skip(1)
        default: return false
        }
        return true
    }
}
