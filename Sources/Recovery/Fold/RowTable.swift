internal import Binlog

/// What is known of each row, found by the bytes that tell it from all others.
///
/// A hash table with open addressing. Those bytes lie in one arena with whatever else is appended;
/// it never gets as large as 4 GiB.
struct RowTable<State: Sendable>: Sendable {
    struct Entry: Sendable {
        var hash: UInt64
        var key: Place
        var state: State
    }

    var entries: [Entry] = []
    private(set) var arena: [UInt8] = []
    /// The upper half of the hash, and the entry's number plus 1, or 0.
    ///
    /// Their number is a power of two.
    private var slots: [UInt64] = []

    /// The memory it takes, in bytes.
    var memoryBytes: Int {
        arena.capacity + entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * 8
    }

    // MARK: Entries

    enum Search { case found(Int), free(Int) }

    private static var markBits: UInt64 { 0xFFFF_FFFF_0000_0000 }

    /// Looks for a key; makes room for one more entry first.
    mutating func find(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Search {
        if entries.count &* 4 >= slots.count &* 3 { grow() }
        let mask = slots.count - 1
        let mark = hash & Self.markBits
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] & Self.markBits == mark {
                let index = Int(truncatingIfNeeded: slots[slot] & ~Self.markBits) - 1
                if entries[index].hash == hash, bytes(of: entries[index].key, are: key) {
                    return .found(index)
                }
            }
            slot = (slot &+ 1) & mask
        }
        return .free(slot)
    }

    /// Adds an entry in a slot that `find` has just given; its key has been appended.
    mutating func add(_ entry: Entry, _ slot: Int) -> Int {
        entries.append(entry)
        slots[slot] = entry.hash & Self.markBits | UInt64(entries.count)
        return entries.count - 1
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: max(1024, slots.count * 2))
        let mask = slots.count - 1
        for index in entries.indices {
            let hash = entries[index].hash
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = hash & Self.markBits | UInt64(index + 1)
        }
    }

    // MARK: Bytes

    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Place {
        let place = Place(begin: UInt32(arena.count), count: UInt32(bytes.count))
        arena.append(contentsOf: bytes)
        return place
    }

    mutating func append(_ bytes: RawSpan) -> Place { bytes.withUnsafeBytes { append($0) } }

    /// Leaves room behind what was appended last.
    mutating func reserve(_ count: Int) {
        arena.append(contentsOf: repeatElement(0, count: count))
    }

    /// Writes over the beginning of a piece, which must be long enough.
    mutating func overwrite(_ place: Place, _ bytes: UnsafeRawBufferPointer) {
        let range = Int(place.begin)..<(Int(place.begin) + bytes.count)
        arena.withUnsafeMutableBytes { all in
            UnsafeMutableRawBufferPointer(rebasing: all[range]).copyMemory(from: bytes)
        }
    }

    func withBytes<Result>(
        _ place: Place, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try arena.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[place.range])) }
    }

    func bytes(of place: Place, are other: UnsafeRawBufferPointer) -> Bool {
        guard other.count == Int(place.count) else { return false }
        return withBytes(place) { own in
            var index = 0
            while index < own.count {
                guard own[index] == other[index] else { return false }
                index += 1
            }
            return true
        }
    }
}

/// A piece of a table's arena.
struct Place: Sendable {
    var begin: UInt32 = 0
    var count: UInt32 = 0

    var range: Range<Int> { Int(begin)..<(Int(begin) + Int(count)) }
}

/// Hashes of keys.
enum RowHash {
    /// 8 bytes at a time, mixed by multiplying; a source can choose its keys, but not to be slow.
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(bytes.count) ^ 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index + 8 <= bytes.count {
            hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < bytes.count {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        return mix(hash ^ rest)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}
