/// What an event is: an open set over one byte, so that an unknown type is a value, never lost.
///
/// Numbers and names: MariaDB sql/log_event.h (`Log_event_type`), MySQL libs/mysql/binlog/event
/// (`Log_event_type`). 27 to 43 are MySQL's, 160 and up are MariaDB's.
public struct EventType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
}

// Computed, so that a comparison costs no look at a global.
extension EventType {
    @inlinable public static var startV3: Self { Self(rawValue: 1) }
    @inlinable public static var query: Self { Self(rawValue: 2) }
    @inlinable public static var stop: Self { Self(rawValue: 3) }
    @inlinable public static var rotate: Self { Self(rawValue: 4) }
    @inlinable public static var intvar: Self { Self(rawValue: 5) }
    @inlinable public static var load: Self { Self(rawValue: 6) }
    @inlinable public static var slave: Self { Self(rawValue: 7) }
    @inlinable public static var createFile: Self { Self(rawValue: 8) }
    @inlinable public static var appendBlock: Self { Self(rawValue: 9) }
    @inlinable public static var execLoad: Self { Self(rawValue: 10) }
    @inlinable public static var deleteFile: Self { Self(rawValue: 11) }
    @inlinable public static var newLoad: Self { Self(rawValue: 12) }
    @inlinable public static var rand: Self { Self(rawValue: 13) }
    @inlinable public static var userVar: Self { Self(rawValue: 14) }
    @inlinable public static var formatDescription: Self { Self(rawValue: 15) }
    @inlinable public static var xid: Self { Self(rawValue: 16) }
    @inlinable public static var beginLoadQuery: Self { Self(rawValue: 17) }
    @inlinable public static var executeLoadQuery: Self { Self(rawValue: 18) }
    @inlinable public static var tableMap: Self { Self(rawValue: 19) }
    @inlinable public static var preGAWriteRows: Self { Self(rawValue: 20) }
    @inlinable public static var preGAUpdateRows: Self { Self(rawValue: 21) }
    @inlinable public static var preGADeleteRows: Self { Self(rawValue: 22) }
    @inlinable public static var writeRowsV1: Self { Self(rawValue: 23) }
    @inlinable public static var updateRowsV1: Self { Self(rawValue: 24) }
    @inlinable public static var deleteRowsV1: Self { Self(rawValue: 25) }
    @inlinable public static var incident: Self { Self(rawValue: 26) }
    @inlinable public static var heartbeat: Self { Self(rawValue: 27) }
    @inlinable public static var ignorable: Self { Self(rawValue: 28) }
    @inlinable public static var rowsQuery: Self { Self(rawValue: 29) }
    @inlinable public static var writeRowsV2: Self { Self(rawValue: 30) }
    @inlinable public static var updateRowsV2: Self { Self(rawValue: 31) }
    @inlinable public static var deleteRowsV2: Self { Self(rawValue: 32) }
    @inlinable public static var mysqlGTID: Self { Self(rawValue: 33) }
    @inlinable public static var anonymousGTID: Self { Self(rawValue: 34) }
    @inlinable public static var previousGTIDs: Self { Self(rawValue: 35) }
    @inlinable public static var transactionContext: Self { Self(rawValue: 36) }
    @inlinable public static var viewChange: Self { Self(rawValue: 37) }
    @inlinable public static var xaPrepare: Self { Self(rawValue: 38) }
    @inlinable public static var partialUpdateRows: Self { Self(rawValue: 39) }
    @inlinable public static var transactionPayload: Self { Self(rawValue: 40) }
    @inlinable public static var heartbeatV2: Self { Self(rawValue: 41) }
    @inlinable public static var taggedGTID: Self { Self(rawValue: 42) }
    @inlinable public static var annotateRows: Self { Self(rawValue: 160) }
    @inlinable public static var binlogCheckpoint: Self { Self(rawValue: 161) }
    @inlinable public static var gtid: Self { Self(rawValue: 162) }
    @inlinable public static var gtidList: Self { Self(rawValue: 163) }
    @inlinable public static var startEncryption: Self { Self(rawValue: 164) }
    @inlinable public static var queryCompressed: Self { Self(rawValue: 165) }
    @inlinable public static var writeRowsCompressed: Self { Self(rawValue: 166) }
    @inlinable public static var updateRowsCompressed: Self { Self(rawValue: 167) }
    @inlinable public static var deleteRowsCompressed: Self { Self(rawValue: 168) }
    @inlinable public static var writeRowsCompressedV2: Self { Self(rawValue: 169) }
    @inlinable public static var updateRowsCompressedV2: Self { Self(rawValue: 170) }
    @inlinable public static var deleteRowsCompressedV2: Self { Self(rawValue: 171) }
}

extension EventType {
    /// How far this version understands events of a type.
    public enum Support: Sendable {
        /// Read and replayed.
        case read
        /// Recognised, named in errors, and refused.
        case refused
        /// Not a type that any known server writes.
        case unknown
    }

    /// What this version does with events of the type.
    public var support: Support {
        switch self {
        case .query, .stop, .rotate, .intvar, .rand, .userVar, .formatDescription, .xid, .tableMap,
            .incident, .xaPrepare, .annotateRows, .binlogCheckpoint, .gtid, .gtidList,
            .startEncryption, .beginLoadQuery, .appendBlock, .executeLoadQuery, .deleteFile,
            .rowsQuery, .mysqlGTID, .anonymousGTID, .taggedGTID, .previousGTIDs,
            .transactionPayload, .transactionContext, .viewChange, .heartbeat, .heartbeatV2,
            .ignorable:
            return .read
        case let type where type.isRows || type.isCompressed:
            return .read
        case let type where type.knownName != nil:
            return .refused
        default:
            return .unknown
        }
    }

    /// Which row changes the event holds, for the types that this version reads.
    @inlinable public var rowOperation: RowOperation? {
        switch self {
        case .writeRowsV1, .writeRowsV2: .insert
        case .updateRowsV1, .updateRowsV2, .partialUpdateRows: .update
        case .deleteRowsV1, .deleteRowsV2: .delete
        default: nil
        }
    }

    /// Whether it is a rows event that this version reads, and not a compressed one.
    @inlinable public var isRows: Bool {
        (23...25).contains(rawValue) || (30...32).contains(rawValue) || rawValue == 39
    }

    /// Whether it is the GTID event that begins a transaction, of either kind of server.
    @inlinable public var beginsTransaction: Bool {
        switch self {
        case .gtid, .mysqlGTID, .anonymousGTID, .taggedGTID: true
        default: false
        }
    }

    /// Whether a length and that many bytes stand behind the flags of a rows event.
    @inlinable var hasExtraRowData: Bool {
        (30...32).contains(rawValue) || rawValue == 39 || (169...171).contains(rawValue)
    }

    /// Whether the event is packed: `EventUnpacker` makes one of the type `plain` of it.
    @inlinable public var isCompressed: Bool { (165...171).contains(rawValue) }

    /// What a compressed event is once it is unpacked; of all others the type itself.
    public var plain: EventType {
        switch rawValue {
        case 165: .query
        case 166...168: EventType(rawValue: rawValue - 166 + 23)
        case 169...171: EventType(rawValue: rawValue - 169 + 30)
        default: self
        }
    }
}

/// What a rows event does to each of its rows.
public enum RowOperation: String, Sendable {
    case insert, update, delete
}

extension EventType: CustomStringConvertible {
    /// The name as the server's own tools print it, or `unknown type N`.
    public var description: String { knownName ?? "unknown type \(rawValue)" }

    private var knownName: String? {
        let index = Int(rawValue)
        return if index < Self.commonNames.count {
            Self.commonNames[index]
        } else if (160..<(160 + Self.mariadbNames.count)).contains(index) {
            Self.mariadbNames[index - 160]
        } else {
            nil
        }
    }

    private static let commonNames: [String?] = [
        nil, "Start_v3", "Query", "Stop", "Rotate", "Intvar", "Load", "Slave", "Create_file",
        "Append_block", "Exec_load", "Delete_file", "New_load", "RAND", "User var", "Format_desc",
        "Xid", "Begin_load_query", "Execute_load_query", "Table_map", "Write_rows_event_old",
        "Update_rows_event_old", "Delete_rows_event_old", "Write_rows_v1", "Update_rows_v1",
        "Delete_rows_v1", "Incident", "Heartbeat", "Ignorable", "Rows_query", "Write_rows",
        "Update_rows", "Delete_rows", "Gtid", "Anonymous_Gtid", "Previous_gtids",
        "Transaction_context", "View_change", "XA_prepare", "Update_rows_partial",
        "Transaction_payload", "Heartbeat_log_event_v2", "Gtid_tagged_log_event",
    ]

    private static let mariadbNames = [
        "Annotate_rows", "Binlog_checkpoint", "Gtid", "Gtid_list", "Start_encryption",
        "Query_compressed", "Write_rows_compressed_v1", "Update_rows_compressed_v1",
        "Delete_rows_compressed_v1", "Write_rows_compressed", "Update_rows_compressed",
        "Delete_rows_compressed",
    ]
}
