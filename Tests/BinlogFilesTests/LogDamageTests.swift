import Binlog
import BinlogFiles
import Foundation
import SystemPackage
import TestSupport
import Testing

/// Every possible small damage of a real log is reported, with its place.
@Suite struct LogDamageTests {
    let log: [UInt8]
    let folder: TestFolder

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "Fixtures/shop/binlogs/shop-bin.000007")
        log = [UInt8](try Data(contentsOf: file))
        folder = try TestFolder("damage")
    }

    /// What reading a file to its end comes to.
    enum Outcome: Equatable {
        case failed(BinlogError.Code, hasPlace: Bool)
        case ended(FileEnd.State, at: UInt64, events: Int)
    }

    func read(_ bytes: [UInt8]) throws -> Outcome {
        let path = folder.path + "/bin.000001"
        try Data(bytes).write(to: URL(filePath: path))
        var events = 0
        do throws(BinlogError) {
            var reader = try LogReader(path: FilePath(path))
            while try reader.advance() { events += 1 }
            guard let end = reader.end else { return .failed(.corrupt, hasPlace: false) }
            return .ended(end.state, at: end.offset, events: events)
        } catch {
            return .failed(error.code, hasPlace: error.file != nil && error.offset != nil)
        }
    }

    @Test("the whole log is clean")
    func whole() throws {
        #expect(try read(log) == .ended(.clean, at: UInt64(log.count), events: 90))
    }

    @Test("each flipped byte is reported with its place", arguments: [0xFF, 0x01] as [UInt8])
    func flips(mask: UInt8) throws {
        let inUseByte = 4 + 17
        for index in log.indices {
            var bytes = log
            bytes[index] ^= mask
            let outcome = try read(bytes)
            if index == inUseByte, mask == 0x01 {
                #expect(outcome == .ended(.clean, at: UInt64(bytes.count), events: 90))
            } else if case .failed(_, hasPlace: true) = outcome {
                continue
            } else {
                Issue.record("byte \(index) ^ \(mask): \(outcome)")
            }
        }
    }

    /// How reading a log as a replay does ends, and how many stretches it found.
    ///
    /// - Parameter scouts: looks ahead for stretches; else everything is read event by event.
    private func readChain(
        _ bytes: [UInt8], scouts: Bool
    ) throws -> (error: BinlogError?, stretches: Int) {
        let path = try write(bytes)
        var stretches = 0
        do throws(BinlogError) {
            var chain = try ChainReader(try LogSet.find([FilePath(path)]))
            var scout: StretchScout?
            while true {
                if scouts, !chain.isInsideTransaction, let format = chain.format {
                    if scout == nil { scout = try StretchScout(chain, format) }
                    if let stretch = try scout?.stretch(at: chain.nextOffset) {
                        stretches += 1
                        try stretch.read { _ in true }
                        chain.skip(to: stretch.range.upperBound, reached: stretch.reached)
                        continue
                    }
                }
                guard try chain.advance() else { return (nil, stretches) }
            }
        } catch {
            return (error, stretches)
        }
    }

    @Test("a scout hides no flipped byte and trips over none", arguments: [0xFF, 0x01] as [UInt8])
    func flipsUnderScout(mask: UInt8) throws {
        #expect(try readChain(log, scouts: true).stretches > 0)
        for index in log.indices {
            var bytes = log
            bytes[index] ^= mask
            let plain = try readChain(bytes, scouts: false).error
            let scouted = try readChain(bytes, scouts: true).error
            #expect(
                plain?.code == scouted?.code && plain?.offset == scouted?.offset,
                "byte \(index) ^ \(mask)")
        }
    }

    @Test("a table map of any length does not trip the scout")
    func shortTableMaps() throws {
        var reader = try LogReader(path: FilePath(try write(log)))
        var offsets: [Int] = []
        while try reader.advance() {
            if reader.event.type == .tableMap { offsets.append(Int(reader.event.offset)) }
        }
        #expect(!offsets.isEmpty)
        for offset in offsets {
            for length in 0..<40 {
                var bytes = log
                bytes.replaceSubrange((offset + 9)..<(offset + 13), with: [UInt8(length), 0, 0, 0])
                #expect(try readChain(bytes, scouts: true).error != nil, "\(offset): \(length)")
            }
        }
    }

    private func write(_ bytes: [UInt8]) throws -> String {
        let path = folder.path + "/bin.000001"
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    @Test("each truncation is reported, but for a cut between transactions, which ends in use")
    func truncations() throws {
        let ends = try boundaries()
        for length in log.indices {
            switch try read(Array(log[..<length])) {
            case .failed(let code, let hasPlace):
                #expect(hasPlace, "\(length)")
                #expect(code == .truncated || (code == .notABinaryLog && length < 4), "\(length)")
            case .ended(.truncated, let offset, _):
                #expect(offset <= UInt64(max(length, 4)), "\(length)")
            case .ended(.inUse, let offset, _):
                #expect(ends.contains(UInt64(length)) && offset == UInt64(length), "\(length)")
            case let outcome: Issue.record("cut at \(length): \(outcome)")
            }
        }
    }

    /// The offsets at which no transaction is open.
    private func boundaries() throws -> Set<UInt64> {
        let path = folder.path + "/bin.000001"
        try Data(log).write(to: URL(filePath: path))
        var reader = try LogReader(path: FilePath(path))
        var ends: Set<UInt64> = []
        while try reader.advance() {
            if !reader.isInsideTransaction { ends.insert(reader.nextOffset) }
        }
        return ends
    }

    @Test("a doubled or lost event is reported even where its checksum holds")
    func doubledAndLost() throws {
        let path = folder.path + "/bin.000001"
        try Data(log).write(to: URL(filePath: path))
        var reader = try LogReader(path: FilePath(path))
        var begin: UInt64 = 4
        while try reader.advance() {
            let event = Int(begin)..<Int(reader.nextOffset)
            begin = reader.nextOffset
            var doubled = log
            doubled.insert(contentsOf: log[event], at: event.upperBound)
            var lost = log
            lost.removeSubrange(event)
            for bytes in [doubled, lost] where event.upperBound < log.count {
                guard case .failed(_, hasPlace: true) = try read(bytes) else {
                    Issue.record("the event at \(event.lowerBound)")
                    continue
                }
            }
        }
    }
}
