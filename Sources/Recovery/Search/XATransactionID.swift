/// The name of an XA transaction: format number, global part, branch.
public struct XATransactionID: Sendable, Hashable {
    public var formatID: UInt64
    public var global: [UInt8]
    public var branch: [UInt8]

    public init(formatID: UInt64, global: [UInt8], branch: [UInt8]) {
        self.formatID = formatID
        self.global = global
        self.branch = branch
    }

    /// Reads it from a text as the server logs it: `XA COMMIT X'78',X'',1`; also from `'x'`
    /// strings.
    ///
    /// Nil where the text is no XA statement or holds no id.
    public init?(statement: RawSpan) {
        let parsed = statement.withSQLText { Self.parse($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    static func parse(_ text: SQLText) -> Self? {
        var scanner = SQLScanner(text, mode: .standard)
        guard scanner.next()?.lexeme == .xa, scanner.next() != nil else { return nil }
        var parts: [[UInt8]] = []
        var formatID: UInt64 = 1
        while let token = scanner.next() {
            switch token.kind {
            case .binary, .string:
                guard let bytes = bytes(of: token, text) else { return nil }
                parts.append(bytes)
            case .number:
                formatID = UInt64(String(decoding: text.bytes[token.range], as: UTF8.self)) ?? 1
            case .sign where token.lexeme == .comma: continue
            default: break
            }
        }
        guard let global = parts.first else { return nil }
        return Self(formatID: formatID, global: global, branch: parts.count > 1 ? parts[1] : [])
    }

    private static func bytes(of token: SQLToken, _ text: SQLText) -> [UInt8]? {
        let range = token.range
        if token.kind == .string {
            guard range.count >= 2 else { return nil }
            return Array(text.bytes[(range.lowerBound + 1)..<(range.upperBound - 1)])
        }
        var bytes: [UInt8] = []
        var high: UInt8?
        for index in range.dropFirst(2) where SQLText.isHexDigit(text[index]) {
            let byte = text[index]
            let digit = SQLText.isDigit(byte) ? byte - 0x30 : (byte | 0x20) - 0x61 + 10
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }
}
