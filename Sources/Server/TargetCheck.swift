/// What a recovery is going to do on a given target.
public struct TargetNeeds: Sendable, Hashable {
    /// Row events go through BINLOG.
    public var appliesRows = true
    /// Statements run as SQL under the log's session settings.
    public var runsStatements = true
    /// What is applied is kept out of the target's binary log.
    public var skipsBinlog = true
    public var setsGTIDPosition = false
    /// Databases that the dump is going to make; they must not hold tables yet.
    public var createdDatabases: Set<String> = []
    /// The largest statement text to be sent.
    public var largestPacketBytes: UInt64 = 0
    /// The newest server that wrote the log.
    public var sourceVersion: ServerVersion?
    public var sourceServerIDs: Set<UInt32> = []
    /// The log files that are read, by base name, with their sizes.
    public var sourceLogs: [String: UInt64] = [:]
    /// What the backup already contains, as `domain-server-sequence`, separated by commas.
    public var startGTID: String?
    public var lowerCaseTableNames: Int?
    public var diskBytes: UInt64 = 0
    /// LOAD DATA statements of the log, which are sent by LOCAL, and those that failed there.
    public var loads = 0
    public var failedLoads = 0

    public init() {}
}

/// One thing about a target that a recovery must know.
public struct TargetFinding: Sendable, Hashable {
    /// The stable name of a finding, as it stands in JSON.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public var code: Code
    public var message: String
    public var hint: String?
    /// Whether nothing may be changed on the target while it holds.
    public var isBlocking: Bool

    public init(_ code: Code, _ message: String, hint: String? = nil, isBlocking: Bool = true) {
        self.code = code
        self.message = message
        self.hint = hint
        self.isBlocking = isBlocking
    }
}

extension TargetFinding.Code {
    public static let missingPrivilege = Self(rawValue: "missing-privilege")
    public static let packetTooSmall = Self(rawValue: "packet-too-small")
    public static let olderServer = Self(rawValue: "older-server")
    /// A MariaDB log and a MySQL target, or the reverse.
    public static let otherServer = Self(rawValue: "other-server")
    public static let eventSchedulerOn = Self(rawValue: "event-scheduler-on")
    public static let slaveExecMode = Self(rawValue: "slave-exec-mode")
    public static let triggersForRows = Self(rawValue: "triggers-for-rbr")
    public static let readOnly = Self(rawValue: "read-only")
    public static let runningReplica = Self(rawValue: "running-replica")
    public static let otherWriters = Self(rawValue: "other-writers")
    public static let otherSessionsUnseen = Self(rawValue: "other-sessions-unseen")
    public static let notEmpty = Self(rawValue: "not-empty")
    public static let targetIsSource = Self(rawValue: "target-is-source")
    public static let diskSpace = Self(rawValue: "disk-space")
    public static let sqlMode = Self(rawValue: "sql-mode")
    public static let loadData = Self(rawValue: "load-data")
    public static let tableNameCase = Self(rawValue: "table-name-case")
    public static let lazyCommits = Self(rawValue: "lazy-commits")
}

extension TargetFinding {
    /// Nil where both are of one make.
    public init?(writer: ServerVersion, target: ServerVersion) {
        guard writer.flavor != target.flavor else { return nil }
        let makes = [writer, target].map { $0.isMariaDB ? "MariaDB" : "MySQL" }
        self.init(
            .otherServer,
            "the log was written by \(makes[0]) \(writer), the target is \(makes[1]) \(target): "
                + "the statements, types and row events of one are not those of the other",
            hint: writer.isMariaDB
                ? "take a MariaDB server" : "give --target mysql://… of a MySQL server")
    }
}

/// Everything about these facts that stands against these needs; empty when the target is fit.
public func checkTarget(_ facts: TargetFacts, _ needs: TargetNeeds) -> [TargetFinding] {
    TargetCheck(facts: facts, needs: needs).findings
}

/// The rules, one property each.
struct TargetCheck {
    let facts: TargetFacts
    let needs: TargetNeeds

    var findings: [TargetFinding] {
        missingPrivileges
            + [
                packet, version, events, execMode, triggers, readOnly, replica, writers, unseen,
                source, disk, mode, nameCase, load, durability,
            ].compactMap { $0 } + existingTables
    }

    /// Privileges by 10.5.2's split of SUPER, and MySQL 8's dynamic ones.
    var neededPrivileges: [String] {
        var needed: [String] = []
        let version = facts.version
        if version.isMariaDB && version.isAtLeast(10, 5, 2) {
            if needs.appliesRows || needs.runsStatements { needed.append("BINLOG REPLAY") }
            if needs.skipsBinlog { needed.append("BINLOG ADMIN") }
            if needs.setsGTIDPosition { needed.append("REPLICATION SLAVE ADMIN") }
            if facts.isOn("read_only") { needed.append("READ_ONLY ADMIN") }
        } else if version.isMariaDB || !version.isAtLeast(8, 0) {
            needed.append("SUPER")
        } else {
            needed += ["BINLOG_ADMIN", "SESSION_VARIABLES_ADMIN"]
        }
        // The tool's own small schema, and whatever the log's statements name.
        needed += ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP"]
        if needs.runsStatements {
            needed += [
                "ALTER", "INDEX", "REFERENCES", "TRIGGER", "CREATE VIEW", "CREATE ROUTINE",
                "ALTER ROUTINE", "EVENT", "CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE",
            ]
        }
        return needed
    }

    /// By LOCAL a load passes over rows that it cannot take, and so ends otherwise than on its
    /// server.
    private var load: TargetFinding? {
        if needs.failedLoads > 0 {
            return TargetFinding(
                .loadData,
                "\(needs.failedLoads) LOAD DATA statements of the log ended with an error on their "
                    + "server, which cannot be repeated on a given target",
                hint: "recover to a private server: leave --target out")
        }
        guard needs.loads > 0, !facts.isOn("local_infile") else { return nil }
        return TargetFinding(
            .loadData,
            "the log holds \(needs.loads) LOAD DATA statements, and the target takes no files "
                + "from a client",
            hint: "SET GLOBAL local_infile=ON on the target")
    }

    private var missingPrivileges: [TargetFinding] {
        let missing = neededPrivileges.filter { !isGranted($0) }
        guard !missing.isEmpty else { return [] }
        let list = missing.joined(separator: ", ")
        return [
            TargetFinding(
                .missingPrivilege, "the account \(facts.user) lacks \(list)",
                hint: "GRANT \(list) ON *.* TO \(quotedUser)")
        ]
    }

    /// The grant's own word for the privilege under read_only differs by version.
    private func isGranted(_ privilege: String) -> Bool {
        if facts.has(privilege) { return true }
        if privilege == "READ_ONLY ADMIN" { return facts.has("READ ONLY ADMIN") }
        if privilege == "REPLICATION SLAVE ADMIN" { return facts.has("REPLICATION REPLICA ADMIN") }
        return false
    }

    private var quotedUser: String {
        // A host holds no @, a name may; an anonymous account has none.
        let parts = facts.user.split(separator: "@", omittingEmptySubsequences: false)
        let user = parts.dropLast().joined(separator: "@")
        return SQLText.quoteString(user) + "@" + SQLText.quoteString(String(parts.last ?? ""))
    }

    private var packet: TargetFinding? {
        guard let size = facts.maxPacketBytes, size < needs.largestPacketBytes else { return nil }
        let wanted = (needs.largestPacketBytes + 1023) / 1024 * 1024
        // No server can be set to more.
        let isPossible = wanted <= 1 << 30
        return TargetFinding(
            .packetTooSmall,
            "max_allowed_packet is \(size) bytes, the log needs \(needs.largestPacketBytes)",
            hint: isPossible
                ? "SET GLOBAL max_allowed_packet=\(wanted)"
                : "no server takes more than \(1 << 30) in one packet: stop before the largest "
                    + "event of the log, and take what it holds from a later backup")
    }

    private var version: TargetFinding? {
        guard let source = needs.sourceVersion else { return nil }
        if let other = TargetFinding(writer: source, target: facts.version) { return other }
        guard (facts.version.major, facts.version.minor) < (source.major, source.minor) else {
            return nil
        }
        return TargetFinding(
            .olderServer, "the target is \(facts.version), the log was written by \(source)",
            hint: "use a server of \(source.major).\(source.minor) or later")
    }

    private var events: TargetFinding? {
        guard facts.isOn("event_scheduler") else { return nil }
        return TargetFinding(
            .eventSchedulerOn, "the event scheduler is on: events would fire in mid-replay",
            hint: "SET GLOBAL event_scheduler=OFF")
    }

    private var execMode: TargetFinding? {
        guard let mode = facts.variables["slave_exec_mode"], mode.uppercased() != "STRICT" else {
            return nil
        }
        return TargetFinding(
            .slaveExecMode, "slave_exec_mode is \(mode): missing rows would pass unseen",
            hint: "SET GLOBAL slave_exec_mode=STRICT")
    }

    private var triggers: TargetFinding? {
        guard let mode = facts.variables["slave_run_triggers_for_rbr"], mode.uppercased() != "NO"
        else { return nil }
        return TargetFinding(
            .triggersForRows, "slave_run_triggers_for_rbr is \(mode): triggers would fire twice",
            hint: "SET GLOBAL slave_run_triggers_for_rbr=NO")
    }

    /// An account that may write under read_only can go on, but a DBA who set it meant it.
    private var readOnly: TargetFinding? {
        guard facts.isOn("read_only") || facts.isOn("super_read_only") else { return nil }
        return TargetFinding(
            .readOnly, "the target is read-only", hint: "SET GLOBAL read_only=OFF")
    }

    private var replica: TargetFinding? {
        guard !facts.runningReplicas.isEmpty else { return nil }
        return TargetFinding(
            .runningReplica, "the target is a running replica", hint: "STOP ALL SLAVES")
    }

    private var writers: TargetFinding? {
        guard let first = facts.otherWriters.first else { return nil }
        let more = facts.otherWriters.count - 1
        return TargetFinding(
            .otherWriters,
            "others write on the target: \(first)" + (more > 0 ? " and \(more) more" : ""),
            hint: "stop the applications that use it")
    }

    private var unseen: TargetFinding? {
        guard !facts.seesOtherSessions else { return nil }
        return TargetFinding(
            .otherSessionsUnseen, "the account cannot see whether others write",
            hint: "GRANT PROCESS ON *.* TO \(quotedUser)", isBlocking: false)
    }

    /// Either the target holds the very logs that are read, or it is past the backup.
    private var source: TargetFinding? {
        let hint = "choose another server: nothing is ever applied to the source"
        if let id = facts.serverID, needs.sourceServerIDs.contains(id) {
            let same = needs.sourceLogs.first { name, size in
                (facts.binaryLogs[name] ?? 0) >= max(size, 1)
            }
            if let same {
                return TargetFinding(
                    .targetIsSource, "the target has server id \(id) and the log \(same.key)",
                    hint: hint)
            }
        }
        guard let start = needs.startGTID.flatMap(Self.sequences) else { return nil }
        let positions = ["gtid_current_pos", "gtid_binlog_pos", "gtid_slave_pos"]
        for position in positions.compactMap({ facts.variables[$0].flatMap(Self.sequences) }) {
            for (domain, sequence) in position {
                guard let known = start[domain], sequence > known else { continue }
                return TargetFinding(
                    .targetIsSource,
                    "the target is at \(sequence) in GTID domain \(domain), "
                        + "the backup at \(known)",
                    hint: hint)
            }
        }
        return nil
    }

    /// The last sequence number of each domain; nil when a part is no GTID of MariaDB's form.
    static func sequences(_ text: String) -> [UInt32: UInt64]? {
        var sequences: [UInt32: UInt64] = [:]
        for part in text.split(separator: ",") {
            let numbers = part.drop { $0 == " " }.split(separator: "-")
            guard numbers.count == 3, let domain = UInt32(numbers[0]),
                let sequence = UInt64(numbers[2])
            else { return nil }
            sequences[domain] = max(sequences[domain] ?? 0, sequence)
        }
        return sequences
    }

    private var disk: TargetFinding? {
        guard let free = facts.freeDiskBytes, free < needs.diskBytes else { return nil }
        return TargetFinding(
            .diskSpace, "the target's disk has \(free) bytes free, \(needs.diskBytes) are needed")
    }

    /// The tool's sessions set their own mode; a dump without its header would not.
    private var mode: TargetFinding? {
        let odd = ["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "PAD_CHAR_TO_FULL_LENGTH", "ORACLE"]
        let modes = (facts.variables["sql_mode"] ?? "").split(separator: ",").map(String.init)
        let found = modes.filter(odd.contains)
        guard !found.isEmpty else { return nil }
        return TargetFinding(
            .sqlMode, "the target's sql_mode has \(found.joined(separator: ", "))",
            hint: "a dump made without its header would be read in another way",
            isBlocking: false)
    }

    /// What tables without transactions took stays when a server loses its last commits.
    private var durability: TargetFinding? {
        guard facts.variables["innodb_flush_log_at_trx_commit"] == "0" else { return nil }
        return TargetFinding(
            .lazyCommits,
            "innodb_flush_log_at_trx_commit is 0 on the target: a server that dies loses its last "
                + "second of commits, and a resume may run again what stayed of it in tables "
                + "without transactions",
            hint: "SET GLOBAL innodb_flush_log_at_trx_commit=2 on the target; if the server dies, "
                + "begin again from the backup", isBlocking: false)
    }

    private var nameCase: TargetFinding? {
        guard let wanted = needs.lowerCaseTableNames,
            let found = facts.variables["lower_case_table_names"].flatMap({ Int($0) }),
            wanted != found
        else { return nil }
        return TargetFinding(
            .tableNameCase,
            "lower_case_table_names is \(found) on the target, \(wanted) on the source",
            hint: "use a server that was set up with \(wanted)")
    }

    private var existingTables: [TargetFinding] {
        let unfinished =
            facts.tableCounts[SessionLock.name] != nil
            ? [
                TargetFinding(
                    .notEmpty,
                    "the target is in the midst of another recovery: it has the database "
                        + SessionLock.name,
                    hint: "lastgood resume goes on with that recovery; drop the database to give "
                        + "it up")
            ] : []
        return unfinished
            + facts.tableCounts.filter { needs.createdDatabases.contains($0.key) && $0.value > 0 }
            .sorted { $0.key < $1.key }
            .map { name, count in
                TargetFinding(
                    .notEmpty, "the database \(name) is there already, with \(count) tables",
                    hint: "drop or rename it, or use another server")
            }
    }
}
