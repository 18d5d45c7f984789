/// One MariaDB global transaction id: replication domain, server, sequence number, as in `0-1-42`.
public struct GTID: Hashable, Sendable, Codable {
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

extension GTID: CustomStringConvertible {
    public var description: String { "\(domainID)-\(serverID)-\(sequence)" }
}

/// The last GTID of each replication domain: how far a server, a backup or a log has come.
///
/// Written as MariaDB writes `gtid_binlog_pos`: GTIDs separated by commas, here ordered by domain.
public struct GTIDPosition: Hashable, Sendable, Codable {
    private var lastByDomain: [UInt32: GTID] = [:]

    public init() {}

    public init(_ gtids: some Sequence<GTID>) {
        for gtid in gtids { self.record(gtid) }
    }

    /// Reads a list such as `0-1-42,1-2-7` (white space allowed); nil if any part is no GTID or a
    /// domain stands in it twice. The empty text is the empty position.
    public init?(_ text: some StringProtocol) {
        for part in text.split(separator: ",") {
            guard let gtid = GTID(String(part.filter { !$0.isWhitespace })),
                lastByDomain.updateValue(gtid, forKey: gtid.domainID) == nil
            else { return nil }
        }
    }

    public var isEmpty: Bool { lastByDomain.isEmpty }

    /// The GTIDs, one per domain, ordered by domain.
    public var gtids: [GTID] { lastByDomain.values.sorted { $0.domainID < $1.domainID } }

    public subscript(domainID: UInt32) -> GTID? { lastByDomain[domainID] }

    /// Takes `gtid` as the newest of its domain, whatever its sequence number: log order counts.
    public mutating func record(_ gtid: GTID) { lastByDomain[gtid.domainID] = gtid }
}

extension GTIDPosition: CustomStringConvertible {
    public var description: String { gtids.map(\.description).joined(separator: ",") }
}
