import Server
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Kills of lastgood and of its server at random moments of a whole recovery, the load included.
@Suite("a recovery that is killed", .serialized)
struct CrashTests {
    enum Place: String, CaseIterable, Sendable { case scratch, target }

    private func recovery(_ place: Place) async throws -> ShopRecovery {
        guard place == .target else { return try ShopRecovery() }
        return try ShopRecovery(target: try await SourceServer())
    }

    /// How long a run takes that nobody kills.
    private func durationSeconds(_ place: Place) async throws -> Double {
        let recovery = try await recovery(place)
        let outcome = try await recovery.begin().wait()
        try recovery.expectEqual(outcome, "a run that nobody kills")
        return outcome.durationSeconds
    }

    /// A moment of each round: all rounds together cover the whole run.
    private func moment(
        _ random: inout SplitMix64, _ round: Int, of seconds: Double
    ) -> Duration {
        .seconds(seconds * (Double(round) + random.share()) / Double(CrashRounds.count))
    }

    @Test("goes on to the source's checksums after kills of lastgood", arguments: Place.allCases)
    func killsLastgood(_ place: Place) async throws {
        let seconds = try await durationSeconds(place)
        for round in 0..<CrashRounds.count {
            var random = CrashRounds.random(place == .scratch ? 1 : 2, round)
            let recovery = try await recovery(place)
            var wait = moment(&random, round, of: seconds)
            var story = "seed \(CrashRounds.seed) round \(round):"
            for attempt in 0...random.within(1...2) {
                let run = attempt == 0 ? try recovery.begin() : try recovery.goOn()
                try await Task.sleep(for: wait)
                story += " \(wait) in \(recovery.phase),"
                run.kill()
                let outcome = try await run.wait()
                let isUnsure = recovery.isUnsure(outcome)
                #expect(
                    outcome.exitCode == nil || outcome.exitCode == 0 || isUnsure,
                    "\(story) \(outcome)")
                if recovery.phase == "done" || isUnsure { break }
                wait = .seconds(seconds * random.share())
            }
            try await expectEnd(recovery, story)
        }
    }

    @Test("goes on to the source's checksums after a kill of its server", arguments: Place.allCases)
    func killsServer(_ place: Place) async throws {
        let seconds = try await durationSeconds(place)
        for round in 0..<CrashRounds.count {
            var random = CrashRounds.random(place == .scratch ? 3 : 4, round)
            let recovery = try await recovery(place)
            let wait = moment(&random, round, of: seconds)
            let run = try recovery.begin()
            try await Task.sleep(for: wait)
            let phase = try await killServer(of: recovery)
            let story = "seed \(CrashRounds.seed) round \(round): \(wait) in \(phase)"
            let outcome = try await run.wait()
            let codes: Set<Int32?> = ["replaying", "finishing"].contains(phase) ? [13] : [12, 13]
            // A server that was about to be restarted may die without harm.
            #expect(
                codes.contains(outcome.exitCode)
                    || recovery.phase == "done"
                        && outcome.exitCode == 0,
                "\(story): \(outcome)")
            try await recovery.target?.start()
            if outcome.exitCode == 0 {
                try recovery.expectEqual(outcome, "\(story)")
            } else {
                try await expectEnd(recovery, story)
            }
        }
    }

    /// Kills the server as soon as there is one; the phase in which it died.
    private func killServer(of recovery: ShopRecovery) async throws -> String {
        for _ in 0..<6000 {
            let process =
                recovery.target.map { ServerProcess.find($0.paths) } ?? recovery.scratchByFile
            let phase = recovery.phase
            if phase == "done" { return phase }
            if let process {
                process.signal(SIGKILL)
                _ = await process.waitForEnd(seconds: 30)
                return phase
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        return recovery.phase
    }

    /// Goes on until the end; everything is equal and nothing of ours is left on a given target.
    private func expectEnd(_ recovery: ShopRecovery, _ story: String) async throws {
        if recovery.phase == "done" {
            try await recovery.expectDone("\(story)")
        } else {
            let outcome = try await recovery.goOn().wait()
            if recovery.isUnsure(outcome) {
                print("\(story): cut off in a MyISAM change")
                return
            }
            try recovery.expectEqual(outcome, "\(story)")
        }
        if let target = recovery.target {
            let left = try target.connect().value(
                "SELECT COUNT(*) FROM information_schema.SCHEMATA "
                    + "WHERE SCHEMA_NAME='lastgood_recovery'")
            #expect(left == "0", "\(story)")
        }
    }
}
