import Binlog
import BinlogFiles
import Foundation
import Recovery
import Server
import SystemPackage
import TestSupport
import Testing

@testable import Replay

/// Plans made from stretches that several threads read.
@Suite("planner")
struct PlannerTests {
    private static let first = BinlogPosition(file: "bin.000001", offset: 4)
    private static let stamp: Int64 = 1_700_000_000

    /// A log of small transactions, a second apart, with a statement each that names its number.
    private func source(format: String) async throws -> SourceServer {
        let source = try await SourceServer(["--binlog-format=\(format)"])
        let connection = try source.connect()
        try connection.execute(
            "SET timestamp=\(Self.stamp);CREATE DATABASE d;CREATE TABLE d.t (id INT, t TEXT)")
        for number in 1...30 {
            // Every sixth is stamped a little before the one in front of it.
            let stamp = Self.stamp + Int64(number) - (number % 6 == 0 ? 3 : 0)
            try connection.execute(
                "SET timestamp=\(stamp);BEGIN;INSERT INTO d.t VALUES (\(number), 'text');"
                    + "SET @v=\(number);INSERT INTO d.t VALUES (@v, RAND());COMMIT")
            if number % 10 == 0 {
                try connection.execute("UPDATE d.t SET t='same'")
            }
        }
        return source
    }

    private func outcome(
        _ logs: LogSet, _ stop: StopRequest, _ matches: Planner.TextMatcher?
    ) throws -> PlanOutcome {
        try Planner(
            logs, start: .position(Self.first, gtidPosition: nil), stop: stop, matches: matches
        ).outcome()
    }

    private static func matcher(_ text: String) -> Planner.TextMatcher {
        { logged, _, _ in logged.copied().elementsEqual(text.utf8) }
    }

    private struct Stop {
        var request: StopRequest
        var matches: Planner.TextMatcher?
    }

    /// Every way to say where to stop, at each of some transactions.
    private func stops(_ ids: [BinlogPosition]) -> [Stop] {
        var stops = [Stop(request: .end)]
        for (index, id) in ids.enumerated() where index % 4 == 3 {
            let gtid = GTID.mariadb(
                MariaDBGTID(domainID: 0, serverID: 1, sequence: UInt64(index + 1)))
            stops += [
                Stop(request: .before(.transaction(id))), Stop(request: .after(.transaction(id))),
                Stop(request: .before(.gtid(gtid))), Stop(request: .after(.gtid(gtid))),
                Stop(request: .until(seconds: Self.stamp + Int64(index))),
            ]
        }
        let texts = [
            "INSERT INTO d.t VALUES (7, 'text')", "UPDATE d.t SET t='same'",
            "INSERT INTO d.t VALUES (@v, RAND())", "nowhere",
        ]
        for text in texts {
            stops += [
                Stop(request: .before(.statement(text)), matches: Self.matcher(text)),
                Stop(request: .after(.statement(text)), matches: Self.matcher(text)),
            ]
        }
        return stops
    }

    @Test(
        "stretches make the plan that one transaction after the other makes",
        arguments: ["ROW", "MIXED", "STATEMENT"])
    func oneByOne(format: String) async throws {
        let source = try await source(format: format)
        let logs = try LogSet.find([FilePath(source.logFolder)])
        for stop in try stops(Replaying.transactions(of: source).map(\.id)) {
            let expected = try Replaying.oneByOne(
                logs, from: Self.first, GTIDPosition(), to: stop.request, matches: stop.matches)
            switch try outcome(logs, stop.request, stop.matches) {
            case .plan(let plan, _):
                #expect(try plan == expected.plan(), "\(stop.request)")
            case .notFound:
                #expect(expected.finder.matchCount == 0, "\(stop.request)")
            case .ambiguous(let matches, let count):
                #expect(expected.finder.matches == matches, "\(stop.request)")
                #expect(expected.finder.matchCount == count && count > 1, "\(stop.request)")
            }
        }
        try await source.stop()
    }

    @Test(
        "damage behind the stop point, in the same stretch, stops no plan",
        arguments: ["ROW", "STATEMENT"])
    func damageBehind(format: String) async throws {
        let source = try await source(format: format)
        let ids = try Replaying.transactions(of: source).map(\.id)
        try await source.stop()
        var bytes = try Data(contentsOf: URL(filePath: source.logFolder + "/bin.000001"))
        let damaged = try #require(ids.dropLast(3).last).offset
        // In the event behind the GTID.
        bytes[Int(damaged) + 80] ^= 1
        let folder = try TestFolder("logs")
        try folder.write("bin.000001", bytes)
        let logs = try LogSet.find([FilePath(folder.path)])
        let whole = try LogSet.find([FilePath(source.logFolder)])
        for stop in stops(ids) {
            guard case .plan(let plan, _) = try outcome(whole, stop.request, stop.matches),
                plan.stop.position.offset < ids[ids.count - 5].offset
            else { continue }
            guard case .plan(var found, _) = try outcome(logs, stop.request, stop.matches) else {
                Issue.record("no plan for \(stop.request)")
                continue
            }
            // What is behind the stop point cannot be told as well as in the whole log.
            let behind: Set = ["damage-behind-stop", "late-transactions", "time-order"]
            found.warnings.removeAll { behind.contains($0.code) }
            var expected = plan
            expected.warnings.removeAll { behind.contains($0.code) }
            expected.late = found.late
            #expect(found == expected, "\(stop.request)")
        }
        let error = #expect(throws: RecoveryError.self) { try outcome(logs, .end, nil) }
        #expect(error?.code == .init(rawValue: "checksum-mismatch"))
        let offset = error?.offset ?? 0
        #expect(offset > damaged && offset < damaged + 80)
    }

    @Test(
        "a torn transaction of its full length is a crash's where the next file proves it",
        arguments: ["ROW", "STATEMENT"])
    func crashTail(format: String) async throws {
        let source = try await source(format: format)
        let ids = try Replaying.transactions(of: source).map(\.id)
        // It says that it is in use.
        let log = source.logFolder + "/bin.000001"
        var bytes = try Data(contentsOf: URL(filePath: log))
        try await source.stop()
        try await source.start()
        try source.run("INSERT INTO d.t VALUES (99, 'behind')")
        try await source.stop()

        // The last transaction once more, in another domain, its second event damaged.
        let last = Int(try #require(ids.last).offset)
        var torn = bytes[last...]
        torn[last + EventHeader.sizeBytes + 8] = 5
        let length = Int(torn[last + 9])
        let body = last + length + EventHeader.sizeBytes
        torn.replaceSubrange(body..<(body + 8), with: repeatElement(0, count: 8))
        bytes.append(contentsOf: torn)
        let folder = try TestFolder("logs")
        try folder.write("bin.000001", bytes)
        try folder.write(
            "bin.000002", Data(contentsOf: URL(filePath: source.logFolder + "/bin.000002")))
        let logs = try LogSet.find([FilePath(folder.path)])
        guard case .plan(let plan, let contained) = try outcome(logs, .end, nil) else {
            Issue.record("no plan")
            return
        }
        #expect(plan.tally.transactions == ids.count + 1)
        #expect(plan.warnings.map(\.code) == ["session-defaults", "crash-tail"])

        let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
        let tally = try ReplayRun(logs, plan, contained: contained).apply(to: target.connect())
        #expect(tally.transactions == ids.count + 1)
        try await source.start()
        try ReplayRun.removeCheckpoint(try target.connect())
        try ServerState(target).expect(try ServerState(source), "\(format)")
        try await target.stop()
        try await source.stop()
    }

    @Test("the drop of a temporary table, which a replay passes over, is a stop point too")
    func temporaryDrop() async throws {
        let source = try await SourceServer(["--binlog-format=MIXED"])
        try source.run(
            "CREATE DATABASE d", "CREATE TABLE d.t (id INT)",
            "CREATE TEMPORARY TABLE d.held (a INT)",
            "INSERT INTO d.t VALUES (1)", "DROP TEMPORARY TABLE d.held",
            "INSERT INTO d.t VALUES (2)")
        let text = "DROP TEMPORARY TABLE `d`.`held` /* generated by server */"
        let outcome = try Planner(
            LogSet.find([FilePath(source.logFolder)]),
            start: .position(
                Replaying.transactions(of: source).map(\.id)[3], gtidPosition: nil),
            stop: .before(.statement(text)), matches: Self.matcher(text)
        ).outcome()
        try await source.stop()
        guard case .plan(let plan, _) = outcome else {
            Issue.record("no plan: \(outcome)")
            return
        }
        #expect(plan.stop.transaction?.statement == text)
        #expect(plan.tally.transactions == 1)
    }
}
