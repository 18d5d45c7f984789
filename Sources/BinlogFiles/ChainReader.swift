public import Binlog

/// Reads the files of a chain as one log, and proves at each boundary that nothing is missing.
///
/// At a boundary the next file's GTID list must name exactly the GTIDs read so far; where there are
/// no GTIDs, the server id must stay. A file that its server left torn when it died is whole when
/// the next file's list equals the GTIDs read (`crash-tail`); any other damage stops the reading.
public struct ChainReader: ~Copyable {
    public let logs: LogSet
    /// Index into `logs.files` of the file being read.
    public private(set) var fileIndex: Int
    /// The last GTID of each domain among whole transactions, from the first file's list on.
    public private(set) var gtidPosition = GTIDPosition()
    /// What was noticed and did not stop the reading.
    public private(set) var notes: [ChainNote] = []

    /// The chain ends before a tail of the last file that is torn; a note tells what is lost.
    public var allowsDamagedTail = false
    /// The stamp of the last whole transaction.
    private var lastTimestamp: UInt32 = 0

    private var reader: LogReader
    private var previous: ChainLink?
    private var tornTail: BinlogError?

    /// Opens the chain at a file; reading begins at that file's first event.
    ///
    /// Throws what `LogReader.init` throws.
    public init(_ logs: LogSet, fileIndex: Int = 0) throws(BinlogError) {
        precondition(logs.files.indices.contains(fileIndex))
        self.logs = logs
        self.fileIndex = fileIndex
        reader = try LogReader(logs.files[fileIndex])
    }

    public var file: LogFile { logs.files[fileIndex] }
    public var step: TransactionTracker.Step { reader.step }
    /// It is a replica's relay log: a transaction may go on in the next file.
    public var isRelayLog: Bool { reader.isRelayLog }
    /// The transaction that the newest event belongs to, or the last one that was whole.
    public var transaction: Transaction {
        _read { yield reader.transaction }
    }
    public var format: FormatDescription? { reader.format }
    var cipher: EventCipher? { reader.cipher }
    public var nextOffset: UInt64 { reader.nextOffset }
    /// How the file being read ends, once that is known.
    public var fileEnd: FileEnd? { reader.end }
    public var isInsideTransaction: Bool { reader.isInsideTransaction }

    /// The file being read has not yet been proved to follow the one before.
    public var isAtBoundary: Bool { previous != nil || tornTail != nil }

    /// The newest event, until `advance` is called again.
    public var event: Event {
        @_lifetime(borrow self)
        get { reader.event }
    }

    /// The place of the newest event.
    public var position: BinlogPosition {
        BinlogPosition(file: file.name, offset: reader.event.offset)
    }

    /// Reads the next event of the chain; false at its end.
    ///
    /// Throws what `LogReader.advance` throws, and `chain-gap` where a file or a range of
    /// transactions is missing or a log of another server stands in the chain.
    public mutating func advance() throws(BinlogError) -> Bool {
        while try !advanceInFile() {
            guard try openNext() else { return false }
        }
        if step == .outside || tornTail != nil { try checkBoundary() }
        if step == .ends || step == .whole {
            lastTimestamp = transaction.timestamp
            if let gtid = transaction.gtid { gtidPosition.record(gtid) }
        }
        return true
    }

    /// Goes on at an offset of the file being read, all before which the caller has read elsewhere.
    ///
    /// A transaction must begin there, and none be open; `reached` holds the GTIDs on the way.
    ///
    /// - Parameter timestamp: of the last transaction on the way; 0 where that is not known.
    public mutating func skip(to offset: UInt64, reached: GTIDPosition, timestamp: UInt32 = 0) {
        lastTimestamp = timestamp
        gtidPosition.record(reached)
        reader.seek(to: offset)
    }

    /// Goes on in the file being read where whole events stand again, at an offset or behind it;
    /// nil, and nothing is done, where there are none.
    ///
    /// For looking behind damage only: what lies between is not known. No transaction may be open.
    /// Throws as `LogReader.resynchronize` does.
    public mutating func resynchronize(from offset: UInt64) throws(BinlogError) -> UInt64? {
        guard let place = try reader.resynchronize(from: offset) else { return nil }
        reader.seek(to: place)
        return place
    }

    /// Goes back to an offset of the file being read where a transaction begins, none being open;
    /// `reached` is what `gtidPosition` was there.
    public mutating func goBack(to offset: UInt64, reached: GTIDPosition) {
        gtidPosition = reached
        reader.seek(to: offset)
    }

    private mutating func advanceInFile() throws(BinlogError) -> Bool {
        do throws(BinlogError) {
            if try reader.advance() { return true }
        } catch {
            return try tolerateTail(error)
        }
        if reader.end?.state == .truncated {
            let end = reader.end
            return try tolerateTail(
                BinlogError(
                    .truncated, end?.reason ?? "the file is truncated", file: file.name,
                    offset: end?.offset))
        }
        return false
    }

    /// A torn tail is believed to be a crash's only where the next file proves it.
    private mutating func tolerateTail(_ error: BinlogError) throws(BinlogError) -> Bool {
        if isLastFile, isTail(error) {
            let lost = reader.lostTail(file: file.name, since: lastTimestamp)
            guard allowsDamagedTail else {
                var hinted = error
                hinted.hint =
                    "copy the file again from its server; plan, recover and replay leave out what "
                    + "stands behind the last whole transaction with --allow damaged-tail"
                throw hinted
            }
            notes.append(ChainNote(lost, of: error))
            return false
        }
        guard error.mayBeTornTail, reader.format?.inUse == true, fileIndex + 1 < logs.files.count
        else {
            throw error
        }
        tornTail = error
        return false
    }

    private var isLastFile: Bool { fileIndex + 1 == logs.files.count }

    /// Whether nothing whole stands behind: else the damage lies in the middle, and what follows it
    /// must not be lost quietly. A wrong length looks like a truncation.
    private mutating func isTail(_ error: BinlogError) -> Bool {
        let isTorn = error.code == .truncated || reader.format?.inUse == true
        return error.mayBeTornTail && isTorn && !reader.hasTransactionAhead()
    }

    private mutating func openNext() throws(BinlogError) -> Bool {
        let next = fileIndex + 1
        if let missing = logs.missing.first(where: { $0.index == next }),
            next < logs.files.count || reader.end?.state == .clean
        {
            throw BinlogError(
                .chainGap, "\(missing.name) is missing from the chain",
                hint: "copy it beside the others", file: missing.name)
        }
        guard next < logs.files.count else { return false }
        previous = ChainLink(
            file: file.name, serverID: reader.format?.serverID ?? 0,
            hasGTIDs: !gtidPosition.isEmpty, end: reader.end)
        reader = try LogReader(logs.files[next])
        fileIndex = next
        return true
    }

    /// Compares what a new file says of the past with what was read.
    private mutating func checkBoundary() throws(BinlogError) {
        if reader.isRelayLog {
            // Cut anywhere, without a list, and begun by a replica.
            previous = nil
            return
        }
        switch reader.event.type {
        case .formatDescription:
            guard let previous, let format = reader.format else { return }
            try previous.check(format, tornTail: tornTail, next: file.name)
        case .gtidList, .previousGTIDs:
            guard let listed = try GTIDPosition(listedIn: reader.event) else { return }
            if let previous {
                try previous.check(listed, read: gtidPosition, next: file.name)
                if let tornTail { notes.append(ChainNote(crashTail: tornTail)) }
                tornTail = nil
            }
            previous = nil
            gtidPosition = listed
        case let type where type.beginsTransaction:
            if let tornTail { throw tornTail }
        default: break
        }
    }
}

/// Something worth telling about a chain that is whole all the same.
public struct ChainNote: Hashable, Sendable {
    public var code: String
    public var message: String
    public var file: String?
    public var offset: UInt64?

    /// What is missing, for a tail that is left out.
    public var lost: LostTail?

    init(_ lost: LostTail, of error: BinlogError) {
        code = "damaged-tail"
        message =
            "the log ends in damage (\(error.message)); what stands behind this place is left out: "
            + "\(lost.bytes) bytes, \(lost.events) events"
            + (lost.seconds.map { " of \($0) s" } ?? "")
        file = lost.position.file
        offset = lost.position.offset
        self.lost = lost
    }

    init(crashTail error: BinlogError) {
        code = "crash-tail"
        message =
            "the server died while it wrote this file; the torn bytes at its end are passed "
            + "over, and the next file's GTID list shows that no transaction is missing"
        file = error.file
        offset = error.offset
    }
}

/// What must fit between two files.
private struct ChainLink {
    var file: String
    var serverID: UInt32
    var hasGTIDs: Bool
    var end: FileEnd?

    func check(
        _ format: FormatDescription, tornTail: BinlogError?, next: String
    ) throws(BinlogError) {
        // A torn file is a crash's only where its server has started anew since.
        if let tornTail, format.created == 0 { throw tornTail }
        guard !hasGTIDs, serverID != format.serverID else { return }
        throw BinlogError(
            .chainGap,
            "\(next) was written by server \(format.serverID), \(file) by server \(serverID)",
            hint: "take the logs of one server only", file: next, offset: 4)
    }

    func check(
        _ listed: GTIDPosition, read: GTIDPosition, next: String
    ) throws(BinlogError) {
        guard listed != read else { return }
        throw BinlogError(
            .chainGap,
            "\(next) begins after "
                + (listed.isEmpty ? "no transaction" : "the transactions \(listed)")
                + ", but \(file) ends with \(read)",
            hint: "a range of transactions is missing between the two, or one of them is "
                + "another server's log", file: next, offset: 4)
    }
}
