/// DROP, TRUNCATE, CREATE, RENAME and ALTER.
extension StatementParser {
    /// Behind TRUNCATE.
    mutating func truncate() -> StatementVerb {
        _ = skip(.table)
        if var target = tableName() {
            target.kinds = DestructiveKinds(.truncateTable)
            outline.targets.append(target)
        }
        return .truncateTable
    }

    /// Behind DROP.
    mutating func drop() -> StatementVerb {
        if skip(.temporary) { outline.isTemporary = true }
        switch lexeme() {
        case .table, .tables:
            index += 1
            let mayBeAbsent = skipIfExists()
            repeat {
                guard var target = tableName() else { break }
                if outline.isTemporary {
                    target.reasons.insert(.temporary)
                } else {
                    target.kinds = DestructiveKinds(.dropTable)
                }
                if mayBeAbsent { target.reasons.insert(.mayNotHaveExisted) }
                outline.targets.append(target)
            } while skip(.comma)
            return .dropTable
        case .database, .schema:
            index += 1
            let mayBeAbsent = skipIfExists()
            appendDatabase(mayBeAbsent ? .mayNotHaveExisted : [])
            return .dropDatabase
        default:
            index += 1
            _ = skipIfExists()
            return lexeme() == .prepare ? .other : .otherDDL
        }
    }

    private mutating func appendDatabase(_ reasons: StatementReasons) {
        guard index < end, tokens[index].isName else {
            outline.isMalformed = true
            return
        }
        var target = StatementOutline.Target()
        target.schema = outline.append(tokens[index], of: text)
        target.kinds = DestructiveKinds(.dropDatabase)
        target.reasons = reasons
        outline.targets.append(target)
        index += 1
    }

    /// Behind CREATE.
    mutating func create() -> StatementVerb {
        var isReplacing = false
        if lexeme() == .or, lexeme(1) == .replace {
            index += 2
            isReplacing = true
        }
        if skip(.temporary) { outline.isTemporary = true }
        switch lexeme() {
        case .table:
            index += 1
            return createTable(isReplacing: isReplacing)
        case .database, .schema:
            index += 1
            _ = skipIfExists()
            if isReplacing { appendDatabase(.mayNotHaveExisted) }
            return isReplacing ? .dropDatabase : .otherDDL
        case .sequence, .unique, .index, .user, .role, .server, .tablespace:
            return .otherDDL
        default: return definitionOrOther()
        }
    }

    private mutating func createTable(isReplacing: Bool) -> StatementVerb {
        _ = skipIfExists()
        guard var target = tableName() else { return .createTable }
        if outline.isTemporary {
            target.reasons.insert(.temporary)
        } else if isReplacing {
            target.kinds = DestructiveKinds(.replaceTable)
            target.reasons.insert(.mayNotHaveExisted)
        }
        outline.targets.append(target)
        outline.hasSelect = tokens[index..<end].contains { $0.lexeme == .select }
        return .createTable
    }

    /// CREATE with DEFINER, ALGORITHM and so on before the word that says of what.
    private mutating func definitionOrOther() -> StatementVerb {
        var ahead = index
        while ahead < end {
            switch tokens[ahead].lexeme {
            case .view, .trigger, .event, .procedure, .function, .package:
                outline.reasons.insert(.definition)
                return .definition
            case .leftParenthesis:
                guard ahead + 1 < end, tokens[ahead + 1].lexeme == .rightParenthesis else {
                    return .otherDDL
                }
                ahead += 2
            default: ahead += 1
            }
        }
        return .otherDDL
    }

    /// Behind RENAME.
    mutating func rename() -> StatementVerb {
        guard lexeme() == .table || lexeme() == .tables else { return .otherDDL }
        index += 1
        _ = skipIfExists()
        repeat {
            guard var target = tableName() else { break }
            skipWait()
            guard skip(.to), let new = tableName() else {
                outline.isMalformed = true
                break
            }
            target.newSchema = new.schema
            target.newTable = new.table
            target.kinds = DestructiveKinds(.renameTable)
            outline.targets.append(target)
        } while skip(.comma)
        return .renameTable
    }

    private mutating func skipWait() {
        if skip(.nowait) { return }
        if skip(.wait) { index += 1 }
    }

    // MARK: ALTER

    /// Behind ALTER.
    mutating func alter() -> StatementVerb {
        let begin = index
        skipAny(.online, .ignore)
        let isIgnoring = tokens[begin..<index].contains { $0.lexeme == .ignore }
        guard skip(.table) else { return alterOther() }
        _ = skipIfExists()
        guard var target = tableName() else { return .alterTable }
        skipWait()
        while index < end {
            let part = index
            alterPart(&target)
            seek(.comma)
            if losesEngine(part..<max(part, min(index, end))) {
                target.kinds.insert(DestructiveKinds(.truncateTable))
                target.reasons.insert(.keepsNoRows)
            }
            if isIgnoring, tokens[part].lexeme != .drop,
                tokens[part..<max(part, min(index, end))].contains(where: {
                    [.unique, .primary].contains($0.lexeme)
                })
            {
                target.reasons.insert(.mayHaveDeletedDuplicates)
            }
            index += 1
        }
        // Before a table that it changes places with.
        outline.targets.insert(target, at: 0)
        return .alterTable
    }

    /// ALTER EVENT and VIEW hold bodies; the others do not matter.
    private mutating func alterOther() -> StatementVerb { definitionOrOther() }

    /// One part of an ALTER TABLE, up to a comma outside parentheses.
    private mutating func alterPart(_ target: inout StatementOutline.Target) {
        let first = lexeme()
        index += 1
        switch first {
        case .drop: alterDrop(&target)
        case .truncate:
            guard skip(.partition) else { return }
            target.kinds.insert(DestructiveKinds(.truncateTable))
            notePartitions(&target)
        case .exchange, .convert: alterMove(first, &target)
        case .rename: alterRename(&target)
        case .discard:
            target.kinds.insert(DestructiveKinds(.dropTable))
            target.reasons.insert(.discarded)
            if skip(.partition) { notePartitions(&target) }
        case .modify, .change: target.reasons.insert(.mayHaveCutValues)
        default: break
        }
    }

    /// Whether ENGINE = BLACKHOLE stands among the options, which need no commas.
    private func losesEngine(_ part: Range<Int>) -> Bool {
        var depth = 0
        return part.dropLast().contains { index in
            switch tokens[index].lexeme {
            case .leftParenthesis: depth += 1
            case .rightParenthesis: depth -= 1
            default: break
            }
            guard depth == 0, tokens[index].lexeme == .engine else { return false }
            let name = tokens[index + 1].lexeme == .equal ? index + 2 : index + 1
            return name < part.upperBound && engine(tokens[name]) == .blackhole
        }
    }

    /// The name of an engine, which may stand in quotes of any kind.
    private func engine(_ token: SQLToken) -> SQLLexeme {
        if token.kind == .word { return token.lexeme }
        return SQLLexemeTable.shared.lexeme(
            text, token.range.lowerBound + 1, token.range.upperBound - 1)
    }

    private mutating func alterDrop(_ target: inout StatementOutline.Target) {
        switch lexeme() {
        case .key, .index, .primary, .constraint, .foreign, .check: return
        case .system where lexeme(1) == .versioning: return
        case .period where lexeme(1) == .for: return
        case .partition:
            index += 1
            if skipIfExists() { target.reasons.insert(.mayNotHaveExisted) }
            target.kinds.insert(DestructiveKinds(.dropPartition))
            notePartitions(&target)
        default:
            _ = skip(.column)
            if skipIfExists() { target.reasons.insert(.mayNotHaveExisted) }
            guard index < end, tokens[index].isName else { return }
            target.kinds.insert(DestructiveKinds(.dropColumn))
        }
    }

    /// EXCHANGE PARTITION … WITH TABLE, CONVERT PARTITION … TO TABLE, CONVERT TABLE … TO
    /// PARTITION; CONVERT TO CHARACTER SET.
    private mutating func alterMove(
        _ first: SQLLexeme, _ target: inout StatementOutline.Target
    ) {
        if first == .convert, skip(.table) {
            guard var whole = tableName() else { return }
            whole.kinds = DestructiveKinds(.dropTable)
            whole.reasons = .moved
            outline.targets.append(whole)
            return
        }
        guard skip(.partition) else {
            if first == .convert, lexeme() == .to { target.reasons.insert(.mayHaveCutValues) }
            return
        }
        target.kinds.insert(DestructiveKinds(.dropPartition))
        target.reasons.insert(.moved)
        notePartitions(&target)
        if index < end, tokens[index].isName { index += 1 }
        guard skip(first == .exchange ? .with : .to), skip(.table), var other = tableName()
        else { return }
        if first == .exchange {
            other.kinds = DestructiveKinds(.dropPartition)
            other.reasons = [.moved, .exchanged]
        }
        outline.targets.append(other)
    }

    private mutating func notePartitions(_ target: inout StatementOutline.Target) {
        if lexeme() == .all { return }
        let begin = index
        let names = partitionNames()
        guard !names.isEmpty else { return }
        target.detail = names
        target.reasons.insert(.partition)
        // The list's commas are no commas of the ALTER; stay on its last name.
        index = max(begin, index - 1)
    }

    private mutating func alterRename(_ target: inout StatementOutline.Target) {
        switch lexeme() {
        case .column, .index, .key: return
        case .to, .as, .equal: index += 1
        default: break
        }
        guard let new = tableName() else { return }
        target.newSchema = new.schema
        target.newTable = new.table
        target.kinds.insert(DestructiveKinds(.renameTable))
    }
}
