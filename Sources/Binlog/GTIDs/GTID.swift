/// A global transaction id, of either kind of server.
public enum GTID: Hashable, Sendable {
    case mariadb(MariaDBGTID)
    case mysql(MySQLGTID)

    /// Reads `0-1-42` or `uuid:23`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        if let gtid = MariaDBGTID(text) {
            self = .mariadb(gtid)
        } else if let gtid = MySQLGTID(text) {
            self = .mysql(gtid)
        } else {
            return nil
        }
    }
}

extension GTID: CustomStringConvertible {
    public var description: String {
        switch self {
        case .mariadb(let gtid): gtid.description
        case .mysql(let gtid): gtid.description
        }
    }
}

extension GTID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let gtid = GTID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "it is no GTID")
        }
        self = gtid
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// One MariaDB global transaction id: replication domain, server, sequence number, as in `0-1-42`.
public struct MariaDBGTID: Hashable, Sendable {
    public var domainID: UInt32
    public var serverID: UInt32
    public var sequence: UInt64

    public init(domainID: UInt32, serverID: UInt32, sequence: UInt64) {
        self.domainID = domainID
        self.serverID = serverID
        self.sequence = sequence
    }

    /// Reads `domain-server-sequence`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39) ~= $0 } }),
            let domain = UInt32(parts[0]), let server = UInt32(parts[1]),
            let sequence = UInt64(parts[2])
        else { return nil }
        self.init(domainID: domain, serverID: server, sequence: sequence)
    }
}

extension MariaDBGTID: CustomStringConvertible {
    public var description: String { "\(domainID)-\(serverID)-\(sequence)" }
}
