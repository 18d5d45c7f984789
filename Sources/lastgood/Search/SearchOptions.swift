import ArgumentParser
import Binlog
import Recovery
import Report

/// Which statements a search wants.
struct SearchOptions: ParsableArguments {
    @Flag(help: "Only destructive statements; so it is without any filter.")
    var destructive = false

    @Flag(help: "Only statements that change definitions: CREATE, ALTER, DROP and the like.")
    var ddl = false

    @Option(help: ArgumentHelp("Only this kind (repeatable).", valueName: "kind"))
    var kind: [DestructiveKind] = []

    @Option(
        help: ArgumentHelp(
            "Only statements that change this table (repeatable).", valueName: "schema.table"))
    var table: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only texts in which this regular expression matches.", valueName: "regex"))
    var text: String?

    @Option(help: ArgumentHelp("Only statements at this time or later.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only statements before this time.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Only the transaction with this GTID.", valueName: "gtid"))
    var gtid: String?

    @Option(
        help: ArgumentHelp(
            "Only statements of this connection, where the log tells it.", valueName: "id"))
    var thread: UInt32?

    @Option(help: ArgumentHelp("Only statements first run on this server.", valueName: "id"))
    var serverID: UInt32?

    @Option(
        help: ArgumentHelp(
            "From how many rows on a DELETE or UPDATE is a mass-delete or mass-update.",
            valueName: "n"))
    var minRows: UInt64 = 1000

    @Option(
        help: ArgumentHelp("Only transactions of at least this many bytes.", valueName: "n"))
    var minBytes: UInt64?

    @Option(
        help: ArgumentHelp(
            "Only statements that ran this long or longer, where the log tells it.",
            valueName: "seconds"))
    var minDuration: UInt32?

    @OptionGroup var zone: TimeZoneOption

    private var hasFilter: Bool {
        ddl || !table.isEmpty || text != nil || since != nil || until != nil || gtid != nil
            || thread != nil || serverID != nil || minBytes != nil || minDuration != nil
    }

    /// The filter; throws `usage` for a text that cannot be read.
    func filter() throws(Failure) -> (SearchFilter, warnings: [PlanWarning]) {
        var filter = SearchFilter(destructiveOnly: destructive || !hasFilter)
        if !kind.isEmpty {
            filter.kinds = DestructiveKinds(kind)
            if destructive { filter.kinds.formIntersection(.destructive) }
        }
        for name in table { filter.tables.append(try Self.tableName(name)) }
        if let text { filter.matchesText = try Self.matcher(text) }
        if let gtid {
            guard let read = GTID(gtid) else {
                throw .usage("'\(gtid)' is not a GTID", hint: "as 0-1-42")
            }
            filter.gtid = read
        }
        filter.onlyDefinitions = ddl
        filter.threadID = thread
        filter.serverID = serverID
        filter.minRows = minRows
        filter.minSeconds = minDuration
        var warnings: [PlanWarning] = []
        filter.since = try zone.seconds(since, &warnings)
        filter.until = try zone.seconds(until, &warnings)
        return (filter, warnings)
    }

    /// `shop.orders`, a name of any schema `orders`, either part in backticks; two of those inside
    /// them stand for one.
    static func tableName(_ text: String) throws(Failure) -> TableName {
        var parts = [""]
        var isQuoted = false
        var hasJustClosed = false
        for character in text {
            let isDoubled = hasJustClosed && character == "`"
            hasJustClosed = isQuoted && character == "`"
            if isDoubled { parts[parts.count - 1].append("`") }
            switch character {
            case "`": isQuoted.toggle()
            case "." where !isQuoted: parts.append("")
            default: parts[parts.count - 1].append(character)
            }
        }
        guard !isQuoted, parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw .usage(
                "'\(text)' is not the name of a table",
                hint: "as shop.orders; names with a dot in them in backticks")
        }
        return TableName(schema: parts.count == 2 ? parts[0] : nil, table: parts[parts.count - 1])
    }

    private static func matcher(
        _ pattern: String
    ) throws(Failure) -> @Sendable (RawSpan) -> Bool {
        let regex: Regex<AnyRegexOutput>
        do {
            regex = try Regex(pattern)
        } catch {
            throw .usage("'\(pattern)' is not a regular expression: \(error)")
        }
        // Safe: a regex is a value that matching does not change.
        nonisolated(unsafe) let shared = regex
        return { text in
            text.decodedText().firstMatch(of: shared) != nil
        }
    }
}
