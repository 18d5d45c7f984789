import Backup
import Binlog
import BinlogFiles
import Recovery
import Report
import Server

/// Everything that stands against a target for a plan, found before anything is changed on it.
struct TargetChecks {
    /// What a dump writes to on a given target.
    struct Databases {
        /// Not there yet: the load makes them, so they may go again when it is repeated.
        var absent: Set<String> = []
        /// There already: what is in them is not ours.
        var present: Set<String> = []
        /// What else is there and holds tables.
        var beside: Set<String> = []

        /// What the dump writes to.
        var all: Set<String> { absent.union(present) }
    }

    private let planned: PlannedRecovery
    private let options: TargetOptions
    private let console: Console

    init(_ planned: PlannedRecovery, _ options: TargetOptions, _ console: Console) {
        self.planned = planned
        self.options = options
        self.console = console
    }

    /// The findings on the given server, or on what a scratch server can do here.
    func run(_ address: ServerAddress?) async throws -> ([TargetFinding], Databases) {
        guard let address else { return (try await scratch(), Databases()) }
        return try given(address)
    }

    private func given(_ address: ServerAddress) throws -> ([TargetFinding], Databases) {
        if case .physical? = planned.backup {
            throw Failure.usage(
                "a backup directory cannot go into a running server",
                hint: "start a server on a prepared copy and use 'lastgood replay --target'")
        }
        let connection = try TargetAccess.login(
            address, defaultsFile: options.defaultsFile, console)
        var isLocal = false
        if case .socket = address.place { isLocal = true }
        let facts = try TargetFacts.read(connection, isLocal: isLocal)
        let databases = try databases(facts)
        var needs = TargetNeeds()
        needs.appliesRows = planned.plan.tally.rowStatements > 0
        needs.runsStatements = planned.plan.tally.textStatements > 0
        needs.loads = planned.plan.tally.loads
        needs.failedLoads = planned.plan.tally.failedLoads
        needs.skipsBinlog = !options.writeBinlog
        needs.setsGTIDPosition = options.setGtidPosition
        needs.createdDatabases = databases.all
        // What stands around an event takes less than a mebibyte.
        needs.largestPacketBytes = planned.plan.tally.largestPacketBytes + (1 << 20)
        // Less will not do: what the logs add and what the dump holds, packed as it may be.
        needs.diskBytes = planned.plan.tally.growthBytes + dumpBytes
        needs.startGTID =
            planned.plan.startGTIDPosition.isEmpty
            ? nil : planned.plan.startGTIDPosition.description
        needs.sourceLogs = Dictionary(
            planned.logs.files.map { ($0.name, $0.sizeBytes) }, uniquingKeysWith: max)
        if let head = try Self.head(of: planned.logs) {
            needs.sourceVersion = ServerVersion(parsing: head.serverVersion)
            needs.sourceServerIDs = [head.serverID]
        }
        return (checkTarget(facts, needs) + (try zoneFinding(connection)), databases)
    }

    /// Statements that use the source's system zone run under its name, which must be known.
    private func zoneFinding(_ connection: borrowing Connection) throws -> [TargetFinding] {
        guard let zone = options.sourceZone else { return [] }
        let name = SQLText.hexLiteral(zone.utf8)
        let known = try connection.value(
            "SELECT CONVERT_TZ('2026-01-01 00:00:00','+00:00',\(name)) IS NOT NULL")
        guard known != "1" else { return [] }
        return [
            TargetFinding(
                TargetFinding.Code(rawValue: "time-zone-tables-missing"),
                "the target does not know the time zone \(zone)",
                hint: "load its zone tables: "
                    + "mariadb-tzinfo-to-sql /usr/share/zoneinfo | mariadb mysql")
        ]
    }

    /// What a scratch server cannot do for these logs.
    private func scratch() async throws -> [TargetFinding] {
        var findings: [TargetFinding] = []
        let server = try await ServerInstallation.find(program: options.programPath)
        let head = try Self.head(of: planned.logs)
        let writer = head.flatMap { ServerVersion(parsing: $0.serverVersion) }
        if let writer, let other = TargetFinding(writer: writer, target: server.version) {
            findings.append(other)
        } else if let head, let writer,
            (server.version.major, server.version.minor) < (writer.major, writer.minor)
        {
            findings.append(
                TargetFinding(
                    .olderServer,
                    "the scratch server would be \(server.version), the log was written by "
                        + head.serverVersion,
                    hint: "give --server-program with a mariadbd of that version or a newer one"))
        }
        // A packet is 1 GiB at most.
        let packetBytes = planned.plan.tally.largestPacketBytes + (1 << 20)
        if packetBytes > 1 << 30 {
            findings.append(
                TargetFinding(
                    .packetTooSmall,
                    "the log holds an event that must be sent in \(packetBytes) bytes, more than a "
                        + "server takes in one packet"))
        }
        return findings
    }

    private static func head(of logs: LogSet) throws(BinlogError) -> FormatDescription? {
        guard let last = logs.files.last else { return nil }
        var reader = try LogReader(last)
        return try reader.advance() ? reader.format : nil
    }

    /// System schemas are there on every server; a dump that has them replaces their tables.
    private func databases(_ facts: TargetFacts) throws -> Databases {
        guard case .dump(let dump)? = planned.backup else { return Databases() }
        let names = try dump.databases()
        let there = facts.tableCounts.keys
        let present = names.filter { name in
            there.contains { $0.lowercased() == name.lowercased() }
        }
        // What comes into an empty one is the recovery's.
        let beside = there.filter { name in
            facts.tableCounts[name] ?? 0 > 0
                && !names.contains { $0.lowercased() == name.lowercased() }
        }
        return Databases(
            absent: names.subtracting(present).subtracting(TableVerification.systemSchemas),
            present: present, beside: Set(beside))
    }

    private var dumpBytes: UInt64 {
        guard case .dump(let dump)? = planned.backup else { return 0 }
        return dump.sizeBytes
    }
}

extension TargetOptions {
    /// What is wrong with the options by themselves, before any log is read.
    ///
    /// Throws `usage`, `expect-unreadable`, and what `ServerOption` and `TimeZones` throw.
    func check() throws {
        if let expect { _ = try ExpectedTables(path: expect) }
        _ = try serverOptions()
        guard target != nil else {
            if let sourceTimeZone { try TimeZones.check(sourceTimeZone) }
            return
        }
        let scratchOnly: [(String, Bool)] = [
            ("--stop-target", stopTarget), ("--server-option", !serverOption.isEmpty),
            ("--server-program", serverProgram != nil),
        ]
        if let (name, _) = scratchOnly.first(where: \.1) {
            throw Failure.usage("\(name) is for the scratch server, and --target names another")
        }
    }

    /// A path that holds in any folder; a bare name is looked for in PATH.
    var programPath: String? {
        serverProgram.map { $0.contains("/") ? FilePaths.absolute($0) : $0 }
    }

    func serverOptions() throws(ServerError) -> [ServerOption] {
        try serverOption.map { text throws(ServerError) in try ServerOption(parsing: text) }
    }

    /// The source's zone as SQL takes it; UTC needs no zone tables.
    var sourceZone: String? {
        let utc = ["UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z"]
        return sourceTimeZone.map { utc.contains($0) ? "+00:00" : $0 }
    }
}

extension TargetFinding {
    var warning: PlanWarning { PlanWarning(code.rawValue, message, blocks: isBlocking) }
}
