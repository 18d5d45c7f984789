internal import Binlog

/// What is known of a run of whole transactions, about 1 MB of a file: enough to say that a search
/// finds nothing in it.
public struct BlockFacts: Hashable, Sendable {
    /// From the first byte of its first transaction to the one behind its last.
    public var range: Range<UInt64>
    public var transactions: UInt64 = 0
    /// Commit stamps, in seconds since 1970.
    public var commits = Bounds<UInt32>()
    /// Stamps of all its events, commits too.
    var stamps = Bounds<UInt32>()
    var serverIDs = FewNumbers()
    /// Of the connections that the log tells.
    var threadIDs = FewNumbers()
    /// The lowest and highest number from each source of GTIDs.
    var gtids: [GTIDRange] = []
    /// What the file has come to at the block's end: the last GTID of each domain, all of MySQL's.
    /// As text, since few of many blocks are asked for it.
    var reached = ""
    /// Which of the file's tables its events name.
    var tables = NumberBits()
    /// Which of the file's keys the statements in it have, also those that stand beside rows.
    var statements = NumberBits()
    /// The most rows that one transaction updated and deleted.
    var largestChangeRows: UInt64 = 0
    var largestTransactionBytes: UInt64 = 0
    /// How long the longest of its statements ran that stand in the log as texts.
    var longestSeconds: UInt32 = 0
    /// It holds statements as texts, which may have said anything.
    var hasTexts = false
    /// How many destructive statements and definitions stand in it.
    var matches = 0
    /// The file's list has them; where it does not, the block is read for them.
    var keepsStatements = true
    /// All of it was understood, and nothing behind it hangs on what it holds.
    var isPlain = false
    /// CRC-32 of its bytes in the file.
    var checksum: UInt32 = 0

    init(range: Range<UInt64>) { self.range = range }

    /// Takes in a transaction that is whole.
    mutating func add(_ transaction: Transaction, changedRows: UInt64) {
        range = range.lowerBound..<max(range.lowerBound, transaction.endOffset)
        transactions += 1
        commits.add(transaction.timestamp)
        stamps.add(transaction.timestamp)
        largestChangeRows = max(largestChangeRows, changedRows)
        largestTransactionBytes = max(largestTransactionBytes, transaction.sizeBytes)
        if let gtid = transaction.gtid { add(gtid) }
    }

    mutating func ran(seconds: UInt32) { longestSeconds = max(longestSeconds, seconds) }

    private mutating func add(_ gtid: GTID) {
        let source = GTIDSource(gtid)
        let index = gtids.firstIndex { $0.source == source } ?? gtids.endIndex
        if index == gtids.endIndex { gtids.append(GTIDRange(source: source, numbers: Bounds())) }
        gtids[index].numbers.add(GTIDSource.number(gtid))
    }

    func mayContain(_ gtid: GTID) -> Bool {
        gtids.contains {
            $0.source == GTIDSource(gtid) && $0.numbers.contains(GTIDSource.number(gtid))
        }
    }
}

extension BlockFacts {
    /// Whether both together are still a small block, and a plain one. Between them may stand
    /// events that belong to no transaction.
    func canJoin(_ next: BlockFacts) -> Bool {
        isPlain && next.isPlain && range.upperBound <= next.range.lowerBound
            && next.range.upperBound - range.lowerBound <= BlockTally.blockBytes
    }

    /// Takes in the block behind it; the checksum is then another.
    mutating func join(_ next: BlockFacts) {
        range = range.lowerBound..<next.range.upperBound
        transactions += next.transactions
        commits.add(next.commits)
        stamps.add(next.stamps)
        serverIDs.add(next.serverIDs)
        threadIDs.add(next.threadIDs)
        for other in next.gtids {
            let index = gtids.firstIndex { $0.source == other.source } ?? gtids.endIndex
            if index == gtids.endIndex { gtids.append(other) }
            gtids[index].numbers.add(other.numbers)
        }
        reached = next.reached
        for number in next.tables.numbers { tables.insert(number) }
        for number in next.statements.numbers { statements.insert(number) }
        largestChangeRows = max(largestChangeRows, next.largestChangeRows)
        largestTransactionBytes = max(largestTransactionBytes, next.largestTransactionBytes)
        longestSeconds = max(longestSeconds, next.longestSeconds)
        hasTexts = hasTexts || next.hasTexts
        matches += next.matches
        keepsStatements = keepsStatements && next.keepsStatements
    }
}

/// The least and the greatest of some values.
public struct Bounds<Value: Comparable & Hashable & Sendable>: Hashable, Sendable {
    /// Nil where there was none.
    public private(set) var range: ClosedRange<Value>?

    init() {}

    init(_ range: ClosedRange<Value>) { self.range = range }

    @inline(__always)
    mutating func add(_ value: Value) {
        guard let known = range else {
            range = value...value
            return
        }
        if value < known.lowerBound { range = value...known.upperBound }
        if value > known.upperBound { range = known.lowerBound...value }
    }

    mutating func add(_ other: Self) {
        guard let other = other.range else { return }
        add(other.lowerBound)
        add(other.upperBound)
    }

    func contains(_ value: Value) -> Bool { range?.contains(value) ?? false }
}

/// A few different numbers, or the knowledge that they are many.
struct FewNumbers: Hashable, Sendable {
    private(set) var values: [UInt32] = []
    private(set) var areMany = false

    private static let most = 32

    init() {}

    init(_ values: [UInt32], areMany: Bool) {
        self.values = values
        self.areMany = areMany
    }

    @inline(__always)
    mutating func add(_ value: UInt32) {
        if areMany || values.last == value || values.contains(value) { return }
        values.append(value)
        guard values.count > Self.most else { return }
        areMany = true
        values = []
    }

    mutating func add(_ other: Self) {
        for value in other.values { add(value) }
        if other.areMany {
            areMany = true
            values = []
        }
    }

    /// Whether the number may be among them.
    func mayContain(_ value: UInt32) -> Bool { areMany || values.contains(value) }
}

/// A set of small numbers that lie near each other.
struct NumberBits: Hashable, Sendable {
    /// How many numbers below `words` are not there, by 64.
    private(set) var begin = 0
    private(set) var words: [UInt64] = []

    init() {}

    init(begin: Int, words: [UInt64]) {
        self.begin = begin
        self.words = words
    }

    init(_ numbers: [UInt32]) {
        for number in numbers { insert(number) }
    }

    mutating func insert(_ number: UInt32) {
        let place = Int(number >> 6)
        if words.isEmpty { begin = place }
        if place < begin {
            words.insert(contentsOf: repeatElement(0, count: begin - place), at: 0)
            begin = place
        }
        while words.count <= place - begin { words.append(0) }
        words[place - begin] |= 1 << UInt64(number & 63)
    }

    func contains(_ number: UInt32) -> Bool {
        let index = Int(number >> 6) - begin
        return words.indices.contains(index) && words[index] & 1 << UInt64(number & 63) != 0
    }

    func isDisjoint(with other: Self) -> Bool {
        let first = max(begin, other.begin)
        return !zip(words.dropFirst(first - begin), other.words.dropFirst(first - other.begin))
            .contains { $0 & $1 != 0 }
    }

    /// Ascending.
    var numbers: [UInt32] {
        words.indices.flatMap { index in
            (0..<64).filter { words[index] & 1 << UInt64($0) != 0 }
                .map { UInt32((begin + index) * 64 + $0) }
        }
    }
}

/// The GTIDs of a block that come from one source.
struct GTIDRange: Hashable, Sendable {
    var source: GTIDSource
    var numbers: Bounds<UInt64>
}

/// Who numbers GTIDs: a domain and server of MariaDB, or a server and tag of MySQL.
enum GTIDSource: Hashable, Sendable {
    case mariadb(domainID: UInt32, serverID: UInt32)
    case mysql(MySQLGTID.Source)

    init(_ gtid: GTID) {
        switch gtid {
        case .mariadb(let gtid):
            self = .mariadb(domainID: gtid.domainID, serverID: gtid.serverID)
        case .mysql(let gtid): self = .mysql(gtid.source)
        }
    }

    static func number(_ gtid: GTID) -> UInt64 {
        switch gtid {
        case .mariadb(let gtid): gtid.sequence
        case .mysql(let gtid): gtid.number
        }
    }
}
