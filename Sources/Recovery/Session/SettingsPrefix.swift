import Binlog

/// The settings that a statement has for itself alone: `SET STATEMENT a=1, b=2 FOR …` (MariaDB).
struct SettingsPrefix {
    /// `a=1`: its name in capitals, and which tokens it is.
    private struct Setting {
        var name: String
        var tokens: Range<Int>
    }

    private var settings: [Setting] = []
    /// How many tokens stand before the statement proper.
    private(set) var tokenCount = 0

    /// What says nothing of a statement's data, and what a replay cannot set, or cannot within a
    /// transaction; limits of time, which the statement kept to on its server.
    private static let withoutData: Set<String> = [
        "BINLOG_FORMAT", "BINLOG_ROW_IMAGE", "BINLOG_DIRECT_NON_TRANSACTIONAL_UPDATES",
        "BINLOG_ANNOTATE_ROW_EVENTS", "SQL_LOG_BIN", "SKIP_REPLICATION", "GTID_DOMAIN_ID",
        "GTID_SEQ_NO", "SERVER_ID", "TX_ISOLATION", "TRANSACTION_ISOLATION", "MAX_STATEMENT_TIME",
        "LOCK_WAIT_TIMEOUT", "INNODB_LOCK_WAIT_TIMEOUT",
    ]

    init() {}

    /// Reads what a text begins with; nothing where no FOR ends it.
    init(_ tokens: [SQLToken], _ text: RawSpan) {
        guard tokens.count > 2, tokens[0].lexeme == .set, tokens[1].lexeme == .statement else {
            return
        }
        var open = 0
        var begin = 2
        var read = SettingsPrefix()
        for index in 2..<tokens.count {
            switch tokens[index].lexeme {
            case .leftParenthesis: open += 1
            case .rightParenthesis: open -= 1
            case .comma where open == 0, .for where open == 0:
                let name = text.extracting(tokens[begin].range.prefix(64)).decodedText()
                read.settings.append(Setting(name: name.uppercased(), tokens: begin..<index))
                begin = index + 1
                guard tokens[index].lexeme == .for else { continue }
                read.tokenCount = index + 1
                self = read
                return
            default: break
            }
        }
    }

    func sets(_ name: String) -> Bool { settings.contains { $0.name == name } }

    /// The text with blanks for what says nothing of its data, as long as it was.
    func textForReplay(_ text: [UInt8], _ tokens: [SQLToken]) -> [UInt8] {
        let kept = settings.filter { !Self.withoutData.contains($0.name) }
        guard kept.count < settings.count else { return text }
        var blanks = Set(0..<tokenCount)
        if !kept.isEmpty {
            for setting in kept { blanks.subtract(setting.tokens) }
            // The comma before each but the first.
            blanks.subtract(
                [0, 1, tokenCount - 1] + kept.dropFirst().map { $0.tokens.lowerBound - 1 })
        }
        var result = text
        for index in blanks {
            for place in tokens[index].range { result[place] = UInt8(ascii: " ") }
        }
        return result
    }
}
