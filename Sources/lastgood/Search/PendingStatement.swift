import Recovery

/// A row statement whose text is not read until a row is deleted or updated.
///
/// Nothing that only inserts is destructive, whatever its text says; and reading texts is the
/// dearest part of a search.
struct PendingStatement {
    struct Change {
        var table: SearchMatcher.TableHandle
        var count: Int
        var endsStatement: Bool
    }

    private(set) var hasText = false
    private var text: [UInt8] = []
    private var timestamp: UInt32 = 0
    private var maps: [(SearchMatcher.TableHandle, UInt32)] = []
    private var inserts: [Change] = []

    mutating func begin(_ newText: RawSpan, timestamp newTimestamp: UInt32) {
        hasText = true
        newText.withUnsafeBytes { text.append(contentsOf: $0) }
        timestamp = newTimestamp
    }

    mutating func map(_ table: SearchMatcher.TableHandle, _ timestamp: UInt32) {
        maps.append((table, timestamp))
    }

    /// Rows of another kind must be given to the matcher behind `flush`.
    mutating func insert(_ change: Change, into matcher: inout SearchMatcher) {
        inserts.append(change)
        if change.endsStatement { flush(into: &matcher, withText: false) }
    }

    /// Gives the matcher what has been kept back.
    mutating func flush(into matcher: inout SearchMatcher, withText: Bool = true) {
        guard hasText else { return }
        if withText { matcher.annotate(text.span.bytes, timestamp: timestamp) }
        for (table, timestamp) in maps { matcher.tableMap(table, timestamp: timestamp) }
        for change in inserts {
            matcher.rows(
                change.table, .insert, count: change.count, endsStatement: change.endsStatement)
        }
        drop()
    }

    mutating func drop() {
        hasText = false
        text.removeAll(keepingCapacity: true)
        maps.removeAll(keepingCapacity: true)
        inserts.removeAll(keepingCapacity: true)
    }
}
