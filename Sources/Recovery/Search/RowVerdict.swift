/// What text and rows together say about one table of a row statement.
struct Verdict {
    var kinds: DestructiveKinds = []
    var reasons: StatementReasons = []
    var detail = ""
}

extension SearchMatcher {
    /// What the annotate text says.
    private var outline: StatementOutline {
        @inline(__always) _read { yield rowStatement.classifier.outline }
    }

    /// Rows decide the table; the text decides whether all rows were meant, if it names the table.
    func verdict(_ part: RowStatement.Part) -> Verdict {
        guard rowStatement.hasText, !rowStatement.isUnread else {
            return Verdict(kinds: kinds(byRows: part.counts))
        }
        if let index = target(naming: part.table) {
            return verdict(part, outline.targets[index])
        }
        if let target = viewTarget(part) {
            var verdict = verdict(part, target)
            verdict.reasons.insert(.view)
            return verdict
        }
        var verdict = Verdict(kinds: kinds(byRows: part.counts), reasons: outline.reasons)
        verdict.reasons.insert(.otherText)
        return verdict
    }

    private func verdict(
        _ part: RowStatement.Part, _ target: StatementOutline.Target
    ) -> Verdict {
        let counts = part.counts
        var verdict = Verdict(reasons: outline.reasons.union(target.reasons))
        switch outline.verb {
        case .delete:
            let isVersioned = counts.deleted == 0 && counts.updated > 0
            let affected = isVersioned ? counts.updated : counts.deleted
            if affected == 0 { return verdict }
            if isVersioned { verdict.reasons.insert(.versioned) }
            if target.kinds.contains(.deleteAll), isWhole(part, target, affected, &verdict) {
                verdict.kinds = DestructiveKinds(.deleteAll)
            } else if affected >= filter.minRows {
                verdict.kinds = DestructiveKinds(.massDelete)
            }
        case .update:
            if counts.updated == 0 { return Verdict(kinds: kinds(byRows: counts)) }
            if target.kinds.contains(.updateAll), isWhole(part, target, counts.updated, &verdict) {
                verdict.kinds = DestructiveKinds(.updateAll)
            } else {
                verdict.kinds = kinds(byRows: counts)
            }
        case .replace, .loadData, .insert:
            verdict.kinds = kinds(byRows: counts)
            let replaces = outline.verb == .replace || target.reasons.contains(.replacedRows)
            if replaces, counts.inserted >= counts.deleted, verdict.kinds.contains(.massDelete) {
                verdict.kinds = DestructiveKinds(.massUpdate)
                verdict.reasons.insert(.replacedRows)
            }
        default: verdict.kinds = kinds(byRows: counts)
        }
        return verdict
    }

    private func kinds(byRows counts: RowCounts) -> DestructiveKinds {
        var kinds: DestructiveKinds = []
        if counts.deleted >= filter.minRows, counts.deleted > 0 {
            kinds.insert(DestructiveKinds(.massDelete))
        }
        if counts.updated >= filter.minRows, counts.updated > 0 {
            kinds.insert(DestructiveKinds(.massUpdate))
        }
        return kinds
    }

    /// Whether a text that means all rows did reach them: its LIMIT not, its column never NULL.
    private func isWhole(
        _ part: RowStatement.Part, _ target: StatementOutline.Target, _ affected: UInt64,
        _ verdict: inout Verdict
    ) -> Bool {
        verdict.detail = outline.string(target.detail) ?? ""
        switch outline.limit {
        case .none: break
        case .rows(let count): if affected >= count { return false }
        case .unknown: return false
        }
        if target.reasons.contains(.trueUnlessNull),
            let nullable = tables[Int(part.table)].nullableColumns
        {
            if nullable.contains(verdict.detail) { return false }
            verdict.reasons.remove(.trueUnlessNull)
            verdict.reasons.insert(.alwaysTrue)
        }
        return true
    }

    /// The target of the annotate text that names `table`; the case of ASCII letters does not
    /// count.
    func target(naming table: Int32) -> Int? {
        outline.targets.indices.first { isNamed(table, by: outline.targets[$0]) }
    }

    private func isNamed(_ table: Int32, by target: StatementOutline.Target) -> Bool {
        guard isName(target.table, tables[Int(table)].nameBytes) else { return false }
        return target.schema.isEmpty || isName(target.schema, tables[Int(table)].schemaBytes)
    }

    private func isName(_ name: StatementOutline.Name, _ bytes: [UInt8]) -> Bool {
        let range = name.range
        guard range.count == bytes.count else { return false }
        for index in bytes.indices
        where asciiLowercased(outline.names[range.lowerBound + index])
            != asciiLowercased(bytes[index])
        {
            return false
        }
        return true
    }

    /// A text may name a view, whose rows carry the base table's name.
    ///
    /// Taken for that where it has one target, no table of the statement has that name, and only
    /// this table has rows of the text's kind.
    private func viewTarget(_ part: RowStatement.Part) -> StatementOutline.Target? {
        guard outline.verb == .delete || outline.verb == .update, outline.targets.count == 1
        else { return nil }
        let isDelete = outline.verb == .delete
        func isChanged(_ counts: RowCounts) -> Bool {
            isDelete ? counts.deleted > 0 : counts.updated > 0
        }
        guard isChanged(part.counts) else { return nil }
        for other in rowStatement.parts {
            if isNamed(other.table, by: outline.targets[0]) { return nil }
            if other.table != part.table, isChanged(other.counts) { return nil }
        }
        return outline.targets[0]
    }
}
