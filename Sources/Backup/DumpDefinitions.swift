internal import Binlog
public import Recovery

/// What a dump makes, by its CREATE statements.
extension DumpFile {
    /// Reads so much of the dump's text, and gives what it makes there.
    ///
    /// - Parameter schema: whose tables they are, where the dump itself does not say.
    /// - Throws: what reading the dump throws.
    public func definitions(
        of schema: String? = nil, limitBytes: UInt64 = .max,
        onProgress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(RecoveryError) -> BackupDefinitions {
        var reader = try DumpReader(path: path)
        var scanner = DumpScanner()
        var visitor = DefinitionVisitor(database: try databaseToCreate(named: schema))
        var chunk = [UInt8](repeating: 0, count: DumpReader.chunkBytes)
        var readBytes: UInt64 = 0
        while true {
            if readBytes >= limitBytes {
                visitor.found.unread.append("the dump's text behind \(readBytes >> 20) MiB")
                break
            }
            let count = try reader.read(into: &chunk)
            scanner.feed(chunk[..<count], isLast: count == 0, visitor: &visitor)
            onProgress(reader.consumedBytes, reader.sizeBytes)
            readBytes += UInt64(count)
            if count == 0 { break }
        }
        return visitor.found
    }
}

private struct DefinitionVisitor: DumpVisitor {
    var found = BackupDefinitions()
    var database: String?
    /// The unit is wanted whole, and passes by only if it is too large for that.
    private var wantsCode = false

    init(database: String?) { self.database = database }

    mutating func begins(
        _ unit: DumpLexer.Unit, head: UnsafeRawBufferPointer
    ) -> DumpScanner.Treatment {
        wantsCode = false
        guard unit == .statement, !head.starts(with: "INSERT".utf8) else { return .pass }
        let words = DumpWords.first(6, of: head)
        switch words.first {
        case .word("SET"): return .hold
        case .word("USE"):
            if case .name(let name)? = words.dropFirst().first { database = name }
            return .pass
        case .word("CREATE"):
            let isTable = words.contains(.word("TABLE")) || words.contains(.word("SEQUENCE"))
            wantsCode = Self.makesCode(head)
            return isTable || wantsCode ? .hold : .pass
        default: return .pass
        }
    }

    /// Behind CREATE may stand an algorithm, a definer, and whose rights count.
    private static func makesCode(_ head: UnsafeRawBufferPointer) -> Bool {
        DumpWords.first(18, of: head).contains { codeWords.contains($0) }
    }

    private static let codeWords = ["FUNCTION", "PROCEDURE", "PACKAGE", "TRIGGER", "VIEW"]
        .map(DumpWords.Word.word)

    mutating func passes(_ bytes: UnsafeRawBufferPointer) {
        guard wantsCode else { return }
        wantsCode = false
        found.unread.append("a definition of more than \(DumpScanner.heldLimitBytes >> 20) MiB")
    }

    mutating func ends(_ unit: DumpLexer.Unit, bytes: [UInt8], lexer: inout DumpLexer) {
        let text = bytes.dropLast(lexer.delimiter.count)
        let words = DumpWords.first(1, of: text)
        guard words.first == .word("CREATE") else {
            return lexer.follow(DumpStatement.assignments(DumpWords.first(.max, of: text)))
        }
        Array(text).withUnsafeBytes { bytes in
            let text = unsafe RawSpan(_unsafeBytes: bytes)
            if let table = CreatedTable(text, mode: .standard, database: database) {
                found.tables.append(table)
            }
            let mode = SQLMode(
                ansiQuotes: lexer.ansiQuotes, noBackslashEscapes: lexer.noBackslashEscapes)
            found.code += CodeChange(text, mode: mode, database: database ?? "")?.made ?? []
        }
    }
}
