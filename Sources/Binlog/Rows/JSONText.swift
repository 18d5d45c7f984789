/// JSON that somebody typed, in the form in which a server prints its own.
package enum JSONText {
    /// The document with MySQL's spaces, escapes, order of keys and numbers; nil for what is none.
    ///
    /// Keys are ordered by length, then by bytes, and of equal ones the last counts (MySQL:
    /// sql-common/json_dom.cc, `Json_key_comparator`).
    package static func normalized(_ text: String) -> String? {
        var reader = Reader(bytes: Array(text.utf8))
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipSpaces()
        return reader.index == reader.bytes.count ? value : nil
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0
        private static let mostDepth = 100

        init(bytes: [UInt8]) { self.bytes = bytes }

        private var next: UInt8 { index < bytes.count ? bytes[index] : 0 }

        mutating func skipSpaces() {
            while [0x20, 0x09, 0x0A, 0x0D].contains(next) { index += 1 }
        }

        private mutating func skip(_ byte: Character) -> Bool {
            skipSpaces()
            guard byte.asciiValue == next else { return false }
            index += 1
            return true
        }

        mutating func value(depth: Int) -> String? {
            skipSpaces()
            guard depth < Self.mostDepth else { return nil }
            switch next {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return array(depth)
            case UInt8(ascii: "\""): return string().map { Self.quoted($0) }
            default: return word()
            }
        }

        private mutating func array(_ depth: Int) -> String? {
            index += 1
            var values: [String] = []
            if skip("]") { return "[]" }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
            } while skip(",")
            return skip("]") ? "[\(values.joined(separator: ", "))]" : nil
        }

        private mutating func object(_ depth: Int) -> String? {
            index += 1
            var members: [[UInt8]: String] = [:]
            if skip("}") { return "{}" }
            repeat {
                skipSpaces()
                guard let key = string(), skip(":"), let value = value(depth: depth + 1) else {
                    return nil
                }
                members[key] = value
            } while skip(",")
            guard skip("}") else { return nil }
            let sorted = members.sorted { left, right in
                left.key.count == right.key.count
                    ? left.key.lexicographicallyPrecedes(right.key)
                    : left.key.count < right.key.count
            }
            return "{"
                + sorted.map { "\(Self.quoted($0.key)): \($0.value)" }.joined(separator: ", ")
                + "}"
        }

        /// A number, true, false or null.
        private mutating func word() -> String? {
            let begin = index
            while index < bytes.count, ![0x2C, 0x5D, 0x7D, 0x20, 0x09, 0x0A, 0x0D].contains(next) {
                index += 1
            }
            let word = String(decoding: bytes[begin..<index], as: UTF8.self)
            if ["true", "false", "null"].contains(word) { return word }
            let isNumber = word.utf8.first.map { $0 == 0x2D || (0x30...0x39).contains($0) } ?? false
            guard isNumber else { return nil }
            if let whole = Int64(word) { return "\(whole)" }
            if let whole = UInt64(word) { return "\(whole)" }
            guard let number = Double(word), number.isFinite, !word.lowercased().contains("x")
            else {
                return nil
            }
            return BinaryJSON.number(number)
        }

        /// The bytes of a string.
        private mutating func string() -> [UInt8]? {
            guard next == UInt8(ascii: "\"") else { return nil }
            index += 1
            var content: [UInt8] = []
            while index < bytes.count {
                let byte = next
                index += 1
                switch byte {
                case UInt8(ascii: "\""): return content
                case UInt8(ascii: "\\"):
                    guard let scalar = escape() else { return nil }
                    content.append(contentsOf: String(scalar).utf8)
                default: content.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> Unicode.Scalar? {
            let byte = next
            index += 1
            switch byte {
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
                return Unicode.Scalar(byte)
            case UInt8(ascii: "u"): return codePoint()
            default: return nil
            }
        }

        private mutating func codePoint() -> Unicode.Scalar? {
            guard let high = unit() else { return nil }
            guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) }
            guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            else { return nil }
            index += 2
            guard let low = unit(), (0xDC00..<0xE000).contains(low) else { return nil }
            return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        }

        private mutating func unit() -> UInt32? {
            guard index + 4 <= bytes.count else { return nil }
            let digits = bytes[index..<(index + 4)]
            index += 4
            guard let first = digits.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-")
            else { return nil }
            return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        }

        private static func quoted(_ content: [UInt8]) -> String {
            var text: [UInt8] = []
            BinaryJSON.quote(content.span.bytes, to: &text)
            return String(decoding: text, as: UTF8.self)
        }
    }
}
