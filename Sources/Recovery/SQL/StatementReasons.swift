/// Why a kind was given, or what is doubtful about it.
public struct StatementReasons: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let noWhere = Self(rawValue: 1 << 0)
    public static let alwaysTrue = Self(rawValue: 1 << 1)
    /// The condition holds for every row in which one column is not NULL.
    public static let trueUnlessNull = Self(rawValue: 1 << 2)
    /// Only some partitions; their names are the detail.
    public static let partition = Self(rawValue: 1 << 3)
    public static let limited = Self(rawValue: 1 << 4)
    public static let mayNotHaveExisted = Self(rawValue: 1 << 5)
    /// The rows went into another table.
    public static let moved = Self(rawValue: 1 << 6)
    public static let mayHaveCutValues = Self(rawValue: 1 << 7)
    public static let keepsNoRows = Self(rawValue: 1 << 8)
    public static let discarded = Self(rawValue: 1 << 9)
    public static let definition = Self(rawValue: 1 << 10)
    public static let temporary = Self(rawValue: 1 << 11)
    public static let history = Self(rawValue: 1 << 12)
    /// The sql_mode is not in the log and matters for the text: the worst reading was taken.
    public static let ambiguous = Self(rawValue: 1 << 13)
    public static let unreadable = Self(rawValue: 1 << 14)
    public static let otherText = Self(rawValue: 1 << 15)
    public static let view = Self(rawValue: 1 << 16)
    public static let versioned = Self(rawValue: 1 << 17)
    public static let transactionSum = Self(rawValue: 1 << 19)
    public static let refilled = Self(rawValue: 1 << 20)
    public static let rolledBack = Self(rawValue: 1 << 21)
    public static let undecidedXA = Self(rawValue: 1 << 22)
    public static let cascade = Self(rawValue: 1 << 23)
    public static let failed = Self(rawValue: 1 << 24)
    public static let period = Self(rawValue: 1 << 25)
    public static let replacedRows = Self(rawValue: 1 << 26)
    /// ALTER IGNORE TABLE with a new unique key.
    public static let mayHaveDeletedDuplicates = Self(rawValue: 1 << 27)

    /// The table that a partition was exchanged with.
    public static let exchanged = Self(rawValue: 1 << 28)

    /// Behind it its transaction went back to a savepoint.
    public static let undone = Self(rawValue: 1 << 29)

    private static let texts: [(Self, String)] = [
        (rolledBack, "rolled back"),
        (undone, "rolled back to a savepoint, if its table is transactional"),
        (undecidedXA, "XA prepared, its end is not in these logs"),
        (noWhere, "no WHERE"), (alwaysTrue, "the WHERE is always true"),
        (trueUnlessNull, "the WHERE is true wherever % is not null"),
        (partition, "partition % only"),
        (period, "a portion of time only"), (limited, "limited"),
        (history, "the history of a system-versioned table"),
        (versioned, "system-versioned: the deleted rows stand as updates"),
        (mayNotHaveExisted, "may not have existed"), (moved, "moved"),
        (exchanged, "exchanged with a partition"),
        (mayHaveDeletedDuplicates, "may have deleted duplicates"),
        (mayHaveCutValues, "may have cut values"), (keepsNoRows, "the new engine keeps no rows"),
        (discarded, "tablespace discarded"), (definition, "only a definition"),
        (temporary, "temporary table"), (replacedRows, "rows replaced"),
        (otherText, "the text is another statement's"), (view, "the text names a view"),
        (transactionSum, "summed over the transaction"),
        (refilled, "refilled"), (cascade, "cascade suspect: a table map without rows"),
        (failed, "ended with an error on the source"),
        (ambiguous, "the sql_mode is not logged, the worst reading was taken"),
        (unreadable, "the text does not tokenize"),
    ]

    /// The reasons in words, in a fixed order; `detail` is what the one on partitions or NULL
    /// names.
    public func texts(detail: String = "") -> [String] {
        Self.texts.filter { contains($0.0) }.map { text in
            text.1.split(separator: "%", omittingEmptySubsequences: false).joined(separator: detail)
        }
    }
}
