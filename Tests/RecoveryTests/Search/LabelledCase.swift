import Binlog
import Foundation
import Recovery
import TestSupport

/// One labelled statement of `Fixtures/search/cases.jsonl`, as it stood in a real log.
struct LabelledCase: Decodable {
    var id: Int
    var format: String
    var log: [String]
    var rows: [String: Int]
    var expected: String

    static func all() throws -> [LabelledCase] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "Fixtures/search/cases.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return try lines.map { try JSONDecoder().decode(Self.self, from: Data($0.utf8)) }
    }

    /// Feeds the log as it stands to a matcher and returns all matches, harmless ones too.
    func matches(minRows: UInt64) throws -> [SearchMatch] {
        var feed = CaseFeed(self, minRows: minRows)
        return try feed.run()
    }
}

/// Turns the lines of a case's log into calls of a matcher.
private struct CaseFeed {
    let labelled: LabelledCase
    var matcher: SearchMatcher
    var isInGroup = false
    var offset: UInt64 = 4
    var rowsSeen: [String: Int] = [:]

    init(_ labelled: LabelledCase, minRows: UInt64) {
        self.labelled = labelled
        var filter = SearchFilter(destructiveOnly: false)
        filter.minRows = minRows
        matcher = SearchMatcher(filter: filter)
    }

    mutating func run() throws -> [SearchMatch] {
        for (index, line) in labelled.log.enumerated() {
            let next = index + 1 < labelled.log.count ? labelled.log[index + 1] : ""
            try feed(line, next: next)
        }
        end(.commit)
        matcher.finish()
        return matcher.takeMatches()
    }

    mutating func feed(_ line: String, next: String) throws {
        if line.hasPrefix("GTID") {
            end(.commit)
            begin()
        } else if line.hasPrefix("Annotate ") {
            begin()
            matcher.annotate(bytes(line.dropFirst(9)).span.bytes, timestamp: 1)
        } else if line.hasPrefix("Query[") {
            try query(line)
        } else if line.hasPrefix("ExecLoad ") {
            try query("Query[s] " + line.dropFirst(9))
        } else if line == "XA_PREPARE" {
            end(.xaPrepared(nil))
        } else if line.hasPrefix("Table_map ") {
            begin()
            matcher.tableMap(handle(String(line.dropFirst(10))), timestamp: 1)
        } else if line.contains("_rows") {
            begin()
            try rows(line, isLast: !next.contains("_rows"))
        } else if !["BeginLoad", "Intvar"].contains(line) {
            throw TestFailure("case \(labelled.id): unknown line \(line)")
        }
    }

    mutating func begin() {
        if isInGroup { return }
        isInGroup = true
        matcher.beginGroup(
            .init(id: BinlogPosition(file: "bin.000001", offset: offset), timestamp: 1))
        offset += 100
    }

    mutating func end(_ ending: SearchMatcher.GroupEnd) {
        guard isInGroup else { return }
        isInGroup = false
        matcher.endGroup(ending, at: BinlogPosition(file: "bin.000001", offset: offset))
    }

    mutating func query(_ line: String) throws {
        begin()
        guard let close = line.firstIndex(of: "]") else {
            throw TestFailure("case \(labelled.id): no ] in \(line)")
        }
        let fields = line[line.index(line.startIndex, offsetBy: 6)..<close].split(separator: ",")
        var mode: UInt64 = 0
        var error: UInt16 = 0
        for field in fields.dropFirst() {
            if field.hasPrefix("mode=") { mode = UInt64(field.dropFirst(5)) ?? 0 }
            if field.hasPrefix("err=") { error = UInt16(field.dropFirst(4)) ?? 0 }
        }
        let text = line[close...].dropFirst(2)
        matcher.statement(
            bytes(text).span.bytes, database: bytes(fields[0]).span.bytes,
            sqlMode: SQLMode(bits: mode), timestamp: 1, threadID: 7, errorCode: error)
        var classifier = StatementClassifier()
        let facts = classifier.facts(of: String(text), mode: SQLMode(bits: mode))
        if text == "COMMIT" || facts.isDDL { end(.commit) }
        if text == "ROLLBACK" { end(.rollback) }
    }

    mutating func rows(_ line: String, isLast: Bool) throws {
        let words = line.split(separator: " ")
        let kinds: [Substring: (String, SearchMatcher.RowChange)] = [
            "Write_rows": ("INSERT", .insert), "Update_rows": ("UPDATE", .update),
            "Delete_rows": ("DELETE", .delete),
        ]
        guard let (name, change) = kinds[words[0]] else {
            throw TestFailure("case \(labelled.id): unknown rows \(line)")
        }
        let keys = labelled.rows.keys.sorted().filter {
            words.count > 1 ? $0 == "\(name) \(words[1])" : $0.hasPrefix("\(name) ")
        }
        let events = labelled.log.filter { $0 == line }.count
        for (index, key) in keys.enumerated() {
            let total = labelled.rows[key] ?? 0
            matcher.rows(
                handle(String(key.dropFirst(name.count + 1))), change, count: total / events,
                endsStatement: isLast && index == keys.count - 1)
        }
    }

    mutating func handle(_ name: String) -> SearchMatcher.TableHandle {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        return matcher.register(schema: parts[0], table: parts[1])
    }

    func bytes(_ text: some StringProtocol) -> [UInt8] { Array(text.utf8) }
}
