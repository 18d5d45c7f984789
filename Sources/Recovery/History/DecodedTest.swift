internal import Binlog

/// What a value must say whose stored bytes can say it in several ways, or in a packed one.
enum DecodedTest: Hashable, Sendable {
    case decimal(DecimalDigits)
    /// The bits of the numbers that the text means.
    case number(float: UInt32?, double: UInt64?)
    case date(CalendarDate)
    /// Without regard to how many digits the fraction has.
    case dateTime(CalendarDateTime)
    case time(SignedTime)
    case instant(ColumnCondition.Instant)
    /// What a compressed value says in full.
    case plain([UInt8])
    /// A JSON document's text, as it was typed and as a server prints it.
    case document([UInt8], [UInt8]?)

    /// Nil where the condition means no value of the type.
    init?(_ condition: ColumnCondition, _ type: ColumnType, collation: UInt16?) {
        if case .bytes(let bytes) = condition.wanted {
            switch type {
            case .compressedBlob, .compressedVarchar: self = .plain(bytes)
            case .json: self = .document(bytes, nil)
            default: return nil
            }
            return
        }
        guard case .text(let text) = condition.wanted else { return nil }
        switch type {
        case .decimal:
            guard let digits = DecimalDigits(text) else { return nil }
            self = .decimal(digits)
        case .float, .double:
            let float = Float(text).map(\.bitPattern)
            let double = Double(text).map(\.bitPattern)
            guard float != nil || double != nil else { return nil }
            self = .number(float: float, double: double)
        case .date, .newDate:
            guard let date = WrittenTime(text)?.date else { return nil }
            self = .date(date)
        case .dateTime, .oldDateTime:
            guard let moment = WrittenTime(text)?.dateTime else { return nil }
            self = .dateTime(moment)
        case .time, .oldTime:
            guard let time = WrittenTime.time(text) else { return nil }
            self = .time(time)
        case .timestamp, .oldTimestamp:
            guard condition.momentFault == nil,
                let instant = condition.instant ?? WrittenTime(text)?.utc
            else { return nil }
            self = .instant(instant)
        case .compressedBlob, .compressedVarchar:
            let encoding = TextEncoding(collation: collation)
            guard let bytes = encoding.bytes(text) else { return nil }
            self = .plain(bytes)
        case .json:
            self = .document(Array(text.utf8), JSONText.normalized(text).map { Array($0.utf8) })
        default: return nil
        }
    }

    /// `unknown` for a value that says nothing, as changes of a JSON document.
    func outcome(
        _ value: ColumnValue, in rows: RawSpan
    ) throws(BinlogError) -> ColumnTest.Outcome {
        let isEqual: Bool
        switch (self, value) {
        case (_, .absent): return .unknown
        case (.decimal(let wanted), .decimal(let stored)):
            isEqual = DecimalDigits(try stored.text(in: rows)) == wanted
        case (.number(let wanted, _), .float(let stored)):
            isEqual = wanted.map { Float(bitPattern: $0) } == stored
        case (.number(_, let wanted), .double(let stored)):
            isEqual = wanted.map { Double(bitPattern: $0) } == stored
        case (.date(let wanted), .date(let stored)): isEqual = wanted == stored
        case (.dateTime(let wanted), .dateTime(let stored)): isEqual = wanted.equals(stored)
        case (.time(let wanted), .time(let stored)): isEqual = wanted.equals(stored)
        case (.instant(let wanted), .timestamp(let stored)):
            isEqual =
                wanted.seconds == Int64(stored.seconds)
                && wanted.microseconds == stored.fraction.microseconds
        case (.document, .bytes(let stored)) where stored.kind == .jsonChanges: return .unknown
        case (.document(let typed, let printed), .bytes(let stored)):
            let text = try stored.plainBytes(in: rows)
            isEqual = text == typed || printed.map { Self.isDocument(text, $0) } ?? false
        case (.plain(let wanted), .bytes(let stored)):
            isEqual = try stored.plainBytes(in: rows) == wanted
        default: isEqual = false
        }
        return isEqual ? .yes : .no
    }

    /// A DECIMAL in a document is printed with all the digits that it was made with.
    private static func isDocument(_ text: [UInt8], _ printed: [UInt8]) -> Bool {
        if text == printed { return true }
        guard text.count > printed.count, text.contains(UInt8(ascii: ".")) else { return false }
        return JSONText.normalized(String(decoding: text, as: UTF8.self))
            .map { $0.utf8.elementsEqual(printed) } ?? false
    }
}

extension CalendarDateTime {
    fileprivate func equals(_ other: Self) -> Bool {
        date == other.date && hour == other.hour && minute == other.minute
            && second == other.second && fraction.microseconds == other.fraction.microseconds
    }
}

extension SignedTime {
    fileprivate func equals(_ other: Self) -> Bool {
        let isZero =
            hour == 0 && minute == 0 && second == 0 && fraction.microseconds == 0
        return (isNegative == other.isNegative || isZero) && hour == other.hour
            && minute == other.minute && second == other.second
            && fraction.microseconds == other.fraction.microseconds
    }
}

/// A decimal number without the zeros that mean nothing.
struct DecimalDigits: Hashable, Sendable {
    private var isNegative: Bool
    private var whole: Substring
    private var fraction: Substring

    /// Nil for what is no plain decimal number.
    init?(_ text: String) {
        var rest = Substring(text)
        isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        whole = parts.first ?? ""
        fraction = parts.count > 1 ? parts[1] : ""
        guard !(whole.isEmpty && fraction.isEmpty),
            (whole + fraction).utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        whole = whole.drop { $0 == "0" }
        while fraction.last == "0" { fraction.removeLast() }
        if whole.isEmpty, fraction.isEmpty { isNegative = false }
    }
}

/// A date, and perhaps a time of day, as SQL writes them.
struct WrittenTime: Hashable, Sendable {
    private var calendarDate: CalendarDate
    private var ofDay: SignedTime?

    /// Reads `2026-11-21`, with a time behind it, a space or a `T` between them.
    init?(_ text: String) {
        let parts = text.split(maxSplits: 1) { $0 == " " || $0 == "T" }
        guard let first = parts.first else { return nil }
        let numbers = first.split(separator: "-", omittingEmptySubsequences: false)
            .map { Self.number($0, most: 9999) }
        guard numbers.count == 3, let year = numbers[0], let month = numbers[1],
            let day = numbers[2], month <= 12, day <= 31
        else { return nil }
        calendarDate = CalendarDate(year: year, month: month, day: day)
        guard parts.count > 1 else { return }
        guard let time = Self.time(String(parts[1])), !time.isNegative, time.hour < 24 else {
            return nil
        }
        ofDay = time
    }

    /// Nil where there is a time of day other than midnight.
    var date: CalendarDate? {
        guard let ofDay else { return calendarDate }
        return ofDay.equals(Self.midnight) ? calendarDate : nil
    }

    var dateTime: CalendarDateTime {
        let time = ofDay ?? Self.midnight
        return CalendarDateTime(
            date: calendarDate, hour: time.hour, minute: time.minute, second: time.second,
            fraction: time.fraction)
    }

    /// Read as UTC; the zero date is second 0, as a TIMESTAMP stores it.
    var utc: ColumnCondition.Instant? {
        let moment = dateTime
        if calendarDate == CalendarDate(year: 0, month: 0, day: 0) {
            return ColumnCondition.Instant(seconds: 0, microseconds: 0)
        }
        guard let days = calendarDate.daysSince1970 else { return nil }
        let ofDay = moment.hour * 3600 + moment.minute * 60 + moment.second
        return ColumnCondition.Instant(
            seconds: Int64(days) * 86_400 + Int64(ofDay),
            microseconds: moment.fraction.microseconds)
    }

    private static let midnight = SignedTime(
        isNegative: false, hour: 0, minute: 0, second: 0,
        fraction: SecondFraction(microseconds: 0, digits: 0))

    /// Reads `15:59`, `-838:59:59`, `10:00:00.25`.
    static func time(_ text: String) -> SignedTime? {
        let isNegative = text.hasPrefix("-")
        let parts = (isNegative ? text.dropFirst() : text[...])
            .split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hour = number(parts[0], most: 838),
            let minute = number(parts[1], most: 59)
        else { return nil }
        var second = 0
        var microseconds = 0
        if parts.count == 3 {
            let halves = parts[2].split(
                separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let whole = number(halves[0], most: 59) else { return nil }
            second = whole
            if halves.count == 2 {
                guard halves[1].count <= 6,
                    let digits = number(
                        halves[1] + String(repeating: "0", count: 6 - halves[1].count),
                        most: 999_999)
                else { return nil }
                microseconds = digits
            }
        }
        return SignedTime(
            isNegative: isNegative, hour: hour, minute: minute, second: second,
            fraction: SecondFraction(microseconds: microseconds, digits: 6))
    }

    private static func number(_ digits: Substring, most: Int) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int(digits), value <= most
        else { return nil }
        return value
    }
}
