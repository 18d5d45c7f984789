/// The name of a table, with its schema where that is known.
///
/// Names are the same where their bytes are: to a String `é` is equal to `e` with an accent behind
/// it, to a server they are two tables.
public struct TableName: Sendable, Hashable, Codable {
    public var schema: String?
    public var table: String

    public init(schema: String?, table: String) {
        self.schema = schema
        self.table = table
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.table.utf8.elementsEqual(right.table.utf8)
            && (left.schema == nil) == (right.schema == nil)
            && (left.schema ?? "").utf8.elementsEqual((right.schema ?? "").utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in (schema ?? "").utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0))
        for byte in table.utf8 { hasher.combine(byte) }
    }
}

extension TableName: CustomStringConvertible {
    public var description: String { schema.map { "\($0).\(table)" } ?? table }
}
