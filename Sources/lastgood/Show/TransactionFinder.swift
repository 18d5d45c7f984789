import Binlog
import BinlogFiles
import Recovery
import Report
import SystemPackage

/// Reads logs until it comes to one transaction, and takes that one in.
struct TransactionFinder {
    enum Wanted {
        case gtid(GTID)
        case position(BinlogPosition)
    }

    /// The transaction, once it has been found.
    private(set) var report: ShowReport?
    /// What of the transaction could not be read.
    private(set) var failures: [Failure] = []
    /// Damage met on the way.
    private(set) var damage: [Failure] = []

    private let wanted: Wanted
    private let form: RowWriter.Form
    private let mostRows: Int
    private var taken: TransactionContent?
    private var nearby: BinlogPosition?
    private var doneBytes: UInt64 = 0

    init(_ wanted: Wanted, rows form: RowWriter.Form, most mostRows: Int) {
        self.wanted = wanted
        self.form = form
        self.mostRows = mostRows
    }

    /// Reads one file, up to the end of the transaction or of the file.
    mutating func read(_ file: LogFile, _ progress: inout Progress) {
        taken = nil
        do throws(BinlogError) {
            var reader = try LogReader(file)
            while try reader.advance() {
                progress.update(doneBytes &+ reader.nextOffset)
                if try take(reader) { return }
            }
            if let end = reader.end, end.state == .truncated {
                throw BinlogError(
                    .truncated, end.reason ?? "the file is truncated", file: file.name,
                    offset: end.offset)
            }
        } catch {
            damage.append(Failure(error.inFile(file.name)))
        }
        doneBytes &+= file.sizeBytes
    }

    /// True when the transaction is whole.
    private mutating func take(_ reader: borrowing LogReader) throws(BinlogError) -> Bool {
        let step = reader.step
        if step == .begins || step == .whole, isWanted(reader.transaction) {
            taken = TransactionContent(
                file: reader.name, flavor: reader.format?.flavor ?? .mariadb, rows: form,
                most: mostRows)
        }
        if step == .ends || step == .whole, taken == nil { noteNearby(reader) }
        guard taken != nil, step != .outside else { return false }
        try taken?.take(reader.event)
        guard step == .ends || step == .whole, let content = taken else { return false }
        failures = content.failures
        report = ShowReport(
            id: BinlogPosition(file: reader.name, offset: reader.transaction.beginOffset),
            transaction: reader.transaction, statements: content.statements,
            rowsLeftOut: content.rowsLeftOut)
        return true
    }

    private func isWanted(_ transaction: Transaction) -> Bool {
        switch wanted {
        case .gtid(let gtid): transaction.gtid == gtid
        case .position(let position): transaction.beginOffset == position.offset
        }
    }

    /// The wanted offset lies inside a transaction.
    private mutating func noteNearby(_ reader: borrowing LogReader) {
        guard case .position(let position) = wanted else { return }
        let transaction = reader.transaction
        guard transaction.beginOffset < position.offset, position.offset < transaction.endOffset
        else { return }
        nearby = BinlogPosition(file: reader.name, offset: transaction.beginOffset)
    }

    /// The failure where no such transaction was met.
    func notFound(_ id: String) -> Failure {
        if let nearby {
            return Failure(
                "not-found", "no transaction begins at \(id)",
                hint: "the one that holds this offset is \(nearby)")
        }
        return Failure(
            "not-found", "the logs do not hold the transaction \(id)",
            hint: "lastgood search PATH lists transaction ids")
    }
}
