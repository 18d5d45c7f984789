internal import Binlog
internal import Recovery
internal import Server

/// Routines, triggers and views of a target whose results the log of a statement does not tell.
///
/// A plan sees that a statement calls UUID(), not that a function does which the statement calls.
/// Told rather too often: a comment in the code counts, and the schema of a name does not. Names of
/// other characters than letters, digits, `_` and `$` are not found.
struct UnsafeCode {
    /// What makes functions and procedures unsafe, by their names in lower case.
    private var routines: [String: Reason] = [:]
    /// The same of views.
    private var views: [String: Reason] = [:]
    /// The same of triggers, by their tables and what fires them.
    private var triggers: [Firing: Reason] = [:]

    private struct Firing: Hashable {
        var table: TableName
        /// `INSERT`, `UPDATE`, `DELETE`.
        var event: String
    }

    /// The code, and the function in it.
    private struct Reason {
        var code: String
        var function: String

        var text: String { "\(code): \(function)" }
    }

    private struct Text {
        /// `routine`, `view`, or what fires a trigger.
        var kind: String
        var schema: String
        /// A trigger's is its table's.
        var name: String
        var body: String

        var table: TableName { TableName(schema: schema, table: name) }
        var firing: Firing { Firing(table: table, event: kind) }
    }

    init() {}

    /// Looks through a server; no transaction may be open. An account that may not look sees none.
    init(on connection: borrowing Connection) throws(ServerError) {
        var texts: [Text] = []
        for query in Self.queries(isMariaDB: connection.serverVersion.isMariaDB) {
            texts += try Self.texts(query, connection)
        }
        // Code that calls unsafe code is unsafe.
        var hasGrown = true
        while hasGrown {
            hasGrown = false
            for text in texts where !isKnown(text) {
                guard let function = firstUnsafe(in: Array(text.body.utf8)) else { continue }
                add(text, function)
                hasGrown = true
            }
        }
    }

    private var isEmpty: Bool { routines.isEmpty && views.isEmpty && triggers.isEmpty }

    /// Whether a definition may make or remove such code.
    func mayChange(by definition: [UInt8]) -> Bool {
        !isEmpty || firstUnsafe(in: definition) != nil
    }

    /// Why a statement may do something else here, for what its own text does not say; nil where
    /// nothing is known.
    func reason(
        for query: borrowing QueryEvent, _ judge: borrowing StatementJudge
    ) -> String? {
        guard !isEmpty, let facts = judge.facts, facts.evaluates,
            judge.risk(of: query.text).unsafe == nil
        else { return nil }
        let database = query.database.decodedText()
        let text = query.text.copied()
        let events = Self.events(facts.verb, text)
        for table in facts.tables {
            guard let name = table.name else { continue }
            let fired = TableName(schema: table.schema ?? database, table: name)
            for event in events {
                if let reason = triggers[Firing(table: fired, event: event)] { return reason.text }
            }
        }
        var found: Reason?
        Self.words(of: text) { word in
            found = known(word)
            return found == nil
        }
        return found?.text
    }

    private static func events(_ verb: StatementVerb, _ text: [UInt8]) -> [String] {
        switch verb {
        case .update: return ["UPDATE"]
        case .delete: return ["DELETE"]
        case .replace, .loadData: return ["INSERT", "DELETE"]
        case .insert:
            var updates = false
            words(of: text) { word in
                updates = word.name == "duplicate"
                return !updates
            }
            return updates ? ["INSERT", "UPDATE"] : ["INSERT"]
        default: return []
        }
    }

    private func known(_ word: Word) -> Reason? {
        word.isCalled ? routines[word.name] : word.isRead ? views[word.name] : nil
    }

    // MARK: Reading a server

    /// CURRENT_USER and CURRENT_ROLE are the definer's in such code.
    private static let functions = StatementRisk.functions.subtracting([
        "CURRENT_USER", "CURRENT_ROLE",
    ])

    /// Each gives kinds, schemas, names and bodies.
    private static func queries(isMariaDB: Bool) -> [String] {
        // Only MariaDB's own table can be read without opening every routine.
        let routines =
            isMariaDB
            ? "SELECT 'routine',db,name,body FROM mysql.proc WHERE db<>'sys'"
            : "SELECT 'routine',ROUTINE_SCHEMA,ROUTINE_NAME,ROUTINE_DEFINITION FROM "
                + "information_schema.ROUTINES WHERE ROUTINE_SCHEMA<>'sys'"
        return [
            routines,
            "SELECT EVENT_MANIPULATION,EVENT_OBJECT_SCHEMA,EVENT_OBJECT_TABLE,ACTION_STATEMENT "
                + "FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA<>'sys'",
            "SELECT 'view',TABLE_SCHEMA,TABLE_NAME,VIEW_DEFINITION FROM information_schema.VIEWS "
                + "WHERE TABLE_SCHEMA<>'sys'",
        ]
    }

    private static func texts(
        _ query: String, _ connection: borrowing Connection
    ) throws(ServerError) -> [Text] {
        do throws(ServerError) {
            return try connection.query(query).compactMap { row in
                guard row.count == 4, let kind = row[0], let schema = row[1], let name = row[2],
                    let body = row[3]
                else { return nil }
                return Text(kind: kind, schema: schema, name: name, body: body)
            }
        } catch {
            // ER_TABLEACCESS_DENIED_ERROR.
            guard error.number == 1142 else { throw error }
            return []
        }
    }

    private func isKnown(_ text: Text) -> Bool {
        switch text.kind {
        case "routine": routines[text.name.lowercased()] != nil
        case "view": views[text.name.lowercased()] != nil
        default: triggers[text.firing] != nil
        }
    }

    private mutating func add(_ text: Text, _ function: String) {
        let name = "\(text.table)"
        switch text.kind {
        case "routine":
            routines[text.name.lowercased()] = Reason(code: name, function: function)
        case "view": views[text.name.lowercased()] = Reason(code: name, function: function)
        default:
            triggers[text.firing] = Reason(code: "a trigger of \(name)", function: function)
        }
    }

    private func firstUnsafe(in body: [UInt8]) -> String? {
        var found: String?
        Self.words(of: body) { word in
            let name = word.name.uppercased()
            found =
                word.isCalled && Self.functions.contains(name) ? name : known(word)?.function
            return found == nil
        }
        return found
    }

    // MARK: Words

    private struct Word {
        /// In lower case, without its schema.
        var name: String
        /// A parenthesis opens behind it, or CALL stands before it.
        var isCalled: Bool
        /// FROM or JOIN stands before it.
        var isRead: Bool
    }

    /// Gives each word to `body` until that returns false.
    private static func words(of text: [UInt8], _ body: (Word) -> Bool) {
        var index = 0
        var last = ""
        // The word before the last name, schemas of names left out.
        var before = ""
        while let begin = text[index...].firstIndex(where: isNameByte) {
            let end = text[begin...].firstIndex { !isNameByte($0) } ?? text.endIndex
            let behind = text[end...].first { !isFiller($0) }
            let name = String(decoding: text[begin..<end], as: UTF8.self).lowercased()
            let isQualified = text[index..<begin].contains(UInt8(ascii: "."))
            if !isQualified { before = last }
            let word = Word(
                name: name, isCalled: behind == UInt8(ascii: "(") || before == "call",
                isRead: before == "from" || before == "join")
            guard body(word) else { return }
            last = name
            index = end
        }
    }

    /// What may stand between a name and what belongs to it.
    private static func isFiller(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "`") || byte <= 0x20
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }
}
