/// What a text says that it does, in buffers that are used again for the next text.
///
/// Names stand unquoted in `names`; targets point into it, so the text itself is not needed later.
struct StatementOutline {
    /// A name inside `names`; empty means none.
    struct Name: Equatable {
        var begin: Int32 = 0
        var end: Int32 = 0

        var isEmpty: Bool { begin == end }
        var range: Range<Int> { Int(begin)..<Int(end) }
    }

    /// A table that the statement changes, or a schema that it drops (`table` is empty then).
    struct Target {
        var schema = Name()
        var table = Name()
        /// Where a RENAME moved it.
        var newSchema = Name()
        var newTable = Name()
        /// Partitions, or the column that must not be NULL.
        var detail = Name()
        var kinds: DestructiveKinds = []
        var reasons: StatementReasons = []
    }

    enum Limit: Equatable {
        case none
        case rows(UInt64)
        /// Not a literal number, or one that limits something else than changed rows.
        case unknown
    }

    var verb = StatementVerb.other
    var targets: [Target] = []
    var names: [UInt8] = []
    var limit = Limit.none
    /// Of the whole statement, beside those of each target.
    var reasons: StatementReasons = []
    var isTemporary = false
    var hasSelect = false
    /// A table name was expected and something else stood there: probably the wrong sql_mode.
    var isMalformed = false
    /// A text that cannot be read in any mode.
    var isUnreadable = false

    mutating func reset() {
        verb = .other
        targets.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
        limit = .none
        reasons = []
        isTemporary = false
        hasSelect = false
        isMalformed = false
        isUnreadable = false
    }

    var kinds: DestructiveKinds {
        targets.reduce(into: []) { $0.formUnion($1.kinds) }
    }

    /// How dangerous the worst target is by the text alone, found without allocating.
    var danger: Int {
        var bits: UInt16 = 0
        for target in targets { bits |= target.kinds.rawValue }
        return bits == 0 ? 0 : 15 - bits.leadingZeroBitCount
    }

    func string(_ name: Name) -> String? {
        name.isEmpty ? nil : String(decoding: names[name.range], as: UTF8.self)
    }

    /// Appends bytes as a new name.
    mutating func append(_ bytes: some Sequence<UInt8>) -> Name {
        let begin = Int32(clamping: names.count)
        names.append(contentsOf: bytes)
        return Name(begin: begin, end: Int32(clamping: names.count))
    }

    /// Appends the name that `token` is, without its quotes.
    mutating func append(_ token: SQLToken, of text: SQLText) -> Name {
        let begin = Int32(clamping: names.count)
        let range = token.range
        let mark = text[range.lowerBound]
        guard mark == UInt8(ascii: "`") || mark == UInt8(ascii: "\"") else {
            names.append(contentsOf: UnsafeRawBufferPointer(rebasing: text.bytes[range]))
            return Name(begin: begin, end: Int32(clamping: names.count))
        }
        var index = range.lowerBound + 1
        while index < range.upperBound - 1 {
            if text[index] == mark { index += 1 }
            names.append(text[index])
            index += 1
        }
        return Name(begin: begin, end: Int32(clamping: names.count))
    }
}
