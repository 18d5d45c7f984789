/// How far a server, a backup or a log has come: the last GTID of each replication domain of
/// MariaDB, or the set of all GTIDs of MySQL.
///
/// Written as the servers write `gtid_binlog_pos` (here ordered by domain) and `gtid_executed`.
public struct GTIDPosition: Hashable, Sendable {
    private var lastByDomain: [UInt32: MariaDBGTID] = [:]
    /// All GTIDs of a MySQL server.
    public private(set) var executed = MySQLGTIDSet()

    public init() {}

    public init(_ gtids: some Sequence<MariaDBGTID>) {
        for gtid in gtids { self.record(.mariadb(gtid)) }
    }

    public init(_ executed: MySQLGTIDSet) { self.executed = executed }

    /// Reads a list such as `0-1-42,1-2-7` or `uuid:1-42` (white space allowed); nil if any part is
    /// no GTID, a domain stands in it twice, or both kinds do. The empty text is the empty
    /// position.
    public init?(_ text: some StringProtocol) {
        if let executed = MySQLGTIDSet(text) {
            self.executed = executed
            return
        }
        for part in text.split(separator: ",") {
            guard let gtid = MariaDBGTID(String(part.filter { !$0.isWhitespace })),
                lastByDomain.updateValue(gtid, forKey: gtid.domainID) == nil
            else { return nil }
        }
    }

    public var isEmpty: Bool { lastByDomain.isEmpty && executed.isEmpty }

    /// The GTIDs of MariaDB, one per domain, ordered by domain.
    public var gtids: [MariaDBGTID] { lastByDomain.values.sorted { $0.domainID < $1.domainID } }

    /// The last GTID of a domain of MariaDB.
    public subscript(domainID: UInt32) -> MariaDBGTID? { lastByDomain[domainID] }

    /// Takes `gtid` as the newest of its domain, whatever its sequence number: log order counts;
    /// one of MySQL joins the set.
    public mutating func record(_ gtid: GTID) {
        switch gtid {
        case .mariadb(let gtid): lastByDomain[gtid.domainID] = gtid
        case .mysql(let gtid): executed.insert(gtid)
        }
    }

    /// Takes what a later part of the same log has come to.
    public mutating func record(_ later: GTIDPosition) {
        lastByDomain.merge(later.lastByDomain) { $1 }
        if !later.executed.isEmpty { executed.formUnion(later.executed) }
    }

    /// Takes a GTID of MySQL out; of MariaDB's only the last are known.
    public mutating func remove(_ gtid: GTID) {
        if case .mysql(let gtid) = gtid { executed.remove(gtid) }
    }

    /// Whether a transaction is among those that this position has passed.
    public func contains(_ gtid: GTID?) -> Bool {
        switch gtid {
        case .mariadb(let gtid):
            lastByDomain[gtid.domainID].map { gtid.sequence <= $0.sequence } ?? false
        case .mysql(let gtid): executed.contains(gtid)
        case nil: false
        }
    }

    /// Whether all that another position has passed is among what this one has.
    public func isSuperset(of other: GTIDPosition) -> Bool {
        other.lastByDomain.values.allSatisfy { contains(.mariadb($0)) }
            && executed.isSuperset(of: other.executed)
    }
}

extension GTIDPosition: CustomStringConvertible {
    public var description: String {
        executed.isEmpty
            ? gtids.map(\.description).joined(separator: ",") : executed.description
    }
}

extension GTIDPosition: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let position = GTIDPosition(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "it is no list of GTIDs")
        }
        self = position
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
