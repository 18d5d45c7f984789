// Lists the destructive statements of one binary log file: the example of README.md.
import Binlog
import Foundation
import Recovery

func list(_ log: [UInt8]) throws {
    let bytes = log.span.bytes
    var framer = EventFramer()
    var tracker = TransactionTracker()
    var classifier = StatementClassifier()
    var offset = EventFramer.magic.count
    while offset < bytes.byteCount {
        let place = UInt64(offset)
        let length = try EventFramer.length(
            headerOf: bytes.extracting(droppingFirst: offset), at: place)
        guard offset + length <= bytes.byteCount else {
            throw BinlogError(.truncated, "the file ends inside an event", offset: place)
        }
        let event = try framer.frame(bytes.extracting(offset..<offset + length), at: place)
        _ = try tracker.take(event)
        if event.type == .query {
            let query = try QueryEvent(event)
            let status = try query.statusVariables(framer.format?.flavor ?? .mariadb)
            let facts = classifier.facts(of: query.text, mode: SQLMode(bits: status.sqlMode ?? 0))
            if facts.kind != .other {
                print("\(tracker.transaction.beginOffset): \(facts.kind.rawValue)")
            }
        }
        offset += length
    }
}

let path = CommandLine.arguments.dropFirst().first ?? "Fixtures/shop/binlogs/shop-bin.000004"
try list([UInt8](try Data(contentsOf: URL(filePath: path))))
