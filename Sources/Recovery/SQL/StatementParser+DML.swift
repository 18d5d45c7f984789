/// DELETE and UPDATE: which tables, and whether every row of them.
extension StatementParser {
    /// Behind DELETE.
    mutating func delete() -> StatementVerb {
        skipAny(.lowPriority, .quick, .ignore)
        var isHistory = false
        if lexeme() == .history, lexeme(1) == .from {
            index += 1
            isHistory = true
        }
        factors.removeAll(keepingCapacity: true)
        let list = index
        if skip(.from) {
            let names = index
            if seekUsing() {
                readTableList()
                addDeleteTargets(from: names, to: index, listEnd: .using)
                return .delete
            }
            index = names
            readTableList()
            if factors.isEmpty {
                outline.isMalformed = true
                return .delete
            }
            if isHistory { factors[0].reasons.insert(.history) }
            finishRows()
            appendRowTargets(.deleteAll)
            return .delete
        }
        guard seek(.from) else {
            outline.isMalformed = true
            return .delete
        }
        index += 1
        readTableList()
        addDeleteTargets(from: list, to: index, listEnd: .from)
        return .delete
    }

    /// DELETE FROM a, b USING …: goes behind USING.
    private mutating func seekUsing() -> Bool {
        var ahead = index
        while ahead < end {
            switch tokens[ahead].lexeme {
            case .comma, .dot, .star: ahead += 1
            case .using:
                index = ahead + 1
                return true
            default:
                let previous = tokens[ahead - 1].lexeme
                let isListed = previous == .from || previous == .comma || previous == .dot
                guard isListed, tokens[ahead].isName else { return false }
                ahead += 1
            }
        }
        return false
    }

    /// The tables of a multi-table DELETE, `a, s.b.*`, resolved through the aliases of its join.
    private mutating func addDeleteTargets(
        from list: Int, to behindTables: Int, listEnd: SQLLexeme
    ) {
        let all = factors
        factors.removeAll(keepingCapacity: true)
        index = list
        while index < end, lexeme() != listEnd {
            guard let path = tablePath() else {
                index += 1
                continue
            }
            factors.append(resolve(path, in: all))
            if lexeme() == .dot { index += 1 }
            _ = skip(.star)
            _ = skip(.comma)
        }
        if factors.isEmpty { outline.isMalformed = true }
        index = behindTables
        finishRows()
        appendRowTargets(.deleteAll)
    }

    private func resolve(_ path: TableFactor, in all: [TableFactor]) -> TableFactor {
        for factor in all where path.schema < 0 {
            let name = factor.alias >= 0 ? factor.alias : factor.table
            if isSameName(name, path.table) { return factor }
        }
        return path
    }

    /// Behind UPDATE.
    mutating func update() -> StatementVerb {
        skipAny(.lowPriority, .ignore)
        factors.removeAll(keepingCapacity: true)
        readTableList()
        guard !factors.isEmpty, skip(.set) else {
            outline.isMalformed = true
            return .update
        }
        if factors.count > 1 { keepAssignedTables() }
        finishRows()
        appendRowTargets(.updateAll)
        return .update
    }

    /// Of the tables of a join, those that SET assigns to; all where a column's table is not named.
    private mutating func keepAssignedTables() {
        let all = factors
        let begin = index
        factors.removeAll(keepingCapacity: true)
        var isAssignment = true
        while index < end, lexeme() != .where, lexeme() != .order, lexeme() != .limit {
            if isAssignment {
                isAssignment = false
                guard let table = assignedTable(all) else {
                    factors = all
                    break
                }
                if !factors.contains(where: { $0.table == table.table }) { factors.append(table) }
            } else if lexeme() == .leftParenthesis {
                skipParenthesis()
            } else {
                isAssignment = lexeme() == .comma
                index += 1
            }
        }
        if factors.isEmpty { factors = all }
        index = begin
    }

    /// At `[schema.]table.column` of a SET; nil for a bare column.
    private mutating func assignedTable(_ all: [TableFactor]) -> TableFactor? {
        var path: [Int] = []
        while index < end, tokens[index].isName {
            path.append(index)
            index += 1
            guard skip(.dot) else { break }
        }
        guard path.count > 1 else { return nil }
        let qualifier = TableFactor(schema: -1, table: path[path.count - 2])
        let found = resolve(qualifier, in: all)
        return all.contains { $0.table == found.table } ? found : nil
    }

    // MARK: Table lists

    /// Reads table references up to WHERE, SET, ORDER, LIMIT, RETURNING or the end.
    mutating func readTableList() {
        var expectsTable = true
        while index < end {
            switch lexeme() {
            case .where, .set, .order, .limit, .returning: return
            case .comma, .join, .straightJoin:
                expectsTable = true
                index += 1
            case .leftParenthesis:
                let isNested = expectsTable && lexeme(1) != .select && lexeme(1) != .with
                if isNested {
                    index += 1
                } else {
                    expectsTable = false
                    skipParenthesis()
                }
            case .leftBrace: index += 2
            default:
                if expectsTable, tokens[index].isName {
                    readTableFactor()
                } else {
                    if expectsTable { outline.isMalformed = true }
                    index += 1
                }
                expectsTable = false
            }
        }
    }

    private mutating func readTableFactor() {
        guard var factor = tablePath() else { return }
        if lexeme() == .partition, lexeme(1) == .leftParenthesis {
            index += 1
            factor.detail = partitionNames()
            factor.reasons.insert(.partition)
        }
        while lexeme() == .for || lexeme() == .before {
            if lexeme() == .for, lexeme(1) == .portion { factor.reasons.insert(.period) }
            if lexeme() == .before {
                // DELETE HISTORY … BEFORE SYSTEM_TIME: what is left of it says nothing more.
                while index < end, lexeme() != .where, lexeme() != .limit { index += 1 }
                break
            }
            index += 1
            while index < end, ![.where, .set, .comma, .join, .as].contains(lexeme()) { index += 1 }
        }
        if skip(.as) {
            if index < end, tokens[index].isName {
                factor.alias = index
                index += 1
            }
        } else if index < end, tokens[index].isName, isAlias(tokens[index]) {
            factor.alias = index
            index += 1
        }
        factors.append(factor)
    }

    private func isAlias(_ token: SQLToken) -> Bool {
        if token.kind == .quotedName { return true }
        switch token.lexeme {
        case .join, .on, .using, .left, .right, .inner, .cross, .natural, .straightJoin, .where,
            .set, .order, .limit, .use, .ignore, .force, .partition, .for, .returning, .before,
            .outer, .full:
            return false
        default: return true
        }
    }

    /// At `(p0, p1)`: the names, as `p0, p1`.
    mutating func partitionNames() -> StatementOutline.Name {
        let isEnclosed = skip(.leftParenthesis)
        let begin = Int32(clamping: outline.names.count)
        while index < end, tokens[index].isName {
            if outline.names.count > Int(begin) { _ = outline.append(", ".utf8) }
            _ = outline.append(tokens[index], of: text)
            index += 1
            guard skip(.comma) else { break }
        }
        if isEnclosed { _ = skip(.rightParenthesis) }
        return StatementOutline.Name(begin: begin, end: Int32(clamping: outline.names.count))
    }

    // MARK: WHERE and LIMIT

    /// Reads WHERE, ORDER BY, LIMIT and RETURNING, and marks the tables in `factors` accordingly.
    private mutating func finishRows() {
        seek(.where, .order, .limit, .returning)
        var reasons: StatementReasons = .noWhere
        var detail = StatementOutline.Name()
        if skip(.where) {
            let begin = index
            seek(.order, .limit, .returning)
            var folder = ConditionFolder(text, tokens, from: begin, to: index, mode)
            switch folder.fold() {
            case .always: reasons = .alwaysTrue
            case .alwaysUnlessNull:
                reasons = .trueUnlessNull
                if let column = folder.nullableColumn {
                    detail = outline.append(tokens[column], of: text)
                }
            default: reasons = []
            }
        }
        seek(.limit, .returning)
        if skip(.limit) { outline.limit = limit() }
        for position in factors.indices {
            factors[position].reasons.formUnion(reasons)
            if factors[position].detail.isEmpty { factors[position].detail = detail }
        }
    }

    /// Behind LIMIT.
    private func limit() -> StatementOutline.Limit {
        guard index < end, tokens[index].kind == .number else { return .unknown }
        let digits = tokens[index].range
        let isPlain = lexeme(1) == .end || lexeme(1) == .returning || lexeme(1) == .semicolon
        guard isPlain, digits.count <= 20 else { return .unknown }
        var value: UInt64 = 0
        for position in digits {
            guard SQLText.isDigit(text[position]) else { return .unknown }
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(UInt64(text[position] &- 0x30))
            if first || second { return .rows(.max) }
            value = sum
        }
        return .rows(value)
    }

    /// Turns `factors` into targets; `kind` holds for those whose every row is meant.
    private mutating func appendRowTargets(_ kind: DestructiveKind) {
        for factor in factors {
            var target = target(factor)
            let isAll =
                !target.reasons.isDisjoint(with: [.noWhere, .alwaysTrue, .trueUnlessNull])
                && !target.reasons.contains(.period)
            if isAll || target.reasons.contains(.history) {
                target.kinds = DestructiveKinds(kind)
                if outline.limit != .none { target.reasons.insert(.limited) }
            }
            outline.targets.append(target)
        }
    }
}
