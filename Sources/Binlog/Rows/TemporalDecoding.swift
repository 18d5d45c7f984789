/// The stored forms of temporal columns.
///
/// Sources: MariaDB sql/compat56.cc (the forms from MySQL 5.6 on: big-endian, fraction behind),
/// sql/field.cc, `Field_time`, `Field_datetime`, `Field_timestamp` and their `_hires` kin (before).
/// None of these throws for a value that no calendar has: the server stores such values.

extension SecondFraction {
    /// Reads the 0 to 3 bytes of a fraction: big-endian hundredths, ten-thousandths or millionths.
    init(_ reader: inout ByteReader, digits: Int) throws(BinlogError) {
        self.digits = digits
        let bytes = ColumnWidth.fractionBytes(digits: digits)
        guard bytes > 0 else {
            microseconds = 0
            return
        }
        microseconds = Self.microseconds(try reader.bigEndian(width: bytes), bytes: bytes)
    }

    static func microseconds(_ stored: UInt64, bytes: Int) -> Int {
        Int(truncatingIfNeeded: stored) * [1, 10_000, 100, 1][bytes]
    }

    /// A fraction in units of its last digit, as MariaDB's own pre-5.6 forms store it.
    init(units: UInt64, digits: Int) {
        self.digits = digits
        microseconds = Int(truncatingIfNeeded: units) * Self.unit(digits)
    }

    /// Microseconds of one unit of the last digit.
    static func unit(_ digits: Int) -> Int {
        [1_000_000, 100_000, 10_000, 1000, 100, 10, 1][digits]
    }
    /// How many units of the last digit a second has.
    static func unitsPerSecond(_ digits: Int) -> UInt64 { 1_000_000 / UInt64(unit(digits)) }
}

extension CalendarDate {
    /// 3 bytes: 5 bits of day, 4 of month, 15 of year.
    init(_ reader: inout ByteReader) throws(BinlogError) {
        let bits = Int(truncatingIfNeeded: try reader.unsigned(width: 3))
        self.init(year: bits >> 9, month: bits >> 5 & 15, day: bits & 31)
    }
}

extension CalendarDateTime {
    /// 5 bytes: sign, 17 bits of year * 13 + month, 5 of day, 5 of hour, 6 of minute, 6 of second.
    init(_ reader: inout ByteReader, digits: Int) throws(BinlogError) {
        let bits = Int(truncatingIfNeeded: try reader.bigEndian(width: 5))
        let months = bits >> 22 & 0x1FFFF
        date = CalendarDate(year: months / 13, month: months % 13, day: bits >> 17 & 31)
        hour = bits >> 12 & 31
        minute = bits >> 6 & 63
        second = bits & 63
        fraction = try SecondFraction(&reader, digits: digits)
    }

    /// Before 5.6: the decimal number YYYYMMDDhhmmss; with a fraction MariaDB's mixed-radix number.
    init(old reader: inout ByteReader, digits: Int, width: Int) throws(BinlogError) {
        guard digits > 0 else {
            let number = try reader.u64()
            let day = Int(truncatingIfNeeded: number / 1_000_000 % 10_000_000_000)
            let time = Int(truncatingIfNeeded: number % 1_000_000)
            date = CalendarDate(year: day / 10_000, month: day / 100 % 100, day: day % 100)
            (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100)
            fraction = .none
            return
        }
        let packed = try reader.bigEndian(width: width)
        let perSecond = SecondFraction.unitsPerSecond(digits)
        fraction = SecondFraction(units: packed % perSecond, digits: digits)
        var rest = Int(truncatingIfNeeded: packed / perSecond)
        second = rest % 60
        rest /= 60
        minute = rest % 60
        rest /= 60
        hour = rest % 24
        rest /= 24
        date = CalendarDate(year: rest / 32 / 13, month: rest / 32 % 13, day: rest % 32)
    }
}

extension SignedTime {
    /// 3 bytes and the fraction's, offset binary: sign, 10 bits of hour, 6 of minute, 6 of second.
    init(_ reader: inout ByteReader, digits: Int) throws(BinlogError) {
        let bytes = ColumnWidth.fractionBytes(digits: digits)
        let stored = Int64(truncatingIfNeeded: try reader.bigEndian(width: 3 + bytes))
        let value = stored - (0x800000 << Int64(8 * bytes))
        let magnitude = value.magnitude
        let whole = Int(truncatingIfNeeded: magnitude >> UInt64(8 * bytes))
        let mask = (UInt64(1) << UInt64(8 * bytes)) - 1
        isNegative = value < 0
        (hour, minute, second) = (whole >> 12 & 0x3FF, whole >> 6 & 63, whole & 63)
        fraction = SecondFraction(
            microseconds: SecondFraction.microseconds(magnitude & mask, bytes: bytes),
            digits: digits)
    }

    /// Before 5.6: the signed decimal number hhmmss; with a fraction MariaDB's count of units from
    /// -839:00:00 on.
    init(old reader: inout ByteReader, digits: Int, width: Int) throws(BinlogError) {
        guard digits > 0 else {
            let bits = Int32(truncatingIfNeeded: try reader.unsigned(width: 3))
            let number = (bits << 8) >> 8
            let magnitude = Int(number.magnitude)
            isNegative = number < 0
            (hour, minute, second) = (magnitude / 10_000, magnitude / 100 % 100, magnitude % 100)
            fraction = .none
            return
        }
        let perSecond = SecondFraction.unitsPerSecond(digits)
        let packed = Int64(truncatingIfNeeded: try reader.bigEndian(width: width))
        let value = packed - 3_020_400 * Int64(perSecond)
        let seconds = Int(truncatingIfNeeded: value.magnitude / perSecond)
        isNegative = value < 0
        (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        fraction = SecondFraction(units: value.magnitude % perSecond, digits: digits)
    }
}

extension StoredTimestamp {
    /// 4 bytes and the fraction's, big-endian.
    init(_ reader: inout ByteReader, digits: Int) throws(BinlogError) {
        seconds = UInt32(truncatingIfNeeded: try reader.bigEndian(width: 4))
        fraction = try SecondFraction(&reader, digits: digits)
    }

    /// Before 5.6: 4 bytes little-endian; with a fraction MariaDB's 4 big-endian and then units.
    init(old reader: inout ByteReader, digits: Int, width: Int) throws(BinlogError) {
        guard digits > 0 else {
            seconds = try reader.u32()
            fraction = .none
            return
        }
        seconds = UInt32(truncatingIfNeeded: try reader.bigEndian(width: 4))
        fraction = SecondFraction(units: try reader.bigEndian(width: width - 4), digits: digits)
    }
}
