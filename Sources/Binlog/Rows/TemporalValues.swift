/// Temporal values as the server stores them: also those that no calendar has, such as 2026-02-30
/// and 0000-00-00.

/// A DATE.
public struct CalendarDate: Hashable, Sendable {
    public var year: Int
    public var month: Int
    public var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }
}

/// A DATETIME: no time zone is meant.
public struct CalendarDateTime: Hashable, Sendable {
    public var date: CalendarDate
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var fraction: SecondFraction

    package init(date: CalendarDate, hour: Int, minute: Int, second: Int, fraction: SecondFraction)
    {
        self.date = date
        self.hour = hour
        self.minute = minute
        self.second = second
        self.fraction = fraction
    }
}

/// A TIME, -838:59:59 to 838:59:59.
public struct SignedTime: Hashable, Sendable {
    public var isNegative: Bool
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var fraction: SecondFraction

    package init(isNegative: Bool, hour: Int, minute: Int, second: Int, fraction: SecondFraction) {
        self.isNegative = isNegative
        self.hour = hour
        self.minute = minute
        self.second = second
        self.fraction = fraction
    }
}

/// A TIMESTAMP: seconds since 1970 UTC; 0 is `0000-00-00 00:00:00`.
public struct StoredTimestamp: Hashable, Sendable {
    public var seconds: UInt32
    public var fraction: SecondFraction
}

/// What lies behind the second, with as many digits as the column has, 0 to 6.
public struct SecondFraction: Hashable, Sendable {
    public var microseconds: Int
    public var digits: Int

    static let none = Self(microseconds: 0, digits: 0)

    package init(microseconds: Int, digits: Int) {
        self.microseconds = microseconds
        self.digits = digits
    }
}

extension SecondFraction: CustomStringConvertible {
    /// `.` and the digits; empty where the column has none.
    public var description: String {
        guard (1...6).contains(digits) else { return "" }
        return "." + zeroPadded(microseconds, 6).prefix(digits)
    }
}

extension CalendarDate: CustomStringConvertible {
    public var description: String {
        "\(zeroPadded(year, 4))-\(zeroPadded(month, 2))-\(zeroPadded(day, 2))"
    }
}

extension CalendarDateTime: CustomStringConvertible {
    public var description: String {
        "\(date) \(zeroPadded(hour, 2)):\(zeroPadded(minute, 2)):"
            + "\(zeroPadded(second, 2))\(fraction)"
    }
}

extension SignedTime: CustomStringConvertible {
    public var description: String {
        "\(isNegative ? "-" : "")\(zeroPadded(hour, 2)):\(zeroPadded(minute, 2)):"
            + "\(zeroPadded(second, 2))\(fraction)"
    }
}

extension StoredTimestamp: CustomStringConvertible {
    /// The moment in UTC.
    public var description: String { "\(utc)" }

    /// The moment in UTC; all zeros for the zero timestamp.
    public var utc: CalendarDateTime {
        guard seconds != 0 || fraction.microseconds != 0 else {
            return CalendarDateTime(
                date: CalendarDate(year: 0, month: 0, day: 0), hour: 0, minute: 0, second: 0,
                fraction: fraction)
        }
        let ofDay = Int(seconds % 86400)
        return CalendarDateTime(
            date: CalendarDate(daysSince1970: Int(seconds / 86400)), hour: ofDay / 3600,
            minute: ofDay / 60 % 60, second: ofDay % 60, fraction: fraction)
    }
}

extension CalendarDate {
    /// The Gregorian date so many days behind 1970-01-01, which must not be negative.
    init(daysSince1970 days: Int) {
        // Years counted from March make the leap day a year's last day; 719468 days lie between
        // 0000-03-01 and 1970-01-01.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Nil for a date before 1970, and for one that is none.
    package var daysSince1970: Int? {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return days >= 0 && CalendarDate(daysSince1970: days) == self ? days : nil
    }
}

func zeroPadded(_ value: Int, _ digits: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
