// Lists the destructive statements of one binary log file: the example of README.md.
import Binlog
import Foundation
import Recovery

let path = CommandLine.arguments.dropFirst().first ?? "Fixtures/shop/binlogs/shop-bin.000004"
let log = [UInt8](try Data(contentsOf: URL(filePath: path)))
precondition(log.starts(with: EventFramer.magic), "not a binary log")

var framer = EventFramer()
var tracker = TransactionTracker()
var classifier = StatementClassifier()
var offset = EventFramer.magic.count
while offset < log.count {
    let length = try EventFramer.length(
        headerOf: log[offset...].span.bytes, at: UInt64(offset))
    precondition(offset + length <= log.count, "truncated at \(offset)")
    let event = try framer.frame(
        log[offset..<offset + length].span.bytes, at: UInt64(offset))
    let step = try tracker.take(event)
    if event.type == .query {
        let query = try QueryEvent(event)
        let facts = classifier.facts(of: query.text, mode: .standard)
        if facts.kind != .other {
            print("\(tracker.transaction.beginOffset): \(facts.kind)")
        }
    }
    if step == .ends || step == .whole, let gtid = tracker.transaction.gtid {
        precondition(gtid.sequence > 0)
    }
    offset += length
}
