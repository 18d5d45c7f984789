/// MySQL's binary form of a JSON value, as text.
///
/// A byte of type, then the value. Objects and arrays begin with their number of elements and their
/// size; entries of fixed width follow, which point at the keys and values or, for the shortest,
/// are the value (MySQL: sql-common/json_binary.h).
enum BinaryJSON {
    /// Deeper nested is no document of a server (MySQL: sql-common/json_dom.h,
    /// `JSON_DOCUMENT_MAX_DEPTH`).
    private static let mostDepth = 100

    /// The value as the server prints it: keys in their stored order, `, ` and `: ` between, each
    /// double with the fewest digits that give the same bits.
    ///
    /// An empty value is what an `ALTER TABLE … NOT NULL` leaves: null. Throws `corrupt` for what
    /// no server writes; entries that point at the same bytes again and again end there too.
    static func text(_ bytes: RawSpan) throws(BinlogError) -> String {
        guard bytes.byteCount > 0 else { return "null" }
        var writer = Writer(mostBytes: 64 + 16 * bytes.byteCount)
        try writer.value(type: bytes.byte(0), bytes.extracting(1...), depth: 0)
        return String(decoding: writer.text, as: UTF8.self)
    }

    /// What a change of a part of a value does, as the function that does it: `op` of `target`.
    ///
    /// One after the other: an operation, a path and, but for a removal, a value (MySQL:
    /// sql-common/json_diff.cc, `Json_diff::write_binary`).
    static func changes(_ bytes: RawSpan, of target: String) throws(BinlogError) -> String {
        let names = ["JSON_REPLACE", "JSON_INSERT", "JSON_REMOVE"]
        var reader = ByteReader(bytes, at: 0)
        var result = target
        while !reader.isAtEnd {
            let operation = Int(try reader.u8())
            guard names.indices.contains(operation) else { throw damage("a change") }
            let path = try reader.take(try reader.lengthEncodedCount()).decodedText()
            result = "\(names[operation])(\(result), \(quotedText(path))"
            if operation < 2 {
                let value = try text(try reader.take(try reader.lengthEncodedCount()))
                result += ", \(value)"
            }
            result += ")"
        }
        return result
    }

    /// As a server prints a double: with an exponent only where the point would stand more than 15
    /// digits away (MySQL: strings/dtoa.cc, `my_gcvt`).
    static func number(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value.description }
        let parts = value.magnitude.description.split(separator: "e")
        let halves = parts[0].split(separator: ".")
        let whole = halves[0].drop { $0 == "0" }
        let fraction = halves.count > 1 ? halves[1] : ""
        var point = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var digits = whole + fraction
        if whole.isEmpty {
            digits = fraction.drop { $0 == "0" }
            point -= fraction.count - digits.count
        } else {
            point += whole.count
        }
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        let sign = value < 0 ? "-" : ""
        func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
        switch point {
        case -14...0: return "\(sign)0.\(zeros(-point))\(digits)"
        case 1... where digits.count > point:
            return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
        case 1...15: return "\(sign)\(digits)\(zeros(point - digits.count)).0"
        default:
            let rest = digits.count > 1 ? ".\(digits.dropFirst())" : ""
            return "\(sign)\(digits.prefix(1))\(rest)e\(point - 1)"
        }
    }

    /// As a server prints a string.
    static func quote(_ bytes: RawSpan, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(index)
            switch byte {
            case UInt8(ascii: "\""): text.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): text.append(contentsOf: "\\\\".utf8)
            case 8: text.append(contentsOf: "\\b".utf8)
            case 9: text.append(contentsOf: "\\t".utf8)
            case 10: text.append(contentsOf: "\\n".utf8)
            case 12: text.append(contentsOf: "\\f".utf8)
            case 13: text.append(contentsOf: "\\r".utf8)
            case 0..<0x20:
                text.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
                text.append(contentsOf: String(byte, radix: 16).utf8)
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    fileprivate static func damage(_ what: String) -> BinlogError {
        BinlogError(.corrupt, "\(what) of a JSON value is not as a server writes it")
    }

    private struct Writer {
        var text: [UInt8] = []
        let mostBytes: Int

        mutating func value(
            type: UInt8, _ bytes: RawSpan, depth: Int
        ) throws(BinlogError) {
            guard depth <= mostDepth, text.count <= mostBytes else { throw damage("the nesting") }
            var reader = ByteReader(bytes, at: 0)
            switch type {
            case 0, 1: try container(bytes, isLarge: type == 1, isObject: true, depth: depth)
            case 2, 3: try container(bytes, isLarge: type == 3, isObject: false, depth: depth)
            case 4: try literal(try reader.u8())
            case 5: add("\(Int16(bitPattern: try reader.u16()))")
            case 6: add("\(try reader.u16())")
            case 7: add("\(Int32(bitPattern: try reader.u32()))")
            case 8: add("\(try reader.u32())")
            case 9: add("\(Int64(bitPattern: try reader.u64()))")
            case 10: add("\(try reader.u64())")
            case 11: add(BinaryJSON.number(Double(bitPattern: try reader.u64())))
            case 12: quote(try reader.take(try Self.length(&reader)))
            case 15: try opaque(&reader)
            default: throw damage("a type")
            }
        }

        private mutating func add(_ string: String) { text.append(contentsOf: string.utf8) }

        private mutating func literal(_ byte: UInt8) throws(BinlogError) {
            switch byte {
            case 0: add("null")
            case 1: add("true")
            case 2: add("false")
            default: throw damage("a literal")
            }
        }

        /// 7 bits a byte, the lowest first; the highest bit says that another follows.
        private static func length(_ reader: inout ByteReader) throws(BinlogError) -> Int {
            var length = 0
            for shift in stride(from: 0, to: 35, by: 7) {
                let byte = try reader.u8()
                length |= Int(byte & 0x7F) << shift
                if byte & 0x80 == 0 { return length }
            }
            throw damage("a length")
        }

        // MARK: Containers

        private mutating func container(
            _ bytes: RawSpan, isLarge: Bool, isObject: Bool, depth: Int
        ) throws(BinlogError) {
            let width = isLarge ? 4 : 2
            var head = ByteReader(bytes, at: 0)
            let count = Int(try head.unsigned(width: width))
            let size = Int(try head.unsigned(width: width))
            let entryBytes = 1 + width + (isObject ? width + 2 : 0)
            guard size >= head.position, size <= bytes.byteCount,
                count <= (size - head.position) / entryBytes
            else { throw damage("a container") }
            let all = bytes.extracting(0..<size)
            var keys = ByteReader(
                all.extracting(
                    head.position..<(head.position + (isObject ? count : 0) * (width + 2))),
                at: 0)
            var values = ByteReader(all, at: 0)
            try values.skip(head.position + (isObject ? count * (width + 2) : 0))
            add(isObject ? "{" : "[")
            for index in 0..<count {
                if index > 0 { add(", ") }
                if isObject {
                    let place = Int(try keys.unsigned(width: width))
                    let length = Int(try keys.u16())
                    quote(try Self.part(of: all, at: place, length))
                    add(": ")
                }
                let type = try values.u8()
                let entry = try values.take(width)
                if Self.isInline(type, isLarge: isLarge) {
                    try value(type: type, entry, depth: depth + 1)
                } else {
                    var reader = ByteReader(entry, at: 0)
                    let place = Int(try reader.unsigned(width: width))
                    // A value lies behind the entries: none can hold itself.
                    guard place >= head.position + count * entryBytes, place <= size else {
                        throw damage("a place")
                    }
                    try value(type: type, all.extracting(place...), depth: depth + 1)
                }
            }
            add(isObject ? "}" : "]")
        }

        @_lifetime(copy bytes)
        private static func part(
            of bytes: RawSpan, at place: Int, _ length: Int
        ) throws(BinlogError) -> RawSpan {
            guard place <= bytes.byteCount, length <= bytes.byteCount - place else {
                throw damage("a key")
            }
            return bytes.extracting(place..<(place + length))
        }

        private static func isInline(_ type: UInt8, isLarge: Bool) -> Bool {
            switch type {
            case 4, 5, 6: true
            case 7, 8: isLarge
            default: false
            }
        }

        // MARK: Scalars

        private mutating func quote(_ bytes: RawSpan) { BinaryJSON.quote(bytes, to: &text) }

        /// A value that JSON has no type for: a column's type, a length, the stored bytes.
        private mutating func opaque(_ reader: inout ByteReader) throws(BinlogError) {
            let type = ColumnType(rawValue: try reader.u8())
            let bytes = try reader.take(try Self.length(&reader))
            var value = ByteReader(bytes, at: 0)
            switch type {
            case .decimal:
                let (precision, scale) = (Int(try value.u8()), Int(try value.u8()))
                add(try PackedDecimal.text(value.takeRest(), precision: precision, scale: scale))
            case .date:
                add("\"\(try PackedTime(&value).dateTime.date)\"")
            case .dateTime, .oldDateTime, .timestamp, .oldTimestamp:
                add("\"\(try PackedTime(&value).dateTime)\"")
            case .time, .oldTime: add("\"\(try PackedTime(&value).time)\"")
            default:
                add("\"base64:type\(type.rawValue):")
                base64(bytes)
                add("\"")
            }
        }

        private mutating func base64(_ bytes: RawSpan) {
            let alphabet = Array(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
            for begin in stride(from: 0, to: bytes.byteCount, by: 3) {
                let count = min(3, bytes.byteCount - begin)
                var group = 0
                for index in 0..<3 {
                    group = group << 8 | (index < count ? Int(bytes.byte(begin + index)) : 0)
                }
                for index in 0..<4 {
                    text.append(
                        index <= count
                            ? alphabet[group >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
                }
            }
        }
    }
}

/// A date and time in 8 bytes: 24 bits of microseconds under 17 of time and 22 of date (MySQL:
/// sql-common/my_time.cc, `TIME_to_longlong_packed`).
private struct PackedTime {
    private let isNegative: Bool
    private let whole: Int
    private let fraction: SecondFraction

    init(_ reader: inout ByteReader) throws(BinlogError) {
        let packed = Int64(bitPattern: try reader.u64())
        isNegative = packed < 0
        let magnitude = packed.magnitude
        whole = Int(magnitude >> 24)
        fraction = SecondFraction(microseconds: Int(magnitude & 0xFF_FFFF), digits: 6)
    }

    var time: SignedTime {
        SignedTime(
            isNegative: isNegative, hour: whole >> 12 & 0x3FF, minute: whole >> 6 & 63,
            second: whole & 63, fraction: fraction)
    }

    var dateTime: CalendarDateTime {
        let days = whole >> 17
        return CalendarDateTime(
            date: CalendarDate(year: (days >> 5) / 13, month: (days >> 5) % 13, day: days & 31),
            hour: whole >> 12 & 31, minute: whole >> 6 & 63, second: whole & 63,
            fraction: fraction)
    }
}
