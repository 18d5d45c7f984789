/// The catalog's facts as bytes: numbers of seven bits a byte, texts behind their length.
struct PackedWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ value: some BinaryInteger) {
        var rest = UInt64(truncatingIfNeeded: value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func text(_ value: String) {
        number(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout Self, Value) -> Void) {
        flag(value != nil)
        if let value { write(&self, value) }
    }

    mutating func list<Values: Collection>(
        _ values: Values, _ write: (inout Self, Values.Element) -> Void
    ) {
        number(values.count)
        for value in values { write(&self, value) }
    }
}

/// Reads what `PackedWriter` wrote; throws `CatalogDamage` where bytes are not that.
struct PackedReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func number() throws(CatalogDamage) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count, shift < 64 {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw CatalogDamage()
    }

    mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(CatalogDamage) -> Number {
        guard let value = Number(exactly: try number()) else { throw CatalogDamage() }
        return value
    }

    mutating func flag() throws(CatalogDamage) -> Bool {
        switch try number() {
        case 0: false
        case 1: true
        default: throw CatalogDamage()
        }
    }

    mutating func text() throws(CatalogDamage) -> String {
        let count = try number(Int.self)
        guard count <= bytes.count - index else { throw CatalogDamage() }
        defer { index += count }
        return String(decoding: bytes[index..<(index + count)], as: UTF8.self)
    }

    mutating func optional<Value>(
        _ read: (inout Self) throws(CatalogDamage) -> Value
    ) throws(CatalogDamage) -> Value? {
        try flag() ? try read(&self) : nil
    }

    mutating func list<Value>(
        _ read: (inout Self) throws(CatalogDamage) -> Value
    ) throws(CatalogDamage) -> [Value] {
        let count = try number(Int.self)
        // Each takes a byte at least: what is not there is not made room for.
        guard count <= bytes.count - index else { throw CatalogDamage() }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}

/// What stands in a catalog is not what was written there.
struct CatalogDamage: Error {}
