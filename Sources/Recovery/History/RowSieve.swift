internal import Binlog

/// The conditions of a history made ready for the rows of one table map.
struct RowSieve: Sendable {
    /// What an image says.
    struct Outcome {
        /// To the conditions themselves.
        var conditions = ColumnTest.Outcome.no
        /// To the best of the followed rows.
        var followed = ColumnTest.Outcome.no
        /// Which of them that is.
        var followedIndex: Int?

        var best: ColumnTest.Outcome { min(conditions, followed) }

        fileprivate mutating func meet(_ outcome: ColumnTest.Outcome, _ index: Int) {
            guard outcome < followed else { return }
            followed = outcome
            followedIndex = index
        }
    }

    struct Test: Sendable {
        var column: Int
        var test: ColumnTest
    }

    let names: ColumnNames
    /// Why the conditions cannot be asked; nil where they can.
    let misfit: ColumnMisfit?
    /// The conditions ask for a name, and nothing tells the columns' names.
    let isNameless: Bool
    /// The columns of the conditions are among those of the key.
    let isByKey: Bool
    private let conditions: [Test]
    private let followed: [[Test]]
    private let shortcut: Shortcut?

    init(_ wanted: [ColumnCondition], followed rows: [[ColumnCondition]], _ names: ColumnNames) {
        self.names = names
        let map = names.map
        func tests(_ conditions: [ColumnCondition]) -> [Test]? {
            var tests: [Test] = []
            for condition in conditions {
                guard let column = names.index(of: condition.column) else { return nil }
                tests.append(
                    Test(column: column, test: ColumnTest(condition, column: column, of: map)))
            }
            return tests
        }
        let asked = tests(wanted)
        conditions = asked ?? []
        isNameless = asked == nil && !names.areComplete && wanted.contains(where: \.hasName)
        misfit = isNameless ? nil : Self.misfit(wanted, names)
        followed = rows.compactMap { tests($0) }
        let columns = Set(conditions.map(\.column))
        isByKey = asked != nil && columns.isSubset(of: names.key ?? Array(columns))
        shortcut = Shortcut(([asked ?? []] + followed).filter { !$0.isEmpty }, map)
    }

    private static func misfit(
        _ wanted: [ColumnCondition], _ names: ColumnNames
    ) -> ColumnMisfit? {
        for condition in wanted {
            guard let column = names.index(of: condition.column) else {
                let text =
                    switch condition.column {
                    case .name(let name): name
                    case .number(let number): "@\(number)"
                    }
                return .noColumn(text, of: names.all)
            }
            let test = ColumnTest(condition, column: column, of: names.map)
            if case .never = test.form {
                let type = names.map.columns[column].type
                if let fault = condition.momentFault, type == .timestamp || type == .oldTimestamp {
                    return .noMoment(fault)
                }
                if case .text(let text) = condition.wanted,
                    names.encoding(of: column).bytes(text) == nil
                {
                    return .noEncoding(condition.description)
                }
                return .noValue(
                    condition.description, type: "\(names.map.columns[column].type)")
            }
        }
        return nil
    }

    /// Whether no row can meet what is asked.
    var isClosed: Bool { conditions.isEmpty && followed.isEmpty }

    // MARK: Rows

    /// What a row's images say before and after; that there is no such image is a no.
    func outcomes(
        _ cursor: borrowing RowCursor, of rows: borrowing RowsEvent, _ layouts: RowLayouts,
        _ buffers: inout Buffers
    ) throws(BinlogError) -> (before: Outcome, after: Outcome) {
        let after = rows.isPartial ? try names.map.valuesOfAfter(cursor, of: rows) : cursor.after
        if layouts.holdAllColumns, let shortcut, !shortcut.mayMatch(rows.rows, cursor.before),
            !shortcut.mayMatch(rows.rows, after)
        {
            return (Outcome(), Outcome())
        }
        let count = names.map.columns.count
        try buffers.before.read(layouts.before, cursor.before, rows.columnsBefore, rows, count)
        try buffers.after.read(layouts.after, after, rows.columnsAfter, rows, count)
        var result = (before: Outcome(), after: Outcome())
        if !conditions.isEmpty {
            (result.before.conditions, result.after.conditions) = try outcomes(
                conditions, cursor, of: rows, &buffers)
        }
        for (index, tests) in followed.enumerated() {
            let (before, after) = try outcomes(tests, cursor, of: rows, &buffers)
            result.before.meet(before, index)
            result.after.meet(after, index)
        }
        return result
    }

    private func outcomes(
        _ tests: [Test], _ cursor: borrowing RowCursor, of rows: borrowing RowsEvent,
        _ buffers: inout Buffers
    ) throws(BinlogError) -> (before: ColumnTest.Outcome, after: ColumnTest.Outcome) {
        var before = rows.operation == .insert ? ColumnTest.Outcome.no : .yes
        var after = rows.operation == .delete ? ColumnTest.Outcome.no : .yes
        for test in tests {
            var old = ColumnTest.Outcome.unknown
            if before != .no || rows.operation == .update {
                old = try outcome(test, cursor, isAfter: false, of: rows, &buffers.before)
                before = max(before, old)
            }
            if after != .no {
                // What an update's image after does not hold has not changed.
                let isHeld = buffers.after.holds(test.column)
                let new =
                    isHeld || rows.operation != .update
                    ? try outcome(test, cursor, isAfter: true, of: rows, &buffers.after) : old
                after = max(after, new)
            }
            if before == .no, after == .no { break }
        }
        // Found by a name that is a guess.
        let best = names.isGuess ? ColumnTest.Outcome.guess : .yes
        return (max(before, best), max(after, best))
    }

    private func outcome(
        _ test: Test, _ cursor: borrowing RowCursor, isAfter: Bool,
        of rows: borrowing RowsEvent, _ image: inout Image
    ) throws(BinlogError) -> ColumnTest.Outcome {
        guard image.holds(test.column) else { return .unknown }
        guard let range = image.range(of: test.column) else { return test.test.outcome(nil) }
        if let decoded = test.test.decoded {
            if image.values.isEmpty {
                if isAfter {
                    try names.map.readAfter(cursor, of: rows, into: &image.values)
                } else {
                    try names.map.readBefore(cursor, of: rows, into: &image.values)
                }
            }
            return try decoded.outcome(image.values[test.column], in: rows.rows)
        }
        let begin = image.begin + range.lowerBound
        let prefix = Int(names.map.columns[test.column].width.prefixBytes)
        return test.test.outcome(
            rows.rows.extracting((begin + prefix)..<(image.begin + range.upperBound)))
    }

    /// Memory that is used again for each row.
    struct Buffers: Sendable {
        var before = Image()
        var after = Image()
    }

    /// Where the values of an image lie.
    struct Image: Sendable {
        /// In the event's rows.
        private(set) var begin = 0
        /// Read when they are first needed.
        var values: [ColumnValue] = []
        private var ranges: [Range<Int>?] = []
        /// By column: where it stands among those of the image, -1 where it does not.
        private var ordinals: [Int] = []

        func holds(_ column: Int) -> Bool { ordinals[column] >= 0 }

        /// Nil for NULL.
        func range(of column: Int) -> Range<Int>? { ranges[ordinals[column]] }

        /// - Parameters:
        ///   - layout: nil where there is no such image.
        ///   - bitmap: which of the table's `count` columns it holds.
        mutating func read(
            _ layout: RowLayout?, _ image: Range<Int>, _ bitmap: RawSpan,
            _ rows: borrowing RowsEvent, _ count: Int
        ) throws(BinlogError) {
            begin = image.lowerBound
            values.removeAll(keepingCapacity: true)
            ranges.removeAll(keepingCapacity: true)
            ordinals.removeAll(keepingCapacity: true)
            guard let layout else {
                for _ in 0..<count { ordinals.append(-1) }
                return
            }
            try layout.readRanges(of: rows.rows.extracting(image), at: rows.offset, into: &ranges)
            var next = 0
            bitmap.withUnsafeBytes { bitmap in
                for column in 0..<count {
                    let isHeld = bitmap[column >> 3] & 1 << UInt8(column & 7) != 0
                    ordinals.append(isHeld ? next : -1)
                    if isHeld { next += 1 }
                }
            }
        }
    }
}

/// Rules out most rows by a few bytes at a fixed place of their images.
///
/// There is one where every alternative asks for a short value of one column, and that column and
/// those before it have fixed widths and are never NULL.
private struct Shortcut: Sendable {
    private let begin: Int
    private let width: Int
    private let values: [UInt64]

    init?(_ alternatives: [[RowSieve.Test]], _ map: TableMap) {
        let columns = alternatives.map { Set($0.map(\.column)) }
        let common = columns.dropFirst().reduce(columns.first ?? []) { $0.intersection($1) }
        let column = common.filter { column in
            map.columns[...column].allSatisfy { !$0.isNullable && $0.width.prefixBytes == 0 }
                && (1...8).contains(map.columns[column].width.fixedBytes)
        }.min()
        guard let column, let end = map.fullLayout.fixedRange(ofFirst: column + 1)?.upperBound
        else { return nil }
        width = Int(map.columns[column].width.fixedBytes)
        begin = end - width
        var values: [UInt64] = []
        for test in alternatives.joined() where test.column == column {
            guard case .stored(let candidates) = test.test.form else { return nil }
            for candidate in candidates {
                guard candidate.padding == nil, candidate.bytes.count == width else { return nil }
                values.append(candidate.bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
            }
        }
        self.values = values
    }

    @inline(__always)
    func mayMatch(_ rows: RawSpan, _ image: Range<Int>) -> Bool {
        guard !image.isEmpty else { return false }
        return rows.withUnsafeBytes { bytes in
            let begin = image.lowerBound + begin
            guard begin + width <= image.upperBound else { return true }
            var stored: UInt64 = 0
            for index in 0..<width { stored |= UInt64(bytes[begin + index]) << UInt64(8 * index) }
            for value in values where value == stored { return true }
            return false
        }
    }
}
