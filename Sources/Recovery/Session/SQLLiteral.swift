/// Values written as SQL that means the same in every session.
enum SQLLiteral {
    /// `0x…`, or an empty string.
    static func hex(_ bytes: [UInt8]) -> String {
        bytes.isEmpty ? "''" : "0x" + digits(bytes)
    }

    static func digits(_ bytes: [UInt8]) -> String {
        let alphabet = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(alphabet[Int(byte >> 4)])
            text.append(alphabet[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A name in backticks.
    static func identifier(_ bytes: [UInt8]) -> String {
        let name = String(decoding: bytes, as: UTF8.self)
        return "`"
            + name.split(separator: "`", omittingEmptySubsequences: false)
            .joined(separator: "``") + "`"
    }

    /// A double, always with an exponent: without one it would be a decimal.
    static func double(bits: UInt64) -> String {
        let text = Double(bitPattern: bits).description
        return text.contains("e") ? text : text + "e0"
    }
}
