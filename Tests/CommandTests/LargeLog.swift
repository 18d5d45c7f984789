import Foundation
import TestSupport
import Testing

/// A log whose transactions are those of a recorded file, many times over.
struct LargeLog {
    let logs: LogCopy
    let copies: Int
    /// Where the copies begin.
    let begins: [Int]
    /// How long each is.
    let copyBytes: Int
    /// How many events belong to none of them.
    let eventsOutside: Int

    init(copies: Int) throws {
        self.copies = copies
        logs = try LogCopy(2...2)
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: logs.file(2))))
        let events = Self.events(bytes)
        let firstGroup = try #require(events.firstIndex { bytes[$0.lowerBound + 4] == 162 })
        var large = Array(bytes[..<events[firstGroup].lowerBound])
        var begins: [Int] = []
        for _ in 0..<copies {
            begins.append(large.count)
            for event in events[firstGroup...].dropLast() {
                Self.append(bytes[event], to: &large)
            }
        }
        if let last = events.last { Self.append(bytes[last], to: &large) }
        self.begins = begins
        copyBytes = begins[1] - begins[0]
        eventsOutside = firstGroup + 1
        try Data(large).write(to: URL(filePath: logs.file(2)))
    }

    private static func events(_ bytes: [UInt8]) -> [Range<Int>] {
        var events: [Range<Int>] = []
        var index = 4
        while index + 19 <= bytes.count {
            let length = (0..<4).reduce(0) { $0 | Int(bytes[index + 9 + $1]) << (8 * $1) }
            events.append(index..<(index + length))
            index += length
        }
        return events
    }

    /// Appends an event with the end position and the checksum of its new place.
    private static func append(_ event: ArraySlice<UInt8>, to log: inout [UInt8]) {
        var event = Array(event)
        let end = UInt32(log.count + event.count)
        for index in 0..<4 { event[13 + index] = UInt8(truncatingIfNeeded: end >> (8 * index)) }
        let crc = CRC32.of(event.dropLast(4))
        for index in 0..<4 {
            event[event.count - 4 + index] = UInt8(truncatingIfNeeded: crc >> (8 * index))
        }
        log += event
    }
}

/// The checksum of binary logs.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }

    static func of(_ bytes: some Collection<UInt8>) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes { crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
        return ~crc
    }
}
