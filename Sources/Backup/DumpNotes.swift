/// What a dump says beside its statements, gathered while it is read to its end.
public struct DumpNotes: Sendable, Equatable {
    /// Whether the end of a dump is its real end.
    public enum Completion: Sendable, Equatable {
        /// `-- Dump completed` stands at the end, or the session's settings are restored there.
        case complete
        /// The end is missing.
        case truncated
        /// The dump was made without comments and settings (`--compact`): nothing tells.
        case unknown
    }

    /// How many dumps stand in the stream: the number of `-- MariaDB dump` lines.
    public private(set) var headers = 0
    /// What `gtid_slave_pos` is set to last, commented out or not; it stands behind the data since
    /// MariaDB 10.11.
    public private(set) var gtidText: String?
    var endsInsideStatement = false
    private var saidCompleted = false
    private var savedSettings = false
    private var restoredSettings = false

    public init() {}

    /// What the comments read so far say about the end.
    public var completion: Completion {
        if endsInsideStatement { return .truncated }
        if headers > 0 { return saidCompleted ? .complete : .truncated }
        if savedSettings { return restoredSettings ? .complete : .truncated }
        return .unknown
    }

    mutating func sawStatement() {
        saidCompleted = false
        restoredSettings = false
    }

    /// SQL_NOTES (NOTE_VERBOSITY since 11.x) is the last that a dump saves and restores.
    mutating func saw(_ assignment: DumpStatement.Assignment) {
        let saved = ["@OLD_SQL_NOTES", "@OLD_NOTE_VERBOSITY"]
        if saved.contains(assignment.target.last ?? "") { savedSettings = true }
        if saved.contains(where: { assignment.value.first == .word($0) }) {
            restoredSettings = true
        }
    }

    mutating func sawGTID(_ assignment: DumpStatement.Assignment) {
        guard ["GTID_SLAVE_POS", "@@GTID_SLAVE_POS"].contains(assignment.target.last ?? ""),
            case .string(let text)? = assignment.value.first
        else { return }
        gtidText = text
    }

    mutating func sawComment(_ line: [UInt8]) {
        let text = String(decoding: line.prefix(4096), as: UTF8.self)
        if DumpHeader.isTitle(text) { headers += 1 }
        if text.hasPrefix("-- Dump completed") { saidCompleted = true }
        if text.hasPrefix("-- SET GLOBAL gtid_slave_pos=") {
            let words = DumpWords.first(16, of: text.utf8.dropFirst(2))
            for assignment in DumpStatement.assignments(words) { sawGTID(assignment) }
        }
    }
}
