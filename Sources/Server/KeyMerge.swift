/// Goes through two tables that are sorted by one key, side by side.
struct KeyMerge {
    /// How many differing rows are kept.
    private static let mostRows = 10

    private let key: [KeyOrder]
    /// The column that each cell behind the key's belongs to.
    private let values: [String]
    private var missing: UInt64 = 0
    private var extra: UInt64 = 0
    private var differing: UInt64 = 0
    private var first: [RowDifference] = []

    init(_ key: [KeyOrder], values: [String]) {
        self.key = key
        self.values = values
    }

    /// Nil where all rows were equal.
    var found: RowDifferences? {
        guard missing > 0 || extra > 0 || differing > 0 else { return nil }
        return RowDifferences(missing: missing, extra: extra, differing: differing, first: first)
    }

    /// Reads both to their ends; false where one does not come in the order that was asked for, and
    /// nothing follows.
    mutating func run(
        _ target: inout RowStream, _ reference: inout RowStream
    ) throws(ServerError) -> Bool {
        var targetGuard = OrderGuard(key)
        var referenceGuard = OrderGuard(key)
        guard try targetGuard.accepts(target), try referenceGuard.accepts(reference) else {
            return false
        }
        while try !RowStream.areAtEnd(target, reference) {
            let order = try compare(target, reference)
            if order < 0 {
                extra += 1
                keep(.extra, target.row)
            } else if order > 0 {
                missing += 1
                keep(.missing, reference.row)
            } else {
                compareValues(target.row, reference.row)
            }
            if order <= 0 {
                target.advance()
                guard try targetGuard.accepts(target) else { return false }
            }
            if order >= 0 {
                reference.advance()
                guard try referenceGuard.accepts(reference) else { return false }
            }
        }
        return true
    }

    /// A table that has come to its end stands behind all keys.
    private func compare(
        _ target: borrowing RowStream, _ reference: borrowing RowStream
    ) throws(ServerError) -> Int {
        if try target.isAtEnd { return 1 }
        if try reference.isAtEnd { return -1 }
        let one = target.row
        let other = reference.row
        for (index, part) in key.enumerated() {
            let order = part.compare(one.cell(index), other.cell(index))
            if order != 0 { return order }
        }
        return 0
    }

    private mutating func compareValues(
        _ target: borrowing ResultRow, _ reference: borrowing ResultRow
    ) {
        let begin = key.count * 2
        var columns: [String] = []
        for (index, name) in values.enumerated() where columns.last != name {
            if !Self.areEqual(target.cell(begin + index), reference.cell(begin + index)) {
                columns.append(name)
            }
        }
        guard !columns.isEmpty else { return }
        differing += 1
        keep(.differs, target, columns)
    }

    private static func areEqual(
        _ one: UnsafeRawBufferPointer?, _ other: UnsafeRawBufferPointer?
    ) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return KeyOrder.compareBytes(one, other) == 0
    }

    private mutating func keep(
        _ kind: RowDifference.Kind, _ row: borrowing ResultRow, _ columns: [String] = []
    ) {
        guard first.count < Self.mostRows else { return }
        var parts: [RowDifference.KeyPart] = []
        for (index, part) in key.enumerated() {
            parts.append(
                RowDifference.KeyPart(
                    column: part.column, value: row.bytes(key.count + index) ?? [],
                    isBinary: part.isBinary))
        }
        first.append(RowDifference(kind: kind, key: parts, columns: columns))
    }
}

/// Sees to it that a table's keys rise from row to row, without which a merge would miss some.
private struct OrderGuard {
    private let key: [KeyOrder]
    private var last: [[UInt8]]
    private var hasLast = false

    init(_ key: [KeyOrder]) {
        self.key = key
        last = [[UInt8]](repeating: [], count: key.count)
    }

    /// Whether the row that the stream stands at comes behind the one before.
    mutating func accepts(_ stream: borrowing RowStream) throws(ServerError) -> Bool {
        guard try !stream.isAtEnd else { return true }
        let row = stream.row
        if hasLast {
            var order = 0
            for (index, part) in key.enumerated() where order == 0 {
                order = last[index].withUnsafeBytes { part.compare($0, row.cell(index)) }
            }
            guard order < 0 else { return false }
        }
        hasLast = true
        for index in key.indices {
            last[index].removeAll(keepingCapacity: true)
            if let cell = row.cell(index) { last[index].append(contentsOf: cell) }
        }
        return true
    }
}
