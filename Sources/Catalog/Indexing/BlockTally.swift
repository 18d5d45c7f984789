internal import Binlog
internal import Recovery

/// Counts what the events of a file do, block by block; nothing is allocated per event.
struct BlockTally {
    private(set) var facts = FileFacts()
    /// How many faults the searcher had met when the last block ended.
    var faults = 0
    private var block: BlockFacts?
    /// What the open transaction has done so far, by table number.
    private var sums: [Sum] = []
    /// The tables of `sums` that are under way.
    private var touched: [UInt32] = []
    /// Those of them that the open statement has changed rows of.
    private var changed: [UInt32] = []
    private var changedRows: UInt64 = 0
    /// The numbers of the keys that came last, by their hashes' lowest bits.
    private var keyNumbers = [(key: StatementKey, number: UInt32)](
        repeating: (StatementKey(hash: 0), 0), count: 64)
    /// The searcher's tables, by their numbers there.
    private var numbers: [Int: UInt32] = [:]
    /// From the file's begin, or the part's.
    private var reached = GTIDPosition()

    /// A block ends with the first transaction behind so many bytes.
    static let blockBytes: UInt64 = 1 << 20

    private struct Sum {
        var isTouched = false
        var counts = MinuteCounts()
    }

    /// Where the open block began and how far it goes is for the caller to ask.
    var openBlock: Range<UInt64>? { block?.range }

    // MARK: Events

    mutating func begin(_ transaction: Transaction) {
        if block == nil {
            block = BlockFacts(range: transaction.beginOffset..<transaction.beginOffset)
        }
        block?.serverIDs.add(transaction.serverID)
        if let threadID = transaction.threadID { block?.threadIDs.add(threadID) }
        changedRows = 0
    }

    @inline(__always)
    mutating func stamp(_ timestamp: UInt32) { block?.stamps.add(timestamp) }

    mutating func ran(seconds: UInt32) {
        if seconds < 86_400 { block?.ran(seconds: seconds) }
    }

    mutating func thread(_ threadID: UInt32) { block?.threadIDs.add(threadID) }

    /// The table that the searcher knows by `handle`; `name` is asked for once.
    @inline(__always)
    mutating func touch(_ handle: Int, name: () -> TableName) -> UInt32 {
        if let known = numbers[handle] {
            touch(known)
            return known
        }
        let number = facts.number(of: name())
        numbers[handle] = number
        touch(number)
        return number
    }

    @inline(__always)
    private mutating func touch(_ number: UInt32) {
        let index = Int(number)
        while sums.count <= index { sums.append(Sum()) }
        guard !sums[index].isTouched else { return }
        sums[index].isTouched = true
        touched.append(number)
    }

    mutating func rows(
        _ number: UInt32, _ operation: RowOperation, count: Int, bytes: UInt32, endsStatement: Bool
    ) {
        let count = UInt64(clamping: count)
        let index = Int(number)
        switch operation {
        case .insert: sums[index].counts.inserted &+= count
        case .update: sums[index].counts.updated &+= count
        case .delete: sums[index].counts.deleted &+= count
        }
        if operation != .insert { changedRows &+= count }
        sums[index].counts.bytes &+= UInt64(bytes)
        if !changed.contains(number) { changed.append(number) }
        guard endsStatement else { return }
        for number in changed { sums[Int(number)].counts.statements &+= 1 }
        changed.removeAll(keepingCapacity: true)
    }

    /// A statement, as a text of its own or beside its rows.
    mutating func say(_ statement: RawSpan) {
        guard let key = StatementKey(statement) else {
            block?.statements.insert(0)
            return
        }
        let place = Int(key.hash & 63)
        if keyNumbers[place].key != key { keyNumbers[place] = (key, facts.number(of: key)) }
        block?.statements.insert(keyNumbers[place].number)
    }

    /// A statement as a text, and the tables that it says it changes.
    mutating func text(of tables: [TableName], bytes: UInt32) {
        block?.hasTexts = true
        for name in tables {
            let number = facts.number(of: name)
            touch(number)
            sums[Int(number)].counts.statements &+= 1
            sums[Int(number)].counts.bytes &+= UInt64(bytes) / UInt64(tables.count)
        }
    }

    mutating func end(_ transaction: Transaction) {
        note(transaction)
        let counts = transaction.ending != .rollback && transaction.ending != .xaRollback
        let minute = transaction.timestamp / 60
        for number in touched {
            let index = Int(number)
            block?.tables.insert(number)
            if counts, sums[index].counts != MinuteCounts() {
                sums[index].counts.transactions = 1
                facts.minutes[index].add(sums[index].counts, minute: minute)
            }
            sums[index] = Sum()
        }
        touched.removeAll(keepingCapacity: true)
        changed.removeAll(keepingCapacity: true)
    }

    private mutating func note(_ transaction: Transaction) {
        block?.add(transaction, changedRows: changedRows)
        if let gtid = transaction.gtid { reached.record(gtid) }
        facts.clock.note(transaction.timestamp, at: transaction.beginOffset)
    }

    mutating func restarted(at offset: UInt64, timestamp: UInt32) {
        facts.restarts.append(
            ClockMark(kind: .restart, offset: offset, timestamp: timestamp, earlier: 0))
    }

    // MARK: Blocks

    mutating func found(_ matches: [SearchMatch]) {
        block?.matches += matches.count
        facts.statements += matches.map {
            FileFacts.FoundStatement(block: facts.blocks.count, match: $0)
        }
    }

    /// Ends the open block behind its last whole transaction.
    mutating func closeBlock(isPlain: Bool, checksum: UInt32?) {
        guard var closed = block.take(), !closed.range.isEmpty else { return }
        closed.isPlain = isPlain && checksum != nil
        closed.checksum = checksum ?? 0
        closed.reached = reached.description
        facts.blocks.append(closed)
        facts.dropDenseStatements(from: facts.blocks.count - 1)
    }

    /// Takes in what was counted right behind all of this; no block may be open.
    mutating func append(_ later: FileFacts) {
        facts.append(later)
        reached = facts.reached
    }
}
