/// Reads the tokens of one text into a `StatementOutline`; statement by statement where it holds
/// several.
///
/// Reads only as much grammar as is needed to say what happens to which table. Never fails: what it
/// does not understand is `.other`, and a missing table name marks the outline as malformed.
struct StatementParser {
    /// Text and tokens are set while `parse` runs, and empty otherwise: safe to hand on.
    nonisolated(unsafe) private(set) var text = SQLText(
        UnsafeRawBufferPointer(start: nil, count: 0))
    nonisolated(unsafe) private(set) var tokens = UnsafeBufferPointer<SQLToken>(
        start: nil, count: 0)
    var index = 0
    /// Behind the last token of the statement being read.
    var end = 0
    /// Tables of a FROM or UPDATE list, kept to resolve aliases.
    var factors: [TableFactor] = []
    var outline = StatementOutline()
    private(set) var mode = SQLMode.standard

    /// A table that a join names, by token indexes (-1: none).
    struct TableFactor {
        var schema = -1
        var table = -1
        var alias = -1
        var detail = StatementOutline.Name()
        var reasons: StatementReasons = []
    }

    /// Reads all statements of the text into `outline`.
    mutating func parse(
        _ text: SQLText, _ tokens: UnsafeBufferPointer<SQLToken>, _ mode: SQLMode
    ) {
        self.text = text
        self.mode = mode
        self.tokens = tokens
        outline.reset()
        index = 0
        isCompound = false
        parseStatements()
        self.text = SQLText(UnsafeRawBufferPointer(start: nil, count: 0))
        self.tokens = UnsafeBufferPointer(start: nil, count: 0)
    }

    private mutating func parseStatements() {
        var isFirst = true
        while index < tokens.count {
            if tokens[index].lexeme == .semicolon {
                index += 1
                continue
            }
            end = index
            while end < tokens.count, tokens[end].lexeme != .semicolon { end += 1 }
            let verb = statement()
            if isFirst { outline.verb = verb }
            isFirst = false
            // A body holds semicolons of its own.
            if verb == .definition || isCompound { return }
            index = end
        }
    }

    private var isCompound = false

    // MARK: Walking

    @inline(__always)
    func lexeme(_ ahead: Int = 0) -> SQLLexeme {
        // Safe: the index is below `end`, which is within the tokens.
        index + ahead < end ? tokens[index + ahead].lexeme : .end
    }

    /// Steps over the next token if it is `lexeme`.
    @inline(__always)
    mutating func skip(_ lexeme: SQLLexeme) -> Bool {
        guard self.lexeme() == lexeme else { return false }
        index += 1
        return true
    }

    /// Steps over all that follow of a few lexemes (no array: this runs for every statement).
    @inline(__always)
    mutating func skipAny(
        _ first: SQLLexeme, _ second: SQLLexeme, _ third: SQLLexeme = .end,
        _ fourth: SQLLexeme = .end
    ) {
        while index < end {
            let next = tokens[index].lexeme
            guard next == first || next == second || next == third || next == fourth else {
                return
            }
            index += 1
        }
    }

    /// Over one parenthesis with all in it, where one begins here.
    mutating func skipParenthesis() {
        guard lexeme() == .leftParenthesis else { return }
        var open = 0
        while index < end {
            if lexeme() == .leftParenthesis { open += 1 }
            if lexeme() == .rightParenthesis { open -= 1 }
            index += 1
            if open == 0 { return }
        }
    }

    /// Goes to the first of `lexemes` outside parentheses; false (at the end) where there is none.
    @discardableResult
    @inline(__always)
    mutating func seek(
        _ first: SQLLexeme, _ second: SQLLexeme = .end, _ third: SQLLexeme = .end,
        _ fourth: SQLLexeme = .end, _ fifth: SQLLexeme = .end
    ) -> Bool {
        while index < end {
            let next = tokens[index].lexeme
            if next == first || next == second || next == third || next == fourth || next == fifth {
                return true
            }
            if next == .leftParenthesis { skipParenthesis() } else { index += 1 }
        }
        return false
    }

    /// IF EXISTS or IF NOT EXISTS; true for the first.
    mutating func skipIfExists() -> Bool {
        guard lexeme() == .if else { return false }
        if lexeme(1) == .exists {
            index += 2
            return true
        }
        if lexeme(1) == .not, lexeme(2) == .exists { index += 3 }
        return false
    }

    /// A table name, `name` or `schema.name`; marks the outline as malformed where there is none.
    mutating func tableName() -> StatementOutline.Target? {
        guard let factor = tablePath() else {
            outline.isMalformed = true
            return nil
        }
        return target(factor)
    }

    mutating func tablePath() -> TableFactor? {
        if lexeme() == .dot { index += 1 }
        guard index < end, tokens[index].isName else { return nil }
        var factor = TableFactor(table: index)
        index += 1
        if lexeme() == .dot, index + 1 < end, tokens[index + 1].isName {
            factor.schema = factor.table
            factor.table = index + 1
            index += 2
        }
        return factor
    }

    mutating func target(_ factor: TableFactor) -> StatementOutline.Target {
        var target = StatementOutline.Target()
        if factor.schema >= 0 { target.schema = outline.append(tokens[factor.schema], of: text) }
        if factor.table >= 0 { target.table = outline.append(tokens[factor.table], of: text) }
        target.detail = factor.detail
        target.reasons = factor.reasons
        return target
    }

    func isSameName(_ first: Int, _ second: Int) -> Bool {
        guard first >= 0, second >= 0 else { return false }
        return SQLName.equal(text, tokens[first], tokens[second])
    }

    // MARK: The first words

    private mutating func statement() -> StatementVerb {
        stripPrefixes()
        let first = lexeme()
        index += 1
        switch first {
        case .delete: return delete()
        case .update: return update()
        case .insert, .replace: return insert(first == .insert ? .insert : .replace)
        case .load: return loadData()
        case .select, .values: return .select
        case .with: return afterWith()
        case .truncate: return truncate()
        case .drop: return drop()
        case .create: return create()
        case .alter: return alter()
        case .rename: return rename()
        case .grant, .revoke, .optimize, .repair: return .otherDDL
        case .begin, .commit, .rollback, .savepoint, .start, .release, .xa:
            return transactionControl(first)
        default: return .other
        }
    }

    /// SET STATEMENT … FOR, and ANALYZE before a statement (which runs it).
    private mutating func stripPrefixes() {
        while true {
            if lexeme() == .set, lexeme(1) == .statement {
                let begin = index
                index += 2
                if seek(.for) {
                    index += 1
                } else {
                    index = begin
                    return
                }
            } else if lexeme() == .analyze, lexeme(1) != .table, lexeme(1) != .local {
                index += 1
                if skip(.format) {
                    _ = skip(.equal)
                    index += 1
                }
            } else {
                return
            }
        }
    }

    private mutating func afterWith() -> StatementVerb {
        guard seek(.delete, .update, .select, .insert, .replace) else { return .other }
        let verb = lexeme()
        index += 1
        switch verb {
        case .delete: return delete()
        case .update: return update()
        default: return .select
        }
    }

    private mutating func transactionControl(_ first: SQLLexeme) -> StatementVerb {
        switch first {
        case .begin:
            if lexeme() == .end || lexeme() == .work { return .begin }
            isCompound = true
            return .other
        case .start: return lexeme() == .transaction ? .begin : .other
        case .commit: return .commit
        case .rollback:
            _ = skip(.work)
            return lexeme() == .to ? .savepoint : .rollback
        case .savepoint, .release: return .savepoint
        default: break
        }
        switch lexeme() {
        case .start, .begin: return .xaStart
        case .endWord: return .xaEnd
        case .prepare: return .xaPrepare
        case .commit: return .xaCommit
        case .rollback: return .xaRollback
        default: return .other
        }
    }

    // MARK: INSERT, REPLACE, LOAD DATA

    private mutating func insert(_ verb: StatementVerb) -> StatementVerb {
        skipAny(.lowPriority, .delayed, .highPriority, .ignore)
        _ = skip(.into)
        if let target = tableName() { outline.targets.append(target) }
        return verb
    }

    private mutating func loadData() -> StatementVerb {
        guard lexeme() == .data || lexeme() == .xml else { return .other }
        let begin = index
        var isReplacing = false
        while index < end, lexeme() != .into {
            if lexeme() == .replace { isReplacing = true }
            index += 1
        }
        guard skip(.into), skip(.table) else {
            index = begin
            outline.isMalformed = true
            return .loadData
        }
        if var target = tableName() {
            if isReplacing { target.reasons.insert(.replacedRows) }
            outline.targets.append(target)
        }
        return .loadData
    }
}

/// Comparing names as they stand in a text, quoted or not.
enum SQLName {
    /// Whether two tokens of one text are the same name, the case of ASCII letters aside.
    static func equal(_ text: SQLText, _ first: SQLToken, _ second: SQLToken) -> Bool {
        text.isEqual(contents(first), contents(second))
    }

    private static func contents(_ token: SQLToken) -> Range<Int> {
        let range = token.range
        guard token.kind == .quotedName, range.count >= 2 else { return range }
        return (range.lowerBound + 1)..<(range.upperBound - 1)
    }
}
