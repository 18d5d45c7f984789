/// What a reader of a dump does with its top-level units, as ``DumpScanner`` meets them.
protocol DumpVisitor {
    /// Says whether a unit is wanted whole, from its first bytes (up to ``DumpScanner/headBytes``).
    mutating func begins(_ unit: DumpLexer.Unit, head: UnsafeRawBufferPointer)
        -> DumpScanner.Treatment
    /// A part of a unit that is not wanted whole; parts come in order.
    mutating func passes(_ bytes: UnsafeRawBufferPointer)
    /// A unit that was wanted whole; it may change what the lexer takes for a string.
    mutating func ends(_ unit: DumpLexer.Unit, bytes: [UInt8], lexer: inout DumpLexer)
}

/// Cuts a dump that arrives in pieces into units and shows them to a visitor, in bounded memory.
struct DumpScanner {
    enum Treatment {
        case pass
        case hold
    }

    /// How much of a unit its treatment may depend on.
    static let headBytes = 512
    /// A unit larger than this is passed although it was wanted whole.
    static let heldLimitBytes = 4 << 20

    private(set) var lexer = DumpLexer()
    private var buffer: [UInt8] = []
    private var unit: DumpLexer.Unit?
    private var treatment = Treatment.pass
    private var held: [UInt8] = []

    /// The dump so far ends inside a statement.
    var endsInsideStatement: Bool { unit == .statement }

    /// Takes the next piece; `isLast` says that no other follows, and then everything is given out.
    mutating func feed(
        _ piece: some Collection<UInt8>, isLast: Bool, visitor: inout some DumpVisitor
    ) {
        var bytes: [UInt8] = []
        swap(&bytes, &buffer)
        bytes.append(contentsOf: piece)
        let used = bytes.withUnsafeBytes { scan($0, isLast: isLast, visitor: &visitor) }
        bytes.removeSubrange(..<used)
        swap(&bytes, &buffer)
        guard isLast else { return }
        lexer.finish()
        if unit != .statement, unit != nil { close(visitor: &visitor) }
        if unit == .statement, treatment == .hold {
            held.withUnsafeBytes { visitor.passes($0) }
            held = []
        }
    }

    /// Gives how many bytes have been used.
    private mutating func scan(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, visitor: inout some DumpVisitor
    ) -> Int {
        var offset = 0
        let limit = isLast ? bytes.count : bytes.count - DumpLexer.lookahead
        while offset < limit {
            if unit == nil {
                guard isLast || bytes.count - offset >= Self.headBytes else { break }
                open(bytes, at: offset, visitor: &visitor)
            }
            let begin = offset
            let ended = lexer.advance(bytes, from: &offset, limit: limit)
            take(UnsafeRawBufferPointer(rebasing: bytes[begin..<offset]), visitor: &visitor)
            if ended { close(visitor: &visitor) }
        }
        return offset
    }

    private mutating func open(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, visitor: inout some DumpVisitor
    ) {
        let begun = lexer.begin(bytes, at: offset)
        let end = min(offset + Self.headBytes, bytes.count)
        unit = begun
        treatment = visitor.begins(
            begun, head: UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
    }

    private mutating func take(
        _ part: UnsafeRawBufferPointer, visitor: inout some DumpVisitor
    ) {
        guard treatment == .hold else {
            visitor.passes(part)
            return
        }
        held.append(contentsOf: part)
        guard held.count > Self.heldLimitBytes else { return }
        treatment = .pass
        held.withUnsafeBytes { visitor.passes($0) }
        held = []
    }

    private mutating func close(visitor: inout some DumpVisitor) {
        guard let ended = unit else { return }
        unit = nil
        guard treatment == .hold else { return }
        visitor.ends(ended, bytes: held, lexer: &lexer)
        held = []
    }
}
