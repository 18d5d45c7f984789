/// Turns bytes from a log into text that is safe to show.
///
/// A log may hold anything: escape sequences that rewrite a terminal, marks that reverse the order
/// of letters, bytes that are no UTF-8. Those become `\xNN` (for a scalar, each of its UTF-8
/// bytes).
public enum PrintableText {
    /// The text with invalid UTF-8 as `\xNN` and all else unchanged, control characters too.
    public static func decoded(_ bytes: some Collection<UInt8>) -> String {
        let strict = String(validating: bytes, as: UTF8.self)
        return strict ?? convert(bytes) { _ in false }
    }

    /// The text with invalid UTF-8, control characters and marks of direction as `\xNN`.
    ///
    /// Line feed and tab stay where `keepsLines` is true.
    public static func escapeControlCharacters(
        _ bytes: some Collection<UInt8>, keepsLines: Bool = false
    ) -> String {
        convert(bytes) { scalar in
            if keepsLines, scalar == "\n" || scalar == "\t" { return false }
            return isControl(scalar.value)
        }
    }

    /// The text with control characters and marks of direction as `\xNN`.
    public static func escapeControlCharacters(
        _ text: String, keepsLines: Bool = false
    ) -> String {
        escapeControlCharacters(Array(text.utf8), keepsLines: keepsLines)
    }

    /// C0, DEL, C1, and whatever reorders or hides text: marks and overrides of direction, line and
    /// paragraph separators, zero-width characters, the byte order mark, tags.
    private static func isControl(_ value: UInt32) -> Bool {
        switch value {
        case 0...0x1F, 0x7F...0x9F, 0xAD, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F,
            0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: false
        }
    }

    private static func convert(
        _ bytes: some Collection<UInt8>, escaping isEscaped: (Unicode.Scalar) -> Bool
    ) -> String {
        var output = ""
        var input = bytes.makeIterator()
        var pending: [UInt8] = []
        var decoder = UTF8Steps()
        while let byte = input.next() {
            pending.append(byte)
            switch decoder.add(byte) {
            case .more: continue
            case .scalar(let scalar):
                if isEscaped(scalar) {
                    append(pending, to: &output)
                } else {
                    output.unicodeScalars.append(scalar)
                }
                pending.removeAll(keepingCapacity: true)
            case .invalid(let isNewLead):
                let last = isNewLead ? pending.removeLast() : nil
                append(pending, to: &output)
                pending.removeAll(keepingCapacity: true)
                guard let last else { continue }
                pending.append(last)
                guard case .scalar(let scalar) = decoder.add(last) else { continue }
                if isEscaped(scalar) {
                    append(pending, to: &output)
                } else {
                    output.unicodeScalars.append(scalar)
                }
                pending.removeAll(keepingCapacity: true)
            }
        }
        append(pending, to: &output)
        return output
    }

    private static func append(_ bytes: [UInt8], to output: inout String) {
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        for byte in bytes {
            output += "\\x"
            output.unicodeScalars.append(digits[Int(byte >> 4)])
            output.unicodeScalars.append(digits[Int(byte & 15)])
        }
    }
}

/// Decodes UTF-8 byte by byte, refusing overlong forms, surrogates and values above U+10FFFF.
private struct UTF8Steps {
    enum Step {
        case more
        case scalar(Unicode.Scalar)
        /// The bytes so far are no UTF-8; with `isNewLead`, all but the last, which begins anew.
        case invalid(isNewLead: Bool)
    }

    private var value: UInt32 = 0
    private var missing = 0
    private var least: UInt32 = 0

    mutating func add(_ byte: UInt8) -> Step {
        if missing == 0 { return lead(byte) }
        guard byte & 0xC0 == 0x80 else {
            missing = 0
            // A byte that could begin a scalar is looked at again.
            return .invalid(isNewLead: byte < 0x80 || (0xC2...0xF4).contains(byte))
        }
        value = value << 6 | UInt32(byte & 0x3F)
        missing -= 1
        if missing > 0 { return .more }
        guard value >= least, let scalar = Unicode.Scalar(value) else {
            return .invalid(isNewLead: false)
        }
        return .scalar(scalar)
    }

    private mutating func lead(_ byte: UInt8) -> Step {
        switch byte {
        case 0...0x7F: return .scalar(Unicode.Scalar(byte))
        case 0xC2...0xDF: (value, missing, least) = (UInt32(byte & 0x1F), 1, 0x80)
        case 0xE0...0xEF: (value, missing, least) = (UInt32(byte & 0x0F), 2, 0x800)
        case 0xF0...0xF4: (value, missing, least) = (UInt32(byte & 0x07), 3, 0x10000)
        default: return .invalid(isNewLead: false)
        }
        return .more
    }
}
