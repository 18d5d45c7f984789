/// Logic of three values, where a NULL may come from a column that the text says nothing about.
extension ConditionFolder {
    static func not(_ truth: Truth) -> Truth {
        switch truth {
        case .always: .never
        case .never: .always
        case .null: .null
        case .alwaysUnlessNull: .neverOrNull
        case .neverOrNull: .alwaysUnlessNull
        case .unknown: .unknown
        }
    }

    static func or(_ left: Truth, _ right: Truth) -> Truth {
        if left == .always || right == .always { return .always }
        if left == .alwaysUnlessNull || right == .alwaysUnlessNull { return .alwaysUnlessNull }
        if left == .unknown || right == .unknown { return .unknown }
        if left == .never, right == .never { return .never }
        return left == .null || right == .null ? .null : .neverOrNull
    }

    static func and(_ left: Truth, _ right: Truth) -> Truth { not(or(not(left), not(right))) }

    static func xor(_ left: Truth, _ right: Truth) -> Truth {
        switch (left, right) {
        case (.always, .never), (.never, .always): .always
        case (.always, .always), (.never, .never): .never
        default: .unknown
        }
    }
}
