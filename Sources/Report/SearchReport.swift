import Binlog
public import Recovery

/// What a search found, the first of it in full.
public struct SearchReport: Sendable {
    /// The matches that are shown, in order.
    public var matches: [RankedMatch]
    /// How many there are in all.
    public var count: UInt64
    /// The paths that were searched, as the user wrote them.
    public var paths: [String]

    /// Of how many matches the log does not tell something.
    public struct Untold: Sendable {
        public private(set) var rows: UInt64 = 0
        public private(set) var threadID: UInt64 = 0

        public init() {}

        /// Counts one match.
        public mutating func add(_ match: SearchMatch) {
            if match.rows == nil { rows += 1 }
            if match.threadID == nil { threadID += 1 }
        }

        /// Adds what was counted elsewhere.
        public mutating func add(_ other: Self) {
            rows += other.rows
            threadID += other.threadID
        }
    }

    /// Among all matches, shown or not.
    public var untold = Untold()

    public init(matches: [RankedMatch], count: UInt64, paths: [String]) {
        self.matches = matches
        self.count = count
        self.paths = paths
    }

    /// The `result` of the JSON object.
    public var json: JSONValue {
        [
            "matches": .array(matches.map(\.json)), "total": .init(count),
            "shown": .init(matches.count),
            "untold": ["rows": .init(untold.rows), "threadID": .init(untold.threadID)],
        ]
    }

    /// The matches as people read them, and the line to go on with.
    public var text: String {
        matches.isEmpty ? "nothing found\n" : list(isNumbered: false) + footer
    }

    /// The matches with a number in front of each, to choose one.
    public var numberedText: String {
        list(isNumbered: true)
            + (more > 0 ? "\n\(HumanNumber.count(more)) more; lastgood search lists them\n" : "")
    }

    private func list(isNumbered: Bool) -> String {
        var table = TextTable([
            ("id", .left), ("time", .left), ("kind", .left), ("table", .left), ("rows", .right),
            ("GTID", .left), ("thread", .right),
        ])
        for entry in matches {
            let match = entry.match
            table.add([
                match.id.description, UTCTime.tableText(seconds: match.timestamp),
                match.kinds.map(\.rawValue).joined(separator: "+"), match.tableText,
                match.rowsText, match.gtid?.description ?? "-",
                match.threadID.map { "\($0)" } ?? "-",
            ])
        }
        let lines = table.lines
        let width = String(matches.count).count
        let space = isNumbered ? String(repeating: " ", count: width + 2) : ""
        var text = space + lines[0] + "\n"
        for (index, line) in lines.dropFirst().enumerated() {
            let number = String(index + 1)
            let front = String(repeating: " ", count: width - number.count) + number + "  "
            text += (isNumbered ? front : "") + line + "\n"
            text += matches[index].detailText
        }
        return text
    }

    private var moreText: String {
        more > 0 ? "\n\(HumanNumber.count(more)) more; show them with --limit\n" : ""
    }

    private var untoldText: String {
        var parts: [String] = []
        if untold.rows > 0 { parts.append("the rows of \(HumanNumber.count(untold.rows))") }
        if untold.threadID > 0 {
            parts.append("the connection of \(HumanNumber.count(untold.threadID))")
        }
        guard !parts.isEmpty else { return "" }
        return "\nof these \(HumanNumber.count(count)) the logs do not tell "
            + parts.joined(separator: ", nor ") + "\n"
    }

    /// How many matches are not shown.
    private var more: UInt64 { count - UInt64(min(UInt64(matches.count), count)) }

    private var footer: String {
        let text = moreText + untoldText
        guard let first = matches.first(where: { $0.match.kind != .other }) ?? matches.first else {
            return text
        }
        let logs = paths.map(ShellText.quoted).joined(separator: " ")
        return text + "\nto see what a recovery to just before the first would do:\n"
            + "  lastgood plan --backup BACKUP --binlogs \(logs) "
            + "--before \(ShellText.quoted(first.match.id.description))\n"
    }
}

extension RankedMatch {
    /// The longest statement that a list shows.
    private static let shownCharacters = 160

    var detailText: String {
        var text = ""
        if let statement = match.statement {
            var line = statement.split(whereSeparator: \.isNewline).joined(separator: " ")
            if line.count > Self.shownCharacters {
                line = line.prefix(Self.shownCharacters) + " …"
            }
            text += "    " + PrintableText.escapeControlCharacters(line) + "\n"
        }
        if let reason = match.reason {
            text += "    (" + PrintableText.escapeControlCharacters(reason) + ")\n"
        }
        if isRoutine { text += "    (alike on \(days) days: a routine, it seems)\n" }
        return text
    }

    var json: JSONValue {
        let members: [JSONValue.Member] = [
            .init("id", .string(match.id.description)),
            .init("kind", .string(match.kind.rawValue)),
            .init("kinds", .array(match.kinds.map { .string($0.rawValue) })),
            .init("schema", .init(match.schema)), .init("table", .init(match.table)),
            .init("timestamp", .time(match.timestamp)),
            .init("groupTimestamp", .time(match.groupTimestamp)),
            .init("gtid", .init(match.gtid)), .init("serverID", .init(match.serverID)),
            .init("threadID", .init(match.threadID)), .init("begin", .init(match.begin)),
            .init("end", .init(match.end)), .init("rows", .init(match.rows)),
            .init("statement", .init(match.statement)),
            .init("statementSizeBytes", .init(match.statementSizeBytes)),
            .init("reason", .init(match.reason)),
            .init("errorCode", .init(match.errorCode)),
            .init("executionSeconds", .init(match.executionSeconds)), .init("days", .init(days)),
        ]
        return .object(members)
    }
}

extension SearchMatch {
    fileprivate var tableText: String {
        let name = [schema, table].compactMap { $0 }.joined(separator: ".")
        return name.isEmpty ? "-" : name
    }

    fileprivate var rowsText: String {
        guard let rows else { return "-" }
        let parts = [
            (rows.deleted, "deleted"), (rows.updated, "updated"), (rows.inserted, "inserted"),
        ]
        let text = parts.filter { $0.0 > 0 }.map { "\(HumanNumber.count($0.0)) \($0.1)" }
        return text.isEmpty ? "0" : text.joined(separator: ", ")
    }
}

/// Words of a command line that a user may copy.
public enum ShellText {
    /// The word, in single quotes where the shell would change it.
    public static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                    UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ","),
                    UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "@"):
                    true
                default: false
                }
            }
        if isPlain { return word }
        return "'"
            + word.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#) + "'"
    }
}
