internal import Binlog
internal import BinlogFiles
public import Recovery

/// Takes a chain to the first event that is replayed.
struct StartFinder {
    struct Begun {
        var position: BinlogPosition
        var gtidPosition: GTIDPosition
        /// Transactions behind `position` that the backup already holds.
        var contained: GTIDPosition
    }

    private let request: StartRequest
    private let logs: LogSet

    init(_ request: StartRequest, logs: LogSet) {
        self.request = request
        self.logs = logs
    }

    /// Leaves the chain standing on the first event of the range; nil where the logs end there.
    ///
    /// Throws `start-not-found` for a position that is no event's, `position-mismatch`, and
    /// `chain-gap` for a GTID that the logs do not hold.
    func find(_ chain: inout ChainReader) throws -> Begun? {
        switch request {
        case .position(let position, let gtids): try find(position, gtids, &chain)
        case .gtids(let gtids): try find(gtids, &chain)
        }
    }

    private func find(
        _ position: BinlogPosition, _ gtids: GTIDPosition?, _ chain: inout ChainReader
    ) throws -> Begun? {
        let start = try LogPlace(position, in: logs)
        var before = LogPlace(fileIndex: start.fileIndex, offset: 4)
        while try chain.advance() {
            let place = LogPlace(fileIndex: chain.fileIndex, offset: chain.event.offset)
            let isInside = chain.step == .inside || chain.step == .ends
            if place >= start {
                guard !isInside, place == start || before == start || start.offset <= 4 else {
                    break
                }
                // The list at the beginning of a file belongs to what is before the start.
                if chain.event.type == .formatDescription || chain.event.type == .gtidList {
                    continue
                }
                try check(gtids, against: chain.gtidPosition, position)
                return Begun(
                    position: position, gtidPosition: gtids ?? chain.gtidPosition,
                    contained: GTIDPosition())
            }
            before = LogPlace(fileIndex: chain.fileIndex, offset: chain.nextOffset)
        }
        guard before == start || start.offset <= 4 else {
            throw RecoveryError(
                .startNotFound, "no event of the log begins at \(position)",
                hint: "check where the backup was taken", file: position.file,
                offset: position.offset)
        }
        try check(gtids, against: chain.gtidPosition, position)
        return nil
    }

    private func check(
        _ gtids: GTIDPosition?, against passed: GTIDPosition, _ position: BinlogPosition
    ) throws(RecoveryError) {
        guard let gtids, !gtids.isEmpty, !passed.isEmpty, gtids != passed else { return }
        throw RecoveryError(
            .positionMismatch,
            "the backup was taken at \(position) and GTID \(gtids), but these logs stand at GTID "
                + "\(passed) there",
            hint: "the backup and the logs are of different servers, or the server's logs were "
                + "reset between them", file: position.file, offset: position.offset)
    }

    private func find(_ gtids: GTIDPosition, _ chain: inout ChainReader) throws -> Begun? {
        var awaited = AwaitedGTIDs(gtids)
        while try chain.advance() {
            try awaited.take(chain)
            if chain.step == .begins || chain.step == .whole,
                !gtids.contains(chain.transaction.gtid)
            {
                break
            }
        }
        let begin = BinlogPosition(
            file: chain.file.name,
            offset: chain.step == .outside ? chain.nextOffset : chain.transaction.beginOffset)
        // Behind the first new transaction there may be old ones of other domains.
        if !awaited.isEmpty { try awaited.find(in: logs, from: chain.fileIndex) }
        return Begun(position: begin, gtidPosition: gtids, contained: gtids)
    }
}

/// The last transactions that a backup holds, as long as the logs have not shown that they are of
/// its history: by the transaction itself, or by a list of GTIDs that names it.
private struct AwaitedGTIDs {
    private var byDomain: [UInt32: MariaDBGTID]
    /// Of MySQL, all that it holds: the numbers of one server may stand in the log in any order.
    private var executed: MySQLGTIDSet

    init(_ position: GTIDPosition) {
        byDomain = Dictionary(
            position.gtids.map { ($0.domainID, $0) }, uniquingKeysWith: { _, last in last })
        executed = position.executed
    }

    var isEmpty: Bool { byDomain.isEmpty && executed.isEmpty }

    /// Takes the newest event of a chain; throws `chain-gap` where another transaction stands in
    /// the place of one of them.
    mutating func take(_ chain: borrowing ChainReader) throws(BinlogError) {
        guard !isEmpty else { return }
        if let list = try GTIDPosition(listedIn: chain.event) {
            for gtid in list.gtids { try pass(gtid, file: chain.file.name) }
            executed.subtract(list.executed)
        }
        guard chain.step == .begins || chain.step == .whole else { return }
        switch chain.transaction.gtid {
        case .mariadb(let gtid): try pass(gtid, file: chain.file.name)
        case .mysql(let gtid): executed.remove(gtid)
        case nil: break
        }
    }

    private mutating func pass(_ gtid: MariaDBGTID, file: String) throws(BinlogError) {
        guard let awaited = byDomain[gtid.domainID], gtid.sequence >= awaited.sequence else {
            return
        }
        guard gtid == awaited else { throw Self.absent(.mariadb(awaited), file: file) }
        byDomain[gtid.domainID] = nil
    }

    /// Reads on until all have been met; throws `chain-gap` where the logs end without them.
    mutating func find(in logs: LogSet, from fileIndex: Int) throws(BinlogError) {
        var chain = try ChainReader(logs, fileIndex: fileIndex)
        while !isEmpty, try chain.advance() { try take(chain) }
        let absent =
            byDomain.values.min { $0.domainID < $1.domainID }.map { GTID.mariadb($0) }
            ?? executed.first.map { .mysql($0) }
        if let absent { throw Self.absent(absent, file: chain.file.name) }
    }

    private static func absent(_ gtid: GTID, file: String) -> BinlogError {
        BinlogError(
            .chainGap, "the logs do not hold the transaction \(gtid)",
            hint:
                "the backup holds it, as one of the last: other log files are needed, or these are "
                + "another server's", file: file)
    }
}

extension RecoveryError.Code {
    /// The position where the backup was taken is no place between two transactions.
    public static let startNotFound = Self(rawValue: "start-not-found")
}
