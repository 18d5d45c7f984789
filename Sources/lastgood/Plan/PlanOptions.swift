import ArgumentParser
import Binlog
import Recovery
import Replay

/// Where to stop: exactly one of four.
struct StopOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Stop before this: a transaction id, a GTID, or the text of a statement.",
            valueName: "what"))
    var before: String?

    @Option(
        help: ArgumentHelp("Stop after this: the same three forms.", valueName: "what"))
    var after: String?

    @Option(
        help: ArgumentHelp(
            "Stop before the first transaction committed at this time or later.",
            valueName: "time"))
    var until: String?

    @Flag(help: "Replay all that the logs hold.")
    var end = false

    @OptionGroup var zone: TimeZoneOption

    /// Whether any of the four was given.
    var isGiven: Bool { before != nil || after != nil || until != nil || end }

    /// The request, and the statement to look for where it is a text.
    ///
    /// Throws `usage` where none or several are given, or a time or text cannot be read.
    func request() throws -> (StopRequest, StatementPattern?, warnings: [PlanWarning]) {
        let given = [before != nil, after != nil, until != nil, end].filter { $0 }.count
        guard given == 1 else {
            throw Failure.usage(
                "give one of --before, --after, --until and --end",
                hint: "lastgood search PATH shows what there is to stop before")
        }
        if let before {
            let mark = StopMark(before)
            return (.before(mark), try pattern(mark), [])
        }
        if let after {
            let mark = StopMark(after)
            return (.after(mark), try pattern(mark), [])
        }
        guard let until else { return (.end, nil, []) }
        let time = try UserTime(until, zone: zone.timeZone)
        let warnings =
            time.hasFraction
            ? [
                PlanWarning(
                    PlanWarning.subSecond,
                    "the log holds whole seconds: the fraction of \(until) is dropped")
            ] : []
        let stop = StopTime(seconds: time.seconds, microseconds: time.microseconds)
        return (.until(stop), nil, warnings + [time.echo])
    }

    private func pattern(_ mark: StopMark) throws(Failure) -> StatementPattern? {
        guard case .statement(let text) = mark else { return nil }
        if let gtids = GTIDPosition(text), !gtids.isEmpty {
            throw .usage(
                "'\(text)' names several transactions", hint: "give the GTID of the one meant")
        }
        do {
            return try StatementPattern(text)
        } catch .empty {
            throw .usage(
                "the stop point is empty",
                hint: "name a transaction's id, a GTID, or the text of a statement")
        } catch {
            throw .usage("the statement '\(text)' cannot be read", hint: "check its quotes")
        }
    }
}

/// Which part of the logs to replay, and what the user takes upon himself.
struct RangeOptions: ParsableArguments {
    @OptionGroup var logs: LogOptions
    @OptionGroup var stop: StopOptions

    @Option(
        help: ArgumentHelp(
            "The first event to replay (FILE:OFFSET), or the last GTIDs that the backup holds.",
            valueName: "position"))
    var from: String?

    @Option(
        help: ArgumentHelp("Go on in spite of the warning of that code.", valueName: "code"))
    var allow: [String] = []

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var later: LaterOptions

    /// The start the user names; nil where he leaves it to the backup.
    func start() throws(Failure) -> StartText? {
        guard let from else { return nil }
        if let gtids = GTIDPosition(from), !gtids.isEmpty { return .gtids(gtids) }
        if let position = BinlogPosition(from) { return .position(position) }
        throw .usage("--from '\(from)' is neither FILE:OFFSET nor a list of GTIDs")
    }

    enum StartText {
        case position(BinlogPosition)
        case gtids(GTIDPosition)
    }
}

/// What the target is, and what may be done to it.
struct TargetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server to recover into (default: a private scratch server in the workdir).",
            valueName: "url"))
    var target: String?

    @Option(
        help: ArgumentHelp(
            "An option file with the target's account, password and TLS settings.",
            valueName: "file"))
    var defaultsFile: String?

    @Option(help: ArgumentHelp("Where the recovery keeps its state and server.", valueName: "dir"))
    var workdir: String?

    @Flag(help: "Go on without asking.")
    var yes = false

    @Flag(help: "Stop the scratch server at the end.")
    var stopTarget = false

    @Flag(help: "Write what is replayed to the target's own binary log too.")
    var writeBinlog = false

    @Flag(help: "Set gtid_slave_pos of the target to the stop point.")
    var setGtidPosition = false

    @Option(
        help: ArgumentHelp(
            "A setting in which the scratch server must be like the source.",
            valueName: "name=value"))
    var serverOption: [String] = []

    @Option(help: ArgumentHelp("The mariadbd to run as scratch server.", valueName: "path"))
    var serverProgram: String?

    @Option(
        help: ArgumentHelp("The source's system time zone, as Europe/Berlin.", valueName: "zone"))
    var sourceTimeZone: String?

    @Flag(help: "Replay transaction by transaction in the source's order; fold nothing.")
    var exact = false

    @Option(
        help: ArgumentHelp(
            "How many sessions at most send to the target (default: one for each processor).",
            valueName: "n"))
    var lanes: Int?

    @Option(
        help: ArgumentHelp(
            "Memory for folding (default: a quarter of the machine's, at most 1G).",
            valueName: "size"))
    var memory: ByteSize?

    @Option(
        help: ArgumentHelp(
            "How long a --target that broke off the connection is waited for (default: 30).",
            valueName: "seconds"))
    var reconnect: Int?

    @Option(
        help: ArgumentHelp(
            "Table checksums to compare the result with: a JSON file.", valueName: "file"))
    var expect: String?

    func validate() throws {
        if let lanes, !(1...64).contains(lanes) {
            throw ValidationError("--lanes takes a number from 1 to 64, not \(lanes)")
        }
        if let reconnect, !(0...86_400).contains(reconnect) {
            throw ValidationError("--reconnect takes a number of seconds, up to a day")
        }
        if let memory, memory.bytes < ReplayMemory.leastBytes {
            throw ValidationError("--memory takes 1M or more")
        }
    }
}
