/// How the values of a condition compare: numbers, strings and columns with themselves.
extension ConditionFolder {
    func truth(of value: Value) -> Truth {
        switch value {
        case .truth(let truth): return truth
        case .null: return .null
        case .literal(let index, _) where tokens[index].kind == .binary:
            return truth(ofBits: tokens[index].range)
        case .number, .literal:
            guard let number = number(value) else { return .unknown }
            return number == 0 ? .never : .always
        case .column, .unknown: return .unknown
        }
    }

    /// `0x31`, `b'1'`: a number. `x'31'` is a string, whose number is left open.
    private func truth(ofBits range: Range<Int>) -> Truth {
        guard text[range.lowerBound] | 0x20 != UInt8(ascii: "x") else { return .unknown }
        // Behind 0x, 0b or b.
        let digits = range.dropFirst(text[range.lowerBound] == UInt8(ascii: "0") ? 2 : 1)
        let isZero = digits.allSatisfy {
            [UInt8(ascii: "0"), UInt8(ascii: "'")].contains(text[$0])
        }
        return isZero ? .never : .always
    }

    mutating func compare(_ left: Value, _ sign: SQLLexeme, _ right: Value) -> Truth {
        if case .column(let first, let parts) = left, case .column(let second, let others) = right {
            guard isSameColumn(first, parts, second, others) else { return .unknown }
            noteNullable(first)
            switch sign {
            case .nullSafeEqual: return .always
            case .equal, .lessOrEqual, .greaterOrEqual: return .alwaysUnlessNull
            default: return .neverOrNull
            }
        }
        if isNullConstant(left) || isNullConstant(right) {
            guard sign == .nullSafeEqual else { return .null }
            guard isConstant(left), isConstant(right) else { return .unknown }
            return isNullConstant(left) && isNullConstant(right) ? .always : .never
        }
        if case .literal(let first, _) = left, case .literal(let second, _) = right,
            tokens[first].kind == .string, tokens[second].kind == .string
        {
            return compareStrings(first, sign, second)
        }
        guard isConstant(left), isConstant(right), let left = number(left),
            let right = number(right)
        else { return .unknown }
        let holds =
            switch sign {
            case .equal, .nullSafeEqual: left == right
            case .notEqual: left != right
            case .less: left < right
            case .greater: left > right
            case .lessOrEqual: left <= right
            default: left >= right
            }
        return holds ? .always : .never
    }

    private func isNullConstant(_ value: Value) -> Bool {
        switch value {
        case .null, .truth(.null): true
        default: false
        }
    }

    private func isConstant(_ value: Value) -> Bool {
        switch value {
        case .literal, .number, .null, .truth(.always), .truth(.never), .truth(.null): true
        default: false
        }
    }

    /// Two strings are known equal where their bytes are, up to the case of ASCII letters, and
    /// known different only where neither holds a quote or backslash. Which collation orders them
    /// is not.
    private func compareStrings(_ first: Int, _ sign: SQLLexeme, _ second: Int) -> Truth {
        let left = contents(of: first)
        let right = contents(of: second)
        let isEqual = text.isEqual(left, right)
        if !isEqual, !(isPlain(left) && isPlain(right)) { return .unknown }
        switch sign {
        case .equal, .nullSafeEqual: return isEqual ? .always : .never
        case .notEqual: return isEqual ? .never : .always
        case .lessOrEqual, .greaterOrEqual: return isEqual ? .always : .unknown
        default: return isEqual ? .never : .unknown
        }
    }

    /// Whether a literal is certain to match a pattern; no answer of other cases, which are the
    /// collation's.
    func isLike(_ literal: Int, _ pattern: Int) -> Bool {
        guard let left = plainText(literal), let right = plainText(pattern) else { return false }
        var (index, other) = (left.lowerBound, right.lowerBound)
        var (retry, afterAny) = (index, right.upperBound + 1)
        while index < left.upperBound {
            let sign = other < right.upperBound ? text[other] : 0
            if sign == UInt8(ascii: "%") {
                other += 1
                (retry, afterAny) = (index, other)
            } else if sign != 0, sign == UInt8(ascii: "_") || sign == text[index] {
                index += 1
                other += 1
            } else if afterAny <= right.upperBound {
                retry += 1
                (index, other) = (retry, afterAny)
            } else {
                return false
            }
        }
        return right[other...].allSatisfy { text[$0] == UInt8(ascii: "%") }
    }

    /// A short literal that has its own letters for its text.
    private func plainText(_ literal: Int) -> Range<Int>? {
        let range: Range<Int>
        switch tokens[literal].kind {
        case .string: range = contents(of: literal)
        case .number:
            range = tokens[literal].range
            let isWhole = range.allSatisfy { SQLText.isDigit(text[$0]) }
            guard isWhole, range.count == 1 || text[range.lowerBound] != UInt8(ascii: "0") else {
                return nil
            }
        default: return nil
        }
        return range.count <= 64 && isPlain(range) ? range : nil
    }

    private func isPlain(_ range: Range<Int>) -> Bool {
        range.allSatisfy {
            let byte = text[$0]
            return byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "'")
                && byte != UInt8(ascii: "\"") && byte < 0x80 && byte != 0x20
        }
    }

    /// The bytes between the quotes of a string token.
    func contents(of token: Int) -> Range<Int> {
        var range = tokens[token].range
        let mark = text[range.upperBound - 1]
        while range.lowerBound < range.upperBound, text[range.lowerBound] != mark {
            range = (range.lowerBound + 1)..<range.upperBound
        }
        return range.count < 2
            ? range.upperBound..<range.upperBound
            : (range.lowerBound + 1)..<(range.upperBound - 1)
    }

    /// The number that a constant is; nil where it is none that is certain.
    func number(_ value: Value) -> Double? {
        switch value {
        case .number(let number): return number
        case .truth(.always): return 1
        case .truth(.never): return 0
        case .literal(let index, let negative):
            let token = tokens[index]
            if token.kind == .binary { return nil }
            let range = token.kind == .string ? contents(of: index) : token.range
            // More digits than that a double does not hold.
            guard range.count <= 15, let number = decimal(range, isString: token.kind == .string)
            else { return nil }
            return negative ? -number : number
        default: return nil
        }
    }

    /// A string counts as the number at its beginning, as the server converts it.
    private func decimal(_ range: Range<Int>, isString: Bool) -> Double? {
        var begin = range.lowerBound
        while isString, begin < range.upperBound, SQLText.isSpace(text[begin]) { begin += 1 }
        var end = begin
        if isString, text[end] == UInt8(ascii: "-") { end += 1 }
        while end < range.upperBound {
            let byte = text[end]
            let isExponent = !isString && (byte | 0x20 == UInt8(ascii: "e"))
            let isSign = !isString && (byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"))
            guard SQLText.isDigit(byte) || byte == UInt8(ascii: ".") || isExponent || isSign
            else { break }
            end += 1
        }
        if isString, text[end] | 0x20 == UInt8(ascii: "e") || text[end] == UInt8(ascii: "\\") {
            return nil
        }
        var digits = String(decoding: text.bytes[begin..<end], as: UTF8.self)
        if isString, digits.isEmpty || digits == "-" || digits == "." { return 0 }
        if digits.hasSuffix(".") { digits += "0" }
        if digits.hasPrefix(".") { digits = "0" + digits }
        return Double(digits)
    }

    private func isSameColumn(_ first: Int, _ parts: Int, _ second: Int, _ others: Int) -> Bool {
        guard sameName(first, second) else { return false }
        for step in 1..<max(2, min(parts, others)) where step < min(parts, others) {
            if !sameName(first - 2 * step, second - 2 * step) { return false }
        }
        return true
    }

    private func sameName(_ first: Int, _ second: Int) -> Bool {
        text.isEqual(unquoted(first), unquoted(second))
    }

    private func unquoted(_ token: Int) -> Range<Int> {
        let range = tokens[token].range
        guard tokens[token].kind == .quotedName, range.count >= 2 else { return range }
        return (range.lowerBound + 1)..<(range.upperBound - 1)
    }
}
