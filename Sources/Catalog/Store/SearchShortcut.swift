public import Binlog
internal import BinlogFiles
public import Recovery

/// A range of whole transactions of which a search need not read a byte.
public struct SearchShortcut: Sendable {
    public var range: Range<UInt64>
    /// All that the search finds in it, in the order in which it became certain.
    public var matches: [SearchMatch]
    /// What the file has come to at the range's end.
    public var reached: GTIDPosition
    /// How many transactions are in it.
    public var transactions: UInt64 = 0
    /// The largest of their commit stamps, in seconds since 1970.
    public var newestCommit: UInt32 = 0
}

extension CatalogEntry {
    /// The ranges that a search can pass over, as long as each can be; ascending.
    ///
    /// - Parameter leastBytes: smaller transactions do not match.
    public func shortcuts(for filter: SearchFilter, leastBytes: UInt64 = 0) -> [SearchShortcut] {
        let plan = BlockFilter(filter, leastBytes: leastBytes, facts.tables)
        let statements = Dictionary(grouping: facts.statements, by: \.block)
        return shortcuts { index, block in plan.matches(in: block, statements[index] ?? []) }
    }

    /// The ranges in which none of some tables is named, by rows or in a text; ascending.
    public func shortcuts(without tables: [TableName]) -> [SearchShortcut] {
        let numbers = facts.tables.indices.filter { tables.contains(facts.tables[$0]) }
        let wanted = NumberBits(numbers.map { UInt32($0) })
        return shortcuts { _, block in
            block.isPlain && !block.hasTexts && block.tables.isDisjoint(with: wanted) ? [] : nil
        }
    }

    /// The ranges that finding a stop point can pass over; ascending.
    ///
    /// The transaction before the stop point is always read, and so is the last block of a file
    /// that was not closed.
    ///
    /// - Parameters:
    ///   - isDecided: it has been found; what is left is what comes late.
    ///   - offset: what begins before it has been read.
    ///   - next: the file behind this one, where that is known.
    public func shortcuts(
        to stop: StopRequest, isDecided: Bool, from offset: UInt64, next: CatalogEntry?
    ) -> [SearchShortcut] {
        let last = facts.blocks.count - 1
        return shortcuts { index, block in
            guard block.isPlain, block.range.lowerBound >= offset,
                index < last || end?.state == .clean
            else { return nil }
            if isDecided { return block.isBehind(stop) ? [] : nil }
            let following = index < last ? facts.blocks[index + 1] : next?.facts.blocks.first
            let isFar = block.isBefore(stop) && following?.isBefore(stop) ?? false
            return isFar ? [] : nil
        }
    }

    /// The blocks in which nothing is late for a time that is the stop point, or says a statement a
    /// second time that is.
    ///
    /// - Parameter key: the statement's.
    public func blocks(behind stop: StopRequest, saying key: StatementKey?) -> PassableRanges {
        let saying = key.map { facts.statementNumbers(of: $0) }
        let blocks = facts.blocks.dropLast().filter { block in
            guard block.isPlain else { return false }
            switch stop {
            case .before(.statement), .after(.statement):
                return saying.map { block.statements.isDisjoint(with: $0) } ?? false
            default: return block.isBehind(stop)
            }
        }
        return PassableRanges(
            blocks.map { block in
                PassableRange(
                    range: block.range, transactions: Int(clamping: block.transactions),
                    newestCommit: block.commits.range?.upperBound ?? 0,
                    reached: GTIDPosition(block.reached) ?? GTIDPosition())
            })
    }

    /// - Parameter matches: what is found in a block; nil where it has to be read.
    private func shortcuts(
        _ matches: (_ index: Int, _ block: BlockFacts) -> [SearchMatch]?
    ) -> [SearchShortcut] {
        var shortcuts: [SearchShortcut] = []
        var isOpen = false
        var reached = ""
        func close() {
            guard isOpen else { return }
            isOpen = false
            shortcuts[shortcuts.count - 1].reached = GTIDPosition(reached) ?? GTIDPosition()
        }
        for (index, block) in facts.blocks.enumerated() {
            guard let matches = matches(index, block) else {
                close()
                continue
            }
            if isOpen {
                let last = shortcuts.count - 1
                shortcuts[last].range =
                    shortcuts[last].range.lowerBound..<block.range.upperBound
                shortcuts[last].matches += matches
            } else {
                isOpen = true
                shortcuts.append(
                    SearchShortcut(range: block.range, matches: matches, reached: GTIDPosition()))
            }
            let last = shortcuts.count - 1
            shortcuts[last].transactions += block.transactions
            shortcuts[last].newestCommit = max(
                shortcuts[last].newestCommit, block.commits.range?.upperBound ?? 0)
            reached = block.reached
        }
        close()
        return shortcuts
    }

    /// Ranges of whole transactions in a part of the file, for other threads than the one that
    /// reads what stands before them; none where the part is small.
    public func parts(of range: Range<UInt64>) -> [Range<UInt64>] {
        let count = UInt64(Processors.count)
        guard count > 1, range.upperBound - range.lowerBound >= SegmentPlan.leastBytes else {
            return []
        }
        let size = (range.upperBound - range.lowerBound) / count
        let begins = facts.blocks.map(\.range.lowerBound).filter { range.contains($0) }
        let cuts = (1..<count).compactMap { part in
            begins.first { $0 >= range.lowerBound + part * size }
        }
        let ends = facts.blocks.map(\.range.upperBound).filter { $0 <= range.upperBound }
        guard let end = ends.last else { return [] }
        return zip(cuts, cuts.dropFirst() + [end]).compactMap { $0 < $1 ? $0..<$1 : nil }
    }
}

/// What a search finds in a block, as far as the block's facts tell.
struct BlockFilter {
    private let filter: SearchFilter
    private let leastBytes: UInt64
    /// The tables that the search wants; nil for all.
    private let tables: NumberBits?

    init(_ filter: SearchFilter, leastBytes: UInt64, _ tables: [TableName]) {
        self.filter = filter
        self.leastBytes = leastBytes
        guard !filter.tables.isEmpty else {
            self.tables = nil
            return
        }
        let wanted = tables.indices.filter { index in
            filter.tables.contains { Self.concerns(tables[index], $0) }
        }
        self.tables = NumberBits(wanted.map { UInt32($0) })
    }

    /// Whether what happens to `table`, without a name a whole schema, may concern `wanted`.
    private static func concerns(_ table: TableName, _ wanted: TableName) -> Bool {
        let isSchema =
            wanted.schema == nil || table.schema == nil || table.schema == wanted.schema
        return isSchema && (table.table.isEmpty || table.table == wanted.table)
    }

    /// Nil where the block has to be read.
    func matches(
        in block: BlockFacts, _ statements: [FileFacts.FoundStatement]
    ) -> [SearchMatch]? {
        guard block.isPlain else { return nil }
        guard mayMatch(block) else { return [] }
        let standard = SearchFilter()
        guard filter.matchesText == nil, !filter.kinds.contains(.other) || filter.onlyDefinitions,
            filter.minRows == standard.minRows, block.keepsStatements
        else { return nil }
        let wanted = statements.filter { statement in
            let match = statement.match
            return filter.accepts(match)
                && match.end.offset - min(match.begin.offset, match.end.offset) >= leastBytes
        }
        return wanted.allSatisfy(\.isWhole) ? wanted.map(\.match) : nil
    }

    private func mayMatch(_ block: BlockFacts) -> Bool {
        guard let stamps = block.stamps.range else { return true }
        if let since = filter.since, stamps.upperBound < since { return false }
        if let until = filter.until, stamps.lowerBound >= until { return false }
        if let serverID = filter.serverID, !block.serverIDs.mayContain(serverID) { return false }
        if let threadID = filter.threadID, !block.threadIDs.mayContain(threadID) { return false }
        if let gtid = filter.gtid, !block.mayContain(gtid) { return false }
        if let tables, tables.isDisjoint(with: block.tables) { return false }
        if block.largestTransactionBytes < leastBytes { return false }
        if let minSeconds = filter.minSeconds, block.longestSeconds < minSeconds { return false }
        if filter.kinds.contains(.other) || block.matches > 0 { return true }
        // Without a match at the usual threshold there is none at a higher one.
        return filter.minRows < SearchFilter().minRows
            && (block.hasTexts || block.largestChangeRows >= filter.minRows)
    }
}

extension BlockFacts {
    /// Whether none of its transactions can decide a stop point.
    fileprivate func isBefore(_ stop: StopRequest) -> Bool {
        switch stop {
        case .until(let time):
            let newest = Int64(commits.range?.upperBound ?? .max)
            return newest + Int64(longestSeconds) < time.seconds
        case .before(.gtid(let gtid)), .after(.gtid(let gtid)): return !mayContain(gtid)
        case .before, .after, .end: return false
        }
    }

    /// Whether nothing in it matters behind the stop point.
    fileprivate func isBehind(_ stop: StopRequest) -> Bool {
        switch stop {
        case .until(let time):
            commits.range.map { Int64($0.lowerBound) >= time.secondBehind } ?? false
        case .before, .after, .end: false
        }
    }
}
