/// The event that begins every log file and tells how the others are laid out.
///
///     offset  size  field
///          0     2  binlog version, 4
///          2    50  server version, padded with zeros
///         52     4  created: when the server started, 0 unless this is its first log since then
///         56     1  header length, 19
///         57     n  length of the fixed part of each event type's body
///       57+n     1  checksum algorithm, 0 none, 1 CRC32
///       58+n     4  CRC32 of the event, always there, whatever the algorithm
///
/// MariaDB: sql/log_event.cc, `Format_description_log_event`.
public struct FormatDescription: Hashable, Sendable {
    /// What guards the bytes of the events that follow.
    public enum Checksum: String, Sendable {
        case none = "NONE"
        case crc32 = "CRC32"

        /// Bytes behind each event's body.
        @inlinable public var sizeBytes: Int { self == .crc32 ? 4 : 0 }
    }

    public let serverVersion: String
    /// Whose format the log is in, as the version's name says.
    public let flavor: Flavor
    /// Seconds since 1970; 0 where the server did not start with this file.
    public var created: UInt32
    public var checksum: Checksum
    /// The fixed part's length per event type, type 1 first.
    public var postHeaderLengths: [UInt8]
    public var serverID: UInt32
    /// The file was open when it was read, or its server died.
    public var inUse: Bool

    /// Its transactions tell the moment of their commit: so with MySQL from 8.0 on.
    public var tellsMicroseconds: Bool {
        flavor == .mysql && !Self.numbers(of: serverVersion).lexicographicallyPrecedes([8, 0, 1])
    }

    /// Whose format the log is in.
    public enum Flavor: String, Sendable { case mariadb = "MariaDB", mysql = "MySQL" }

    /// Reads the body of a Format_description event whose frame has been checked.
    ///
    /// Throws `unsupported-event` for a binlog version, a header length or a server's preview that
    /// is not understood, and `corrupt` for a body that is too short.
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        let version = try reader.u16()
        guard version == 4 else {
            throw BinlogError(
                .unsupportedEvent, "binlog format version \(version) is not supported, only 4",
                offset: event.offset)
        }
        let name = try reader.take(50)
        serverVersion = Self.text(upToZero: name)
        flavor = Self.flavor(of: serverVersion)
        guard !Self.isPreview(serverVersion) else {
            throw BinlogError(
                .unsupportedEvent,
                "the server \(serverVersion) was a preview of MySQL, whose events are laid out "
                    + "otherwise",
                hint: "mariadb-binlog of MariaDB 10.11 prints such a log", offset: event.offset)
        }
        created = try reader.u32()
        let headerLength = try reader.u8()
        guard headerLength == EventHeader.sizeBytes else {
            throw BinlogError(
                .unsupportedEvent, "events with headers of \(headerLength) bytes are not supported",
                offset: event.offset)
        }
        guard Self.carriesChecksum(serverVersion) else {
            postHeaderLengths = reader.takeRest().copied()
            checksum = .none
            serverID = event.header.serverID
            inUse = event.header.flags.contains(.inUse)
            return
        }
        guard reader.remaining > 1 else {
            throw BinlogError(
                .corrupt, "the format description is too short", offset: event.offset)
        }
        postHeaderLengths = try reader.take(reader.remaining - 1).copied()
        let algorithm = try reader.u8()
        switch algorithm {
        case 0: checksum = .none
        case 1: checksum = .crc32
        default:
            throw BinlogError(
                .corrupt, "checksum algorithm \(algorithm) is not known", offset: event.offset)
        }
        serverID = event.header.serverID
        inUse = event.header.flags.contains(.inUse)
    }

    private static func flavor(of serverVersion: String) -> Flavor {
        serverVersion.contains("MariaDB") ? .mariadb : .mysql
    }

    /// How many types of events the last servers knew that wrote no checksums (MySQL 5.5, MariaDB
    /// 5.2); their successors know 35 and more.
    static let mostTypesWithoutChecksum = 27

    /// Whether a server of this version puts a checksum behind its Format_description: MariaDB from
    /// 5.3 and MySQL from 5.6.1 on.
    static func carriesChecksum(_ serverVersion: String) -> Bool {
        let first: [Int] = flavor(of: serverVersion) == .mariadb ? [5, 3, 0] : [5, 6, 1]
        return !numbers(of: serverVersion).lexicographicallyPrecedes(first)
    }

    /// Whether the version is one before MySQL 5.1.18, or of the 5.2 that was never released
    /// (MariaDB: sql/log_event.cc, `Format_description_log_event`: their types have other numbers).
    private static func isPreview(_ serverVersion: String) -> Bool {
        guard flavor(of: serverVersion) == .mysql else { return false }
        let version = numbers(of: serverVersion)
        return !version.lexicographicallyPrecedes([5, 1])
            && version.lexicographicallyPrecedes([5, 1, 18])
            || version.starts(with: [5, 2])
    }

    /// The three numbers that a version begins with, as far as they are there.
    private static func numbers(of serverVersion: String) -> [Int] {
        var numbers: [Int] = []
        var rest = serverVersion[...]
        while numbers.count < 3 {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else { break }
            numbers.append(number)
            rest = rest.dropFirst(digits.count)
            guard rest.first == "." else { break }
            rest = rest.dropFirst()
        }
        return numbers
    }

    private static func text(upToZero bytes: RawSpan) -> String {
        var length = 0
        while length < bytes.byteCount, bytes.byte(length) != 0 { length += 1 }
        return bytes.extracting(0..<length).decodedText()
    }
}
