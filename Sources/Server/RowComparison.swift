/// Two tables of one name on two servers, compared by the values of their rows.
struct RowComparison: Sendable {
    let target: VerifiedTable
    private let reference: VerifiedTable
    /// The columns that only one of the tables has, or that are of another type.
    let differingColumns: [String]
    /// Nil where no key is the same on both.
    private let key: [KeyOrder]?
    /// The column that each cell of a row's values belongs to.
    private let valueNames: [String]

    /// - Parameter comparesTypes: whether both servers write a type in the same way.
    init(_ target: VerifiedTable, _ reference: VerifiedTable, comparesTypes: Bool) {
        self.target = target
        self.reference = reference
        differingColumns = Self.differingColumns(target, reference, comparesTypes)
        let keys = [target, reference].map { $0.keyColumns ?? [] }
        valueNames = target.storedColumns.flatMap { column in
            column.valueExpressions.map { _ in column.name }
        }
        let orders = keys.map { $0.map(KeyOrder.init) }
        key = orders[0].isEmpty || orders[0] != orders[1] ? nil : orders[0]
    }

    private static func differingColumns(
        _ target: VerifiedTable, _ reference: VerifiedTable, _ comparesTypes: Bool
    ) -> [String] {
        let types = [target, reference].map { table in
            Dictionary(
                table.storedColumns.map { ($0.name, comparesTypes ? $0.plainType : "") },
                uniquingKeysWith: { $1 })
        }
        return Set(types[0].keys).union(types[1].keys).sorted().filter {
            types[0][$0] != types[1][$0]
        }
    }

    var sizeBytes: UInt64 { max(target.sizeBytes, reference.sizeBytes) }

    /// Whether both have columns of the same names, without which no rows can be compared.
    var hasSameColumns: Bool {
        Set(target.storedColumns.map(\.name)) == Set(reference.storedColumns.map(\.name))
    }

    /// Reads both tables to their ends; nil where all rows are equal.
    func run(
        _ targetSession: SessionPool.Session, _ referenceSession: SessionPool.Session
    ) throws(ServerError) -> RowDifferences? {
        if let key {
            var target = try RowStream(targetSession, query(self.target, key))
            var reference = try RowStream(referenceSession, query(self.reference, key))
            var merge = KeyMerge(key, values: valueNames)
            if try merge.run(&target, &reference) { return merge.found }
            try target.skip()
            try reference.skip()
        }
        var target = try RowStream(targetSession, query(self.target, []))
        var reference = try RowStream(referenceSession, query(self.reference, []))
        return try MultisetMatch().run(&target, &reference)
    }

    /// Sorting values and shown values of the key, then all values, in the target's order and as
    /// its types want them read.
    private func query(_ table: VerifiedTable, _ key: [KeyOrder]) -> String {
        let list = key.map(\.value) + key.map(\.shown) + target.valueExpressions
        let order =
            key.isEmpty ? "" : " ORDER BY " + key.map(\.order).joined(separator: ", ")
        return "SELECT \(list.joined(separator: ", ")) FROM \(table.source)" + order
    }
}
