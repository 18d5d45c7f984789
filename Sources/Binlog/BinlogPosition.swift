/// A place in a server's binary log: a file's base name and the offset of an event's first byte.
///
/// Written `bin.000002:4711`. The offset is 64 bits wide: headers hold only its low 32 bits.
public struct BinlogPosition: Hashable, Sendable, Codable {
    public var file: String
    public var offset: UInt64

    public init(file: String, offset: UInt64) {
        self.file = file
        self.offset = offset
    }

    /// Reads `FILE:OFFSET`; nil where the file is empty or the offset is not decimal digits.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let file = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard !file.isEmpty, !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39) ~= $0 }),
            let offset = UInt64(digits)
        else { return nil }
        self.init(file: String(file), offset: offset)
    }
}

extension BinlogPosition: CustomStringConvertible {
    public var description: String { "\(file):\(offset)" }
}
