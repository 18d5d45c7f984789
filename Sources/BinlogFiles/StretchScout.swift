public import Binlog
internal import SystemPackage

/// Looks ahead in a file for transactions that only change rows, or only run statements as well.
///
/// It goes from header to header and decides nothing that a wrong byte could spoil: whoever reads
/// what it finds checks it, and what it does not understand is left to the reader of the chain.
public struct StretchScout: ~Copyable {
    /// How far a stretch reaches at most.
    public struct Limits: Sendable {
        /// The offset behind which nothing may be taken.
        public var endOffset = UInt64.max
        public var transactionCount = UInt64.max
        /// Transactions up to these are not taken: they are in the backup.
        public var contained = GTIDPosition()
        /// Also takes transactions with statements.
        public var takesStatements = false

        public init() {}
    }

    /// How much is read at once, and how much of it, unpacked, is a stretch; a longer transaction
    /// may have `longestBytes`.
    package static let chunkBytes: UInt64 = 8 << 20
    /// A transaction longer than this is not taken: whoever reads it bounds its own memory.
    static let longestBytes: UInt64 = 64 << 20

    private let file: OpenFile
    private let format: FormatDescription
    private let checksumBytes: Int
    private let decryptor: EventDecryptor?
    private var chunk: LogChunk?
    /// Chunks to be used again when no stretch has them any more: fresh memory costs a page fault
    /// for every 4 KiB.
    private var olderChunks: [LogChunk] = []
    /// Table ids that have been seen; the newest of each remainder is found without hashing.
    private var tables: Set<UInt64> = []
    private var recentTables = [UInt64](repeating: .max, count: 256)
    /// Those of them that no stretch has told of yet.
    private var newTables: [TableMap] = []

    /// Opens the file that a chain is reading, whose Format_description is `format`.
    ///
    /// Throws `unreadable`.
    public init(
        _ chain: borrowing ChainReader, _ format: FormatDescription
    ) throws(BinlogError) {
        let decryptor = try EventDecryptor.open(chain.cipher)
        file = try OpenFile(chain.file.path)
        self.decryptor = decryptor
        self.format = format
        checksumBytes = format.checksum.sizeBytes
    }

    /// The stretch that begins at an offset at which a transaction may begin; nil where none does,
    /// or one that does more than `limits` allow.
    ///
    /// Throws `unreadable`, `truncated`.
    public mutating func stretch(
        at offset: UInt64, _ limits: Limits = Limits()
    ) throws(BinlogError) -> Stretch? {
        for wanted in [UInt64(EventHeader.sizeBytes), Self.chunkBytes, Self.longestBytes] {
            guard let chunk = try load(wanted, at: offset) else { return nil }
            var walk = StretchWalk(offset)
            let isCutOff = look(through: chunk, limits, &walk)
            // Where a stretch ends must not hang on where its chunk began: a resume, which begins
            // elsewhere, has to find the same ones.
            let isPart = chunk.range.upperBound < min(file.sizeBytes, offset + Self.chunkBytes)
            if isCutOff, isPart { continue }
            if walk.end > offset { return keep(walk, from: offset, chunk) }
            guard isCutOff, chunk.range.upperBound < file.sizeBytes else { return nil }
        }
        return nil
    }

    /// Tells of all tables again: their definitions may have changed.
    public mutating func forgetTables() {
        tables.removeAll(keepingCapacity: true)
        newTables.removeAll()
        for slot in recentTables.indices { recentTables[slot] = .max }
    }

    /// A chunk that has so many bytes from an offset on, or all up to the file's end.
    private mutating func load(
        _ count: UInt64, at offset: UInt64
    ) throws(BinlogError) -> LogChunk? {
        guard offset < file.sizeBytes else { return nil }
        let end = offset + min(count, file.sizeBytes - offset)
        if let chunk, chunk.range.contains(offset), chunk.range.upperBound >= end { return chunk }
        let longer = min(max(count, Self.chunkBytes), file.sizeBytes - offset)
        let new = freeChunk(Int(longer))
        try new.fill(file, offset..<(offset + longer))
        if let decryptor { new.decrypt(decryptor) }
        chunk = new
        return new
    }

    private mutating func freeChunk(_ count: Int) -> LogChunk {
        if let chunk { olderChunks.append(chunk) }
        chunk = nil
        olderChunks.removeAll { $0.capacityBytes > Int(Self.chunkBytes) }
        for index in olderChunks.indices
        where isKnownUniquelyReferenced(&olderChunks[index])
            && olderChunks[index].capacityBytes >= count
        {
            return olderChunks.remove(at: index)
        }
        return LogChunk(capacityBytes: count)
    }

    private mutating func keep(
        _ walk: StretchWalk, from offset: UInt64, _ chunk: LogChunk
    ) -> Stretch {
        defer { newTables.removeAll() }
        return Stretch(
            range: offset..<walk.end, transactionCount: walk.transactionCount,
            reached: walk.reached, lastTimestamp: timestamp(chunk, at: walk.lastBegin),
            newTables: newTables, format: format, chunk: chunk)
    }

    private func timestamp(_ chunk: LogChunk, at offset: UInt64) -> UInt32 {
        let head = chunk.bytes(EventHeader.sizeBytes, at: offset)
        return head.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self).littleEndian
    }

    /// Takes whole transactions, as many as a chunk holds or one that is longer; true where the
    /// chunk ends inside one.
    private mutating func look(
        through chunk: LogChunk, _ limits: Limits, _ walk: inout StretchWalk
    ) -> Bool {
        while walk.transactionCount < limits.transactionCount {
            switch lookAtTransaction(chunk, at: walk.end, limits) {
            case .ends(let end, let gtid, let plainBytes):
                walk.plainBytes += plainBytes
                guard walk.transactionCount == 0 || walk.plainBytes <= Self.chunkBytes else {
                    return false
                }
                walk.lastBegin = walk.end
                walk.end = end
                walk.transactionCount += 1
                if let gtid { walk.reached.record(gtid) }
            case .isCutOff: return true
            case .isOther: return false
            }
        }
        return false
    }

    private enum Finding {
        case ends(UInt64, GTID?, plainBytes: UInt64)
        case isCutOff
        case isOther
    }

    private mutating func lookAtTransaction(
        _ chunk: LogChunk, at begin: UInt64, _ limits: Limits
    ) -> Finding {
        var offset = begin
        var plainBytes: UInt64 = 0
        var gtid: GTID?
        var hasBegun = format.flavor == .mariadb
        while true {
            let rest = chunk.range.upperBound - offset
            guard rest >= UInt64(EventHeader.sizeBytes) else { return .isCutOff }
            let head = chunk.bytes(EventHeader.sizeBytes, at: offset)
            let type = EventType(
                rawValue: head.unsafeLoad(fromByteOffset: 4, as: UInt8.self))
            let length = head.unsafeLoadUnaligned(fromByteOffset: 9, as: UInt32.self).littleEndian
            let end = offset + UInt64(length)
            guard Int(length) >= EventHeader.sizeBytes + checksumBytes, end <= limits.endOffset
            else { return .isOther }
            guard UInt64(length) <= rest else { return .isCutOff }
            let bytes = chunk.bytes(Int(length), at: offset)
            switch meaning(of: type, bytes, at: offset, isFirst: offset == begin, limits) {
            case .begins(let first): gtid = first
            case .inside: guard hasBegun else { return .isOther }
            case .hasBegun: hasBegun = true
            case .ends:
                guard hasBegun else { return .isOther }
                return .ends(end, gtid, plainBytes: plainBytes + UInt64(length))
            case .other: return .isOther
            }
            guard let plain = self.plainBytes(of: type, bytes, at: offset) else { return .isOther }
            plainBytes += UInt64(plain)
            guard plainBytes <= Self.longestBytes else { return .isOther }
            offset = end
        }
    }

    /// What an event takes in memory; nil where that cannot be told.
    @inline(__always)
    private func plainBytes(of type: EventType, _ bytes: RawSpan, at offset: UInt64) -> Int? {
        guard type.isCompressed else { return bytes.byteCount }
        do throws(BinlogError) {
            return try EventUnpacker.plainBytes(of: event(bytes, at: offset))
        } catch {
            return nil
        }
    }

    private enum Meaning {
        case begins(GTID?)
        /// MySQL's BEGIN: what else stands behind its GTID ends by itself.
        case hasBegun
        case inside, ends, other
    }

    @inline(__always)
    private mutating func meaning(
        of type: EventType, _ bytes: RawSpan, at offset: UInt64, isFirst: Bool, _ limits: Limits
    ) -> Meaning {
        guard isFirst == type.beginsTransaction else { return .other }
        switch type {
        case .annotateRows, .rowsQuery: return .inside
        case .partialUpdateRows: return .other
        case let type where type.plain.isRows: return .inside
        case .xid: return .ends
        case .intvar, .rand, .userVar, .queryCompressed:
            return limits.takesStatements ? .inside : .other
        case .tableMap:
            // The table id are the body's first 6 bytes, and no map has less than 8.
            guard bytes.byteCount >= EventHeader.sizeBytes + 8 else { return .other }
            let word = bytes.unsafeLoadUnaligned(
                fromByteOffset: EventHeader.sizeBytes, as: UInt64.self)
            let tableID = word.littleEndian & 0xFFFF_FFFF_FFFF
            let slot = Int(tableID & 0xFF)
            if recentTables[slot] == tableID { return .inside }
            recentTables[slot] = tableID
            guard tables.insert(tableID).inserted else { return .inside }
            return note(bytes, at: offset) ? .inside : .other
        case .gtid, .mysqlGTID, .anonymousGTID, .taggedGTID, .query:
            do throws(BinlogError) {
                return try meaning(of: event(bytes, at: offset), limits)
            } catch {
                return .other
            }
        default: return .other
        }
    }

    @_lifetime(copy bytes)
    private func event(_ bytes: RawSpan, at offset: UInt64) throws(BinlogError) -> Event {
        var reader = ByteReader(bytes, at: offset)
        return Event(
            header: try EventHeader(&reader), offset: offset, bytes: bytes,
            checksumBytes: checksumBytes)
    }

    private func meaning(
        of event: borrowing Event, _ limits: Limits
    ) throws(BinlogError) -> Meaning {
        if event.type == .query {
            switch try QueryEvent(event).control {
            case .commit where format.flavor == .mariadb: return .ends
            case .none: return limits.takesStatements ? .inside : .other
            case .begin where format.flavor == .mysql: return .hasBegun
            // MySQL does not say beforehand whether a transaction can be rolled back: one that ends
            // in COMMIT may change tables that cannot.
            case .begin, .commit, .rollback: return .other
            }
        }
        guard event.type == .gtid else {
            let gtid = try MySQLGTIDEvent(event).gtid.map { GTID.mysql($0) }
            return limits.contained.contains(gtid) ? .other : .begins(gtid)
        }
        let head = try GTIDEvent(event)
        let others: GTIDEvent.Flags = [.standalone, .ddl, .preparedXA, .completedXA]
        let parts: GTIDEvent.ExtraFlags = [.beginAlter, .commitAlter, .rollbackAlter]
        guard head.flags.contains(.transactional), head.flags.isDisjoint(with: others),
            head.extraFlags.isDisjoint(with: parts),
            !limits.contained.contains(.mariadb(head.gtid))
        else { return .other }
        return .begins(.mariadb(head.gtid))
    }

    /// Takes up a table that has not been seen; false where its map cannot be read.
    private mutating func note(_ bytes: RawSpan, at offset: UInt64) -> Bool {
        do throws(BinlogError) {
            newTables.append(try TableMap(event(bytes, at: offset), flavor: format.flavor))
        } catch {
            return false
        }
        return true
    }
}

/// How far a scout has come.
private struct StretchWalk {
    let begin: UInt64
    var end: UInt64
    /// Where the last of its transactions begins.
    var lastBegin: UInt64
    var transactionCount: UInt64 = 0
    /// What they take in memory once they are unpacked.
    var plainBytes: UInt64 = 0
    var reached = GTIDPosition()

    init(_ begin: UInt64) { (self.begin, end, lastBegin) = (begin, begin, begin) }
}
