internal import Binlog

/// An expression that has a geometry's bits and its type.
///
/// A user variable that was given a geometry keeps its type, which a binary literal lacks. What the
/// server stores is an SRID of 4 bytes and well-known binary, low byte first (MariaDB:
/// sql/spatial.h). `ST_GeomFromWKB` gives the type `geometry`; for the others there are only the
/// functions that bear their names, and those know no SRID.
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

    /// The name of the function, and its call.
    private static func shape(
        _ reader: inout ByteReader, depth: Int
    ) throws(BinlogError) -> (name: String, call: String)? {
        guard depth < mostDepth, try reader.u8() == 1 else { return nil }
        let number = try reader.u32()
        guard (1...7).contains(number) else { return nil }
        var parts: [String]? = []
        switch number {
        case 1: return try point(&reader).map { (names[0], $0) }
        case 2: parts = try points(&reader)
        case 3: parts = try rings(&reader)
        default:
            for _ in 0..<(try count(&reader)) {
                guard let part = try shape(&reader, depth: depth + 1) else { return nil }
                parts?.append(part.call)
            }
        }
        guard let parts, !parts.isEmpty else { return nil }
        let name = names[Int(number) - 1]
        return (name, "\(name)(\(parts.joined(separator: ",")))")
    }

    private static func count(_ reader: inout ByteReader) throws(BinlogError) -> Int {
        let count = Int(try reader.u32())
        // Each has 4 bytes at least: no number makes this take more memory than there are bytes.
        guard count <= reader.remaining / 4 else { throw BinlogError(.corrupt, "a geometry") }
        return count
    }

    private static func point(_ reader: inout ByteReader) throws(BinlogError) -> String? {
        let (x, y) = (try reader.u64(), try reader.u64())
        guard Double(bitPattern: x).isFinite, Double(bitPattern: y).isFinite else { return nil }
        return "POINT(\(SQLLiteral.double(bits: x)),\(SQLLiteral.double(bits: y)))"
    }

    private static func points(_ reader: inout ByteReader) throws(BinlogError) -> [String]? {
        var points: [String] = []
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
            guard let points = try points(&reader), points.count >= 4, points.first == points.last
            else { return nil }
            rings.append("LINESTRING(\(points.joined(separator: ",")))")
        }
        return rings
    }
}
