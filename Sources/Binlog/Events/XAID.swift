/// The name of an XA transaction: what an application gives to XA START.
public struct XAID: Hashable, Sendable, Codable {
    public var formatID: Int32
    public var globalID: [UInt8]
    public var branchQualifier: [UInt8]

    /// Both parts are at most 64 bytes long (X/Open XA); `lengthWidth` is that of the two lengths.
    init(_ reader: inout ByteReader, lengthWidth: Int) throws(BinlogError) {
        formatID = Int32(bitPattern: try reader.u32())
        let globalLength = try reader.unsigned(width: lengthWidth)
        let branchLength = try reader.unsigned(width: lengthWidth)
        guard globalLength <= 64, branchLength <= 64 else {
            throw BinlogError(
                .corrupt, "an XA id of \(globalLength) and \(branchLength) bytes is too long",
                offset: reader.offset)
        }
        globalID = try reader.take(Int(globalLength)).copied()
        branchQualifier = try reader.take(Int(branchLength)).copied()
    }
}

extension XAID: CustomStringConvertible {
    /// As the server writes it: `X'78',X'',1`.
    public var description: String {
        "X'\(Self.hex(globalID))',X'\(Self.hex(branchQualifier))',\(formatID)"
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

/// The event that ends the first phase of an XA transaction.
///
/// One-phase byte, format id 4, lengths of gtrid and bqual 4 + 4, both (MariaDB: sql/log_event.h,
/// `XA_prepare_log_event`).
public struct XAPrepareEvent: Hashable, Sendable {
    /// XA COMMIT … ONE PHASE: there is no second phase, the group is committed.
    public var isOnePhase: Bool
    public var xaID: XAID

    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        isOnePhase = try reader.u8() != 0
        xaID = try XAID(&reader, lengthWidth: 4)
    }
}
