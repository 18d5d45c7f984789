/// One MySQL global transaction id: source, number and, from 8.3 on, a tag, as in
/// `3e11fa47-71ca-11e1-9e33-c80aa9429562:reports:23`.
public struct MySQLGTID: Hashable, Sendable {
    public var source: Source
    /// From 1 on.
    public var number: UInt64

    /// The highest number that a server gives (MySQL: sql/rpl_gtid.h, `GNO_END`).
    static let highestNumber = UInt64(Int64.max) - 1

    /// Who numbers the transactions: a server and, where its sessions chose one, a tag.
    public struct Source: Hashable, Sendable {
        public var server: ServerUUID
        /// Up to 32 characters of a to z, 0 to 9 and _; mostly empty.
        public var tag: String

        public init(server: ServerUUID, tag: String = "") {
            self.server = server
            self.tag = tag
        }
    }

    public init(source: Source, number: UInt64) {
        self.source = source
        self.number = number
    }

    /// Reads `uuid:number` or `uuid:tag:number`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let set = MySQLGTIDSet(text), let only = set.only else { return nil }
        self = only
    }
}

extension MySQLGTID: CustomStringConvertible {
    public var description: String { "\(source):\(number)" }
}

extension MySQLGTID.Source: Comparable, CustomStringConvertible {
    public var description: String { tag.isEmpty ? "\(server)" : "\(server):\(tag)" }

    public static func < (left: Self, right: Self) -> Bool {
        (left.server, left.tag) < (right.server, right.tag)
    }
}

/// A server's `server_uuid`.
public struct ServerUUID: Hashable, Sendable, Comparable {
    private var high: UInt64
    private var low: UInt64

    /// Reads 16 bytes as they stand in an event.
    public init(_ reader: inout ByteReader) throws(BinlogError) {
        high = try reader.bigEndian(width: 8)
        low = try reader.bigEndian(width: 8)
    }

    /// From its first and last 8 bytes.
    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// Reads `3e11fa47-71ca-11e1-9e33-c80aa9429562`, in either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = groups.joined()
        guard
            digits.utf8.allSatisfy({
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || UInt8(ascii: "a")...UInt8(ascii: "f") ~= ($0 | 0x20)
            }),
            let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        (self.high, self.low) = (high, low)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension ServerUUID: CustomStringConvertible {
    public var description: String {
        func digits(_ value: UInt64, _ count: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: count - text.utf8.count) + text
        }
        return digits(high >> 32, 8) + "-" + digits(high >> 16 & 0xFFFF, 4) + "-"
            + digits(high & 0xFFFF, 4) + "-" + digits(low >> 48, 4) + "-"
            + digits(low & 0xFFFF_FFFF_FFFF, 12)
    }
}
