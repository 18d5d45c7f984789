/// Query events: what their texts say, and which temporary tables they make and drop.
extension SearchMatcher {
    /// A Query event, or the text of an Execute_load_query event.
    ///
    /// `database` is the event's default database, empty for none. BEGIN, COMMIT and the XA
    /// statements may be fed or left out, but for those that name an XA id no other call gives.
    public mutating func statement(
        _ text: RawSpan, database: RawSpan, sqlMode: SQLMode, timestamp: UInt32,
        threadID: UInt32? = nil, errorCode: UInt16 = 0, executionSeconds: UInt32? = nil
    ) {
        finishRowStatement()
        let savepoint = SavepointStatement(text)
        let passesText = !isGroupSkipped && (filter.matchesText?(text) ?? true)
        text.withSQLText { text in
            database.withSQLText { database in
                queries.read(text, mode: sqlMode)
                let verb = queries.outline.verb
                if verb.isTransactionControl {
                    if let savepoint { take(savepoint) } else { noteXA(verb, text) }
                    return
                }
                var base = SearchCandidate()
                base.timestamp = timestamp
                base.threadID = threadID
                base.errorCode = errorCode
                // A clock that was set meanwhile makes it a nonsense.
                base.executionSeconds = executionSeconds.flatMap { $0 < 86_400 ? $0 : nil }
                base.reasons = queries.outline.reasons
                base.isDefinition = verb.isDDL
                addCandidates(base, text, database, sqlMode, passesText: passesText)
            }
        }
    }

    /// The tables that the statement fed last says it changes, new names of a RENAME too; a schema
    /// that it drops as a table without a name.
    public func namedTables(database: RawSpan) -> [TableName] {
        let current =
            database.byteCount > 0
            ? database.withSQLText { PrintableText.decoded($0.bytes) } : nil
        var tables: [TableName] = []
        for target in queries.outline.targets {
            let schema = name(target.schema) ?? current
            tables.append(TableName(schema: schema, table: name(target.table) ?? ""))
            guard let new = name(target.newTable) else { continue }
            tables.append(TableName(schema: name(target.newSchema) ?? current, table: new))
        }
        return tables
    }

    private mutating func take(_ savepoint: SavepointStatement) {
        func here() -> Mark {
            Mark(
                candidates: candidates.count, refills: refills.count,
                summedStatements: summedStatements)
        }
        switch savepoint {
        case .set(let name): savepoints.set(name, here())
        case .rollback(let name):
            guard let mark = savepoints.rollBack(to: name) else { return }
            for candidate in candidates.indices.dropFirst(mark.candidates) {
                candidates[candidate].reasons.insert(.undone)
            }
            for refill in refills.dropFirst(mark.refills).reversed() {
                candidates[refill.candidate].insertedLater = refill.before
            }
            refills.removeLast(refills.count - mark.refills)
            if summedStatements > mark.summedStatements { undoSums(behind: mark) }
            // What is undone once need not be again.
            savepoints.set(name, here())
        }
    }

    private mutating func noteXA(_ verb: StatementVerb, _ text: SQLText) {
        switch verb {
        case .xaEnd, .xaPrepare, .xaCommit, .xaRollback:
            xaVerb = verb
            xaID = XATransactionID.parse(text)
        default: break
        }
    }

    private mutating func addCandidates(
        _ base: SearchCandidate, _ text: SQLText, _ database: SQLText, _ mode: SQLMode,
        passesText: Bool
    ) {
        let verb = queries.outline.verb
        let temporary = noteTemporaryTables(database, threadID: base.threadID ?? 0)
        if !candidates.isEmpty, verb == .insert || verb == .replace || verb == .loadData {
            noteRefill(database)
        }
        let danger = queries.outline.danger
        let wantsOther = filter.wantsOther || filter.keepsDefinitions && verb.isDDL
        guard passesText, danger > 0 || wantsOther else { return }
        var kept: SearchText?
        if queries.outline.targets.isEmpty {
            guard wantsOther else { return }
            var candidate = base
            candidate.schema = database.count > 0 ? PrintableText.decoded(database.bytes) : nil
            candidate.text = keep(text, mode: mode, sizeBytes: text.count)
            candidates.append(candidate)
        }
        for index in queries.outline.targets.indices {
            let target = queries.outline.targets[index]
            let isTemporary = index < 64 && temporary & (1 << UInt64(index)) != 0
            var candidate = base
            candidate.kinds = isTemporary ? [] : kindsWithoutRows(target)
            candidate.reasons.formUnion(target.reasons)
            if isTemporary { candidate.reasons.insert(.temporary) }
            guard candidate.kinds.isDestructive || wantsOther else { continue }
            candidate.detail = name(target.detail) ?? ""
            candidate.schema =
                name(target.schema)
                ?? (database.count > 0 ? PrintableText.decoded(database.bytes) : nil)
            candidate.table = name(target.table)
            candidate.newName = qualified(target.newSchema, target.newTable, database)
            if kept == nil { kept = keep(text, mode: mode, sizeBytes: text.count) }
            candidate.text = kept
            candidates.append(candidate)
        }
    }

    private func name(_ name: StatementOutline.Name) -> String? {
        name.isEmpty ? nil : PrintableText.decoded(queries.outline.names[name.range])
    }

    /// Without row counts a LIMIT spares rows unless it is as large as a mass-delete.
    private func kindsWithoutRows(_ target: StatementOutline.Target) -> DestructiveKinds {
        guard target.reasons.contains(.limited) else { return target.kinds }
        guard case .rows(let count) = queries.outline.limit, count >= filter.minRows else {
            return []
        }
        return target.kinds
    }

    /// Rows come back into a table that an earlier statement of this group emptied.
    private mutating func noteRefill(_ database: SQLText) {
        for target in queries.outline.targets {
            let table = name(target.table)
            let schema = name(target.schema) ?? PrintableText.decoded(database.bytes)
            for index in candidates.indices.reversed()
            where candidates[index].emptiesTable && !candidates[index].reasons.contains(.undone)
                && candidates[index].table == table
                && candidates[index].schema ?? "" == schema
            {
                noteRefill(of: index, rows: .max)
                break
            }
        }
    }

    // MARK: Temporary tables

    /// Follows CREATE, DROP and RENAME; a bit for each of the first 64 targets that is temporary.
    private mutating func noteTemporaryTables(_ database: SQLText, threadID: UInt32) -> UInt64 {
        let outline = queries.outline
        guard outline.isTemporary || !temporaryTables.isEmpty else { return 0 }
        let server = group.serverID
        var bits: UInt64 = 0
        for (index, target) in outline.targets.enumerated() {
            guard let table = qualified(target.schema, target.table, database) else { continue }
            switch outline.verb {
            case .createTable where outline.isTemporary:
                temporaryTables.add(table, serverID: server, threadID: threadID)
            case .dropTable:
                // The server logs a DROP of temporary tables as DROP TEMPORARY TABLE.
                guard outline.isTemporary else { continue }
                temporaryTables.remove(table, serverID: server, threadID: threadID)
            default: break
            }
            let isTemporary =
                outline.isTemporary
                || temporaryTables.contains(table, serverID: server, threadID: threadID)
            if isTemporary, index < 64 { bits |= 1 << UInt64(index) }
            if isTemporary, let new = qualified(target.newSchema, target.newTable, database) {
                temporaryTables.remove(table, serverID: server, threadID: threadID)
                temporaryTables.add(new, serverID: server, threadID: threadID)
            }
        }
        return bits
    }

    private func qualified(
        _ schema: StatementOutline.Name, _ table: StatementOutline.Name, _ database: SQLText
    ) -> TableName? {
        name(table).map {
            TableName(schema: name(schema) ?? PrintableText.decoded(database.bytes), table: $0)
        }
    }
}
