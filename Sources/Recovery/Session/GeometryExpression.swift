internal import Binlog

/// An expression that has a geometry's bits and its type.
///
/// A user variable that was given a geometry keeps its type, which a binary literal lacks. What the
/// server stores is an SRID of 4 bytes and well-known binary, low byte first (MariaDB:
/// sql/spatial.h). `ST_GeomFromWKB` gives the type `geometry`; of the others, the functions that
/// bear their names make all but those with an SRID.
enum GeometryExpression {
    /// The functions by the type's number in well-known binary, 1 first.
    private static let names = [
        "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON",
        "GEOMETRYCOLLECTION",
    ]
    /// Deeper nested is no geometry of an application.
    private static let mostDepth = 32

    /// Nil for bytes that are no geometry of that type, or for which there is no expression.
    static func text(_ bytes: [UInt8], typeName: String) -> String? {
        do throws(BinlogError) {
            var reader = ByteReader(bytes.span.bytes, at: 0)
            let srid = try reader.u32()
            guard let (name, call) = try shape(&reader, depth: 0), reader.isAtEnd else {
                return nil
            }
            if typeName.lowercased() == "geometry" {
                return "ST_GeomFromWKB(X'\(SQLLiteral.digits(Array(bytes[4...])))',\(srid))"
            }
            return typeName.uppercased() == name && srid == 0 ? call : nil
        } catch {
            return nil
        }
    }

    /// The name of the function, and its call; nil for a shape that it would not make.
    private static func shape(
        _ reader: inout ByteReader, depth: Int
    ) throws(BinlogError) -> (name: String, call: String?)? {
        guard depth < mostDepth, try reader.u8() == 1 else { return nil }
        let number = try reader.u32()
        guard (1...7).contains(number) else { return nil }
        var parts: [String] = []
        switch number {
        case 1: return try point(&reader).map { (names[0], $0.call) }
        case 2:
            guard let points = try points(&reader) else { return nil }
            parts = points.map(\.call)
        case 3:
            guard let rings = try rings(&reader) else { return nil }
            parts = rings
        default:
            for _ in 0..<(try count(&reader)) {
                guard let part = try shape(&reader, depth: depth + 1), let call = part.call else {
                    return nil
                }
                parts.append(call)
            }
        }
        let name = names[Int(number) - 1]
        guard !parts.isEmpty else { return number == 7 ? (name, nil) : nil }
        return (name, "\(name)(\(parts.joined(separator: ",")))")
    }

    private static func count(_ reader: inout ByteReader) throws(BinlogError) -> Int {
        let count = Int(try reader.u32())
        // Each has 4 bytes at least: no number makes this take more memory than there are bytes.
        guard count <= reader.remaining / 4 else { throw BinlogError(.corrupt, "a geometry") }
        return count
    }

    private struct Point {
        let x: UInt64
        let y: UInt64

        var call: String { "POINT(\(SQLLiteral.double(bits: x)),\(SQLLiteral.double(bits: y)))" }

        /// As numbers: 0 is -0.
        func isSame(as other: Point) -> Bool {
            Double(bitPattern: x) == Double(bitPattern: other.x)
                && Double(bitPattern: y) == Double(bitPattern: other.y)
        }
    }

    private static func point(_ reader: inout ByteReader) throws(BinlogError) -> Point? {
        let point = Point(x: try reader.u64(), y: try reader.u64())
        let isFinite = Double(bitPattern: point.x).isFinite && Double(bitPattern: point.y).isFinite
        return isFinite ? point : nil
    }

    private static func points(_ reader: inout ByteReader) throws(BinlogError) -> [Point]? {
        var points: [Point] = []
        for _ in 0..<(try count(&reader)) {
            guard let point = try point(&reader) else { return nil }
            points.append(point)
        }
        return points.count >= 2 ? points : nil
    }

    /// Each ends where it began: of others the function makes NULL.
    private static func rings(_ reader: inout ByteReader) throws(BinlogError) -> [String]? {
        var rings: [String] = []
        for _ in 0..<(try count(&reader)) {
            guard let points = try points(&reader), points.count >= 4,
                let first = points.first, let last = points.last, first.isSame(as: last)
            else { return nil }
            rings.append("LINESTRING(\(points.map(\.call).joined(separator: ",")))")
        }
        return rings
    }
}
