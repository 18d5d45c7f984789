internal import Binlog

/// Statements that go to the target as one text, so that each costs no round trip.
///
/// The server runs them in turn and stops at the first that fails.
struct StatementQueue {
    /// A statement of the text.
    struct Entry {
        /// Where it begins in the text.
        let begin: Int
        /// Where it stands in the log; nil for one of our own.
        let place: BinlogPosition?
        /// What to commit in its stead where a storage engine refuses it, with all before it.
        let fallback: Checkpoint?
    }

    private(set) var text: [UInt8] = []
    private(set) var entries: [Entry] = []

    /// A text of this size is worth being sent.
    static let wantedBytes = 64 << 10

    var isEmpty: Bool { entries.isEmpty }

    /// Whether other statements may follow a text: no comment is open at its end, which would
    /// swallow them, and no empty statement would come of it.
    static func takes(_ text: [UInt8]) -> Bool {
        guard text.count <= wantedBytes else { return false }
        let last = text.last { $0 > UInt8(ascii: " ") }
        guard let last, last != UInt8(ascii: ";") else { return false }
        var isOpen = false
        var index = 0
        while index + 1 < text.count {
            switch (text[index], text[index + 1]) {
            case (UInt8(ascii: "/"), UInt8(ascii: "*")) where !isOpen:
                isOpen = true
                index += 1
            case (UInt8(ascii: "*"), UInt8(ascii: "/")) where isOpen:
                isOpen = false
                index += 1
            default: break
            }
            index += 1
        }
        return !isOpen
    }

    mutating func add(
        _ statement: some Collection<UInt8>, at place: BinlogPosition? = nil,
        fallback: Checkpoint? = nil
    ) {
        // A comment up to the end of the line may stand before it.
        if !text.isEmpty { text += [UInt8(ascii: "\n"), UInt8(ascii: ";")] }
        entries.append(Entry(begin: text.count, place: place, fallback: fallback))
        text += statement
    }

    mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    /// Leaves the statement of an entry and those behind it.
    mutating func removeAll(before entry: Int) {
        let begin = entries[entry].begin
        text.removeFirst(begin)
        entries = entries[entry...].map {
            Entry(begin: $0.begin - begin, place: $0.place, fallback: $0.fallback)
        }
    }

    /// The first one must succeed.
    mutating func forgetFirstFallback() {
        guard let first = entries.first else { return }
        entries[0] = Entry(begin: first.begin, place: first.place, fallback: nil)
    }
}
