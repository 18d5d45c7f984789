import Binlog

/// The stored forms of temporal values, those from before MySQL 5.6 too.
enum TemporalBytes {
    /// 5 bits of day, 4 of month, 15 of year.
    static func bits(of date: CalendarDate) -> UInt64 {
        UInt64(date.year << 9 | date.month << 5 | date.day)
    }

    static func stored(_ time: SignedTime, in column: RowColumn) -> [UInt8] {
        if column.type == .oldTime { return old(time, column) }
        let bytes = fractionBytes(column)
        let whole = time.hour << 12 | time.minute << 6 | time.second
        let magnitude = whole << (8 * bytes) | stored(time.fraction, bytes: bytes)
        let offset = 0x800000 << (8 * bytes)
        return bigEndian(offset + (time.isNegative ? -magnitude : magnitude), 3 + bytes)
    }

    static func stored(_ moment: CalendarDateTime, in column: RowColumn) -> [UInt8] {
        if column.type == .oldDateTime { return old(moment, column) }
        let bytes = fractionBytes(column)
        let day = (moment.date.year * 13 + moment.date.month) << 5 | moment.date.day
        let time = moment.hour << 12 | moment.minute << 6 | moment.second
        return bigEndian(1 << 39 | day << 17 | time, 5)
            + bigEndian(stored(moment.fraction, bytes: bytes), bytes)
    }

    static func stored(_ moment: StoredTimestamp, in column: RowColumn) -> [UInt8] {
        guard column.type == .oldTimestamp else {
            let bytes = fractionBytes(column)
            return bigEndian(Int(moment.seconds), 4)
                + bigEndian(stored(moment.fraction, bytes: bytes), bytes)
        }
        guard column.fractionDigits > 0 else {
            return EventBody.integer(UInt64(moment.seconds), 4)
        }
        return bigEndian(Int(moment.seconds), 4)
            + bigEndian(units(moment.fraction), column.fixedBytes - 4)
    }

    // MARK: Before 5.6

    /// The decimal number hhmmss; with a fraction a count of units from -839:00:00 on.
    private static func old(_ time: SignedTime, _ column: RowColumn) -> [UInt8] {
        let sign = time.isNegative ? -1 : 1
        guard column.fractionDigits > 0 else {
            let number = sign * (time.hour * 10_000 + time.minute * 100 + time.second)
            return EventBody.integer(UInt64(bitPattern: Int64(number)), 3)
        }
        let perSecond = unitsPerSecond(column.fractionDigits)
        let seconds = (time.hour * 60 + time.minute) * 60 + time.second
        let value = sign * (seconds * perSecond + units(time.fraction))
        return bigEndian(value + 3_020_400 * perSecond, column.fixedBytes)
    }

    /// The decimal number YYYYMMDDhhmmss; with a fraction a number of mixed radices.
    private static func old(_ moment: CalendarDateTime, _ column: RowColumn) -> [UInt8] {
        let date = moment.date
        guard column.fractionDigits > 0 else {
            let day = date.year * 10_000 + date.month * 100 + date.day
            let time = moment.hour * 10_000 + moment.minute * 100 + moment.second
            return EventBody.integer(UInt64(day * 1_000_000 + time), 8)
        }
        let day = (date.year * 13 + date.month) * 32 + date.day
        let seconds = ((day * 24 + moment.hour) * 60 + moment.minute) * 60 + moment.second
        let perSecond = unitsPerSecond(column.fractionDigits)
        return bigEndian(seconds * perSecond + units(moment.fraction), column.fixedBytes)
    }

    // MARK: Fractions

    private static func fractionBytes(_ column: RowColumn) -> Int {
        (column.fractionDigits + 1) / 2
    }

    /// Hundredths, ten-thousandths or millionths.
    private static func stored(_ fraction: SecondFraction, bytes: Int) -> Int {
        fraction.microseconds / [1_000_000, 10_000, 100, 1][bytes]
    }

    private static func unitsPerSecond(_ digits: Int) -> Int {
        (0..<digits).reduce(1) { value, _ in value * 10 }
    }

    /// In units of the last digit.
    private static func units(_ fraction: SecondFraction) -> Int {
        fraction.microseconds / (1_000_000 / unitsPerSecond(fraction.digits))
    }

    private static func bigEndian(_ value: Int, _ width: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.bigEndian(UInt64(bitPattern: Int64(value)), width: width)
        return writer.bytes
    }
}
