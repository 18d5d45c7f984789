/// A set of MySQL GTIDs, as in `gtid_executed`: intervals of numbers per source.
public struct MySQLGTIDSet: Hashable, Sendable {
    /// Rising, and with a gap between any two.
    private var intervals: [MySQLGTID.Source: [ClosedRange<UInt64>]] = [:]

    public init() {}

    /// Reads a set such as `uuid:1-5:7,uuid:tag:1-3` (white space allowed), where what stands
    /// behind a tag is of it; nil for anything else. The empty text is the empty set.
    public init?(_ text: some StringProtocol) {
        for part in text.split(separator: ",") {
            let words = part.lowercased().filter { !$0.isWhitespace }
                .split(separator: ":", omittingEmptySubsequences: false)
            guard let first = words.first, let server = ServerUUID(first), words.count > 1 else {
                return nil
            }
            var source = MySQLGTID.Source(server: server)
            var hasNumbers = false
            for word in words.dropFirst() {
                if let range = Self.interval(word) {
                    insert(range, of: source)
                    hasNumbers = true
                } else if Self.isTag(word) {
                    source.tag = String(word)
                    hasNumbers = false
                } else {
                    return nil
                }
            }
            guard hasNumbers else { return nil }
        }
    }

    private static func interval(_ word: Substring) -> ClosedRange<UInt64>? {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count),
            ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39) ~= $0 } }),
            let first = UInt64(ends[0]), let last = UInt64(ends[ends.count - 1]),
            first >= 1, first <= last, last <= MySQLGTID.highestNumber
        else { return nil }
        return first...last
    }

    /// 1 to 32 letters, digits and underscores, no digit first (MySQL: `Tag`).
    static func isTag(_ word: some StringProtocol) -> Bool {
        guard let first = word.utf8.first, !((0x30...0x39) ~= first) else { return false }
        return word.utf8.count <= 32
            && word.utf8.allSatisfy {
                (0x30...0x39) ~= $0 || (0x61...0x7A) ~= $0 || $0 == UInt8(ascii: "_")
            }
    }

    public var isEmpty: Bool { intervals.isEmpty }

    /// The one GTID in it; nil for none or several.
    var only: MySQLGTID? {
        guard intervals.count == 1, let (source, ranges) = intervals.first, ranges.count == 1,
            ranges[0].count == 1
        else { return nil }
        return MySQLGTID(source: source, number: ranges[0].lowerBound)
    }

    /// The lowest GTID of the first source; nil for the empty set.
    public var first: MySQLGTID? {
        guard let source = intervals.keys.min(), let range = intervals[source]?.first else {
            return nil
        }
        return MySQLGTID(source: source, number: range.lowerBound)
    }

    /// Whether a GTID is in the set.
    public func contains(_ gtid: MySQLGTID) -> Bool {
        intervals[gtid.source]?.contains { $0.contains(gtid.number) } ?? false
    }

    /// Whether all of another set is in this one.
    public func isSuperset(of other: Self) -> Bool {
        other.intervals.allSatisfy { source, ranges in
            ranges.allSatisfy { range in
                intervals[source]?.contains {
                    $0.contains(range.lowerBound) && $0.contains(range.upperBound)
                } ?? false
            }
        }
    }

    /// Adds a GTID; nothing changes where it is there.
    public mutating func insert(_ gtid: MySQLGTID) {
        insert(gtid.number...gtid.number, of: gtid.source)
    }

    /// Takes a GTID out; nothing changes where it is not there.
    public mutating func remove(_ gtid: MySQLGTID) {
        guard contains(gtid) else { return }
        var only = Self()
        only.insert(gtid)
        subtract(only)
    }

    /// Adds all of another set.
    public mutating func formUnion(_ other: Self) {
        for (source, ranges) in other.intervals {
            for range in ranges { insert(range, of: source) }
        }
    }

    /// Takes out all of another set.
    public mutating func subtract(_ other: Self) {
        for (source, ranges) in other.intervals {
            guard var own = intervals[source] else { continue }
            for range in ranges { own = own.flatMap { Self.rest(of: $0, without: range) } }
            intervals[source] = own.isEmpty ? nil : own
        }
    }

    private static func rest(
        of range: ClosedRange<UInt64>, without other: ClosedRange<UInt64>
    ) -> [ClosedRange<UInt64>] {
        guard range.overlaps(other) else { return [range] }
        var rest: [ClosedRange<UInt64>] = []
        if range.lowerBound < other.lowerBound {
            rest.append(range.lowerBound...(other.lowerBound - 1))
        }
        if range.upperBound > other.upperBound {
            rest.append((other.upperBound + 1)...range.upperBound)
        }
        return rest
    }

    /// Numbers must not be above `MySQLGTID.highestNumber`.
    mutating func insert(_ range: ClosedRange<UInt64>, of source: MySQLGTID.Source) {
        // Mostly it goes on where the last one ended.
        var ranges = intervals[source] ?? []
        intervals[source] = nil
        defer { intervals[source] = ranges }
        if let last = ranges.last {
            if range.lowerBound > last.upperBound + 1 {
                ranges.append(range)
                return
            }
            if range.lowerBound >= last.lowerBound {
                ranges[ranges.count - 1] =
                    last.lowerBound...max(last.upperBound, range.upperBound)
                return
            }
        }
        let begin = ranges.firstIndex { $0.upperBound + 1 >= range.lowerBound } ?? ranges.count
        var end = begin
        var merged = range
        while end < ranges.count, ranges[end].lowerBound <= range.upperBound + 1 {
            merged =
                min(
                    merged.lowerBound, ranges[end].lowerBound)...max(
                    merged.upperBound, ranges[end].upperBound)
            end += 1
        }
        ranges.replaceSubrange(begin..<end, with: [merged])
    }
}

extension MySQLGTIDSet: CustomStringConvertible {
    /// As a server writes `gtid_executed`, without line ends.
    public var description: String {
        var text = ""
        var server: ServerUUID?
        for source in intervals.keys.sorted() {
            if source.server != server {
                text += (text.isEmpty ? "" : ",") + source.server.description
                server = source.server
            }
            if !source.tag.isEmpty { text += ":" + source.tag }
            for range in intervals[source] ?? [] {
                text += ":\(range.lowerBound)"
                if range.count > 1 { text += "-\(range.upperBound)" }
            }
        }
        return text
    }
}
