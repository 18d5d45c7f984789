internal import Binlog
public import Recovery
internal import SystemPackage

/// All that is known of a file, or of a part of one, before it is stored.
public struct FileFacts: Hashable, Sendable {
    /// The tables of which the file tells; blocks name them by their places here. A table without a
    /// name stands for a whole schema.
    public private(set) var tables: [TableName] = []
    /// The keys of the statements of which the file tells; blocks name them by their places here.
    /// The first stands for every statement that has none, and for all beyond the limit.
    private(set) var statementKeys = [StatementKey(hash: 0)]
    /// By the tables' places.
    public internal(set) var minutes: [TableMinutes] = []
    /// Without gaps, in the file's order.
    public internal(set) var blocks: [BlockFacts] = []
    /// Destructive statements and definitions, in the order in which they became certain.
    public internal(set) var statements: [FoundStatement] = []
    /// When its server was started.
    public internal(set) var restarts: [ClockMark] = []
    var clock = ClockTrack()

    private var numbers: [TableName: UInt32] = [:]
    private var keyNumbers: [StatementKey: UInt32] = [:]

    private static let mostStatementKeys = 1024

    init() {}

    /// A statement that is kept whole, and the block in which it became certain.
    public struct FoundStatement: Hashable, Sendable {
        public var block: Int
        public var match: SearchMatch
        /// All of its text is there, as far as a search keeps it.
        var isWhole = true
    }

    /// Restarts and where the clock went back.
    public var marks: [ClockMark] { restarts + clock.marks }
    /// No transaction for an hour or longer.
    public var silences: [ClockTrack.Silence] { clock.silences }
    /// The greatest commit stamp.
    public var lastCommit: UInt32? { clock.greatest > 0 ? clock.greatest : nil }

    /// Behind the last whole transaction that is known; nil where there is none.
    public var endOffset: UInt64? { blocks.last?.range.upperBound }

    /// What the last block has come to.
    var reached: GTIDPosition { blocks.last.flatMap { GTIDPosition($0.reached) } ?? GTIDPosition() }

    /// The place of a table in the list.
    mutating func number(of table: TableName) -> UInt32 {
        if let known = numbers[table] { return known }
        let number = UInt32(clamping: tables.count)
        tables.append(table)
        minutes.append(TableMinutes())
        numbers[table] = number
        return number
    }

    /// The place of a statement's key in the list.
    mutating func number(of key: StatementKey?) -> UInt32 {
        guard let key else { return 0 }
        if let known = keyNumbers[key] { return known }
        guard statementKeys.count < Self.mostStatementKeys else { return 0 }
        let number = UInt32(statementKeys.count)
        statementKeys.append(key)
        keyNumbers[key] = number
        return number
    }

    /// The places of all keys that a statement with this one may have been given.
    func statementNumbers(of key: StatementKey) -> NumberBits {
        NumberBits([0] + statementKeys.indices.filter { statementKeys[$0] == key }.map(UInt32.init))
    }

    /// Takes in what stands right behind all of this.
    mutating func append(_ later: FileFacts) {
        let translated = later.tables.map { number(of: $0) }
        let keys = [0] + later.statementKeys.dropFirst().map { number(of: $0) }
        for (index, counts) in later.minutes.enumerated() {
            minutes[Int(translated[index])].add(counts)
        }
        for statement in later.statements {
            statements.append(
                FoundStatement(
                    block: statement.block + blocks.count, match: statement.match,
                    isWhole: statement.isWhole))
        }
        let before = reached
        for var block in later.blocks {
            block.tables = NumberBits(block.tables.numbers.map { translated[Int($0)] })
            block.statements = NumberBits(block.statements.numbers.map { keys[Int($0)] })
            if !before.isEmpty, let reached = GTIDPosition(block.reached) {
                var all = before
                all.record(reached)
                block.reached = all.description
            }
            blocks.append(block)
        }
        restarts += later.restarts
        clock.append(later.clock)
    }
}

extension FileFacts {
    /// Joins neighbouring blocks that are small: a file that is indexed while it grows gets such.
    mutating func joinSmallBlocks(of path: FilePath) {
        var joined: [BlockFacts] = []
        var numbers: [Int] = []
        for block in blocks {
            if var last = joined.last, last.canJoin(block) {
                last.join(block)
                last.checksum = FileSample.checksum(of: last.range, in: path) ?? 0
                joined[joined.count - 1] = last
            } else {
                joined.append(block)
            }
            numbers.append(joined.count - 1)
        }
        blocks = joined
        for index in statements.indices {
            statements[index].block = numbers[statements[index].block]
        }
        dropDenseStatements(from: 0)
    }

    /// Leaves out the statements of each block from this one on in which they would take more
    /// than their part of the catalog: a log of nothing but definitions has a small one too.
    mutating func dropDenseStatements(from block: Int) {
        let first = statements.lastIndex { $0.block < block }.map { $0 + 1 } ?? 0
        var begin = first
        while begin < statements.count {
            let number = statements[begin].block
            let end = statements[begin...].firstIndex { $0.block != number } ?? statements.count
            let range = blocks[number].range
            let most = max(Int(clamping: range.upperBound - range.lowerBound), 1 << 20) / 128
            if !Self.fit(statements[begin..<end], most) { blocks[number].keepsStatements = false }
            begin = end
        }
        let kept = statements[first...].filter { blocks[$0.block].keepsStatements }
        statements.replaceSubrange(first..., with: kept)
    }

    /// Whether statements take no more than `most` bytes when they are stored.
    private static func fit(_ statements: ArraySlice<FoundStatement>, _ most: Int) -> Bool {
        // Their names, numbers and texts become a half to a tenth.
        let bytes = statements.reduce(0) {
            $0 + 64 + min($1.match.statement?.utf8.count ?? 0, KeptText.mostBytes)
        }
        if bytes <= most { return true }
        if bytes > 16 * most { return false }
        var writer = PackedWriter()
        for statement in statements { writer.statement(statement, keepsText: true) }
        return DeflatedBytes.pack(writer.bytes).count <= most
    }
}
