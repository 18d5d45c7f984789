internal import Binlog

/// Statements that stand in the log as texts: what they do to the tables that are followed.
extension HistoryFollower {
    /// The server came up anew.
    public mutating func serverRestarted() {
        guard !state.temporary.isEmpty else { return }
        state.temporary.removeAll()
        version += 1
    }

    /// A statement that stands in the log as a text.
    public mutating func statement(
        _ text: RawSpan, database: RawSpan, mode: SQLMode, threadID: UInt32
    ) {
        if let savepoint = SavepointStatement(text) { return take(savepoint) }
        guard !group.isNotYet, mayConcern(text) else { return }
        group.threadID = threadID
        var classifier = StatementClassifier()
        let facts = classifier.facts(of: text, mode: mode)
        guard !facts.isDefinition, !facts.verb.isTransactionControl else { return }
        let current = database.byteCount > 0 ? Self.decoded(database) : nil
        let stateBefore = state
        var reasons: [UnresolvedEvent.Reason] = []
        for target in facts.tables {
            take(target, of: facts, current, text, &reasons)
        }
        if reasons.isEmpty { reasons += Self.unnamed(facts, text, mode, namesOne: mayName(text)) }
        guard !reasons.isEmpty || state != stateBefore else { return }
        if state != stateBefore { change() }
        guard let reason = reasons.first else { return }
        unresolved.append(
            UnresolvedEvent(
                id: group.id, timestamp: group.timestamp, gtid: group.gtid,
                threadID: group.threadID, reason: reason,
                statement: Self.shown(text, mode: mode)))
    }

    /// What a statement may do to tables that are not among those that it is said to change.
    private static func unnamed(
        _ facts: StatementFacts, _ text: RawSpan, _ mode: SQLMode, namesOne: Bool
    ) -> [UnresolvedEvent.Reason] {
        switch facts.verb {
        // Logged only where it runs a function that changes rows.
        case .select: return [.statement]
        case .other where beginsRoutine(text): return [.statement]
        case .insert, .replace, .update, .delete, .loadData:
            if RoutineCalls.areIn(text, mode: mode) { return [.statement] }
        case .createTable:
            if facts.hasSelect, RoutineCalls.areIn(text, mode: mode) { return [.statement] }
        default: break
        }
        return !facts.isReadable && facts.tables.isEmpty && namesOne ? [.statement] : []
    }

    private static func beginsRoutine(_ text: RawSpan) -> Bool {
        text.withSQLText { text in
            let words: [StaticString] = ["select", "call", "do", "with", "begin"]
            return words.contains {
                text.begins(with: $0) && !SQLText.isNameByte(text[$0.utf8CodeUnitCount])
            }
        }
    }

    private mutating func take(_ savepoint: SavepointStatement) {
        switch savepoint {
        case .set(let name):
            savepoints.set(
                name,
                Mark(
                    changes: changes.count, changesBytes: changesBytes, uncounted: uncounted,
                    state: state))
        case .rollback(let name):
            guard let mark = savepoints.rollBack(to: name) else { return }
            if let first = changes.dropFirst(mark.changes).first {
                unresolved.append(Self.event(first, .rolledBack))
            }
            changes.removeLast(changes.count - mark.changes)
            changesBytes = mark.changesBytes
            uncounted = mark.uncounted
            guard state != mark.state else { return }
            state = mark.state
            change()
        }
    }

    private mutating func take(
        _ target: StatementFacts.Table, of facts: StatementFacts, _ current: String?,
        _ text: RawSpan, _ reasons: inout [UnresolvedEvent.Reason]
    ) {
        let schema = target.schema ?? current
        guard let name = target.name else {
            guard facts.verb == .dropDatabase else { return }
            for table in tables where table.schema == schema {
                state.tables.dropped(table)
                reasons.append(.drop)
            }
            return
        }
        let named = TableName(schema: schema, table: name)
        let new = target.newName.map { TableName(schema: $0.schema ?? current, table: $0.table) }
        if takeTemporary(named, new, facts) { return }
        if mayRedefine(named, facts, text) { noteRedefinition() }
        if let new {
            // Another table's columns may be others.
            if state.tables[named] == nil, state.tables[new] != nil { noteRedefinition() }
            if facts.verb == .alterTable, state.tables[named] != nil { reasons.append(.alter) }
            let isOther = state.tables[named] == nil && state.tables.mayHold(named)
            if state.tables.renamed(named, to: new) || isOther { reasons.append(.rename) }
            return
        }
        let table = named
        guard state.tables[table] != nil || state.tables.mayHold(table) else { return }
        history.hasMetTable = true
        switch facts.verb {
        case .createTable:
            let replaces = Self.beginning(text).contains("OR REPLACE")
            state.tables.created(
                table, mayExist: Self.isOfAbsent(text), replaces: replaces)
            // With rows of its own it stands in the log without the SELECT.
            if facts.hasSelect { reasons.append(.statement) }
            if replaces { reasons.append(.drop) }
        case .dropTable:
            state.tables.dropped(table)
            reasons.append(.drop)
        case .truncateTable: reasons.append(.truncate)
        case .alterTable: reasons.append(.alter)
        case .loadData: reasons.append(.loadData)
        case .insert, .replace, .update, .delete: reasons.append(.statement)
        default: break
        }
    }

    /// Whether a followed table's columns may be others behind a statement.
    private func mayRedefine(
        _ table: TableName, _ facts: StatementFacts, _ text: RawSpan
    ) -> Bool {
        let life = state.tables[table]
        guard life != nil || state.tables.mayHold(table), ColumnRedefinition.isIn(text, facts)
        else { return false }
        return facts.verb == .alterTable || life?.standing == .gone || !Self.isOfAbsent(text)
    }

    private mutating func noteRedefinition() {
        state.epoch += 1
        history.noteRedefinition(at: group.id, epoch: state.epoch)
    }

    private static func beginning(_ text: RawSpan) -> String {
        decoded(text.extracting(first: 200)).uppercased()
    }

    /// A CREATE that does nothing where the table is there.
    private static func isOfAbsent(_ text: RawSpan) -> Bool {
        beginning(text).contains("IF NOT EXISTS")
    }

    /// Whether the statement is about a temporary table, which hides a real one of its name.
    private mutating func takeTemporary(
        _ table: TableName, _ new: TableName?, _ facts: StatementFacts
    ) -> Bool {
        let (server, thread) = (group.serverID, group.threadID ?? 0)
        if facts.isTemporary {
            if facts.verb == .createTable {
                state.temporary.add(table, serverID: server, threadID: thread)
            } else {
                state.temporary.remove(table, serverID: server, threadID: thread)
            }
            return true
        }
        guard state.temporary.contains(table, serverID: server, threadID: thread) else {
            return false
        }
        if let new {
            state.temporary.remove(table, serverID: server, threadID: thread)
            state.temporary.add(new, serverID: server, threadID: thread)
        } else if facts.verb == .dropTable {
            state.temporary.remove(table, serverID: server, threadID: thread)
        }
        return true
    }

    mutating func addUnresolved(_ reason: UnresolvedEvent.Reason) {
        unresolved.append(
            UnresolvedEvent(
                id: group.id, timestamp: group.timestamp, gtid: group.gtid,
                threadID: group.threadID, reason: reason, statement: statement))
    }

    /// Whether a text may change rows of a followed table, or hide it.
    private func mayConcern(_ text: RawSpan) -> Bool {
        mayName(text) || Self.beginsRoutine(text)
            || text.withSQLText { text in
                RoutineCalls.mayBeIn(text)
                    || text.mayHold("drop") && (text.mayHold("database") || text.mayHold("schema"))
                    || text.mayHold("temporary")
                    || !state.temporary.isEmpty
                        && (text.mayHold("rename") || text.mayHold("drop"))
            }
    }

    /// Whether the name of a followed table may stand in a text.
    private func mayName(_ text: RawSpan) -> Bool {
        text.withSQLText { text in
            state.tables.lives.keys.contains { text.mayHold($0.table) }
        }
    }

    private static func decoded(_ bytes: RawSpan) -> String {
        bytes.withUnsafeBytes { PrintableText.decoded(Array($0)) }
    }
}

extension SQLText {
    /// Whether the name may stand in the text; the case of ASCII letters does not count. A name
    /// with a quote in it, which is doubled there, may stand anywhere; so may one that begins or
    /// ends with another sign than those of names.
    func mayHold(_ name: String) -> Bool {
        let wanted = Array(name.utf8)
        guard let first = wanted.first, !name.contains("`"), !name.contains("\"") else {
            return true
        }
        let low = asciiLowercased(first)
        let high = (0x61...0x7A).contains(low) ? low & 0xDF : low
        var index = 0
        while index + wanted.count <= count {
            index = self.index(of: low, or: high, from: index)
            guard index + wanted.count <= count else { return false }
            let isWhole =
                !Self.isNameByte(self[index - 1])
                && !Self.isNameByte(self[index + wanted.count])
            if isWhole,
                wanted.indices.allSatisfy({
                    asciiLowercased(self[index + $0]) == asciiLowercased(wanted[$0])
                })
            {
                return true
            }
            index += 1
        }
        return false
    }
}
