/// What a statement did to a table, named as in the JSON output.
///
/// Compares by danger: `.dropDatabase` is the greatest, `.other` the least.
public enum DestructiveKind: String, Sendable, CaseIterable, Comparable {
    case dropDatabase = "drop-database"
    /// Also DISCARD TABLESPACE.
    case dropTable = "drop-table"
    /// Also TRUNCATE PARTITION, and an ALTER to an engine that keeps no rows.
    case truncateTable = "truncate-table"
    /// CREATE OR REPLACE TABLE.
    case replaceTable = "replace-table"
    case dropPartition = "drop-partition"
    case dropColumn = "drop-column"
    /// A DELETE without WHERE, or with one that is always true.
    case deleteAll = "delete-all"
    /// Deleted rows, at least as many as the user's threshold.
    case massDelete = "mass-delete"
    /// An UPDATE without WHERE, or with one that is always true.
    case updateAll = "update-all"
    /// Updated rows, at least as many as the user's threshold.
    case massUpdate = "mass-update"
    case renameTable = "rename-table"
    /// Nothing of the above, or nothing that lasted.
    case other

    /// How dangerous, 0 being the least.
    public var danger: Int {
        switch self {
        case .other: 0
        case .renameTable: 1
        case .massUpdate: 2
        case .updateAll: 3
        case .massDelete: 4
        case .deleteAll: 5
        case .dropColumn: 6
        case .dropPartition: 7
        case .replaceTable: 8
        case .truncateTable: 9
        case .dropTable: 10
        case .dropDatabase: 11
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.danger < right.danger }
}

/// Several kinds at once, in two bytes.
public struct DestructiveKinds: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public init(_ kind: DestructiveKind) { rawValue = 1 << UInt16(kind.danger) }

    public init(_ kinds: some Sequence<DestructiveKind>) {
        self = kinds.reduce(into: []) { $0.formUnion(Self($1)) }
    }

    /// All of them but `.other`: what `--destructive` means.
    public static let destructive = DestructiveKinds(
        DestructiveKind.allCases.filter { $0 != .other })

    /// Whether the kind is one of these.
    public func contains(_ kind: DestructiveKind) -> Bool { contains(Self(kind)) }

    /// The most dangerous of them; `.other` where there is none.
    public var worst: DestructiveKind { list.first ?? .other }

    /// All of them, the most dangerous first; `.other` only where it stands alone.
    public var list: [DestructiveKind] {
        let kinds = DestructiveKind.allCases.filter { contains($0) && $0 != .other }
        return kinds.isEmpty ? [.other] : kinds.sorted(by: >)
    }

    /// Whether any of them is destructive.
    var isDestructive: Bool { !isDisjoint(with: .destructive) }
}
