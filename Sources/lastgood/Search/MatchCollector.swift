import Binlog
import Catalog
import Recovery
import Report

/// Keeps the matches that will be shown, in bounded memory, and counts all of them.
struct MatchCollector {
    private(set) var count: UInt64 = 0
    /// Of how many of them the log does not tell something.
    private(set) var untold = SearchReport.Untold()
    private var kept: [RankedMatch] = []
    private var keptBytes = 0
    private var daysByFingerprint: [UInt64: Days] = [:]
    private let order: MatchOrder
    private let limit: Int
    let leastBytes: UInt64

    /// The days (since 1970) on which a statement ran, ascending.
    private struct Days {
        private(set) var all: [UInt16] = []

        mutating func add(_ day: UInt16) {
            if all.last == day { return }
            let index = all.firstIndex { $0 >= day } ?? all.endIndex
            if index == all.endIndex || all[index] != day { all.insert(day, at: index) }
        }
    }

    /// Beyond these the matches that would not be shown are dropped.
    private static let mostKeptBytes = 32 << 20
    private static let mostKept = 20_000
    private static let mostFingerprints = 100_000

    init(order: MatchOrder, limit: Int, leastBytes: UInt64) {
        self.order = order
        self.limit = limit
        self.leastBytes = leastBytes
    }

    mutating func add(_ match: SearchMatch) {
        let sizeBytes =
            match.end.offset >= match.begin.offset
            ? match.end.offset - match.begin.offset : 0
        guard sizeBytes >= leastBytes else { return }
        untold.add(match)
        let fingerprint = Self.fingerprint(match)
        note(UInt16(match.timestamp / 86_400), fingerprint)
        kept.append(
            RankedMatch(match: match, ordinal: count, fingerprint: fingerprint, days: 0))
        keptBytes += (match.statement?.utf8.count ?? 0) + 256
        count += 1
        if kept.count > Self.mostKept || keptBytes > Self.mostKeptBytes, kept.count > 2 * limit {
            prune()
        }
    }

    /// Takes what a searcher has found.
    mutating func take(_ events: inout EventSearcher) {
        for match in events.takeMatches() { add(match) }
    }

    /// Takes in what was found behind everything here.
    mutating func merge(_ later: MatchCollector) {
        for var entry in later.kept {
            entry.ordinal += count
            kept.append(entry)
        }
        count += later.count
        untold.add(later.untold)
        keptBytes += later.keptBytes
        for (fingerprint, days) in later.daysByFingerprint {
            for day in days.all { note(day, fingerprint) }
        }
        if kept.count > Self.mostKept || keptBytes > Self.mostKeptBytes { prune() }
    }

    /// The best matches, in order.
    mutating func best() -> [RankedMatch] {
        prune()
        return kept
    }

    private mutating func prune() {
        for index in kept.indices {
            kept[index].days = daysByFingerprint[kept[index].fingerprint]?.all.count ?? 1
        }
        kept.sort { $0.precedes($1, in: order) }
        if kept.count > limit { kept.removeLast(kept.count - limit) }
        keptBytes = kept.reduce(0) { $0 + ($1.match.statement?.utf8.count ?? 0) + 256 }
    }

    private mutating func note(_ day: UInt16, _ fingerprint: UInt64) {
        guard
            daysByFingerprint[fingerprint] != nil
                || daysByFingerprint.count < Self.mostFingerprints
        else { return }
        daysByFingerprint[fingerprint, default: Days()].add(day)
    }

    /// The tokens of the statement without its literals, its table and kind.
    private static func fingerprint(_ match: SearchMatch) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(match.kind)
        hasher.combine(match.schema)
        hasher.combine(match.table)
        if let statement = match.statement {
            var tokens: [SQLToken] = []
            let text = Array(statement.utf8.prefix(4096))
            _ = SQLTokenizer.tokenize(text.span.bytes, mode: .standard, into: &tokens)
            for token in tokens {
                switch token.kind {
                case .string, .number, .binary, .introducer: hasher.combine(0)
                default:
                    for byte in text[token.range] {
                        hasher.combine((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
                    }
                }
            }
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
