package import Binlog
package import BinlogFiles
package import Recovery

/// Counts the statements of a plan that run code of the backup or of the log itself of which no
/// log tells the results.
///
/// What the backup's code is, its dump tells; each definition of the log counts from where it
/// stands.
package struct UnsafeCodeSurvey {
    private let job: ReplayJob
    private var code: UnsafeCode
    private var judge = StatementJudge()

    /// - Parameter code: what the backup holds.
    /// - Throws: `chain-gap` where a file of the plan is not there.
    package init(
        _ logs: LogSet, _ plan: Plan, contained: GTIDPosition, code: UnsafeCode
    ) throws(BinlogError) {
        job = try ReplayJob(
            logs, start: plan.start, stop: plan.stop.position, resumeAt: plan.start,
            contained: contained)
        self.code = code
    }

    /// Reads the statements from the plan's start to its stop.
    ///
    /// - Parameter onProgress: is told how many bytes of transactions have gone by.
    /// - Throws: what is wrong with the logs.
    package mutating func run(
        onProgress: (UInt64) -> Void = { _ in }
    ) throws(BinlogError) -> UnsafeCalls {
        var calls = UnsafeCalls()
        var chain = try ChainReader(job.logs, fileIndex: job.start.fileIndex)
        var bytes: UInt64 = 0
        while chain.isInsideTransaction || chain.nextPlace < job.stop, try chain.advance() {
            let place = LogPlace(fileIndex: chain.fileIndex, offset: chain.event.offset)
            if place >= job.stop { break }
            guard chain.step != .outside, place >= job.start,
                !job.contained.contains(chain.transaction.gtid)
            else { continue }
            bytes += UInt64(chain.event.bytes.byteCount)
            onProgress(bytes)
            guard chain.event.type == .query || chain.event.type == .executeLoadQuery else {
                continue
            }
            do throws(BinlogError) {
                try take(chain, &calls)
            } catch {
                throw error.inFile(chain.file.name)
            }
        }
        return calls
    }

    private mutating func take(
        _ chain: borrowing ChainReader, _ calls: inout UnsafeCalls
    ) throws(BinlogError) {
        let query = try QueryEvent(chain.event)
        guard query.control == .none else { return }
        let status = try query.statusVariables(chain.format?.flavor ?? .mariadb)
        let mode = SQLMode(bits: status.sqlMode ?? 0)
        switch judge.policy(
            of: query.text, mode: mode, isAlone: chain.transaction.isStandalone,
            hasFile: query.load != nil)
        {
        case .control, .excluded, .refused: return
        case .run, .step: break
        }
        code.refresh()
        if let reason = code.reason(for: query, judge) {
            calls.add(
                reason,
                in: BinlogPosition(
                    file: chain.file.name, offset: chain.transaction.beginOffset))
        }
        guard let facts = judge.facts, facts.isDDL else { return }
        code.take(query.text, mode: mode, database: query.database.decodedText(), facts)
    }
}

extension ChainReader {
    /// Where the next event begins.
    fileprivate var nextPlace: LogPlace { LogPlace(fileIndex: fileIndex, offset: nextOffset) }
}
