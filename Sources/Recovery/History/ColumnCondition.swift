internal import Binlog

/// What one column of a row must hold, as a user writes it: `id=42`, `@3=NULL`, `code=0x00ff`.
public struct ColumnCondition: Hashable, Sendable {
    /// Which column.
    public enum Column: Hashable, Sendable {
        case name(String)
        /// From 1 on, in the order of the table map.
        case number(Int)
    }

    /// What it must hold.
    public enum Wanted: Hashable, Sendable {
        case null
        /// These bytes; for a number, its digits in base 256.
        case bytes([UInt8])
        /// To be read as the column's type asks for.
        case text(String)
        /// The bits of a number as a row holds it: an integer's, an ENUM's, a SET's, a BIT's.
        case bits(UInt64)
    }

    public var column: Column
    public var wanted: Wanted
    /// What the text means in a TIMESTAMP; nil: it is read as UTC.
    public var instant: Instant?
    /// Why the text means no moment: local times that the clock showed twice or never.
    public var momentFault: String?
    /// Read from a row, so that nothing about it is a guess.
    var isFromRow = false

    /// A moment in UTC.
    public struct Instant: Hashable, Sendable {
        /// Since 1970.
        public var seconds: Int64
        public var microseconds: Int

        public init(seconds: Int64, microseconds: Int) {
            self.seconds = seconds
            self.microseconds = microseconds
        }
    }

    /// Reads `COLUMN=VALUE`; nil where that is not its form.
    ///
    /// A value in single quotes is a text, whatever it says; NULL and `0x…` without them are not.
    /// A name in backticks is a name, whatever it begins with.
    public init?(_ text: String) {
        guard let (column, value) = Self.column(Substring(text)),
            let wanted = Self.wanted(String(value))
        else { return nil }
        self.init(column: column, wanted: wanted)
    }

    init(column: Column, wanted: Wanted) {
        self.column = column
        self.wanted = wanted
    }

    /// The column, and what stands behind the sign.
    private static func column(_ text: Substring) -> (Column, value: Substring)? {
        if text.hasPrefix("`") {
            var name = ""
            var rest = text.dropFirst()
            while let end = rest.firstIndex(of: "`") {
                name += rest[..<end]
                rest = rest[end...].dropFirst()
                guard rest.hasPrefix("`") else {
                    guard rest.hasPrefix("="), !name.isEmpty else { return nil }
                    return (.name(name), rest.dropFirst())
                }
                name += "`"
                rest = rest.dropFirst()
            }
            return nil
        }
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else { return nil }
        let name = text[..<sign]
        let value = text[sign...].dropFirst()
        guard name.hasPrefix("@") else { return (.name(String(name)), value) }
        guard let number = Int(name.dropFirst()), (1...TableMap.mostColumns).contains(number)
        else { return nil }
        return (.number(number), value)
    }

    private static func wanted(_ text: String) -> Wanted? {
        if text.count >= 2, text.hasPrefix("'"), text.hasSuffix("'") {
            return .text(String(text.dropFirst().dropLast()).replacing("''", with: "'"))
        }
        if text.uppercased() == "NULL" { return .null }
        guard text.hasPrefix("0x") || text.hasPrefix("0X") else { return .text(text) }
        return bytes(hexadecimal: text.utf8.dropFirst(2)).map { .bytes($0) }
    }

    /// Two digits a byte; nil where there are others.
    static func bytes(hexadecimal digits: some Collection<UInt8>) -> [UInt8]? {
        let digits = Array(digits)
        guard digits.count.isMultiple(of: 2) else {
            return bytes(hexadecimal: [UInt8(ascii: "0")] + digits)
        }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index...index + 1], as: UTF8.self)
            guard !pair.hasPrefix("+"), !pair.hasPrefix("-"), let byte = UInt8(pair, radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}

extension ColumnCondition: CustomStringConvertible {
    /// As a user writes it.
    public var description: String {
        let name =
            switch column {
            case .name(let name):
                name.hasPrefix("@") || name.hasPrefix("`") || name.contains("=")
                    ? "`\(name.replacing("`", with: "``"))`" : name
            case .number(let number): "@\(number)"
            }
        switch wanted {
        case .null: return "\(name)=NULL"
        case .bits(let bits): return "\(name)=\(bits)"
        case .bytes(let bytes):
            return "\(name)=0x"
                + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .text(let text):
            let isPlain =
                !text.isEmpty && text.uppercased() != "NULL" && !text.hasPrefix("0x")
                && !text.hasPrefix("0X") && !text.contains { "' \"".contains($0) }
            return "\(name)=" + (isPlain ? text : "'\(text.replacing("'", with: "''"))'")
        }
    }
}
