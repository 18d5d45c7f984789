/// How the bytes of a text column are to be read, as far as it matters for showing them.
package enum TextEncoding: Hashable, Sendable {
    case utf8, latin1, binary
    /// A character set that is not read here: shown in hexadecimal.
    case other
    /// The same, and its ASCII letters are not stored as ASCII.
    case wide
    /// The log does not tell.
    case unknown

    package static let binaryCollation: UInt16 = 63

    /// The encoding of a collation's number (information_schema.COLLATIONS of MariaDB 10.5 to 11.8
    /// and MySQL 8; MariaDB's NOPAD collations are 1024 higher than their models).
    package init(collation: UInt16?) {
        guard let collation else {
            self = .unknown
            return
        }
        let model = (1024..<2048).contains(collation) ? collation - 1024 : collation
        switch model {
        case 63: self = .binary
        case 5, 8, 15, 31, 47, 48, 49, 94: self = .latin1
        // ASCII; utf8mb3; utf8mb4; MySQL's utf8mb4 0900; MariaDB's uca1400 of both.
        case 11, 65, 33, 76, 83, 192...215, 223, 576...578, 45, 46, 224...247, 255...323,
            608...610, 2048..<2560:
            self = .utf8
        // swe7; ucs2, utf16, utf16le, utf32.
        case 10, 82, 35, 54...56, 60...62, 90, 101...124, 128...151, 159...183: self = .wide
        default: self = .other
        }
    }

    /// The number of one collation of a character set: what the set's others are read like.
    package static func collation(ofCharacterSet name: some StringProtocol) -> UInt16 {
        switch name.lowercased() {
        case "binary": binaryCollation
        case "latin1": 8
        case "ascii": 11
        case "utf8", "utf8mb3": 33
        case "utf8mb4": 45
        case "swe7": 10
        case "ucs2": 35
        case "utf16": 54
        case "utf16le": 56
        case "utf32": 60
        // Of those that are not read here: gbk's.
        default: 28
        }
    }

    /// The text that the bytes are; nil where they are none.
    package func text(_ bytes: [UInt8]) -> String? {
        switch self {
        case .utf8: return String(validating: bytes, as: UTF8.self)
        case .latin1:
            var text = String.UnicodeScalarView()
            for byte in bytes { text.append(Self.latin1Scalar(byte)) }
            return String(text)
        case .unknown:
            guard let text = String(validating: bytes, as: UTF8.self),
                !text.unicodeScalars.contains(where: Self.isControl)
            else { return nil }
            return text
        case .binary, .other, .wide: return nil
        }
    }

    /// The bytes that the text is; nil where the encoding has not all its letters, or is not known
    /// well enough.
    package func bytes(_ text: String) -> [UInt8]? {
        switch self {
        case .utf8, .binary, .unknown: return Array(text.utf8)
        case .other: return text.utf8.contains { $0 >= 0x80 } ? nil : Array(text.utf8)
        case .wide: return text.isEmpty ? [] : nil
        case .latin1:
            var bytes: [UInt8] = []
            for scalar in text.unicodeScalars {
                if scalar.value < 0x80 || (0xA0..<0x100).contains(scalar.value) {
                    bytes.append(UInt8(scalar.value))
                } else if let index = Self.windows1252.firstIndex(where: { $0 == scalar.value }) {
                    bytes.append(UInt8(0x80 + index))
                } else {
                    return nil
                }
            }
            return bytes
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\t", "\n", "\r": false
        default: scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
        }
    }

    /// The server's latin1 is Windows-1252, its five holes as in ISO 8859-1 (MariaDB:
    /// strings/ctype-latin1.c, `cs_to_uni`).
    private static func latin1Scalar(_ byte: UInt8) -> Unicode.Scalar {
        guard (0x80..<0xA0).contains(byte) else { return Unicode.Scalar(byte) }
        let value = windows1252[Int(byte) - 0x80]
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    private static let windows1252: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013,
        0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ]
}
