internal import Binlog

/// Row events on their way to the target, as whole groups that a BINLOG statement can carry.
///
/// A group is what the server applies as one statement: table maps, rows events, the end flag on
/// the last. Statements of the source that follow each other are made one group, since opening,
/// locking and closing tables costs the server more than a row does; the rows keep their order.
///
/// The server loses the rest of a group silently where it is split over two BINLOG statements or
/// its table maps are missing, so a batch that is sent in the middle of a statement closes the
/// group there and repeats the table maps in front of what follows: to the storage engine, rows
/// are rows.
struct RowsBatch {
    /// Whole groups, without checksums.
    private(set) var bytes: [UInt8] = []
    /// What gathers behind them.
    private var group = RowsGroup()
    /// Table maps of the statement being read.
    private var maps: [MappedTable] = []
    /// The statement's maps are in the group.
    private var mapsAreIn = false

    var isEmpty: Bool { bytes.isEmpty && group.isEmpty }
    /// Whole groups and the one that gathers.
    var sizeBytes: Int { bytes.count + group.sizeBytes }

    mutating func add(tableMap event: borrowing Event, tableID: UInt64) {
        var map = MappedTable(tableID: tableID)
        Self.append(event, to: &map.event)
        maps.append(map)
    }

    /// Adds whole groups that somebody else made, between two statements.
    mutating func add(groups: [UInt8]) {
        precondition(maps.isEmpty, "groups go between statements")
        close()
        bytes.append(contentsOf: groups)
    }

    /// Adds a rows event; throws `missing-table-map` where the server would lose it silently.
    ///
    /// - Parameters:
    ///   - narrowed: what stands for it, without a checksum; nil for its own bytes.
    ///   - ignoresForeignKeys: sets that flag.
    mutating func add(
        rows event: borrowing Event, as narrowed: [UInt8]? = nil, tableID: UInt64,
        endsStatement: Bool, ignoresForeignKeys: Bool = false
    ) throws(BinlogError) {
        guard maps.contains(where: { $0.tableID == tableID }) else {
            throw BinlogError(
                .missingTableMap, "no table map stands before the rows of table \(tableID)",
                offset: event.offset)
        }
        let traits = RowsGroup.Traits(event, ignoresForeignKeys: ignoresForeignKeys)
        if !mapsAreIn || traits.ignoresForeignKeys != group.traits?.ignoresForeignKeys {
            if !group.takes(maps, traits) {
                close()
                _ = group.takes(maps, traits)
            }
            mapsAreIn = true
        }
        group.add(event, as: narrowed)
        if endsStatement { endStatement() }
    }

    /// Forgets the statement's table maps: its last rows event has been added.
    mutating func endStatement() {
        maps.removeAll(keepingCapacity: true)
        mapsAreIn = false
    }

    /// Makes what is there whole groups, so that it can be sent.
    mutating func close() {
        group.finish(into: &bytes)
        mapsAreIn = false
    }

    /// Parts the batch: what stands behind `count` bytes of whole groups goes into a batch of its
    /// own, which goes on with the statement being read.
    mutating func split(after count: Int) -> RowsBatch {
        var rest = self
        rest.bytes.removeFirst(count)
        bytes.removeLast(bytes.count - count)
        group = RowsGroup()
        endStatement()
        return rest
    }

    /// Forgets the whole groups.
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Copies an event without its checksum, the length in its header corrected.
    static func append(_ event: borrowing Event, to output: inout [UInt8]) {
        let length = event.bytes.byteCount - event.checksumBytes
        let begin = output.count
        event.bytes.withUnsafeBytes { bytes in
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        }
        for index in 0..<4 {
            output[begin + 9 + index] = UInt8(truncatingIfNeeded: length >> (8 * index))
        }
    }
}

/// A table map without its checksum.
struct MappedTable {
    let tableID: UInt64
    var event: [UInt8] = []

    /// All that tells of the table but its number.
    var definition: ArraySlice<UInt8> { event.dropFirst(EventHeader.sizeBytes + 6) }
}

/// A group that gathers: what the server will take for one statement.
private struct RowsGroup {
    /// What the server takes from a group's first rows event, for all of it.
    struct Traits: Hashable {
        /// A system-versioned table and a default may ask for the time.
        let timestamp: UInt32
        let flags: RowsEvent.Flags
        let ignoresForeignKeys: Bool

        init(_ event: borrowing Event, ignoresForeignKeys: Bool) {
            timestamp = event.header.timestamp
            let place = RowsGroup.flagsOffset
            var flags = RowsEvent.Flags(
                rawValue: place + 2 <= event.bytes.byteCount
                    ? event.bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt16.self)
                    : 0)
            flags.remove(.statementEnd)
            if ignoresForeignKeys { flags.insert(.noForeignKeyChecks) }
            self.flags = flags
            self.ignoresForeignKeys = ignoresForeignKeys
        }
    }

    private(set) var traits: Traits?
    private var tables: [MappedTable] = []
    private var events: [UInt8] = []
    /// Where the flags of the newest rows event stand in `events`.
    private var lastFlags: Int?

    /// A server opens and locks all of a group's tables at once.
    private static let mostTables = 64
    /// The flags of a rows event stand behind its header and the 6 bytes of the table id.
    static let flagsOffset = EventHeader.sizeBytes + 6

    var isEmpty: Bool { events.isEmpty }
    var sizeBytes: Int { events.count + tables.reduce(0) { $0 + $1.event.count } }

    /// Takes a statement's tables in, and is the statement's group from here on; false where the
    /// statement must have a group of its own.
    mutating func takes(_ maps: [MappedTable], _ traits: Traits) -> Bool {
        guard !isEmpty else {
            tables = maps
            self.traits = traits
            return true
        }
        guard traits == self.traits else { return false }
        var new: [MappedTable] = []
        for map in maps {
            if let known = tables.first(where: { $0.tableID == map.tableID }) {
                guard known.definition == map.definition else { return false }
            } else if tables.contains(where: { $0.definition == map.definition }) {
                return false
            } else {
                new.append(map)
            }
        }
        guard tables.count + new.count <= Self.mostTables else { return false }
        tables += new
        return true
    }

    mutating func add(_ event: borrowing Event, as narrowed: [UInt8]?) {
        let place = events.count + Self.flagsOffset
        if let narrowed {
            events += narrowed
        } else {
            RowsBatch.append(event, to: &events)
        }
        events[place] &= ~UInt8(RowsEvent.Flags.statementEnd.rawValue)
        if traits?.ignoresForeignKeys == true {
            events[place] |= UInt8(RowsEvent.Flags.noForeignKeyChecks.rawValue)
        }
        lastFlags = place
    }

    /// Appends the group, if there is one, and begins anew.
    mutating func finish(into output: inout [UInt8]) {
        guard let lastFlags else { return }
        for table in tables { output.append(contentsOf: table.event) }
        events[lastFlags] |= UInt8(RowsEvent.Flags.statementEnd.rawValue)
        output.append(contentsOf: events)
        events.removeAll(keepingCapacity: true)
        tables.removeAll(keepingCapacity: true)
        self.lastFlags = nil
        traits = nil
    }
}

/// The Format_description that goes in front of row events: the log's own, without checksums.
struct FormatPrelude: Hashable, Sendable {
    /// A whole event; its last 4 bytes are where readers expect a checksum.
    let bytes: [UInt8]
    let flavor: FormatDescription.Flavor

    init(_ event: borrowing Event, _ flavor: FormatDescription.Flavor) {
        var bytes: [UInt8] = []
        event.bytes.withUnsafeBytes { bytes.append(contentsOf: $0) }
        if event.checksumBytes == 4 { bytes[bytes.count - 5] = 0 }
        if flavor == .mysql {
            // Those of two files shall be equal: a MySQL session takes one outside of transactions
            // only. Stamp, server id, end position and flags, when the server started, and what
            // would be the checksum.
            for range in [0..<4, 5..<9, 13..<19, 71..<75, (bytes.count - 4)..<bytes.count] {
                for index in range { bytes[index] = 0 }
            }
        }
        self.bytes = bytes
        self.flavor = flavor
    }
}
