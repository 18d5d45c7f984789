/// Folds a WHERE as far as its text allows: is it true for every row?
///
/// Knows constants, comparisons of constants, a column compared with itself, IS [NOT] NULL,
/// LIKE '%', LIKE of constants, EXISTS(SELECT constant), AND, OR, NOT and parentheses. Everything
/// else is unknown.
struct ConditionFolder {
    enum Truth {
        case always, never, null
        /// True, but where a column is NULL.
        case alwaysUnlessNull
        /// False, or NULL where a column is NULL.
        case neverOrNull
        case unknown
    }

    enum Value {
        /// A literal: the index of its token, and whether a minus stands before it.
        case literal(Int, negative: Bool)
        case number(Double)
        case null
        /// A column: the index of its last token, and how many names its path has.
        case column(Int, parts: Int)
        case truth(Truth)
        case unknown
    }

    static let deepest = 64

    let text: SQLText
    let tokens: UnsafeBufferPointer<SQLToken>
    private let mode: SQLMode
    var index: Int
    let end: Int
    private var depth = 0
    /// The token of the column that must not be NULL for the condition to be true.
    private(set) var nullableColumn: Int?

    mutating func noteNullable(_ token: Int) { nullableColumn = nullableColumn ?? token }

    init(
        _ text: SQLText, _ tokens: UnsafeBufferPointer<SQLToken>, from index: Int, to end: Int,
        _ mode: SQLMode
    ) {
        self.text = text
        self.mode = mode
        self.tokens = tokens
        self.index = index
        self.end = end
    }

    /// The truth of the whole condition.
    mutating func fold() -> Truth {
        let truth = truth(of: disjunction())
        return index >= end ? truth : .unknown
    }

    @inline(__always)
    private func lexeme(_ ahead: Int = 0) -> SQLLexeme {
        // Safe: the index is below `end`, which is within the tokens.
        index + ahead < end ? tokens[index + ahead].lexeme : .end
    }

    // MARK: OR, XOR, AND, NOT

    private mutating func disjunction() -> Value {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.deepest {
            index = end
            return .unknown
        }
        var value = conjunction()
        while true {
            switch lexeme() {
            case .or, .orSign:
                index += 1
                value = .truth(Self.or(truth(of: value), truth(of: conjunction())))
            case .xor:
                index += 1
                value = .truth(Self.xor(truth(of: value), truth(of: conjunction())))
            default: return value
            }
        }
    }

    private mutating func conjunction() -> Value {
        var value = negation()
        while lexeme() == .and || lexeme() == .andSign {
            index += 1
            value = .truth(Self.and(truth(of: value), truth(of: negation())))
        }
        return value
    }

    private mutating func negation() -> Value {
        var negations = 0
        while lexeme() == .not, !mode.highNotPrecedence {
            index += 1
            negations += 1
        }
        let value = predicate()
        if negations == 0 { return value }
        let truth = truth(of: value)
        return .truth(negations % 2 == 1 ? Self.not(truth) : truth)
    }

    // MARK: Predicates

    private mutating func predicate() -> Value {
        var value = sum()
        while true {
            switch lexeme() {
            case .end, .and, .andSign, .or, .orSign, .xor, .rightParenthesis, .comma, .when,
                .endWord, .elseWord:
                return value
            case .equal, .nullSafeEqual, .notEqual, .less, .greater, .lessOrEqual,
                .greaterOrEqual:
                let sign = lexeme()
                index += 1
                let isQuantified = lexeme() == .all || lexeme() == .any
                if isQuantified { index += 1 }
                let right = sum()
                value = .truth(isQuantified ? .unknown : compare(value, sign, right))
            case .is:
                index += 1
                value = .truth(isPredicate(value))
            case .not, .like, .in, .between:
                value = .truth(namedPredicate(value))
            default:
                index += 1
                value = .unknown
                passOver()
            }
        }
    }

    /// Behind IS.
    private mutating func isPredicate(_ value: Value) -> Truth {
        let isNegated = lexeme() == .not
        if isNegated { index += 1 }
        let word = lexeme()
        index += 1
        let truth: Truth
        switch word {
        case .null, .unknown: truth = isNull(value)
        case .true: truth = isTrue(self.truth(of: value))
        case .false: truth = isTrue(Self.not(self.truth(of: value)))
        default: return .unknown
        }
        return isNegated ? Self.not(truth) : truth
    }

    private mutating func isNull(_ value: Value) -> Truth {
        switch value {
        case .null, .truth(.null): return .always
        case .literal, .number, .truth(.always), .truth(.never): return .never
        case .column(let token, _):
            noteNullable(token)
            return .neverOrNull
        default: return .unknown
        }
    }

    private func isTrue(_ truth: Truth) -> Truth {
        switch truth {
        case .always: .always
        case .never, .null, .neverOrNull: .never
        case .alwaysUnlessNull: .alwaysUnlessNull
        case .unknown: .unknown
        }
    }

    /// At LIKE, IN or BETWEEN, perhaps after NOT.
    private mutating func namedPredicate(_ value: Value) -> Truth {
        let isNegated = lexeme() == .not
        if isNegated { index += 1 }
        let word = lexeme()
        index += 1
        let truth: Truth
        switch word {
        case .like: truth = like(value)
        case .in: truth = isIn(value)
        case .between:
            let low = sum()
            guard lexeme() == .and else { return .unknown }
            index += 1
            let high = sum()
            truth = Self.and(
                compare(value, .greaterOrEqual, low), compare(value, .lessOrEqual, high))
        default:
            passOver()
            return .unknown
        }
        return isNegated ? Self.not(truth) : truth
    }

    private mutating func like(_ value: Value) -> Truth {
        let pattern = sum()
        guard case .literal(let token, negative: false) = pattern else { return .unknown }
        if case .literal(let subject, negative: false) = value, isLike(subject, token) {
            return .always
        }
        guard tokens[token].kind == .string else { return .unknown }
        let content = contents(of: token)
        let isAnything = !content.isEmpty && content.allSatisfy { text[$0] == UInt8(ascii: "%") }
        switch value {
        case .column(let column, _) where isAnything:
            noteNullable(column)
            return .alwaysUnlessNull
        case .literal where isAnything: return .always
        case .null: return .null
        default: return .unknown
        }
    }

    private mutating func isIn(_ value: Value) -> Truth {
        guard lexeme() == .leftParenthesis else { return .unknown }
        if startsSubquery(1) {
            passOver()
            return .unknown
        }
        index += 1
        var truth = Truth.never
        while lexeme() != .end {
            truth = Self.or(truth, compare(value, .equal, sum()))
            if lexeme() == .comma {
                index += 1
            } else if lexeme() == .rightParenthesis {
                index += 1
                return truth
            } else {
                truth = .unknown
                passOver()
                if lexeme() != .comma, lexeme() != .rightParenthesis { index += 1 }
            }
        }
        return .unknown
    }

    // MARK: Operands

    private mutating func sum() -> Value {
        var value = product()
        while lexeme() == .plus || lexeme() == .minus {
            let sign: Double = lexeme() == .plus ? 1 : -1
            index += 1
            value = arithmetic(value, product()) { $0 + sign * $1 }
        }
        return value
    }

    private mutating func product() -> Value {
        var value = joined()
        while lexeme() == .star || lexeme() == .slash {
            let isProduct = lexeme() == .star
            index += 1
            let right = joined()
            value = arithmetic(value, right) { isProduct ? $0 * $1 : $0 / $1 }
        }
        return value
    }

    /// Strings joined by `||`, where it does that: what comes of them is left open.
    private mutating func joined() -> Value {
        var value = primary()
        while mode.pipesAsConcat, lexeme() == .orSign {
            index += 1
            _ = primary()
            value = .unknown
        }
        return value
    }

    /// Of whole numbers alone: with fractions a server counts in decimals.
    private func arithmetic(
        _ left: Value, _ right: Value, _ body: (Double, Double) -> Double
    ) -> Value {
        guard let left = number(left), let right = number(right), Self.isWhole(left),
            Self.isWhole(right)
        else { return .unknown }
        let result = body(left, right)
        return Self.isWhole(result) ? .number(result) : .unknown
    }

    private static func isWhole(_ number: Double) -> Bool {
        number.rounded() == number && number.magnitude < 0x1p53
    }

    private mutating func primary() -> Value {
        guard index < end else { return .unknown }
        let token = tokens[index]
        switch token.lexeme {
        case .leftParenthesis: return parenthesized()
        case .true, .false:
            index += 1
            return .truth(token.lexeme == .true ? .always : .never)
        case .null:
            index += 1
            return .null
        case .exists: return exists()
        case .bang:
            index += 1
            return nested { .truth(Self.not($0.truth(of: $0.primary()))) }
        case .minus, .plus:
            index += 1
            let value = nested { $0.primary() }
            guard token.lexeme == .minus else { return value }
            return number(value).map { .number(-$0) } ?? .unknown
        case .not where mode.highNotPrecedence:
            index += 1
            return nested { .truth(Self.not($0.truth(of: $0.primary()))) }
        case .not:
            return nested { $0.negation() }
        case .case:
            passOverCase()
            return .unknown
        case .rightParenthesis, .comma, .and, .or, .andSign, .orSign: return .unknown
        default: return operand(token)
        }
    }

    private mutating func nested(_ body: (inout Self) -> Value) -> Value {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.deepest {
            index = end
            return .unknown
        }
        return body(&self)
    }

    /// A literal or a column; calls, variables and parameters are unknown.
    private mutating func operand(_ token: SQLToken) -> Value {
        if token.kind == .introducer { index += 1 }
        guard index < end else { return .unknown }
        let first = index
        if tokens[first].isLiteral {
            index += 1
            guard index < end, tokens[index].kind == .string else {
                return .literal(first, negative: false)
            }
            while index < end, tokens[index].kind == .string { index += 1 }
            return .unknown
        }
        index += 1
        guard tokens[first].isName else { return .unknown }
        var parts = 1
        var last = first
        while lexeme() == .dot, index + 1 < end, tokens[index + 1].isName {
            last = index + 1
            index += 2
            parts += 1
        }
        if lexeme() == .leftParenthesis {
            passOver()
            return .unknown
        }
        if index < end, tokens[index].isLiteral {
            index += 1
            return .unknown
        }
        return .column(last, parts: parts)
    }

    private mutating func parenthesized() -> Value {
        if startsSubquery(1) {
            passOver()
            return .unknown
        }
        let begin = index
        index += 1
        let value = disjunction()
        if lexeme() == .rightParenthesis {
            index += 1
            return value
        }
        index = max(index, begin)
        var open = 1
        while index < end, open > 0 {
            if lexeme() == .leftParenthesis { open += 1 }
            if lexeme() == .rightParenthesis { open -= 1 }
            index += 1
        }
        return .unknown
    }

    /// At EXISTS: true where the subquery is SELECT of literals and nothing else.
    private mutating func exists() -> Value {
        index += 1
        guard lexeme() == .leftParenthesis else { return .unknown }
        let begin = index
        passOver()
        let last = index - 1
        guard last > begin + 2, tokens[begin + 1].lexeme == .select else { return .unknown }
        var inside = begin + 2
        while inside < last {
            let token = tokens[inside]
            if token.lexeme == .from {
                let isDual = inside + 2 == last && tokens[inside + 1].lexeme == .dual
                return isDual ? .truth(.always) : .unknown
            }
            let isConstant =
                token.isLiteral || [.comma, .null, .true, .false, .star].contains(token.lexeme)
            if !isConstant { return .unknown }
            inside += 1
        }
        return .truth(.always)
    }

    private func startsSubquery(_ ahead: Int) -> Bool {
        switch lexeme(ahead) {
        case .select, .with, .values: true
        default: false
        }
    }

    /// Over one parenthesis with all in it, where one begins here.
    private mutating func passOver() {
        guard lexeme() == .leftParenthesis else { return }
        var open = 0
        while index < end {
            if lexeme() == .leftParenthesis { open += 1 }
            if lexeme() == .rightParenthesis { open -= 1 }
            index += 1
            if open == 0 { return }
        }
    }

    private mutating func passOverCase() {
        var open = 0
        while index < end {
            if lexeme() == .case { open += 1 }
            if lexeme() == .endWord { open -= 1 }
            index += 1
            if open == 0 { return }
        }
    }
}
