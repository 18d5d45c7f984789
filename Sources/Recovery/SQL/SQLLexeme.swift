/// A word or sign of the language that deciding what a statement does depends on.
///
/// Words not listed here are names to it. A word in quotes is never one of these.
public enum SQLLexeme: UInt8, Sendable, CaseIterable {
    /// Any token that is none of the others.
    case name
    /// No token: the statement is over.
    case end
    case comma, dot, leftParenthesis, rightParenthesis, semicolon, star, slash, percent, plus, minus
    case equal, nullSafeEqual, notEqual, less, greater, lessOrEqual, greaterOrEqual, assign
    case andSign, orSign, bang, question, leftBrace

    case aggregate, algorithm, all, alter, analyze, and, any, `as`, atomic, before, begin, between
    case binary, blackhole, body, call, cascade, `case`, change, character, check, coalesce, collate
    case column, comment, commit, concurrent, constraint, convert, create, cross, data, database
    case deallocate, definer, delayed, delete, discard, div, `do`, drop, dual, duplicate, elseWord
    case endWord, engine, event, exchange, execute, exists, explain, `false`, `for`, force, foreign
    case format, from, full, function, grant, having, highPriority, history, identified, `if`,
        ignore
    case `in`, index, infile, inner, insert, interval, into, `is`, join, key, left, like, limit,
        load
    case local, lock, lowPriority, masterPassword, mod, modify, natural, not, nowait, null, on
    case online, only, optimize, or, order, outer, package, partition, partitioning, password,
        period
    case phase, portion, prepare, primary, procedure, quick, references, regexp, release, remove
    case rename, repair, replace, restrict, returning, revoke, right, rlike, role, rollback, rows
    case savepoint, schema, select, sequence, server, set, slave, soundsWord, sourcePassword, sql,
        start, statement
    case straightJoin, system, systemTime, table, tables, tablespace, temporary, to, transaction
    case trigger, `true`, truncate, undo, union, unique, unknown, unlock, update, use, user, using
    case value, values, versioning, via, view, wait, when, `where`, with, work, xa, xml, xor

    /// How a word is written, in capitals; nil for signs.
    var spelling: String? {
        switch self {
        case .name, .end, .comma, .dot, .leftParenthesis, .rightParenthesis, .semicolon, .star,
            .slash, .percent, .plus, .minus, .equal, .nullSafeEqual, .notEqual, .less, .greater,
            .lessOrEqual, .greaterOrEqual, .assign, .andSign, .orSign, .bang, .question,
            .leftBrace:
            nil
        case .elseWord: "ELSE"
        case .endWord: "END"
        case .soundsWord: "SOUNDS"
        case .highPriority: "HIGH_PRIORITY"
        case .lowPriority: "LOW_PRIORITY"
        case .masterPassword: "MASTER_PASSWORD"
        case .sourcePassword: "SOURCE_PASSWORD"
        case .straightJoin: "STRAIGHT_JOIN"
        case .systemTime: "SYSTEM_TIME"
        default: "\(self)".uppercased()
        }
    }
}

/// Finds the lexeme of a word in constant time, in any mix of upper and lower case.
///
/// A word's key is its first 16 bytes with bit 5 cleared: that folds letters, and no two bytes that
/// may stand in a keyword become the same by it.
struct SQLLexemeTable {
    private struct Slot {
        var low: UInt64
        var high: UInt64
        var length: UInt8
        var lexeme: SQLLexeme
    }

    /// Never freed: the one table lives as long as the process.
    private let slots: UnsafeMutablePointer<Slot>
    private let nameBytes: UnsafeMutablePointer<Bool>
    static let slotCount = 1024
    static let caseMask: UInt64 = 0xDFDF_DFDF_DFDF_DFDF
    static let longest = 16

    /// The one table; it never changes.
    nonisolated(unsafe) static let shared = SQLLexemeTable()

    private init() {
        let empty = Slot(low: 0, high: 0, length: 0, lexeme: .name)
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: empty, count: Self.slotCount)
        nameBytes = .allocate(capacity: 256)
        for byte in 0...255 {
            (nameBytes + byte).initialize(to: SQLText.isNameByte(UInt8(byte)))
        }
        for lexeme in SQLLexeme.allCases {
            guard let spelling = lexeme.spelling else { continue }
            let (low, high) = Self.key(Array(spelling.utf8))
            let length = UInt8(spelling.utf8.count)
            var slot = Self.slot(low, high)
            while slots[slot].length != 0 { slot = (slot + 1) % Self.slotCount }
            slots[slot] = Slot(low: low, high: high, length: length, lexeme: lexeme)
        }
    }

    private static func key(_ bytes: [UInt8]) -> (UInt64, UInt64) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            let value = UInt64(byte & 0xDF)
            if index < 8 {
                low |= value << UInt64(8 * index)
            } else {
                high |= value << UInt64(8 * (index - 8))
            }
        }
        return (low, high)
    }

    @inline(__always)
    private static func slot(_ low: UInt64, _ high: UInt64) -> Int {
        Int(((low ^ (high &* 31)) &* 0x9E37_79B9_7F4A_7C15) >> 54)
    }

    /// The first index at or after `index` whose byte may not stand in a name.
    @inline(__always)
    func endOfName(_ text: SQLText, from index: Int) -> Int {
        var index = index
        // Safe: the index is inside the text, and the table has a place for each byte.
        while index < text.count, nameBytes[Int(text.bytes[index])] { index += 1 }
        return index
    }

    /// The lexeme of `text[begin..<end]`, `.name` if it is no word of the language.
    @inline(__always)
    func lexeme(_ text: SQLText, _ begin: Int, _ end: Int) -> SQLLexeme {
        let length = end - begin
        if length < 2 || length > Self.longest { return .name }
        var low: UInt64 = 0
        var high: UInt64 = 0
        if begin + 16 <= text.count {
            low = text.word(at: begin)
            high = text.word(at: begin + 8)
            if length < 8 {
                low &= (1 << UInt64(8 * length)) &- 1
                high = 0
            } else if length < 16 {
                high &= (1 << UInt64(8 * (length - 8))) &- 1
            }
        } else {
            for index in 0..<length {
                let value = UInt64(text[begin + index])
                if index < 8 {
                    low |= value << UInt64(8 * index)
                } else {
                    high |= value << UInt64(8 * (index - 8))
                }
            }
        }
        return find(low & Self.caseMask, high & Self.caseMask, UInt8(length))
    }

    @inline(__always)
    private func find(_ low: UInt64, _ high: UInt64, _ length: UInt8) -> SQLLexeme {
        var slot = Self.slot(low, high)
        while true {
            // Safe: a slot is below `slotCount`, and most of them are empty.
            let entry = slots[slot]
            if entry.length == 0 { return .name }
            if entry.low == low, entry.high == high, entry.length == length { return entry.lexeme }
            slot = (slot + 1) % Self.slotCount
        }
    }
}
