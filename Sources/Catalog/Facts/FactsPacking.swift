internal import Binlog
internal import Recovery

/// How the facts of a file are written in the catalog, field by field.
extension PackedWriter {
    mutating func bounds(_ bounds: Bounds<some BinaryInteger & Sendable>) {
        optional(bounds.range) {
            $0.number($1.lowerBound)
            $0.number($1.upperBound - $1.lowerBound)
        }
    }

    mutating func table(_ table: TableName) {
        optional(table.schema) { $0.text($1) }
        text(table.table)
    }

    mutating func block(_ block: BlockFacts) {
        number(block.range.lowerBound)
        number(block.range.upperBound - block.range.lowerBound)
        number(block.transactions)
        bounds(block.commits)
        bounds(block.stamps)
        for numbers in [block.serverIDs, block.threadIDs] {
            flag(numbers.areMany)
            list(numbers.values) { $0.number($1) }
        }
        list(block.gtids) {
            $0.source($1.source)
            $0.bounds($1.numbers)
        }
        text(block.reached)
        numberBits(block.tables)
        numberBits(block.statements)
        number(block.largestChangeRows)
        number(block.largestTransactionBytes)
        number(block.longestSeconds)
        flag(block.hasTexts)
        number(block.matches)
        flag(block.keepsStatements)
        flag(block.isPlain)
        number(block.checksum)
    }

    private mutating func numberBits(_ bits: NumberBits) {
        number(bits.begin)
        list(bits.words) { $0.number($1) }
    }

    private mutating func source(_ source: GTIDSource) {
        switch source {
        case .mariadb(let domainID, let serverID):
            flag(true)
            number(domainID)
            number(serverID)
        case .mysql(let source):
            flag(false)
            text(MySQLGTID(source: source, number: 1).description)
        }
    }

    mutating func clock(_ clock: ClockTrack) {
        list(clock.marks) { $0.mark($1) }
        list(clock.silences) {
            $0.number($1.start)
            $0.number($1.end)
        }
        number(clock.greatest)
        flag(clock.isBehind)
    }

    mutating func mark(_ mark: ClockMark) {
        number(mark.kind.rawValue)
        number(mark.offset)
        number(mark.timestamp)
        number(mark.earlier)
    }

    mutating func statement(_ statement: FileFacts.FoundStatement, keepsText: Bool) {
        let match = statement.match
        number(statement.block)
        number(match.id.offset)
        list(match.kinds) { $0.text($1.rawValue) }
        optional(match.schema) { $0.text($1) }
        optional(match.table) { $0.text($1) }
        optional(match.newName) { $0.table($1) }
        number(match.timestamp)
        number(match.groupTimestamp)
        optional(match.gtid) { $0.text($1.description) }
        number(match.serverID)
        optional(match.threadID) { $0.number($1) }
        number(match.begin.offset)
        number(match.end.offset)
        optional(match.rows) {
            $0.number($1.inserted)
            $0.number($1.updated)
            $0.number($1.deleted)
        }
        optional(match.statement) { $0.text(keepsText ? KeptText.beginning(of: $1) : "") }
        number(match.statementSizeBytes)
        list(match.reasons) { $0.text($1) }
        number(match.errorCode)
        optional(match.executionSeconds) { $0.number($1) }
        flag(match.isDefinition)
        flag(
            statement.isWhole && (match.statement.map { keepsText && KeptText.isWhole($0) } ?? true)
        )
    }
}

/// How much of a statement's text the catalog keeps.
enum KeptText {
    static let mostBytes = 4096

    static func isWhole(_ text: String) -> Bool { text.utf8.count <= mostBytes }

    /// No character is cut in two.
    static func beginning(of text: String) -> String {
        if isWhole(text) { return text }
        var bytes = Array(text.utf8.prefix(mostBytes))
        while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
        if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension PackedReader {
    mutating func bounds<Value: FixedWidthInteger & Sendable>(
        _ type: Value.Type
    ) throws(CatalogDamage) -> Bounds<Value> {
        guard try flag() else { return Bounds() }
        let low = try number(Value.self)
        let (high, isTooLarge) = low.addingReportingOverflow(try number(Value.self))
        guard !isTooLarge else { throw CatalogDamage() }
        return Bounds(low...high)
    }

    mutating func table() throws(CatalogDamage) -> TableName {
        let schema = try optionalText()
        return TableName(schema: schema, table: try text())
    }

    private mutating func optionalText() throws(CatalogDamage) -> String? {
        try flag() ? try text() : nil
    }

    mutating func block() throws(CatalogDamage) -> BlockFacts {
        let begin = try number()
        let (end, isTooLarge) = begin.addingReportingOverflow(try number())
        guard !isTooLarge else { throw CatalogDamage() }
        var block = BlockFacts(range: begin..<end)
        block.transactions = try number()
        block.commits = try bounds(UInt32.self)
        block.stamps = try bounds(UInt32.self)
        block.serverIDs = try fewNumbers()
        block.threadIDs = try fewNumbers()
        block.gtids = try list { (reader) throws(CatalogDamage) in
            GTIDRange(source: try reader.source(), numbers: try reader.bounds(UInt64.self))
        }
        block.reached = try text()
        block.tables = try numberBits()
        block.statements = try numberBits()
        block.largestChangeRows = try number()
        block.largestTransactionBytes = try number()
        block.longestSeconds = try number(UInt32.self)
        block.hasTexts = try flag()
        block.matches = try number(Int.self)
        block.keepsStatements = try flag()
        block.isPlain = try flag()
        block.checksum = try number(UInt32.self)
        return block
    }

    private mutating func numberBits() throws(CatalogDamage) -> NumberBits {
        // Numbers are of 32 bits.
        let begin = try number(Int.self)
        guard begin <= 1 << 26 else { throw CatalogDamage() }
        let words = try list { (reader) throws(CatalogDamage) in try reader.number(UInt64.self) }
        guard begin + words.count <= 1 << 26 else { throw CatalogDamage() }
        return NumberBits(begin: begin, words: words)
    }

    private mutating func fewNumbers() throws(CatalogDamage) -> FewNumbers {
        let areMany = try flag()
        return FewNumbers(
            try list { (reader) throws(CatalogDamage) in try reader.number(UInt32.self) },
            areMany: areMany)
    }

    private mutating func source() throws(CatalogDamage) -> GTIDSource {
        if try flag() {
            return .mariadb(
                domainID: try number(UInt32.self), serverID: try number(UInt32.self))
        }
        guard let gtid = MySQLGTID(try text()) else { throw CatalogDamage() }
        return .mysql(gtid.source)
    }

    mutating func clock() throws(CatalogDamage) -> ClockTrack {
        ClockTrack(
            marks: try list { (reader) throws(CatalogDamage) in try reader.mark() },
            silences: try list { (reader) throws(CatalogDamage) in
                ClockTrack.Silence(
                    start: try reader.number(UInt32.self), end: try reader.number(UInt32.self))
            },
            greatest: try number(UInt32.self), isBehind: try flag())
    }

    mutating func mark() throws(CatalogDamage) -> ClockMark {
        guard let kind = ClockMark.Kind(rawValue: try number(UInt8.self)) else {
            throw CatalogDamage()
        }
        return ClockMark(
            kind: kind, offset: try number(), timestamp: try number(UInt32.self),
            earlier: try number(UInt32.self))
    }

    /// The statement of a file of that name.
    mutating func statement(in file: String) throws(CatalogDamage) -> FileFacts.FoundStatement {
        let block = try number(Int.self)
        let id = BinlogPosition(file: file, offset: try number())
        let kinds = try list { (reader) throws(CatalogDamage) in
            guard let kind = DestructiveKind(rawValue: try reader.text()) else {
                throw CatalogDamage()
            }
            return kind
        }
        guard let kind = kinds.first else { throw CatalogDamage() }
        let match = SearchMatch(
            id: id, kind: kind, kinds: kinds, schema: try optionalText(),
            table: try optionalText(), newName: try flag() ? try table() : nil,
            timestamp: try number(UInt32.self), groupTimestamp: try number(UInt32.self),
            gtid: try optionalText().flatMap { GTID($0) }, serverID: try number(UInt32.self),
            threadID: try flag() ? try number(UInt32.self) : nil,
            begin: BinlogPosition(file: file, offset: try number()),
            end: BinlogPosition(file: file, offset: try number()),
            rows: try flag()
                ? RowCounts(
                    inserted: try number(), updated: try number(), deleted: try number()) : nil,
            statement: try optionalText(), statementSizeBytes: try number(Int.self),
            reasons: try list { (reader) throws(CatalogDamage) in try reader.text() },
            errorCode: try number(UInt16.self),
            executionSeconds: try flag() ? try number(UInt32.self) : nil,
            isDefinition: try flag())
        return FileFacts.FoundStatement(block: block, match: match, isWhole: try flag())
    }
}
