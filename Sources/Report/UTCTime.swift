/// Times as text, without a calendar library: UTC has no rules that change.
public enum UTCTime {
    /// `2026-11-21T03:55:26Z`, from seconds since 1970 UTC.
    public static func text(seconds: Int64) -> String {
        // Years of five digits would be no RFC 3339: such a time is no time.
        let bounded = min(max(seconds, -62_135_596_800), 253_402_300_799)
        let days = Int((Double(bounded) / 86_400).rounded(.down))
        let second = Int(bounded) - days * 86_400
        let date = civil(daysSince1970: days)
        return "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T"
            + "\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))Z"
    }

    /// `2026-11-21 03:55:26Z`, for tables.
    public static func tableText(seconds: (some BinaryInteger)?) -> String {
        guard let seconds else { return "-" }
        return String(text(seconds: Int64(clamping: seconds)).map { $0 == "T" ? " " : $0 })
    }

    /// `1h 02m`, `3m 05s`, `12.3s`: a duration for people.
    public static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        if seconds < 60 {
            let tenths = Int((seconds * 10).rounded())
            return "\(tenths / 10).\(tenths % 10)s"
        }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60)m \(pad(whole % 60, 2))s" }
        return "\(whole / 3600)h \(pad(whole / 60 % 60, 2))m"
    }

    /// The date of a day in the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible
    /// Low-Level Date Algorithms", civil_from_days).
    static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
