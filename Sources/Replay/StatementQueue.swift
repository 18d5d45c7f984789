internal import Binlog

/// Statements that go to the target as one text, so that each costs no round trip.
///
/// The server runs them in turn and stops at the first that fails.
struct StatementQueue {
    /// A statement of the text.
    struct Entry {
        /// Where it begins in the text.
        fileprivate(set) var begin: Int
        /// Where it stands in the log; nil for one of our own.
        let place: BinlogPosition?
        /// What to commit in its stead where a storage engine refuses it, with all before it.
        fileprivate(set) var fallback: Checkpoint?
    }

    /// A statement that has its place in the text and is written there only when the text goes.
    private struct Mark {
        let statement: String
        /// The entry that it stands before.
        let entry: Int
        let fallback: Checkpoint
    }

    private(set) var text: [UInt8] = []
    private(set) var entries: [Entry] = []
    private var mark: Mark?

    /// A text of this size is worth being sent.
    static let wantedBytes = 64 << 10
    /// So are so many statements: the answers to more would not fit in a local socket (277 on
    /// Linux), and the server would wait for its reader.
    static let wantedStatements = 240

    var isEmpty: Bool { entries.isEmpty && mark == nil }

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

    /// Behind a comment up to the end of the line as well.
    private static let separator: [UInt8] = [UInt8(ascii: "\n"), UInt8(ascii: ";")]

    mutating func add(
        _ statement: some Collection<UInt8>, at place: BinlogPosition? = nil,
        fallback: Checkpoint? = nil
    ) {
        if !text.isEmpty { text += Self.separator }
        entries.append(Entry(begin: text.count, place: place, fallback: fallback))
        text += statement
    }

    /// Marks the place behind what has been added; costs nothing where it is forgotten before the
    /// text goes, as the mark of a transaction whose end is in the same text.
    mutating func mark(by statement: String, fallback: Checkpoint) {
        writeMark()
        mark = Mark(statement: statement, entry: entries.count, fallback: fallback)
    }

    mutating func forgetMark() { mark = nil }

    /// Writes the mark where it belongs: what is added from now on may go without it.
    mutating func writeMark() {
        guard let mark else { return }
        self.mark = nil
        guard mark.entry < entries.count else {
            return add(mark.statement.utf8, fallback: mark.fallback)
        }
        let begin = entries[mark.entry].begin
        let written = Array(mark.statement.utf8) + Self.separator
        text.insert(contentsOf: written, at: begin)
        for index in mark.entry..<entries.count { entries[index].begin += written.count }
        entries.insert(Entry(begin: begin, place: nil, fallback: mark.fallback), at: mark.entry)
    }

    mutating func removeAll() {
        mark = nil
        text.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    /// Leaves the statement of an entry and those behind it.
    mutating func removeAll(before entry: Int) {
        let begin = entries[entry].begin
        text.removeFirst(begin)
        entries.removeFirst(entry)
        for index in entries.indices { entries[index].begin -= begin }
    }

    /// The first one must succeed.
    mutating func forgetFirstFallback() {
        if !entries.isEmpty { entries[0].fallback = nil }
    }
}
