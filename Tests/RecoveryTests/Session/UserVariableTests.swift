import Binlog
import Recovery
import Testing

@Suite("user variables with a geometry's type") struct UserVariableTests {
    @Test("a whole geometry can be set", arguments: settableGeometries)
    func settable(bytes: [UInt8], type: String) throws {
        #expect(try canBeSet(bytes, type))
    }

    @Test("no part of one can, nor one with more behind it", arguments: settableGeometries)
    func torn(bytes: [UInt8], type: String) throws {
        for count in bytes.indices {
            #expect(try !canBeSet(Array(bytes.prefix(count)), type))
        }
        #expect(try !canBeSet(bytes + [0], type))
    }

    @Test("what no expression makes is refused", arguments: refusedGeometries)
    func refused(bytes: [UInt8], type: String) throws {
        #expect(try !canBeSet(bytes, type))
    }

    private func canBeSet(_ value: [UInt8], _ type: String) throws -> Bool {
        var canBeSet = false
        try withEvent(14, userVariable(value, type)) { canBeSet = try UserVarEvent($0).canBeSet }
        return canBeSet
    }

    @Test("variables are sent with the statement that reads them, in hexadecimal")
    func packetSize() throws {
        var tally = PlanTally()
        let text = [UInt8](repeating: 7, count: 1000)
        for _ in 0..<3 { try withEvent(14, userVariable(text, "")) { try tally.takeSize(of: $0) } }
        #expect(tally.largestPacketBytes >= 6000)
        let query = [UInt8](repeating: 0, count: 3000)
        try withEvent(2, query) { try tally.takeSize(of: $0) }
        #expect((9000..<10_000).contains(tally.largestPacketBytes))
        try withEvent(2, query) { try tally.takeSize(of: $0) }
        #expect((9000..<10_000).contains(tally.largestPacketBytes))
        let point = settableGeometries[0]
        try withEvent(14, userVariable(text + point.0, point.1)) { try tally.takeSize(of: $0) }
        #expect((9000..<10_000).contains(tally.largestPacketBytes))
        try withEvent(23, [UInt8](repeating: 0, count: 9000)) { try tally.takeSize(of: $0) }
        #expect((12_000..<13_000).contains(tally.largestPacketBytes))
    }

    private func userVariable(_ value: [UInt8], _ type: String) -> [UInt8] {
        let size = withUnsafeBytes(of: UInt32(value.count).littleEndian) { Array($0) }
        let head: [UInt8] = [1, 0, 0, 0, 0x67, 0, 0, 63, 0, 0, 0]
        let name = type.isEmpty ? [] : [2, UInt8(type.utf8.count)] + Array(type.utf8)
        return head + size + value + name
    }

    private func withEvent(
        _ type: UInt8, _ body: [UInt8], _ use: (borrowing Event) throws -> Void
    ) throws {
        let length = UInt32(EventHeader.sizeBytes + body.count)
        let bytes: [UInt8] =
            [0, 0, 0, 0, type, 1, 0, 0, 0]
            + withUnsafeBytes(of: length.littleEndian) { Array($0) } + [0, 0, 0, 0, 0, 0] + body
        var reader = ByteReader(bytes.span.bytes, at: 0)
        let header = try EventHeader(&reader)
        try use(Event(header: header, offset: 0, bytes: bytes.span.bytes, checksumBytes: 0))
    }
}

private func number(_ value: Double) -> [UInt8] {
    withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
}

private func line(_ numbers: [Double]) -> [UInt8] {
    count(numbers.count / 2) + numbers.flatMap(number)
}

private func count(_ value: Int) -> [UInt8] { [UInt8(value), 0, 0, 0] }

private let point: [UInt8] = [1, 1, 0, 0, 0] + number(1) + number(-2.5)

private let lake = line([0, 0, 1, 0, 1, 1, 0, 0])

/// An SRID, the shape, and the type's name.
private let settableGeometries: [([UInt8], String)] = [
    (count(0) + point, "point"), (count(7) + point, "geometry"),
    (count(0) + [1] + count(2) + line([0, 0, 1, 1]), "linestring"),
    (count(0) + [1] + count(3) + count(1) + lake, "polygon"),
    (count(0) + [1] + count(7) + count(2) + point + point, "GeometryCollection"),
    (count(0) + [1] + count(7) + count(0), "geometry"),
    (count(0) + [1] + count(3) + count(1) + line([-0.0, 0, 1, 0, 1, 1, 0, 0]), "polygon"),
]

private let refusedGeometries: [([UInt8], String)] = [
    // No function takes an SRID.
    (count(7) + point, "point"), (count(0) + point, "linestring"),
    (count(0) + [1, 1, 0, 0, 0] + number(.nan) + number(1), "point"),
    (count(0) + [0] + point.dropFirst(), "point"), (count(0) + [1] + count(8), "geometry"),
    (count(0) + [1] + count(2) + line([0, 0]), "linestring"),
    (count(0) + [1] + count(3) + count(1) + line([0, 0, 1, 0, 1, 1, 0, 1]), "polygon"),
    (count(0) + [1] + count(7) + [0xFF, 0xFF, 0xFF, 0xFF], "geometrycollection"),
    // One within the other, deeper than any.
    (count(0) + (0..<2000).flatMap { _ in [1] + count(7) + count(1) } + point, "geometry"),
    (point, "uuid"), (count(0) + [1] + count(7) + count(0), "geometrycollection"),
]
