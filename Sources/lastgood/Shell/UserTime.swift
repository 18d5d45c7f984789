import Foundation
import Recovery
import Report

/// A moment a user typed: RFC 3339, or `YYYY-MM-DD HH:MM:SS` in a zone.
struct UserTime: Hashable {
    /// Since 1970 UTC, a fraction cut off.
    var seconds: Int64
    /// The fraction.
    var microseconds: Int
    var hasFraction: Bool
    private var text: String
    private var zone: TimeZone

    /// Reads a time; `zone` is a name, an offset such as `+02:00`, or nil for the system's zone.
    ///
    /// A day alone, where `takesDay`, is its first moment.
    ///
    /// Throws `usage` for what is no time or zone, and for a local time that the change to or from
    /// summer time makes twice or never.
    init(_ text: String, zone zoneName: String?, takesDay: Bool = false) throws(Failure) {
        let zone = try Self.zone(zoneName)
        var rest = Substring(takesDay && Self.isDay(text) ? text + " 00:00:00" : text)
        guard let year = Self.digits(4, &rest), Self.take("-", &rest),
            let month = Self.digits(2, &rest), Self.take("-", &rest),
            let day = Self.digits(2, &rest), Self.take(" ", &rest) || Self.take("T", &rest),
            let hour = Self.digits(2, &rest), Self.take(":", &rest),
            let minute = Self.digits(2, &rest), Self.take(":", &rest),
            let second = Self.digits(2, &rest), (1...12).contains(month), hour < 24, minute < 60,
            second < 61
        else { throw Self.unreadable(text) }
        var fraction = Substring()
        if Self.take(".", &rest) {
            fraction = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(fraction.count)
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = DateComponents(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard let asUTC = calendar.date(from: parts),
            calendar.component(.day, from: asUTC) == day || second == 60
        else { throw Self.unreadable(text) }
        let local = Int64(asUTC.timeIntervalSince1970)
        if rest.isEmpty {
            seconds = try Self.resolve(local, in: zone, text)
        } else {
            guard let offset = Self.offset(rest) else { throw Self.unreadable(text) }
            seconds = local - Int64(offset)
        }
        hasFraction = fraction.contains { $0 != "0" }
        microseconds = Int((fraction + "000000").prefix(6)) ?? 0
        self.text = text
        self.zone = zone
    }

    /// Whether it is written as `YYYY-MM-DD`, which a GTID may be too.
    static func isDay(_ text: String) -> Bool {
        var rest = Substring(text)
        guard digits(4, &rest) != nil, take("-", &rest), let month = digits(2, &rest),
            take("-", &rest), let day = digits(2, &rest)
        else { return false }
        return rest.isEmpty && (1...12).contains(month) && (1...31).contains(day)
    }

    private var fraction: String {
        hasFraction ? "." + String(1_000_000 + microseconds).dropFirst() : ""
    }

    /// The time as it was understood, in local time and UTC.
    var echo: PlanWarning {
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
        let local = UTCTime.text(seconds: seconds + Int64(offset)).dropLast()
        return PlanWarning(
            "time-read-as",
            "\(text) is \(local.replacing("T", with: " "))\(fraction) in \(zone.identifier), "
                + UTCTime.text(seconds: seconds).dropLast() + "\(fraction)Z")
    }

    private static func unreadable(_ text: String) -> Failure {
        .usage(
            "'\(text)' is not a time",
            hint: "write 2026-11-21T15:59:00Z, or '2026-11-21 15:59:00' with --time-zone")
    }

    /// A local time as UTC; one that the clock shows twice or never is refused with both readings.
    private static func resolve(
        _ local: Int64, in zone: TimeZone, _ text: String
    ) throws(Failure) -> Int64 {
        func offset(at seconds: Int64) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
        }
        let offsets = Set([-86_400, 86_400].map { offset(at: local + $0) })
        let readings = offsets.map { local - $0 }.filter { $0 + offset(at: $0) == local }.sorted()
        guard let only = readings.first else {
            throw .usage(
                "the clock in \(zone.identifier) never showed \(text)",
                hint: "it was set forward then; give the time with an offset or in UTC")
        }
        guard readings.count == 1 else {
            let both = readings.map { UTCTime.text(seconds: $0) }.joined(separator: " or ")
            throw .usage(
                "the clock in \(zone.identifier) showed \(text) twice: \(both)",
                hint: "give the one you mean in UTC")
        }
        return only
    }

    private static func zone(_ name: String?) throws(Failure) -> TimeZone {
        guard let name else { return .current }
        if let offset = offset(Substring(name)), let zone = TimeZone(secondsFromGMT: offset) {
            return zone
        }
        guard let zone = TimeZone(identifier: name) else {
            throw .usage(
                "the time zone '\(name)' is not known", hint: "as Europe/Berlin, UTC or +02:00")
        }
        return zone
    }

    /// `Z`, `+02:00` or `-0530` in seconds.
    private static func offset(_ text: Substring) -> Int? {
        if text == "Z" || text == "z" { return 0 }
        var rest = text
        let sign = take("+", &rest) ? 1 : take("-", &rest) ? -1 : 0
        guard sign != 0, let hours = digits(2, &rest) else { return nil }
        _ = take(":", &rest)
        guard let minutes = digits(2, &rest), rest.isEmpty, hours < 15, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func digits(_ count: Int, _ rest: inout Substring) -> Int? {
        let part = rest.prefix(count)
        guard part.count == count, part.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        rest = rest.dropFirst(count)
        return Int(part)
    }

    private static func take(_ sign: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == sign else { return false }
        rest = rest.dropFirst()
        return true
    }
}
