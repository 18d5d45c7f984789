import Binlog

/// What a replay does with a statement of the log.
public enum StatementPolicy: Hashable, Sendable {
    /// Run inside the transaction it stands in.
    case run
    /// Commits by itself: runs alone, between two checkpoints. `storesMode` where the statement
    /// keeps its sql_mode as part of what it makes.
    case step(storesMode: Bool)
    /// Begins, marks or ends a transaction; the replay does that itself.
    case control
    /// Does not belong to the data; not run, and reported with this reason.
    case excluded(String)
    /// Cannot be replayed by this version.
    case refused(String)
}

/// Decides how the statements of a log are replayed.
///
/// Holds buffers that are used again for each statement.
public struct StatementJudge {
    private var classifier = StatementClassifier()
    /// Of the text being judged.
    private var tokens: [SQLToken] { classifier.tokens }
    private var prefix = SettingsPrefix()
    /// The table that the statement judged last makes by CREATE TABLE … SELECT.
    public private(set) var madeBySelect: TableName?
    /// What the text of the statement judged last says that it does.
    public private(set) var facts: StatementFacts?
    /// What the statement judged last does may depend on the order in which a table gives its rows.
    public private(set) var dependsOnRowOrder = false
    /// The statement judged last may make or change an event, which bears its server's id.
    public private(set) var mayMakeEvent = false
    /// The statement judged last drops temporary tables: nothing to run, yet a person may name it.
    public var dropsTemporaryTables: Bool {
        facts?.verb == .dropTable && facts?.isTemporary == true
    }

    /// The statement judged last drops a list of tables or sequences. MariaDB drops those that are
    /// there, tells of the others by an error, and logs the whole list as one that succeeded.
    public private(set) var dropsSeveralTables = false
    /// The statement judged last exchanges a partition with a table, which leaves the definitions
    /// as they were.
    public private(set) var exchangesPartition = false

    /// The role that the statement judged last grants or takes away, in the bytes of its text.
    public private(set) var grantedRole: [UInt8]?

    public init() {}

    /// Judges one Query event's text.
    ///
    /// - Parameters:
    ///   - isAlone: nothing ends the group it stands in (a GTID marked standalone, or none).
    ///   - hasFile: the log holds the file that a LOAD DATA reads.
    public mutating func policy(
        of text: RawSpan, mode: SQLMode, isAlone: Bool, hasFile: Bool = false
    ) -> StatementPolicy {
        let facts = classifier.facts(of: text, mode: mode)
        prefix = SettingsPrefix(tokens, text)
        dependsOnRowOrder = false
        grantedRole = role(text)
        dropsSeveralTables =
            word(0, text) == "DROP" && ["TABLE", "TABLES", "SEQUENCE"].contains(word(1, text))
            && tokens.contains { $0.lexeme == .comma }
        exchangesPartition =
            facts.verb == .alterTable && tokens.contains { $0.lexeme == .exchange }
        self.facts = nil
        mayMakeEvent = facts.verb == .definition && has("event", text)
        if let reason = exclusion(text) { return .excluded(reason) }
        self.facts = facts
        madeBySelect = Self.tableMadeBySelect(facts)
        dependsOnRowOrder = mayDependOnRowOrder(facts.verb, text)
        switch facts.verb {
        case .begin, .commit, .xaStart, .xaEnd, .xaPrepare, .xaCommit, .xaRollback:
            return .control
        case .rollback, .savepoint: return .run
        case .createTable where facts.isTemporary: return .run
        // Servers log it routinely, also for tables that their log does not hold.
        case .dropTable where facts.isTemporary: return .control
        case .definition: return .step(storesMode: true)
        case .loadData where !hasFile: return .refused("LOAD DATA without its file")
        default: return isAlone || facts.isDDL ? .step(storesMode: false) : .run
        }
    }

    /// The text of the statement judged last as it can be run: without the settings of its own that
    /// say nothing of its data (SET STATEMENT binlog_format=… FOR).
    public func textForReplay(_ text: RawSpan) -> [UInt8] {
        prefix.textForReplay(text.copied(), tokens)
    }

    /// What the statement judged last names; `text` is its text.
    package func references(in text: RawSpan) -> CodeReferences { CodeReferences(tokens, text) }

    /// The first words of the statement judged last, in capitals; `text` is its own.
    package func words(_ count: Int, of text: RawSpan) -> [String] {
        (0..<count).map { word($0, text) }
    }

    /// What the statement judged last may do otherwise when it runs again; `text` is its own.
    public func risk(of text: RawSpan) -> StatementRisk {
        var risk = facts.map { StatementRisk($0, tokens, text) } ?? StatementRisk()
        // A server reads the text under the session's own mode, and logs the other one alone.
        if prefix.sets("SQL_MODE") { risk.unsafe = "SET STATEMENT sql_mode" }
        return risk
    }

    private static func tableMadeBySelect(_ facts: StatementFacts) -> TableName? {
        guard facts.verb == .createTable, facts.hasSelect, let table = facts.tables.first,
            let name = table.name
        else { return nil }
        return TableName(schema: table.schema, table: name)
    }

    /// Told by words, so rather too often than too rarely: what limits or numbers rows, takes
    /// random values for them, copies them, or drops duplicates.
    private func mayDependOnRowOrder(_ verb: StatementVerb, _ text: RawSpan) -> Bool {
        switch verb {
        case .insert, .replace, .update, .delete, .select, .createTable, .other:
            tokens.contains { [.limit, .select, .assign, .call].contains($0.lexeme) }
                || has("rand", text) || has("nextval", text)
        case .alterTable:
            tokens.contains { [.ignore, .order].contains($0.lexeme) }
                || has("auto_increment", text) || has("nextval", text) || has("rand", text)
        default: false
        }
    }

    /// Statements that speak to a server and not to its data.
    private func exclusion(_ text: RawSpan) -> String? {
        switch (word(0, text), word(1, text)) {
        case ("INSTALL", _), ("UNINSTALL", _): "installs or removes a plugin"
        case ("SHUTDOWN", _): "shuts the server down"
        case ("KILL", _): "kills a connection"
        case ("CHANGE", "MASTER"), ("CHANGE", "REPLICATION"): "sets up replication"
        case ("START", "SLAVE"), ("START", "REPLICA"), ("STOP", "SLAVE"), ("STOP", "REPLICA"),
            ("START", "ALL"), ("STOP", "ALL"):
            "starts or stops replication"
        case ("PURGE", _): "removes binary logs"
        case ("RESET", _): "resets the server's logs or replication"
        case ("SET", "GLOBAL"): "changes a global setting"
        case ("SET", _) where setsGlobal(text): "changes a global setting"
        case ("CREATE", _) where has("soname", text): "loads a function from a library"
        default: nil
        }
    }

    /// `GRANT role TO …`, `REVOKE [ADMIN OPTION FOR] role FROM …`; rights have an ON before that.
    private func role(_ text: RawSpan) -> [UInt8]? {
        guard ["GRANT", "REVOKE"].contains(word(0, text)) else { return nil }
        let isOption = word(1, text) == "ADMIN" && word(2, text) == "OPTION"
        let index = isOption ? 4 : 1
        guard ["TO", "FROM"].contains(word(index + 1, text)) else { return nil }
        let name = text.extracting(tokens[prefix.tokenCount + index].range).copied()
        guard let quote = name.first, Array("`'\"".utf8).contains(quote) else { return name }
        var isSecond = false
        return name.dropFirst().dropLast().filter { byte in
            isSecond = byte == quote && !isSecond
            return byte != quote || isSecond
        }
    }

    private func setsGlobal(_ text: RawSpan) -> Bool {
        tokens.contains { token in
            guard token.kind == .systemVariable else { return false }
            return Self.upper(text, token.range).hasPrefix("@@GLOBAL")
        }
    }

    /// Whether a bare word, given in lower case, stands in the text, outside names and strings.
    private func has(_ word: StaticString, _ text: RawSpan) -> Bool {
        text.withSQLText { text in
            tokens.contains { token in
                token.kind == .word && token.range.count == word.utf8CodeUnitCount
                    && text.ends(word, at: token.range.upperBound)
            }
        }
    }

    /// A word of the statement proper, behind SET STATEMENT … FOR.
    private func word(_ place: Int, _ text: RawSpan) -> String {
        let index = prefix.tokenCount + place
        guard tokens.indices.contains(index), tokens[index].kind == .word else { return "" }
        return Self.upper(text, tokens[index].range)
    }

    private static func upper(_ text: RawSpan, _ range: Range<Int>) -> String {
        guard range.count <= 16 else { return "" }
        return text.extracting(range).decodedText().uppercased()
    }
}
