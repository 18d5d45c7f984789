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
    /// swallow them, and nothing but a comment or white space stands behind a semicolon, which
    /// would be an empty statement. One that only seems so goes alone.
    static func takes(_ text: [UInt8]) -> Bool {
        guard text.count <= wantedBytes, text.contains(where: { !isSpace($0) }) else {
            return false
        }
        var isOpen = false
        var isBehindEnd = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            let next = index + 1 < text.count ? text[index + 1] : 0
            switch (byte, next) {
            // The server takes it for the end, where it is the last.
            case (0, _): return false
            case (UInt8(ascii: "/"), UInt8(ascii: "*")) where !isOpen:
                isOpen = true
                index += 1
            case (UInt8(ascii: "*"), UInt8(ascii: "/")) where isOpen:
                isOpen = false
                index += 1
            default: break
            }
            if isBehindEnd, !isSpace(byte) {
                guard !"-#/;".utf8.contains(byte) else { return false }
                isBehindEnd = false
            }
            if byte == UInt8(ascii: ";") { isBehindEnd = true }
            index += 1
        }
        return !isOpen && !isBehindEnd
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (9...13).contains(byte)
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
