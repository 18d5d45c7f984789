/// The exit codes of the command line's contract, and which error has which.
struct ExitCode: RawRepresentable, Hashable, Sendable {
    let rawValue: Int32

    static let done = ExitCode(rawValue: 0)
    /// Nothing was found, or a check did not hold.
    static let nothingFound = ExitCode(rawValue: 1)
    static let failed = ExitCode(rawValue: 2)
    /// A stop point matches more than one transaction.
    static let ambiguous = ExitCode(rawValue: 3)
    /// A log or backup is damaged or holds something that is not supported.
    static let damaged = ExitCode(rawValue: 10)
    static let chainGap = ExitCode(rawValue: 11)
    /// The target is not fit; nothing was changed on it.
    static let targetUnfit = ExitCode(rawValue: 12)
    /// Stopped half-way; `resume` goes on.
    static let stoppedHalfWay = ExitCode(rawValue: 13)
    /// Done, but not equal to the reference.
    static let different = ExitCode(rawValue: 14)
    static let usage = ExitCode(rawValue: 64)

    /// The exit code of an error; `failed` for one that the table does not name.
    static func of(_ code: String) -> ExitCode { table[code] ?? .failed }

    private static let table: [String: ExitCode] = [
        "not-found": .nothingFound,
        "ambiguous": .ambiguous,
        "truncated": .damaged, "corrupt": .damaged, "checksum-mismatch": .damaged,
        "unknown-event": .damaged, "unsupported-event": .damaged, "incident": .damaged,
        "missing-table-map": .damaged, "missing-xa": .damaged,
        "missing-key": .damaged, "wrong-key": .damaged,
        "unsupported-backup": .damaged, "statement-not-exported": .damaged,
        "chain-gap": .chainGap, "position-mismatch": .chainGap,
        "access-denied": .targetUnfit, "connection-lost": .targetUnfit,
        "time-zone-tables-missing": .targetUnfit,
        "missing-privilege": .targetUnfit, "packet-too-small": .targetUnfit,
        "older-server": .targetUnfit, "other-server": .targetUnfit,
        "event-scheduler-on": .targetUnfit,
        "slave-exec-mode": .targetUnfit, "triggers-for-rbr": .targetUnfit,
        "read-only": .targetUnfit, "running-replica": .targetUnfit,
        "other-writers": .targetUnfit, "not-empty": .targetUnfit,
        "target-is-source": .targetUnfit, "disk-space": .targetUnfit,
        "table-name-case": .targetUnfit, "load-data": .targetUnfit, "sql-error": .targetUnfit,
        "program-missing": .targetUnfit, "program-failed": .targetUnfit,
        "workdir-unreachable": .targetUnfit, "server-user-missing": .targetUnfit,
        "server-did-not-start": .targetUnfit, "server-did-not-stop": .targetUnfit,
        "load-failed": .stoppedHalfWay, "load-cut-off": .stoppedHalfWay,
        "prepare-failed": .targetUnfit,
        "target-failed": .stoppedHalfWay, "target-lost": .stoppedHalfWay,
        "stopped": .stoppedHalfWay, "unsure-rows": .stoppedHalfWay,
        "temporary-tables-lost": .stoppedHalfWay, "disk-full": .stoppedHalfWay,
        "contradiction": .stoppedHalfWay, "columns-differ": .stoppedHalfWay,
        "difference": .different,
        "usage": .usage, "several-bases": .usage, "later-version": .usage,
        "bad-address": .usage, "password-in-address": .usage, "server-option-refused": .usage,
        "time-zone-unknown": .usage,
    ]

    /// The one that wins where several apply: the highest below 64.
    static func winner(of codes: [ExitCode]) -> ExitCode {
        let below = codes.filter { $0.rawValue < ExitCode.usage.rawValue && $0 != .done }
        let highest = below.max { $0.rawValue < $1.rawValue }
        return highest ?? (codes.contains(.usage) ? .usage : .done)
    }
}
