public import Binlog

/// A JSON document as a value: objects keep the order of their keys.
///
/// Texts are valid Unicode by their type; control characters, also those above
/// 0x7E, become `\uNNNN`.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    /// Written as null where it is not finite.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])
    /// An array whose elements are JSON already: in pieces, commas only within them. None is empty.
    case written([[UInt8]])

    /// A key and its value.
    public struct Member: Hashable, Sendable {
        public var key: String
        public var value: JSONValue

        public init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The document on one line.
    public var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The document on one line, as UTF-8.
    public func write(to bytes: inout [UInt8]) {
        write(to: &bytes) { $0.append(contentsOf: $1) }
    }

    /// The same; `add` gets each piece of elements that are JSON already, and what is to stand
    /// before it as far as it has not been taken away.
    public func write(
        to bytes: inout [UInt8], add: (_ bytes: inout [UInt8], _ piece: [UInt8]) -> Void
    ) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .unsigned(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value):
            bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        case .string(let value): Self.write(value, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(to: &bytes, add: add)
            }
            bytes.append(UInt8(ascii: "]"))
        case .written(let pieces):
            bytes.append(UInt8(ascii: "["))
            for (index, piece) in pieces.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                add(&bytes, piece)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes, add: add)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        writeString(Array(text.utf8), to: &bytes)
    }

    /// Writes a string; `text` must be valid UTF-8.
    package static func writeString(_ text: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var begin = 0
        if needsLook(text) {
            var index = 0
            while index < text.count {
                let (count, scalar) = escaped(text, at: index)
                if let scalar {
                    bytes.append(contentsOf: text[begin..<index])
                    writeEscape(scalar, to: &bytes)
                    begin = index + count
                }
                index += count
            }
        }
        bytes.append(contentsOf: text[begin...])
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether there may be something to escape.
    private static func needsLook(_ text: [UInt8]) -> Bool {
        var other: UInt8 = 0
        for byte in text {
            let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
            other |= isPlain ? 0 : 1
        }
        return other != 0
    }

    /// The bytes of what stands at `index`, and the scalar where it is one to escape.
    private static func escaped(_ text: [UInt8], at index: Int) -> (count: Int, scalar: UInt32?) {
        let byte = text[index]
        switch byte {
        case 0..<0x20, 0x22, 0x5C, 0x7F: return (1, UInt32(byte))
        case 0xC2 where index + 1 < text.count && text[index + 1] < 0xA0:
            return (2, UInt32(text[index + 1]))
        case 0xE2
        where index + 2 < text.count && text[index + 1] == 0x80 && text[index + 2] & 0xFE == 0xA8:
            return (3, 0x2000 | UInt32(text[index + 2] & 0x3F))
        default: return (1, nil)
        }
    }

    private static func writeEscape(_ value: UInt32, to bytes: inout [UInt8]) {
        switch value {
        case 0x22: return bytes.append(contentsOf: #"\""#.utf8)
        case 0x5C: return bytes.append(contentsOf: #"\\"#.utf8)
        case 0x0A: return bytes.append(contentsOf: #"\n"#.utf8)
        case 0x0D: return bytes.append(contentsOf: #"\r"#.utf8)
        case 0x09: return bytes.append(contentsOf: #"\t"#.utf8)
        default: break
        }
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: #"\u"#.utf8)
        for shift in [12, 8, 4, 0] as [UInt32] {
            bytes.append(digits[Int(value >> shift & 15)])
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(nilLiteral: ()) { self = .null }

    /// An object with the keys in this order.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}

extension JSONValue {
    public init(_ value: String?) { self = value.map { .string($0) } ?? .null }
    public init(_ value: Bool?) { self = value.map { .bool($0) } ?? .null }
    public init(_ value: (some BinaryInteger)?) {
        guard let value else {
            self = .null
            return
        }
        self =
            if let small = Int64(exactly: value) {
                .integer(small)
            } else {
                .unsigned(UInt64(clamping: value))
            }
    }
    public init(_ value: Double?) { self = value.map { .double($0) } ?? .null }

    /// `{"file", "offset"}`, or null.
    public init(_ position: BinlogPosition?) {
        self = position.map { ["file": .string($0.file), "offset": .init($0.offset)] } ?? .null
    }

    public init(_ gtid: GTID?) { self.init(gtid?.description) }

    /// GTIDs separated by commas; null for none.
    public init(_ position: GTIDPosition?) {
        self.init(position.flatMap { $0.isEmpty ? nil : $0.description })
    }

    /// RFC 3339 in UTC, from seconds since 1970.
    public static func time(_ seconds: (some BinaryInteger)?) -> JSONValue {
        JSONValue(seconds.map { UTCTime.text(seconds: Int64(clamping: $0)) })
    }

    /// The same object with more members behind its own; of another value only the members.
    public func adding(_ members: [Member]) -> JSONValue {
        guard case .object(let own) = self else { return .object(members) }
        return .object(own + members)
    }
}
