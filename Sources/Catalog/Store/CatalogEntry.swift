public import Binlog
public import BinlogFiles
internal import Recovery
internal import SystemPackage

/// One file as a catalog knows it.
public struct CatalogEntry: Sendable {
    /// Absolute.
    public var path: String
    public var head: LogHeadFacts
    public var facts: FileFacts
    /// How the file ended when it was read; nil where that was not seen.
    public var end: FileEnd?
    /// What stopped its reading, or could not be understood.
    public var faults: [BinlogError]
    var stamp: FileStamp
    var headHash: [UInt8]
    /// Of the bytes before `indexedEnd`.
    var tailHash: [UInt8]

    /// The file's own name.
    public var name: String { FilePath(path).lastComponent?.string ?? path }

    /// Behind the last byte whose facts are kept.
    var indexedEnd: UInt64 { facts.endOffset ?? 0 }

    var fingerprint: LogFingerprint {
        LogFingerprint(
            head: head, headHash: headHash, tailHash: tailHash, indexedEnd: indexedEnd)
    }
}

/// What tells one log from another, wherever it lies.
struct LogFingerprint: Sendable {
    var head: LogHeadFacts
    var headHash: [UInt8]
    /// Of the bytes before `indexedEnd`.
    var tailHash: [UInt8]
    var indexedEnd: UInt64

    /// Both say that they are the same log. Without a GTID too little is known of it.
    func isSameLog(as other: Self) -> Bool {
        head.firstGTID != nil && head.firstGTID == other.head.firstGTID
            && head.serverID == other.head.serverID && head.created == other.head.created
    }

    /// Whether of two files that say so one is the other's beginning.
    static func fit(_ first: (Self, FilePath), _ second: (Self, FilePath)) -> Bool {
        let (short, long) =
            first.0.indexedEnd <= second.0.indexedEnd ? (first, second) : (second, first)
        let end = min(FileSample.hashedBytes, short.0.indexedEnd)
        return FileSample.headHash(of: long.1, end: end) == short.0.headHash
            && FileSample.tailHash(of: long.1, end: short.0.indexedEnd) == short.0.tailHash
    }
}

/// The parts in which an entry is stored, each sealed by itself: few need them all.
extension CatalogEntry {
    var packedHead: [UInt8] {
        var writer = PackedWriter()
        stamp.write(to: &writer)
        writer.list(headHash) { $0.number($1) }
        writer.list(tailHash) { $0.number($1) }
        writer.number(indexedEnd)
        writer.number(head.serverID)
        writer.text(head.serverVersion)
        writer.number(head.created)
        writer.optional(head.firstGTID) { $0.text($1.description) }
        writer.flag(head.isEncrypted)
        writer.optional(head.firstCommit) { $0.number($1) }
        writer.optional(end) {
            $0.text($1.state.rawValue)
            $0.number($1.offset)
            $0.optional($1.reason) { $0.text($1) }
        }
        writer.list(faults) {
            $0.text($1.code.rawValue)
            $0.text($1.message)
            $0.optional($1.offset) { $0.number($1) }
        }
        return writer.bytes
    }

    var packedBlocks: [UInt8] {
        var writer = PackedWriter()
        writer.list(facts.tables) { $0.table($1) }
        writer.list(facts.statementKeys.dropFirst()) { $0.number($1.hash) }
        writer.list(facts.blocks) { $0.block($1) }
        writer.list(facts.restarts) { $0.mark($1) }
        writer.clock(facts.clock)
        return writer.bytes
    }

    var packedMinutes: [UInt8] {
        var writer = PackedWriter()
        writer.list(facts.minutes) { $1.write(to: &$0) }
        return writer.bytes
    }

    func packedStatements(keepsTexts: Bool) -> [UInt8] {
        var writer = PackedWriter()
        writer.list(facts.statements) { $0.statement($1, keepsText: keepsTexts) }
        return writer.bytes
    }

    /// Reads the parts back; without `minutes` the file's counts are not known.
    init(
        path: String, head: [UInt8], blocks: [UInt8], minutes: [UInt8]?, statements: [UInt8]
    ) throws(CatalogDamage) {
        self.path = path
        var reader = PackedReader(head)
        stamp = try FileStamp(&reader)
        let fingerprint = try LogFingerprint(&reader)
        self.head = fingerprint.head
        headHash = fingerprint.headHash
        tailHash = fingerprint.tailHash
        end = try Self.end(&reader)
        let name = FilePath(path).lastComponent?.string ?? path
        faults = try reader.list { (reader) throws(CatalogDamage) in
            BinlogError(
                BinlogError.Code(rawValue: try reader.text()), try reader.text(), file: name,
                offset: try reader.flag() ? try reader.number() : nil)
        }
        facts = try FileFacts(name: name, blocks: blocks, minutes: minutes, statements: statements)
        guard fingerprint.indexedEnd == indexedEnd else { throw CatalogDamage() }
    }

    private static func end(_ reader: inout PackedReader) throws(CatalogDamage) -> FileEnd? {
        guard try reader.flag() else { return nil }
        guard let state = FileEnd.State(rawValue: try reader.text()) else { throw CatalogDamage() }
        return FileEnd(
            state: state, offset: try reader.number(),
            reason: try reader.flag() ? try reader.text() : nil)
    }
}

extension LogFingerprint {
    init(_ reader: inout PackedReader) throws(CatalogDamage) {
        headHash = try reader.list { (reader) throws(CatalogDamage) in
            try reader.number(UInt8.self)
        }
        tailHash = try reader.list { (reader) throws(CatalogDamage) in
            try reader.number(UInt8.self)
        }
        indexedEnd = try reader.number()
        head = try LogHeadFacts(&reader)
    }

    /// Out of the packed head of an entry.
    init(ofHead head: [UInt8]) throws(CatalogDamage) {
        var reader = PackedReader(head)
        _ = try FileStamp(&reader)
        try self.init(&reader)
    }
}

extension LogHeadFacts {
    fileprivate init(_ reader: inout PackedReader) throws(CatalogDamage) {
        serverID = try reader.number(UInt32.self)
        serverVersion = try reader.text()
        created = try reader.number(UInt32.self)
        firstGTID = try reader.flag() ? GTID(try reader.text()) : nil
        isEncrypted = try reader.flag()
        firstCommit = try reader.flag() ? try reader.number(UInt32.self) : nil
    }
}

extension FileFacts {
    fileprivate init(
        name: String, blocks: [UInt8], minutes: [UInt8]?, statements: [UInt8]
    ) throws(CatalogDamage) {
        self.init()
        var reader = PackedReader(blocks)
        for table in try reader.list({ (reader) throws(CatalogDamage) in try reader.table() }) {
            _ = number(of: table)
        }
        let keys = try reader.list { (reader) throws(CatalogDamage) in
            try reader.number(UInt32.self)
        }
        for hash in keys { _ = number(of: StatementKey(hash: hash)) }
        self.blocks = try reader.list { (reader) throws(CatalogDamage) in try reader.block() }
        restarts = try reader.list { (reader) throws(CatalogDamage) in try reader.mark() }
        clock = try reader.clock()
        guard reader.isAtEnd else { throw CatalogDamage() }
        if let minutes {
            reader = PackedReader(minutes)
            self.minutes = try reader.list { (reader) throws(CatalogDamage) in
                try TableMinutes(&reader)
            }
            guard self.minutes.count == tables.count else { throw CatalogDamage() }
        }
        reader = PackedReader(statements)
        self.statements = try reader.list { (reader) throws(CatalogDamage) in
            try reader.statement(in: name)
        }
        guard self.statements.allSatisfy({ $0.block < self.blocks.count }) else {
            throw CatalogDamage()
        }
    }
}
