#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How a server is asked to sort by a key column, and how two of its values compare here in the
/// same way, whatever its collation is.
struct KeyOrder: Sendable, Hashable {
    let column: String
    /// What is sorted by.
    let order: String
    /// The value that `compare` compares, as a number's text or byte by byte.
    let value: String
    let isNumber: Bool
    /// What people are shown, and whether it is no text.
    let shown: String
    let isBinary: Bool

    init(_ column: VerifiedTable.Column) {
        self.column = column.name
        let name = column.quotedName
        switch column.dataType {
        case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year":
            (order, value, shown, isNumber, isBinary) = (name, name, name, true, false)
        case "date", "datetime", "timestamp":
            (order, value, shown, isNumber, isBinary) = (name, name, name, false, false)
        case "binary", "varbinary", "bit":
            (order, value, shown, isNumber, isBinary) = (name, name, name, false, true)
        default:
            // By the bytes of its text: what a collation calls equal may differ, and no index has
            // that order.
            let text =
                column.characterSet == nil ? "CAST(\(column.valueExpressions[0]) AS CHAR)" : name
            value = "CAST(\(text) AS BINARY)"
            (order, shown) = (value, "CONVERT(\(text) USING utf8mb4)")
            (isNumber, isBinary) = (false, false)
        }
    }

    /// Negative, zero or positive as the first is less than, equal to or greater than the second;
    /// NULL is the least.
    func compare(_ left: UnsafeRawBufferPointer?, _ right: UnsafeRawBufferPointer?) -> Int {
        guard let left, let right else { return (left == nil ? 0 : 1) - (right == nil ? 0 : 1) }
        return isNumber
            ? NumberText(left).compare(NumberText(right)) : Self.compareBytes(left, right)
    }

    static func compareBytes(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Int {
        if let one = left.baseAddress, let other = right.baseAddress {
            let order = memcmp(one, other, min(left.count, right.count))
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }
}

/// A decimal number's text in its parts, without the zeros that do not count.
private struct NumberText {
    private let isNegative: Bool
    private let whole: UnsafeRawBufferPointer
    private let fraction: UnsafeRawBufferPointer

    init(_ text: UnsafeRawBufferPointer) {
        let hasSign = text.first == UInt8(ascii: "-")
        let digits = text[(hasSign ? 1 : 0)...]
        let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.endIndex
        let isZero: (UInt8) -> Bool = { $0 == UInt8(ascii: "0") }
        whole = UnsafeRawBufferPointer(rebasing: digits[..<point].drop(while: isZero))
        var end = digits.endIndex
        let begin = min(point + 1, end)
        while end > begin, isZero(digits[end - 1]) { end -= 1 }
        fraction = UnsafeRawBufferPointer(rebasing: digits[begin..<max(begin, end)])
        isNegative = hasSign && !(whole.isEmpty && fraction.isEmpty)
    }

    func compare(_ other: NumberText) -> Int {
        if isNegative != other.isNegative { return isNegative ? -1 : 1 }
        var order = whole.count - other.whole.count
        if order == 0 { order = KeyOrder.compareBytes(whole, other.whole) }
        if order == 0 { order = KeyOrder.compareBytes(fraction, other.fraction) }
        return isNegative ? -order : order
    }
}
