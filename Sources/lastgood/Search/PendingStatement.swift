import Binlog
import Recovery

/// A row statement whose text is read only where it can matter.
///
/// Reading texts is the dearest part of a search, and most of them cannot make a statement
/// destructive: those of statements that only insert, and those that change a few rows by
/// `WHERE name = number`. Rows still count, so a match without its text cannot come of it: as soon
/// as a transaction's rows reach the threshold, all texts are read.
struct PendingStatement {
    /// From how many rows of a transaction on every text is read.
    let mostRows: UInt64
    private(set) var hasText = false
    private var text: [UInt8] = []
    private var timestamp: UInt32 = 0
    private var maps: [(table: SearchMatcher.TableHandle, timestamp: UInt32)] = []
    private var changes: [Change] = []
    /// Rows updated or deleted in the transaction.
    private var changedRows: UInt64 = 0

    /// One rows event.
    struct Change {
        var table: SearchMatcher.TableHandle
        var operation: RowOperation
        var count: Int
        var endsStatement: Bool
    }

    /// More rows events of a statement than this are not kept back.
    private static let mostChanges = 64

    init(mostRows: UInt64) { self.mostRows = mostRows }

    mutating func beginTransaction() {
        drop()
        changedRows = 0
    }

    mutating func begin(_ newText: RawSpan, timestamp newTimestamp: UInt32) {
        hasText = true
        newText.withUnsafeBytes { text.append(contentsOf: $0) }
        timestamp = newTimestamp
    }

    mutating func map(_ table: SearchMatcher.TableHandle, _ timestamp: UInt32) {
        maps.append((table, timestamp))
    }

    /// Keeps a rows event back, or gives all to the matcher where the statement is over.
    mutating func add(_ change: Change, into matcher: inout SearchMatcher) {
        changes.append(change)
        if change.operation != .insert {
            changedRows =
                changedRows.addingReportingOverflow(UInt64(clamping: change.count))
                .partialValue
        }
        if change.endsStatement {
            flush(into: &matcher, withText: mayMatter)
        } else if changes.count >= Self.mostChanges {
            flush(into: &matcher)
        }
    }

    private var mayMatter: Bool {
        guard changes.contains(where: { $0.operation != .insert }) else { return false }
        return changedRows >= mostRows || !KeyStatement.matches(text.span.bytes)
    }

    /// Gives the matcher what has been kept back.
    mutating func flush(into matcher: inout SearchMatcher, withText: Bool = true) {
        guard hasText else { return }
        if withText { matcher.annotate(text.span.bytes, timestamp: timestamp) }
        for map in maps { matcher.tableMap(map.table, timestamp: map.timestamp) }
        for change in changes { change.give(to: &matcher) }
        drop()
    }

    private mutating func drop() {
        hasText = false
        text.removeAll(keepingCapacity: true)
        maps.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
    }
}

extension PendingStatement.Change {
    func give(to matcher: inout SearchMatcher) {
        let change: SearchMatcher.RowChange =
            switch operation {
            case .insert: .insert
            case .update: .update
            case .delete: .delete
            }
        matcher.rows(table, change, count: count, endsStatement: endsStatement)
    }
}
