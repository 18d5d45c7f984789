public import Recovery

/// In which order matches are shown.
public enum MatchOrder: String, Sendable, CaseIterable {
    /// The most dangerous first; among equals the newest.
    case danger
    /// As they were committed.
    case time
    /// The most rows first.
    case rows
}

/// A match and what is known of it beyond its own statement.
public struct RankedMatch: Sendable {
    public var match: SearchMatch
    /// Its place in log order.
    public var ordinal: UInt64
    /// Which statements are alike: the same tokens but for literals, on the same table.
    public var fingerprint: UInt64
    /// The different days (UTC) on which alike statements ran.
    public var days: Int

    public init(match: SearchMatch, ordinal: UInt64, fingerprint: UInt64, days: Int) {
        self.match = match
        self.ordinal = ordinal
        self.fingerprint = fingerprint
        self.days = days
    }

    /// Runs on so many days that it is somebody's routine: a nightly TRUNCATE of a staging table.
    public var isRoutine: Bool { days >= 3 }

    /// Rolled back, harmless or empty things last, routine before them, then the most dangerous.
    var danger: Int {
        if match.kind == .other { return -1000 }
        return isRoutine ? match.kind.danger - 100 : match.kind.danger
    }

    var rowCount: UInt64 {
        guard let rows = match.rows else { return 0 }
        let changed = rows.deleted.addingReportingOverflow(rows.updated)
        let all = changed.partialValue.addingReportingOverflow(rows.inserted)
        return changed.overflow || all.overflow ? .max : all.partialValue
    }

    /// Whether it is shown before `other`.
    public func precedes(_ other: RankedMatch, in order: MatchOrder) -> Bool {
        switch order {
        case .time: ordinal < other.ordinal
        case .rows:
            rowCount != other.rowCount ? rowCount > other.rowCount : ordinal < other.ordinal
        case .danger:
            danger != other.danger ? danger > other.danger : ordinal > other.ordinal
        }
    }
}
