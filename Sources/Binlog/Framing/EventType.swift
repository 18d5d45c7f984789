/// What an event is: an open set over one byte, so that an unknown type is a value, never lost.
///
/// Numbers and names: MariaDB sql/log_event.h (`Log_event_type`), MySQL libs/mysql/binlog/event
/// (`Log_event_type`). 27 to 43 are MySQL's, 160 and up are MariaDB's.
public struct EventType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
}

extension EventType {
    public static let startV3 = Self(rawValue: 1)
    public static let query = Self(rawValue: 2)
    public static let stop = Self(rawValue: 3)
    public static let rotate = Self(rawValue: 4)
    public static let intvar = Self(rawValue: 5)
    public static let load = Self(rawValue: 6)
    public static let slave = Self(rawValue: 7)
    public static let createFile = Self(rawValue: 8)
    public static let appendBlock = Self(rawValue: 9)
    public static let execLoad = Self(rawValue: 10)
    public static let deleteFile = Self(rawValue: 11)
    public static let newLoad = Self(rawValue: 12)
    public static let rand = Self(rawValue: 13)
    public static let userVar = Self(rawValue: 14)
    public static let formatDescription = Self(rawValue: 15)
    public static let xid = Self(rawValue: 16)
    public static let beginLoadQuery = Self(rawValue: 17)
    public static let executeLoadQuery = Self(rawValue: 18)
    public static let tableMap = Self(rawValue: 19)
    public static let preGAWriteRows = Self(rawValue: 20)
    public static let preGAUpdateRows = Self(rawValue: 21)
    public static let preGADeleteRows = Self(rawValue: 22)
    public static let writeRowsV1 = Self(rawValue: 23)
    public static let updateRowsV1 = Self(rawValue: 24)
    public static let deleteRowsV1 = Self(rawValue: 25)
    public static let incident = Self(rawValue: 26)
    public static let heartbeat = Self(rawValue: 27)
    public static let ignorable = Self(rawValue: 28)
    public static let rowsQuery = Self(rawValue: 29)
    public static let writeRowsV2 = Self(rawValue: 30)
    public static let updateRowsV2 = Self(rawValue: 31)
    public static let deleteRowsV2 = Self(rawValue: 32)
    public static let mysqlGTID = Self(rawValue: 33)
    public static let anonymousGTID = Self(rawValue: 34)
    public static let previousGTIDs = Self(rawValue: 35)
    public static let transactionContext = Self(rawValue: 36)
    public static let viewChange = Self(rawValue: 37)
    public static let xaPrepare = Self(rawValue: 38)
    public static let partialUpdateRows = Self(rawValue: 39)
    public static let transactionPayload = Self(rawValue: 40)
    public static let heartbeatV2 = Self(rawValue: 41)
    public static let taggedGTID = Self(rawValue: 42)
    public static let annotateRows = Self(rawValue: 160)
    public static let binlogCheckpoint = Self(rawValue: 161)
    public static let gtid = Self(rawValue: 162)
    public static let gtidList = Self(rawValue: 163)
    public static let startEncryption = Self(rawValue: 164)
    public static let queryCompressed = Self(rawValue: 165)
    public static let writeRowsCompressed = Self(rawValue: 166)
    public static let updateRowsCompressed = Self(rawValue: 167)
    public static let deleteRowsCompressed = Self(rawValue: 168)
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
            .writeRowsV1, .updateRowsV1, .deleteRowsV1, .incident, .xaPrepare, .annotateRows,
            .binlogCheckpoint, .gtid, .gtidList:
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
        case .writeRowsV1: .insert
        case .updateRowsV1: .update
        case .deleteRowsV1: .delete
        default: nil
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
        "Update_rows", "Delete_rows", "Gtid_log_event", "Anonymous_Gtid", "Previous_gtids",
        "Transaction_context", "View_change", "XA_prepare", "Update_rows_partial",
        "Transaction_payload", "Heartbeat_log_event_v2", "Gtid_tagged",
    ]

    private static let mariadbNames = [
        "Annotate_rows", "Binlog_checkpoint", "Gtid", "Gtid_list", "Start_encryption",
        "Query_compressed", "Write_rows_compressed_v1", "Update_rows_compressed_v1",
        "Delete_rows_compressed_v1", "Write_rows_compressed", "Update_rows_compressed",
        "Delete_rows_compressed",
    ]
}
