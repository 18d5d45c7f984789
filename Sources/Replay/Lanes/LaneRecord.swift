internal import Binlog
internal import Recovery

/// A table's rows whose keys lie in a range, by `TableFold.keyRank`.
struct TablePart: Hashable, Sendable {
    var table: TargetSchema.Name
    var keys: ClosedRange<UInt64>
}

/// What a lane puts into the target in its own transaction, as its row of the checkpoint says.
///
/// The first lane commits last. So a record of a window that begins where the first lane still
/// stands tells of rows that are in the target ahead of it, and of no others.
struct LaneRecord: Hashable, Sendable {
    /// The window, as a replay without lanes would have committed it.
    var begin: BinlogPosition
    var end: BinlogPosition
    var parts: [TablePart]
    /// Tables whose rows the window holds in the source's order although they could be folded.
    var givenUp: [TargetSchema.Name]

    /// Lines of words; names in hexadecimal, since they may hold anything.
    var encoded: String {
        var lines = [Self.line("begin", begin), Self.line("end", end)]
        lines += parts.map { part in
            "part \(Self.hex(part.table.schema)) \(Self.hex(part.table.table)) "
                + "\(part.keys.lowerBound) \(part.keys.upperBound)"
        }
        lines += givenUp.map { "ordered \(Self.hex($0.schema)) \(Self.hex($0.table))" }
        return lines.joined(separator: "\n")
    }

    /// Nil for what `encoded` did not write.
    init?(encoded: String) {
        var begin: BinlogPosition?
        var end: BinlogPosition?
        parts = []
        givenUp = []
        for line in encoded.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            switch (words.first, words.count) {
            case ("begin", 3): begin = Self.position(words)
            case ("end", 3): end = Self.position(words)
            case ("part", 5):
                guard let table = Self.table(words), let from = UInt64(words[3]),
                    let to = UInt64(words[4]), from <= to
                else { return nil }
                parts.append(TablePart(table: table, keys: from...to))
            case ("ordered", 3):
                guard let table = Self.table(words) else { return nil }
                givenUp.append(table)
            default: return nil
            }
        }
        guard let begin, let end else { return nil }
        self.begin = begin
        self.end = end
    }

    init(
        begin: BinlogPosition, end: BinlogPosition, parts: [TablePart],
        givenUp: [TargetSchema.Name]
    ) {
        self.begin = begin
        self.end = end
        self.parts = parts
        self.givenUp = givenUp
    }

    private static func line(_ word: String, _ position: BinlogPosition) -> String {
        "\(word) \(hex(Array(position.file.utf8))) \(position.offset)"
    }

    private static func position(_ words: [Substring]) -> BinlogPosition? {
        guard let file = bytes(words[1]), let offset = UInt64(words[2]) else { return nil }
        return BinlogPosition(file: String(decoding: file, as: UTF8.self), offset: offset)
    }

    private static func table(_ words: [Substring]) -> TargetSchema.Name? {
        guard let schema = bytes(words[1]), let table = bytes(words[2]) else { return nil }
        return TargetSchema.Name(schema: schema, table: table)
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        for byte in bytes { digits += [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]] }
        return String(decoding: digits, as: UTF8.self)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    private static func bytes(_ hex: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: Int?
        for digit in hex.utf8 {
            guard let value = hexDigits.firstIndex(of: digit) else { return nil }
            if let upper = high {
                bytes.append(UInt8(upper << 4 | value))
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }
}

/// A window that some lanes of an earlier run have committed and the first has not.
struct UnfinishedWindow: Hashable, Sendable {
    let end: BinlogPosition
    /// What is in the target already.
    let done: [TablePart]
    let givenUp: [TargetSchema.Name]

    /// - Parameter reached: where the first lane stands.
    ///
    /// Nil where no lane is ahead of it.
    init?(_ records: [LaneRecord], reached: BinlogPosition) {
        let ahead = records.filter { $0.begin == reached }
        guard let first = ahead.first else { return nil }
        end = first.end
        done = ahead.flatMap(\.parts)
        givenUp = first.givenUp
    }

    /// Throws `state-damaged` where what was begun is to be committed before its end.
    func checkEnd(_ reached: BinlogPosition) throws(ReplayFailure) {
        guard reached != end else { return }
        throw ReplayFailure(
            .stateDamaged,
            "an earlier run has committed a part of the transactions up to \(end), and they are "
                + "not what they were",
            hint: "the target's tables were changed meanwhile; begin again from the backup")
    }

    /// What an earlier run has committed must be folded again; throws `state-damaged`.
    func checkIsFolded(in fold: StretchFold) throws(ReplayFailure) {
        guard let part = done.first(where: { fold.exactTables.contains($0.table) }) else { return }
        throw ReplayFailure(
            .stateDamaged,
            "an earlier run has committed rows of \(part.table.text) that cannot be told from the "
                + "others any more",
            hint: "the table was changed meanwhile; begin again from the backup")
    }
}
