internal import Binlog

/// Sets of a table's columns that images hold, numbered as they are met.
struct ColumnSets: Sendable {
    struct Columns: Sendable {
        /// A bit for each column, those behind the last column are zeros.
        let bitmap: [UInt8]
        /// The columns, rising.
        let ordinals: [Int]
        /// For each column of the table its place in an image; nil where the image lacks it.
        let places: [Int?]
        let layout: RowLayout
        let isWhole: Bool
        let holdsKey: Bool
    }

    private let map: TableMap
    private let key: [Int]
    private(set) var sets: [Columns] = []
    private var numbers: [[UInt8]: Int] = [:]
    private var unions: [UInt64: Int] = [:]

    init(_ map: TableMap, key: [Int]) {
        self.map = map
        self.key = key
    }

    subscript(number: Int) -> Columns { sets[number] }

    /// The set of all columns.
    mutating func whole() -> Int {
        number(of: [UInt8](repeating: 0xFF, count: (map.columns.count + 7) / 8))
    }

    mutating func number(of bitmap: RawSpan) -> Int { number(of: bitmap.copied()) }

    /// The number of a set; `bitmap` has a bit for each column.
    mutating func number(of bitmap: [UInt8]) -> Int {
        var bitmap = bitmap
        let used = map.columns.count % 8
        if used > 0, !bitmap.isEmpty { bitmap[bitmap.count - 1] &= (1 << UInt8(used)) - 1 }
        if let known = numbers[bitmap] { return known }
        let ordinals = map.columns.indices.filter { bitmap[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
        var places = [Int?](repeating: nil, count: map.columns.count)
        for (place, ordinal) in ordinals.enumerated() { places[ordinal] = place }
        sets.append(
            Columns(
                bitmap: bitmap, ordinals: ordinals, places: places,
                layout: map.layout(holding: bitmap.span.bytes),
                isWhole: ordinals.count == map.columns.count,
                holdsKey: key.allSatisfy { places[$0] != nil }))
        numbers[bitmap] = sets.count - 1
        return sets.count - 1
    }

    mutating func union(_ left: Int, _ right: Int) -> Int {
        if left == right { return left }
        let pair = UInt64(min(left, right)) << 32 | UInt64(max(left, right))
        if let known = unions[pair] { return known }
        let union = number(of: zip(sets[left].bitmap, sets[right].bitmap).map { $0 | $1 })
        unions[pair] = union
        return union
    }
}

/// The values of an image by their columns: where it lies, and where they lie in it.
struct ImageValues {
    private(set) var ranges: [Range<Int>?] = []

    /// Throws `corrupt` where the bytes are no image of the columns.
    mutating func read(
        _ image: RawSpan, _ columns: ColumnSets.Columns, _ offset: UInt64
    ) throws(BinlogError) {
        try columns.layout.readRanges(of: image, at: offset, into: &ranges)
    }

    /// Whether a column that both images hold has the same bytes in both.
    func equals(
        _ other: ImageValues, column: Int, _ image: RawSpan, _ columns: ColumnSets.Columns,
        _ otherImage: RawSpan, _ otherColumns: ColumnSets.Columns
    ) -> Bool {
        guard let place = columns.places[column], let otherPlace = otherColumns.places[column]
        else { return false }
        switch (ranges[place], other.ranges[otherPlace]) {
        case (nil, nil): return true
        case (let own?, let others?):
            return image.extracting(own).equals(otherImage.extracting(others))
        default: return false
        }
    }
}
