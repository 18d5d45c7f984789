public import Recovery

/// Which databases a dump writes to.
extension DumpFile {
    /// The databases that a load of this dump makes or writes to, found by reading all of it.
    ///
    /// Names in `CREATE DATABASE` and `USE` at the top level, or the one database a dump without
    /// them belongs to. Throws what reading the dump throws.
    public func databases() throws(RecoveryError) -> Set<String> {
        if let only = try databaseToCreate(named: nil) { return [only] }
        var reader = try DumpReader(path: path)
        var scanner = DumpScanner()
        var visitor = DatabaseVisitor()
        var chunk = [UInt8](repeating: 0, count: DumpReader.chunkBytes)
        while true {
            let count = try reader.read(into: &chunk)
            scanner.feed(chunk[..<count], isLast: count == 0, visitor: &visitor)
            if count == 0 { return visitor.names }
        }
    }
}

private struct DatabaseVisitor: DumpVisitor {
    var names: Set<String> = []

    mutating func begins(
        _ unit: DumpLexer.Unit, head: UnsafeRawBufferPointer
    ) -> DumpScanner.Treatment {
        guard unit == .statement, head.first != UInt8(ascii: "I") else { return .pass }
        let words = DumpWords.first(12, of: head)
        switch words.first {
        case .word("USE"): take(words.dropFirst().first)
        case .word("CREATE") where words.contains(.word("DATABASE")):
            take(words.first { if case .name = $0 { true } else { false } } ?? words.last)
        default: break
        }
        return .pass
    }

    private mutating func take(_ word: DumpWords.Word?) {
        switch word {
        case .name(let name), .word(let name), .string(let name): names.insert(name)
        case .mark, nil: break
        }
    }

    mutating func passes(_ bytes: UnsafeRawBufferPointer) {}

    mutating func ends(_ unit: DumpLexer.Unit, bytes: [UInt8], lexer: inout DumpLexer) {}
}
