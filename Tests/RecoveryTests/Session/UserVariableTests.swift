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
        let size = withUnsafeBytes(of: UInt32(value.count).littleEndian) { Array($0) }
        let body: [UInt8] =
            [1, 0, 0, 0, 0x67, 0, 0, 63, 0, 0, 0] + size + value + [2, UInt8(type.utf8.count)]
            + Array(type.utf8)
        let length = UInt32(EventHeader.sizeBytes + body.count)
        let bytes: [UInt8] =
            [0, 0, 0, 0, 14, 1, 0, 0, 0] + withUnsafeBytes(of: length.littleEndian) { Array($0) }
            + [0, 0, 0, 0, 0, 0] + body
        var reader = ByteReader(bytes.span.bytes, at: 0)
        let header = try EventHeader(&reader)
        let event = Event(header: header, offset: 0, bytes: bytes.span.bytes, checksumBytes: 0)
        return try UserVarEvent(event).canBeSet
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
    (point, "uuid"),
]
