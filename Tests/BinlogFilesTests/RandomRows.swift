import TestSupport

@testable import Binlog

/// Random columns, and random values of them, which the reader is to give back.
struct RandomRows {
    var random: SplitMix64
    let flavor: FormatDescription.Flavor
    /// What the ranges of values point into.
    private(set) var heap: [UInt8] = []

    /// A column, and what the log does not tell of it.
    struct Column {
        var written: WrittenColumn
        var oldDigits = 0

        init(_ type: ColumnType, _ metadata: Int = 0, oldDigits: Int = 0) {
            written = WrittenColumn(type, metadata: UInt16(metadata))
            self.oldDigits = oldDigits
        }
    }

    init(_ random: SplitMix64, _ flavor: FormatDescription.Flavor) {
        (self.random, self.flavor) = (random, flavor)
    }

    // MARK: Columns

    mutating func columns() -> [Column] {
        (0..<random.within(1...random.pick([3, 12, 40, 300]))).map { _ in
            var column = column()
            column.written.isNullable = random.chance(60)
            return column
        }
    }

    private mutating func column() -> Column {
        switch random.below(flavor == .mariadb ? 10 : 9) {
        case 0, 1:
            return Column(random.pick([.tinyInt, .smallInt, .mediumInt, .int, .bigInt]))
        case 2: return random.chance(50) ? Column(.float, 4) : Column(.double, 8)
        case 3:
            let precision = random.within(1...65)
            return Column(.decimal, precision | random.within(0...min(38, precision)) << 8)
        case 4:
            guard random.chance(50) else { return Column(random.pick([.date, .year])) }
            let width = random.within(1...64)
            return Column(.bit, width % 8 | (width / 8) << 8)
        case 5: return Column(random.pick([.time, .dateTime, .timestamp]), random.within(0...6))
        case 6:
            guard random.chance(50) else {
                return Column(.set, random.pick([1, 2, 3, 4, 8]) | 248 << 8)
            }
            return Column(.enumeration, random.within(1...2) | 247 << 8)
        case 7:
            guard random.chance(50) else { return Column(.varchar, random.within(1...2000)) }
            // The length's two high bits stand inverted in the type.
            let length = random.within(1...1023)
            return Column(.string, length & 0xFF | (0xCE | (length >> 8 ^ 3) << 4) << 8)
        case 8:
            let own: ColumnType = flavor == .mariadb ? .compressedBlob : .json
            return Column(random.pick([.blob, .geometry, own]), random.within(1...4))
        default:
            return Column(
                random.pick([.oldTime, .oldDateTime, .oldTimestamp]),
                oldDigits: random.within(0...6))
        }
    }

    /// What `binlog_row_metadata` tells of the columns, and in which fields; mostly nothing.
    mutating func metadata(of columns: [Column]) -> (TableMetadata, [TableMetadata.Field]) {
        var metadata = TableMetadata()
        guard random.chance(50) else { return (metadata, []) }
        let types = columns.map(\.written.type)
        metadata.unsigned = types.map { type in
            [.decimal, .float, .double, .year].contains(type) || type.isInteger
                ? random.chance(50) : nil
        }
        metadata.collations = types.map { type in
            switch type {
            case .string, .varchar, .blob, .compressedBlob: random.pick([8, 45, 45, 45, 2304])
            case .geometry: flavor == .mariadb ? 63 : nil
            case .enumeration, .set: random.pick([8, 8, 8, 45])
            default: nil
            }
        }
        metadata.names = types.indices.map { "c\($0)" }
        metadata.visible = types.map { _ in random.chance(80) }
        metadata.primaryKey = types.indices.prefix(random.within(0...3)).map {
            TableMetadata.KeyPart(column: $0, prefixCharacters: 0)
        }
        let forms: [UInt8] = random.chance(50) ? [2, 10] : [3, 11]
        return (metadata, ([1, forms[0], 4, forms[1], 8, 12]).map { TableMetadata.Field($0) })
    }

    // MARK: Values

    /// An image that holds the columns of `isPresent`.
    mutating func image(
        _ columns: [Column], _ metadata: TableMetadata, isPresent: [Bool], isPartial: Bool
    ) throws -> [ColumnValue] {
        try columns.indices.map { index in
            guard isPresent[index] else { return .absent }
            guard !columns[index].written.isNullable || random.chance(80) else { return .null }
            var value = try value(of: columns[index])
            switch value {
            case .integer(var integer):
                integer.isUnsigned = metadata.unsigned.isEmpty ? nil : metadata.unsigned[index]
                value = .integer(integer)
            case .bytes(var stored):
                stored.collation = metadata.collations.isEmpty ? nil : metadata.collations[index]
                if isPartial, stored.kind == .json, random.chance(50) { stored.kind = .jsonChanges }
                value = .bytes(stored)
            default: break
            }
            return value
        }
    }

    private mutating func value(of column: Column) throws -> ColumnValue {
        let low = Int(column.written.metadata & 0xFF)
        let high = Int(column.written.metadata >> 8)
        switch column.written.type {
        case .tinyInt: return integer(1)
        case .smallInt: return integer(2)
        case .mediumInt: return integer(3)
        case .int: return integer(4)
        case .bigInt: return integer(8)
        case .float:
            let number = Float(bitPattern: UInt32(truncatingIfNeeded: bits(4)))
            return .float(number.isNaN ? 0 : number)
        case .double:
            let number = Double(bitPattern: bits(8))
            return .double(number.isNaN ? 0 : number)
        case .decimal: return .decimal(try decimal(low, high))
        case .bit:
            let width = high * 8 + low
            return .bit(bits(8) >> UInt64(64 - width), width: width)
        case .year: return .year(random.chance(10) ? 0 : random.within(1901...2155))
        case .date: return .date(date())
        case .time: return .time(time(low, hours: 1023))
        case .oldTime: return .time(time(column.oldDigits, hours: 838))
        case .dateTime: return .dateTime(dateTime(low))
        case .oldDateTime: return .dateTime(dateTime(column.oldDigits))
        case .timestamp: return .timestamp(timestamp(low))
        case .oldTimestamp: return .timestamp(timestamp(column.oldDigits))
        case .enumeration: return .enumeration(Int(bits(low)))
        case .set: return .set(bits(low))
        case .varchar: return bytes(.text, atMost: Int(column.written.metadata))
        case .string: return bytes(.text, atMost: low | (high >> 4 & 3 ^ 3) << 8)
        case .geometry: return bytes(.geometry, atMost: 255)
        case .compressedBlob: return bytes(.compressed, atMost: 255)
        case .json: return bytes(.json, atMost: 255)
        default: return bytes(.text, atMost: low == 1 ? 255 : 70_000 >> (low == 2 ? 1 : 0))
        }
    }

    /// The low bytes of a random number, the extremes among them.
    private mutating func bits(_ width: Int) -> UInt64 {
        let all = random.pick([random.next(), 0, .max, 1, 1 << 63 | 1 << 31 | 1 << 7])
        return width == 8 ? all : all & (1 << UInt64(8 * width) - 1)
    }

    private mutating func integer(_ width: Int) -> ColumnValue {
        .integer(StoredInteger(bits: bits(width), widthBytes: width, isUnsigned: nil))
    }

    private mutating func decimal(_ precision: Int, _ scale: Int) throws -> StoredDecimal {
        func digits(_ count: Int) -> String {
            random.chance(20)
                ? String(repeating: random.pick(["0", "9"]), count: count)
                : (0..<count).map { _ in String(random.below(10)) }.joined()
        }
        let whole = String(digits(precision - scale).drop { $0 == "0" })
        let fraction = digits(scale)
        let isZero = whole.isEmpty && fraction.allSatisfy { $0 == "0" }
        let text =
            (!isZero && random.chance(50) ? "-" : "") + (whole.isEmpty ? "0" : whole)
            + (scale > 0 ? "." + fraction : "")
        let packed = try DecimalBytes.packed(text, precision: precision, scale: scale)
        return StoredDecimal(range: store(packed), precision: precision, scale: scale)
    }

    private mutating func date() -> CalendarDate {
        CalendarDate(
            year: random.within(0...9999), month: random.within(0...12),
            day: random.within(0...31))
    }

    private mutating func fraction(_ digits: Int) -> SecondFraction {
        let unit = [1_000_000, 100_000, 10_000, 1000, 100, 10, 1][digits]
        return SecondFraction(
            microseconds: random.below(1_000_000 / unit) * unit, digits: digits)
    }

    private mutating func time(_ digits: Int, hours: Int) -> SignedTime {
        // Never zero, which has no sign.
        SignedTime(
            isNegative: random.chance(50), hour: random.within(1...hours),
            minute: random.below(60), second: random.below(60), fraction: fraction(digits))
    }

    private mutating func dateTime(_ digits: Int) -> CalendarDateTime {
        CalendarDateTime(
            date: date(), hour: random.below(24), minute: random.below(60),
            second: random.below(60), fraction: fraction(digits))
    }

    private mutating func timestamp(_ digits: Int) -> StoredTimestamp {
        StoredTimestamp(
            seconds: UInt32(truncatingIfNeeded: random.next()), fraction: fraction(digits))
    }

    private mutating func bytes(_ kind: StoredBytes.Kind, atMost most: Int) -> ColumnValue {
        let count = random.chance(10) ? most : random.below(min(most, 60) + 1)
        let range = store((0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        return .bytes(StoredBytes(range: range, kind: kind, collation: nil, paddingBytes: 0))
    }

    private mutating func store(_ bytes: [UInt8]) -> Range<Int> {
        heap += bytes
        return (heap.count - bytes.count)..<heap.count
    }
}
