/// Writing names and values into SQL text.
///
/// Quoted strings are for a session without NO_BACKSLASH_ESCAPES; where that is not known, or the
/// value may be binary, take `hexLiteral`.
public enum SQLText {
    /// A name between backticks, its own backticks doubled.
    public static func quoteIdentifier(_ name: String) -> String {
        "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``")
            + "`"
    }

    /// A name of raw bytes between backticks.
    public static func quoteIdentifier(bytes: some Sequence<UInt8>) -> [UInt8] {
        let tick = UInt8(ascii: "`")
        var text: [UInt8] = [tick]
        for byte in bytes {
            text.append(byte)
            if byte == tick { text.append(tick) }
        }
        text.append(tick)
        return text
    }

    /// A string between single quotes.
    public static func quoteString(_ value: String) -> String {
        var text = "'"
        for scalar in value.unicodeScalars {
            switch scalar {
            case "'": text += "''"
            case "\\": text += "\\\\"
            case "\0": text += "\\0"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\u{1A}": text += "\\Z"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "'"
    }

    /// `x'00ff'`: a binary string that no sql_mode and no character set changes.
    public static func hexLiteral(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = Array("x'".utf8)
        appendHex(bytes, to: &text)
        text.append(UInt8(ascii: "'"))
        return String(decoding: text, as: UTF8.self)
    }

    static func appendHex(_ bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
        let digits: StaticString = "0123456789abcdef"
        digits.withUTF8Buffer { digits in
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        }
    }
}
