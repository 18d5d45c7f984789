internal import Binlog
internal import Recovery

/// Keeps what cannot matter away from the matcher: most transactions, and most texts.
///
/// Reading texts and matching are the dearest parts of a search. A row statement is quiet if it
/// only inserts, if it changes rows by `WHERE name = number`, or if the log has no text of it; a
/// transaction is as long as all its statements are and fewer rows than the threshold are changed
/// together. What is not quiet goes to the matcher, behind all that was kept back before it; so it
/// finds what it would have found.
struct QuietTransaction {
    /// One rows event.
    struct Change {
        var table: SearchMatcher.TableHandle
        var operation: RowOperation
        var count: Int
        var endsStatement: Bool
    }

    /// From how many changed rows on a transaction is not quiet.
    private let mostRows: UInt64
    /// False where the search wants all statements, or looks at texts itself.
    private let isAllowed: Bool
    /// The transaction's begin has not been given to the matcher.
    private var isQuiet = false
    private var group = SearchMatcher.GroupBegin(
        id: BinlogPosition(file: "", offset: 0), timestamp: 0)
    /// Rows updated or deleted in the transaction.
    private var changedRows: UInt64 = 0
    /// Of the transaction's quiet statements, and of the open one from `openChanges` on.
    private var changes: [Change] = []
    private var openChanges = 0

    // The open statement.
    private var hasText = false
    private var text: [UInt8] = []
    private var timestamp: UInt32 = 0
    private var maps: [(table: SearchMatcher.TableHandle, timestamp: UInt32)] = []

    /// More rows events than this are not kept back.
    private static let mostChanges = 256

    init(_ filter: SearchFilter) {
        mostRows = filter.minRows
        isAllowed =
            filter.matchesText == nil
            && (!filter.kinds.contains(.other) || filter.onlyDefinitions)
    }

    private var hasOpenStatement: Bool {
        hasText || !maps.isEmpty || openChanges < changes.count
    }

    mutating func begin(_ newGroup: SearchMatcher.GroupBegin, _ matcher: inout SearchMatcher) {
        drop()
        changedRows = 0
        isQuiet = isAllowed
        if isQuiet {
            group = newGroup
        } else {
            matcher.beginGroup(newGroup)
        }
    }

    mutating func annotate(
        _ newText: RawSpan, timestamp newTimestamp: UInt32, _ matcher: inout SearchMatcher
    ) {
        guard isAllowed else { return matcher.annotate(newText, timestamp: newTimestamp) }
        if hasOpenStatement { makeLoud(&matcher) }
        hasText = true
        newText.withUnsafeBytes { text.append(contentsOf: $0) }
        timestamp = newTimestamp
    }

    mutating func map(
        _ table: SearchMatcher.TableHandle, timestamp: UInt32, _ matcher: inout SearchMatcher
    ) {
        guard isAllowed else { return matcher.tableMap(table, timestamp: timestamp) }
        maps.append((table, timestamp))
    }

    mutating func add(_ change: Change, _ matcher: inout SearchMatcher) {
        guard isAllowed else { return change.give(to: &matcher) }
        changes.append(change)
        if change.operation != .insert {
            let (sum, isTooLarge) = changedRows.addingReportingOverflow(
                UInt64(clamping: change.count))
            changedRows = isTooLarge ? .max : sum
        }
        if change.endsStatement {
            endStatement(&matcher)
        } else if changes.count >= Self.mostChanges {
            makeLoud(&matcher)
        }
    }

    private mutating func endStatement(_ matcher: inout SearchMatcher) {
        guard isQuiet, isStatementQuiet, changes.count < Self.mostChanges else {
            return makeLoud(&matcher)
        }
        openChanges = changes.count
        dropStatement()
    }

    private var isStatementQuiet: Bool {
        let isInsert = changes[openChanges...].allSatisfy { $0.operation == .insert }
        if isInsert { return true }
        return changedRows < mostRows && (!hasText || KeyStatement.matches(text.span.bytes))
    }

    /// Gives the matcher all that was kept back, the open statement too.
    mutating func makeLoud(_ matcher: inout SearchMatcher) {
        if isQuiet {
            isQuiet = false
            matcher.beginGroup(group)
            for change in changes[..<openChanges] { change.give(to: &matcher) }
        }
        guard hasOpenStatement else { return drop() }
        if hasText { matcher.annotate(text.span.bytes, timestamp: timestamp) }
        for map in maps { matcher.tableMap(map.table, timestamp: map.timestamp) }
        for change in changes[openChanges...] { change.give(to: &matcher) }
        drop()
    }

    /// Ends the transaction; true where the matcher may have found something.
    mutating func end(
        _ ending: SearchMatcher.GroupEnd, at end: BinlogPosition, _ matcher: inout SearchMatcher
    ) -> Bool {
        if isQuiet, !hasOpenStatement, ending.isPlain {
            drop()
            return false
        }
        makeLoud(&matcher)
        matcher.endGroup(ending, at: end)
        return true
    }

    private mutating func drop() {
        changes.removeAll(keepingCapacity: true)
        openChanges = 0
        dropStatement()
    }

    private mutating func dropStatement() {
        hasText = false
        text.removeAll(keepingCapacity: true)
        maps.removeAll(keepingCapacity: true)
    }
}

extension QuietTransaction.Change {
    fileprivate func give(to matcher: inout SearchMatcher) {
        let change: SearchMatcher.RowChange =
            switch operation {
            case .insert: .insert
            case .update: .update
            case .delete: .delete
            }
        matcher.rows(table, change, count: count, endsStatement: endsStatement)
    }
}

extension SearchMatcher.GroupEnd {
    /// Neither decides nor prepares an XA transaction.
    fileprivate var isPlain: Bool {
        switch self {
        case .commit, .rollback: true
        case .xaPrepared, .xaCommit, .xaRollback: false
        }
    }
}
