import Binlog
import Recovery
import TestSupport
import Testing

/// A plan made of runs of transactions against the same made one by one.
@Suite("plans from runs of transactions")
struct TransactionRunTests {
    /// Transactions with stamps that mostly rise, some of which are late or leap ahead.
    private func transactions(_ random: inout SplitMix64) throws -> [TransactionFacts] {
        var stamp: UInt32 = 1_000_000
        var offset: UInt64 = 256
        return try (0..<random.within(1...60)).map { index in
            stamp += UInt32(random.within(0...3))
            var own = stamp
            if random.chance(8) { own -= UInt32(random.within(1...100)) }
            if random.chance(4) { own += UInt32(random.within(50...200)) }
            let size = UInt64(random.within(50...500))
            var transaction = try begun(
                at: offset, domain: UInt8(random.within(0...1)), timestamp: own)
            transaction.endOffset = offset + size
            transaction.executionSeconds = random.chance(5) ? UInt32(random.within(1...60)) : 0
            transaction.ending = .xid
            offset += size
            var tally = PlanTally()
            tally.transactions = 1
            tally.bytes = size
            tally.rows.inserted = UInt64(random.within(0...9))
            var facts = TransactionFacts(transaction, file: "bin.000001", tally: tally)
            facts.statement = "statement \(index)"
            facts.matchesStatement = random.chance(3)
            return facts
        }
    }

    /// A transaction whose GTID's sequence number is its offset.
    private func begun(at offset: UInt64, domain: UInt8, timestamp: UInt32) throws -> Transaction {
        var bytes = [UInt8](repeating: 0, count: EventHeader.sizeBytes)
        for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: offset >> (8 * index))) }
        bytes += [domain, 0, 0, 0, GTIDEvent.Flags.transactional.rawValue, 0]
        let header = EventHeader(
            timestamp: timestamp, type: .gtid, serverID: 1, lengthBytes: UInt32(bytes.count),
            endPosition: 0, flags: [])
        var tracker = TransactionTracker()
        _ = try tracker.take(
            Event(header: header, offset: offset, bytes: bytes.span.bytes, checksumBytes: 0))
        return tracker.transaction
    }

    private func run(of facts: ArraySlice<TransactionFacts>, _ request: StopRequest) throws
        -> TransactionRun
    {
        let first = try #require(facts.first)
        let last = try #require(facts.last)
        var tally = PlanTally()
        var mayMatch = false
        for one in facts {
            tally.transactions += 1
            tally.bytes += one.tally.bytes
            tally.rows.inserted += one.tally.rows.inserted
            mayMatch = mayMatch || one.matchesStatement
            if let gtid = one.transaction.gtid, case .before(.gtid(gtid)) = request {
                mayMatch = true
            }
        }
        let stamps = facts.map(\.transaction.timestamp)
        var reached = GTIDPosition()
        for gtid in facts.compactMap(\.transaction.gtid) { reached.record(gtid) }
        return TransactionRun(
            tally: tally, reached: reached,
            first: TransactionSummary(first), last: TransactionSummary(last), end: last.end,
            stamps: (stamps.min() ?? 0)...(stamps.max() ?? 0),
            latestEnd: facts.map {
                Int64($0.transaction.timestamp) + Int64($0.transaction.executionSeconds)
            }.max() ?? 0, mayMatch: mayMatch)
    }

    private func request(
        _ facts: [TransactionFacts], _ random: inout SplitMix64
    ) -> StopRequest {
        let chosen = facts[random.within(0...(facts.count - 1))]
        let other = MariaDBGTID(domainID: 9, serverID: 9, sequence: 9)
        let gtid = chosen.transaction.gtid ?? .mariadb(other)
        return switch random.within(0...6) {
        case 0: .end
        case 1: .before(.transaction(chosen.id))
        case 2: .after(.transaction(chosen.id))
        case 3: .before(.gtid(gtid))
        case 4: .after(.statement(""))
        case 5: .before(.statement(""))
        default:
            .until(seconds: Int64(chosen.transaction.timestamp) + Int64(random.within(-5...5)))
        }
    }

    @Test("are the plans from the same transactions one by one")
    func equal() throws {
        let seed = try TestSeed.read(for: "runs of transactions")
        var takenRuns = 0
        for round in 0..<2000 {
            var random = SplitMix64(seed: seed &+ UInt64(round))
            let facts = try transactions(&random)
            let request = request(facts, &random)
            let start = BinlogPosition(file: "bin.000001", offset: 256)
            var single = PlanBuilder(request, start: start, gtidPosition: GTIDPosition())
            for one in facts where !single.isFinal { single.take(one) }
            var grouped = PlanBuilder(request, start: start, gtidPosition: GTIDPosition())
            var index = 0
            while index < facts.count, !grouped.isFinal {
                let end = min(facts.count, index + random.within(1...12))
                if grouped.take(try run(of: facts[index..<end], request)) {
                    takenRuns += 1
                } else {
                    for one in facts[index..<end] where !grouped.isFinal { grouped.take(one) }
                }
                index = end
            }
            #expect(
                try grouped.plan() == (try single.plan()), "seed \(seed) round \(round): \(request)"
            )
            #expect(grouped.finder.matchCount == single.finder.matchCount)
        }
        #expect(takenRuns > 2000)
    }

    @Test("a time in stamps that run backwards offers the other cut")
    func otherCut() throws {
        let start = BinlogPosition(file: "bin.000001", offset: 0)
        var builder = PlanBuilder(.until(seconds: 100), start: start, gtidPosition: GTIDPosition())
        for (index, stamp) in [90, 95, 100, 130, 60, 61, 62, 140, 150].enumerated() {
            var transaction = try begun(
                at: UInt64(index), domain: 0, timestamp: UInt32(stamp))
            transaction.endOffset = UInt64(index) + 1
            transaction.ending = .xid
            var tally = PlanTally()
            tally.transactions = 1
            builder.take(TransactionFacts(transaction, file: "bin.000001", tally: tally))
        }
        let plan = try builder.plan()
        #expect(plan.tally.transactions == 2)
        let warning = try #require(plan.warnings.first { $0.code == "time-order" })
        // From the cut at 100 to the one stamped 62.
        #expect(warning.message.hasSuffix("--after bin.000001:6, and takes in 5 transactions more"))
    }
}
