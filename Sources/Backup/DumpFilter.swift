/// Passes a dump through to the client that loads it, without what is no part of the data.
///
/// Dropped and counted: replication statements (`CHANGE MASTER`, `SET GLOBAL gtid_slave_pos`, …),
/// every `SET GLOBAL`, `SQL_LOG_BIN`, `SHUTDOWN`, `KILL`, plugins. Before a `CREATE TABLE` or
/// `ALTER TABLE`, when the dump has set `sql_mode`, NO_DIR_IN_CREATE is added to the session's
/// mode again: dumps set their own and would lose it. Stored modes of triggers, routines and
/// events are not changed. Line numbers stay, so the client's error messages point into the dump.
///
/// Only statements at the top level are recognised; a text inside a routine's body or a string
/// never is. A hostile dump can hide statements from the filter (in a procedure that it calls,
/// say): it is no guard, the target's own options are.
public struct DumpFilter: Sendable {
    /// A statement that was not passed on.
    public struct Dropped: Sendable, Equatable {
        /// Its first 200 characters.
        public var statement: String
        /// `replication`, `server-setting`, `binary-log`, `server-control` or `plugin`.
        public var reason: String
    }

    /// The first thousand dropped statements.
    public var dropped: [Dropped] { visitor.dropped }
    /// How many were dropped in all.
    public var droppedCount: Int { visitor.droppedCount }
    /// What the comments between the statements said.
    public var notes: DumpNotes { visitor.notes }

    private var scanner = DumpScanner()
    private var visitor = FilterVisitor()

    public init() {}

    /// The dump so far ends inside a statement: at its end that means it is cut off.
    public var endsInsideStatement: Bool { scanner.endsInsideStatement }

    /// Takes the next piece of the dump and replaces `output` by what is to be passed on.
    ///
    /// Some bytes are kept back until more is known; `isLast` gives out all of them.
    public mutating func feed(
        _ piece: some Collection<UInt8>, isLast: Bool, into output: inout [UInt8]
    ) {
        swap(&visitor.output, &output)
        visitor.output.removeAll(keepingCapacity: true)
        scanner.feed(piece, isLast: isLast, visitor: &visitor)
        swap(&visitor.output, &output)
        visitor.notes.endsInsideStatement = isLast && scanner.endsInsideStatement
    }
}

private struct FilterVisitor: DumpVisitor, Sendable {
    static let droppedLimit = 1000

    var output: [UInt8] = []
    var dropped: [DumpFilter.Dropped] = []
    var droppedCount = 0
    var notes = DumpNotes()
    private var modeIsOurs = true
    private var delimiter: [UInt8] = [UInt8(ascii: ";")]

    mutating func begins(
        _ unit: DumpLexer.Unit, head: UnsafeRawBufferPointer
    ) -> DumpScanner.Treatment {
        switch unit {
        case .blank: return .pass
        case .lineComment, .delimiterCommand: return .hold
        case .statement: break
        }
        // Rows are most of a dump: no words are read for them
        if head.starts(with: "INSERT".utf8) {
            notes.sawStatement()
            return .pass
        }
        switch DumpStatement.firstLook(DumpWords.first(5, of: head)) {
        case .undecided: return .hold
        case .createsTable: forbidDirectories()
        case .pass, .drop: break
        }
        notes.sawStatement()
        return .pass
    }

    mutating func passes(_ bytes: UnsafeRawBufferPointer) { output.append(contentsOf: bytes) }

    mutating func ends(_ unit: DumpLexer.Unit, bytes: [UInt8], lexer: inout DumpLexer) {
        if unit == .statement {
            guard decide(bytes, lexer: &lexer) else { return }
        } else if unit == .lineComment {
            notes.sawComment(bytes)
        }
        delimiter = lexer.delimiter
        output.append(contentsOf: bytes)
    }

    /// On the statement's own line, so that line numbers stay.
    private mutating func forbidDirectories() {
        guard !modeIsOurs else { return }
        output.append(
            contentsOf: "SET SESSION sql_mode=CONCAT(@@sql_mode,',NO_DIR_IN_CREATE')".utf8)
        output.append(contentsOf: delimiter)
        output.append(UInt8(ascii: " "))
        modeIsOurs = true
    }

    /// False when the statement is dropped.
    private mutating func decide(_ bytes: [UInt8], lexer: inout DumpLexer) -> Bool {
        let words = DumpWords.first(.max, of: bytes.dropLast(lexer.delimiter.count))
        let assignments = DumpStatement.assignments(words)
        for assignment in assignments { notes.sawGTID(assignment) }
        if case .drop(let reason) = DumpStatement.decide(words) {
            droppedCount += 1
            if dropped.count < Self.droppedLimit {
                let text = String(decoding: bytes.prefix(200), as: UTF8.self)
                dropped.append(DumpFilter.Dropped(statement: text, reason: reason))
            }
            output.append(contentsOf: bytes.lazy.filter { $0 == 0x0A })
            return false
        }
        for assignment in assignments { notes.saw(assignment) }
        if assignments.contains(where: \.isMode) { modeIsOurs = false }
        lexer.follow(assignments)
        return true
    }
}
