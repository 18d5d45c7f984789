internal import Binlog

/// Row events on their way to the target, as whole groups that a BINLOG statement can carry.
///
/// A group is what the server applies as one statement: table maps, rows events, the end flag on
/// the last. The server loses the rest of a group silently where it is split over two BINLOG
/// statements or its table maps are missing, so a batch that is sent in the middle of a group
/// closes it there and repeats the table maps in front of what follows: to the storage engine, rows
/// are rows.
struct RowsBatch {
    /// Whole groups, without checksums.
    private(set) var bytes: [UInt8] = []
    /// Table maps of the statement being read.
    private var maps: [UInt8] = []
    private var tableIDs: [UInt64] = []
    private var mapsAreIn = false
    /// Whether the group being gathered is applied without looking at foreign keys.
    private var ignoresForeignKeys = false
    /// Where the flags of the newest rows event stand in `bytes`.
    private var lastFlags: Int?

    var isEmpty: Bool { bytes.isEmpty }
    /// A statement's rows have begun and its end has not been seen.
    var isInsideStatement: Bool { !tableIDs.isEmpty }

    mutating func add(tableMap event: borrowing Event, tableID: UInt64) {
        Self.append(event, to: &maps)
        tableIDs.append(tableID)
    }

    /// Adds whole groups that somebody else made, between two statements.
    mutating func add(groups: [UInt8]) {
        precondition(tableIDs.isEmpty, "groups go between statements")
        bytes.append(contentsOf: groups)
        lastFlags = nil
    }

    /// Adds a rows event; throws `missing-table-map` where the server would lose it silently.
    ///
    /// - Parameter ignoresForeignKeys: sets that flag. Only a group's first event tells the server,
    ///   so a change of it begins a new group.
    mutating func add(
        rows event: borrowing Event, tableID: UInt64, endsStatement: Bool,
        ignoresForeignKeys: Bool = false
    ) throws(BinlogError) {
        guard tableIDs.contains(tableID) else {
            throw BinlogError(
                .missingTableMap, "no table map stands before the rows of table \(tableID)",
                offset: event.offset)
        }
        if ignoresForeignKeys != self.ignoresForeignKeys {
            close()
            self.ignoresForeignKeys = ignoresForeignKeys
        }
        if !mapsAreIn {
            bytes.append(contentsOf: maps)
            mapsAreIn = true
        }
        // The flags stand behind the header and the 6 bytes of the table id.
        lastFlags = bytes.count + EventHeader.sizeBytes + 6
        Self.append(event, to: &bytes)
        if ignoresForeignKeys, let lastFlags {
            bytes[lastFlags] |= UInt8(RowsEvent.Flags.noForeignKeyChecks.rawValue)
        }
        if endsStatement { endStatement() }
    }

    /// Forgets the statement's table maps: its last rows event has been added.
    mutating func endStatement() {
        maps.removeAll(keepingCapacity: true)
        tableIDs.removeAll(keepingCapacity: true)
        mapsAreIn = false
        lastFlags = nil
    }

    /// Makes what is there whole groups, so that it can be sent.
    mutating func close() {
        if let lastFlags { bytes[lastFlags] |= UInt8(RowsEvent.Flags.statementEnd.rawValue) }
        lastFlags = nil
        mapsAreIn = false
    }

    /// Parts the batch: what stands behind `count` bytes goes into a batch of its own, which goes
    /// on with the statement being read.
    mutating func split(after count: Int) -> RowsBatch {
        var rest = self
        rest.bytes.removeFirst(count)
        rest.lastFlags = lastFlags.map { $0 - count }
        bytes.removeLast(bytes.count - count)
        endStatement()
        return rest
    }

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

/// The Format_description that goes in front of row events: the log's own, without checksums.
struct FormatPrelude: Hashable, Sendable {
    /// A whole event; its last 4 bytes are where readers expect a checksum.
    let bytes: [UInt8]

    init(_ event: borrowing Event) {
        var bytes: [UInt8] = []
        event.bytes.withUnsafeBytes { bytes.append(contentsOf: $0) }
        if event.checksumBytes == 4 { bytes[bytes.count - 5] = 0 }
        self.bytes = bytes
    }
}
