/// The name of a table, with its schema where that is known.
public struct TableName: Sendable, Hashable, Codable {
    public var schema: String?
    public var table: String

    public init(schema: String?, table: String) {
        self.schema = schema
        self.table = table
    }
}

extension TableName: CustomStringConvertible {
    public var description: String { schema.map { "\($0).\(table)" } ?? table }
}
