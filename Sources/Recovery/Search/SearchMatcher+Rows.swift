/// Row statements: annotate text, table maps and row counts, joined when the statement is over.
extension SearchMatcher {
    /// An annotate event: the text of the row statement that follows.
    public mutating func annotate(_ text: RawSpan, timestamp: UInt32) {
        finishRowStatement()
        if isGroupSkipped { return }
        rowStatement.hasText = true
        rowStatement.timestamp = timestamp
        rowStatement.passesText = filter.matchesText?(text) ?? true
        text.withSQLText { text in
            rowStatement.textSizeBytes = text.count
            // Then only its rows can make it destructive.
            if !filter.wantsOther, text.begins(with: "insert ") {
                rowStatement.isUnread = true
            } else {
                rowStatement.classifier.read(text, mode: nil, headOnly: true)
            }
            let size = min(text.count, SearchText.keptSizeBytes)
            let beginning = UnsafeRawBufferPointer(rebasing: text.bytes[..<size])
            rowStatement.text.append(contentsOf: beginning)
        }
    }

    /// A table map stands in the statement, whether or not rows follow.
    public mutating func tableMap(_ table: TableHandle, timestamp: UInt32) {
        if isGroupSkipped { return }
        if !rowStatement.hasText, rowStatement.parts.isEmpty {
            rowStatement.timestamp = timestamp
            rowStatement.passesText = filter.matchesText == nil
        }
        _ = rowStatement.index(of: table.index)
    }

    /// A rows event; `endsStatement` is its STMT_END flag.
    public mutating func rows(
        _ table: TableHandle, _ change: RowChange, count: Int, endsStatement: Bool
    ) {
        if isGroupSkipped { return }
        let index = rowStatement.index(of: table.index)
        let count = UInt64(clamping: count)
        switch change {
        case .insert: rowStatement.parts[index].counts += RowCounts(inserted: count)
        case .update: rowStatement.parts[index].counts += RowCounts(updated: count)
        case .delete: rowStatement.parts[index].counts += RowCounts(deleted: count)
        }
        if endsStatement { finishRowStatement() }
    }

    /// Joins text and rows of the statement that is being read, if there is one.
    mutating func finishRowStatement() {
        if rowStatement.parts.isEmpty {
            if rowStatement.hasText { rowStatement.reset() }
            return
        }
        let hasUnchanged = rowStatement.parts.contains { $0.counts.isEmpty }
        if rowStatement.isUnread, hasUnchanged || hasManyRows { rowStatement.readText() }
        var kept: SearchText?
        let first = candidates.count
        for index in rowStatement.parts.indices where !rowStatement.parts[index].counts.isEmpty {
            add(rowStatement.parts[index], &kept)
        }
        if hasUnchanged { addCascadeSuspects(from: first, &kept) }
        rowStatement.reset()
    }

    private var hasManyRows: Bool {
        rowStatement.parts.contains {
            $0.counts.deleted >= filter.minRows || $0.counts.updated >= filter.minRows
        }
    }

    private mutating func add(_ part: RowStatement.Part, _ kept: inout SearchText?) {
        let verdict = verdict(part)
        let handle = Int(part.table)
        if part.counts.inserted > 0, attachToCreate(part) { return }
        sum(part, verdict, &kept)
        let isWanted = verdict.kinds.isDestructive || filter.wantsOther
        guard isWanted, tables[handle].passesFilter, rowStatement.passesText else { return }
        if kept == nil { kept = keptRowText() }
        var candidate = SearchCandidate()
        candidate.schema = tables[handle].name.schema
        candidate.table = tables[handle].name.table
        candidate.handle = part.table
        candidate.kinds = verdict.kinds
        candidate.reasons = verdict.reasons
        candidate.detail = verdict.detail
        candidate.rows = part.counts
        candidate.timestamp = rowStatement.timestamp
        candidate.text = kept
        if candidate.emptiesTable { tables[handle].sum.emptied = candidates.count }
        candidates.append(candidate)
    }

    private mutating func keptRowText() -> SearchText? {
        guard rowStatement.hasText else { return nil }
        let bytes = rowStatement.text
        let size = rowStatement.textSizeBytes
        return bytes.span.bytes.withSQLText { keep($0, mode: nil, sizeBytes: size) }
    }

    /// The rows of CREATE … SELECT belong to the Query event before them.
    private mutating func attachToCreate(_ part: RowStatement.Part) -> Bool {
        let name = tables[Int(part.table)].name
        for index in candidates.indices.reversed()
        where candidates[index].kinds.contains(.replaceTable)
            && candidates[index].table == name.table && candidates[index].schema == name.schema
        {
            var rows = candidates[index].rows ?? RowCounts()
            rows += part.counts
            candidates[index].rows = rows
            return true
        }
        return false
    }

    // MARK: Sums over the transaction

    private mutating func sum(
        _ part: RowStatement.Part, _ verdict: Verdict, _ kept: inout SearchText?
    ) {
        let handle = Int(part.table)
        if tables[handle].group != groupNumber {
            tables[handle].group = groupNumber
            tables[handle].sum = TableSum()
            summedTables.append(part.table)
        }
        tables[handle].sum.counts += part.counts
        summedStatements += 1
        tables[handle].sum.lastStatement = summedStatements
        if verdict.kinds.contains(.deleteAll) || verdict.kinds.contains(.massDelete)
            || (verdict.reasons.contains(.replacedRows) && verdict.kinds.contains(.massUpdate))
        {
            tables[handle].sum.isDeleteReported = true
        }
        if verdict.kinds.contains(.updateAll) || verdict.kinds.contains(.massUpdate)
            || verdict.reasons.contains(.versioned)
        {
            tables[handle].sum.isUpdateReported = true
        }
        let emptied = tables[handle].sum.emptied
        if part.counts.inserted > 0, emptied >= 0, emptied < candidates.count {
            noteRefill(of: emptied, rows: part.counts.inserted)
        }
        let passes = passesSum(tables[handle].sum)
        guard passes.delete || passes.update, tables[handle].sum.text == nil,
            tables[handle].passesFilter
        else { return }
        if kept == nil { kept = keptRowText() }
        tables[handle].sum.text = kept
        tables[handle].sum.timestamp = rowStatement.timestamp
    }

    /// Rows come back into the table that a candidate emptied.
    mutating func noteRefill(of candidate: Int, rows: UInt64) {
        let before = candidates[candidate].insertedLater
        if !savepoints.isEmpty { refills.append((candidate, before)) }
        candidates[candidate].insertedLater = before.addingCapped(rows)
    }

    /// Says of the sums that grew since that a part of them was undone.
    mutating func undoSums(behind mark: Mark) {
        for index in summedTables where tables[Int(index)].sum.lastStatement > mark.summedStatements
        {
            tables[Int(index)].sum.isUndone = true
        }
    }

    private func passesSum(_ sum: TableSum) -> (delete: Bool, update: Bool) {
        (
            !sum.isDeleteReported && sum.counts.deleted >= filter.minRows && sum.counts.deleted > 0,
            !sum.isUpdateReported && sum.counts.updated >= filter.minRows && sum.counts.updated > 0
        )
    }

    /// Candidates for tables of which no one statement, but all together, changed many rows.
    mutating func addSums() {
        for index in summedTables {
            let table = tables[Int(index)]
            let passes = passesSum(table.sum)
            let isTextWanted = filter.matchesText == nil || table.sum.text != nil
            guard passes.delete || passes.update, table.passesFilter, isTextWanted else { continue }
            var candidate = SearchCandidate()
            candidate.schema = table.name.schema
            candidate.table = table.name.table
            candidate.handle = index
            if passes.delete { candidate.kinds.insert(DestructiveKinds(.massDelete)) }
            if passes.update { candidate.kinds.insert(DestructiveKinds(.massUpdate)) }
            candidate.reasons = .transactionSum
            if table.sum.isUndone { candidate.reasons.insert(.undone) }
            candidate.rows = table.sum.counts
            candidate.timestamp = table.sum.timestamp
            candidate.text = table.sum.text
            candidates.append(candidate)
        }
    }

    // MARK: Cascades

    /// Tables mapped without rows beside deletes or updates: a foreign key may have changed them.
    private mutating func addCascadeSuspects(from first: Int, _ kept: inout SearchText?) {
        let hasChanges = rowStatement.parts.contains {
            $0.counts.deleted > 0 || $0.counts.updated > 0
        }
        guard hasChanges else { return }
        for part in rowStatement.parts where part.counts.isEmpty {
            if rowStatement.hasText, target(naming: part.table) != nil { continue }
            let name = tables[Int(part.table)].name
            for index in first..<candidates.count where candidates[index].rows != nil {
                candidates[index].notes.append("cascade suspect: \(name)")
            }
            guard filter.wantsOther, tables[Int(part.table)].passesFilter, rowStatement.passesText
            else { continue }
            if kept == nil { kept = keptRowText() }
            var candidate = SearchCandidate()
            candidate.schema = name.schema
            candidate.table = name.table
            candidate.handle = part.table
            candidate.reasons = .cascade
            candidate.timestamp = rowStatement.timestamp
            candidate.text = kept
            candidates.append(candidate)
        }
    }
}
