import BinlogFiles
import Recovery
import Replay
import Report
import Server
import Synchronization

/// Getting into a target, whichever kind it is.
enum TargetAccess {
    /// A new session. On a scratch server whose accounts were changed, the tool's own is made
    /// again.
    static func connect(_ target: RecoveryState.Target) async throws -> Connection {
        switch target {
        case .given(let address, let defaultsFile):
            return try Connection(
                address, credentials(address, defaultsFile: defaultsFile), sendsFiles: true)
        case .scratch(let configuration):
            let server = ScratchServer(configuration)
            do throws(ServerError) {
                return try server.connect()
            } catch {
                guard error.isAccessDenied || error.code == .badDefaultsFile else { throw error }
            }
            try await server.remakeAccount(.speed)
            return try server.connect()
        }
    }

    /// One more session beside one that `connect` made.
    static func connectAgain(
        _ target: RecoveryState.Target
    ) throws(ServerError) -> Connection {
        switch target {
        case .given(let address, let defaultsFile):
            return try Connection(
                address, credentials(address, defaultsFile: defaultsFile), sendsFiles: true)
        case .scratch(let configuration): return try ScratchServer(configuration).connect()
        }
    }

    /// Sessions for reading a target over several at a time, from its first one on.
    static func sessions(
        _ first: consuming Connection, _ target: RecoveryState.Target
    ) throws(ServerError) -> SessionPool {
        let most = min(Processors.count, mostSessions)
        return try SessionPool(first, most: most) { () throws(ServerError) in
            try connectAgain(target)
        }
    }

    private static let mostSessions = 8

    /// Passwords that were typed, by the server they are for; they end with this process.
    private static let typedPasswords = Mutex<[ServerAddress: String]>([:])

    /// The account of a given target: from its URL, the option file, LASTGOOD_PASSWORD, and what
    /// was typed.
    static func credentials(
        _ address: ServerAddress, defaultsFile: String?
    ) throws(ServerError) -> Credentials {
        var defaults: DefaultsFile?
        if let defaultsFile { defaults = try DefaultsFile.read(path: defaultsFile) }
        var credentials = Credentials.gather(
            address: address, defaults: defaults,
            environmentPassword: Credentials.passwordInEnvironment())
        credentials.password =
            credentials.password ?? typedPasswords.withLock { $0[address] }
        return credentials
    }

    /// The first session on a given server: where it wants a password that nothing gave, the one
    /// at the terminal is asked.
    static func login(
        _ address: ServerAddress, defaultsFile: String?, _ console: Console
    ) throws -> Connection {
        let credentials = try credentials(address, defaultsFile: defaultsFile)
        do throws(ServerError) {
            return try Connection(address, credentials)
        } catch {
            guard error.isAccessDenied, credentials.password == nil,
                let typed = console.askSecret("Password for \(address): ")
            else { throw error }
            typedPasswords.withLock { $0[address] = typed }
        }
        return try Connection(address, self.credentials(address, defaultsFile: defaultsFile))
    }

    /// The ways into a server that the user gave himself.
    static func report(
        _ address: ServerAddress, defaultsFile: String?, lost: LostTable?
    ) -> RecoverReport.Target {
        var words: [String] = []
        if let defaultsFile { words.append("--defaults-file=\(defaultsFile)") }
        var socket: String?
        var host: String?
        var port: Int?
        switch address.place {
        case .socket(let path):
            socket = path
            words.append("--socket=\(path)")
        case .tcp(let name, let number):
            host = name
            port = Int(number)
            words += ["--host=\(name)", "--port=\(number)"]
        }
        if let user = address.user { words.append("--user=\(user)") }
        let options = words.map(ScratchServer.HandOver.shellQuoted).joined(separator: " ")
        let dump = lost.map { lost in
            "mariadb-dump \(options) "
                + [lost.schema, lost.table].map(ScratchServer.HandOver.shellQuoted)
                .joined(separator: " ") + " > "
                + ScratchServer.HandOver.shellQuoted(
                    ScratchServer.HandOver.dumpFileName(lost.table))
        }
        return RecoverReport.Target(
            socket: socket, host: host, port: port, datadir: nil, connect: "mariadb " + options,
            dump: dump, start: nil)
    }
}

/// The table that the statement at the stop point destroys.
struct LostTable {
    var schema: String
    var table: String
}

extension StopPoint {
    /// Nil where the stop is not before a statement, or the statement names no table with a schema.
    var lostTable: LostTable? {
        guard kind == .before, let statement = transaction?.statement else { return nil }
        var classifier = StatementClassifier()
        guard let table = classifier.facts(of: statement).tables.first, let name = table.name,
            let schema = table.schema ?? transaction?.database
        else { return nil }
        return LostTable(schema: schema, table: name)
    }
}

extension RecoveryState {
    /// On a scratch server always; on a given one where the user asked for it.
    var setsGTIDPosition: Bool {
        if case .scratch = target { return true }
        return wishes.setsGTIDPosition
    }

    var backupReport: PlanReport.Backup? {
        guard let backupPath, let backupKind else { return nil }
        return PlanReport.Backup(
            path: backupPath, kind: backupKind, serverVersion: backupServerVersion,
            position: backupPosition, gtidPosition: backupGTIDPosition)
    }

    /// Which tables were folded; of an exact replay none.
    private var folding: PlanReport.Folding? {
        guard let tally, !wishes.isExact else { return nil }
        let changed = plan.tally.tables.changed.map(\.description)
        return PlanReport.Folding(
            foldable: changed.filter { tally.exactTables[$0] == nil }.sorted(),
            exact: tally.exactTables, isPredicted: false)
    }

    var replayed: RecoverReport.Replayed {
        RecoverReport.Replayed(
            transactions: tally?.transactions ?? 0, rows: tally?.rows ?? RowCounts(),
            statements: tally?.statements ?? 0, bytes: tally?.bytes ?? 0,
            batches: tally?.batches ?? 0, seconds: replaySeconds,
            applied: tally?.applied ?? RowCounts(), isExact: wishes.isExact)
    }

    /// What a recovery that is done tells.
    func answer(_ outcome: Outcome) -> Answer {
        let report = RecoverReport(
            PlanReport(plan, backup: backupReport, folding: folding),
            replayed: replayed, target: outcome.target,
            tables: outcome.tables, verdict: outcome.verdict, gtidStatement: outcome.gtidStatement)
        var answer = Answer(
            text: report.text, result: report.json,
            warnings: plan.warnings + warnings + ExpectedTables.warnings(outcome.verdict))
        if outcome.verdict.equal == false {
            answer.failures = [
                Failure(
                    "difference",
                    "the recovered state differs from the reference in "
                        + HumanNumber.count(outcome.verdict.differences.count, "table"))
            ]
        }
        return answer
    }
}
