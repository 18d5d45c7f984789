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

extension XAID {
    /// Reads it from a statement as servers log it: `XA COMMIT X'78',X'',1`; nil for another form.
    init?(statement: RawSpan) {
        let words = statement.decodedText().split(separator: " ")
        guard words.count == 3 else { return nil }
        let parts = words[2].split(separator: ",")
        guard parts.count == 3, let formatID = Int32(parts[2]),
            let globalID = Self.bytes(parts[0]), let branchQualifier = Self.bytes(parts[1])
        else { return nil }
        self.formatID = formatID
        self.globalID = globalID
        self.branchQualifier = branchQualifier
    }

    /// The bytes of `X'78'`.
    private static func bytes(_ text: Substring) -> [UInt8]? {
        guard text.hasPrefix("X'"), text.hasSuffix("'"), text.utf8.count % 2 == 1 else {
            return nil
        }
        let digits = Array(text.dropFirst(2).dropLast())
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(digits[index...(index + 1)]), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
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
