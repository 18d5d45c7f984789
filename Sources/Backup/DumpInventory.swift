public import Recovery

/// The tables that a dump makes, read off its CREATE statements in one pass without a server.
///
/// It understands what mariadb-dump and mysqldump write (SHOW CREATE TABLE: one column, key or
/// constraint a line, options behind the last parenthesis), not any SQL.
public struct DumpInventory: Sendable, Equatable {
    /// One table, or a sequence.
    public struct Table: Sendable, Equatable {
        /// Empty for a dump that chooses no database.
        public var database: String
        public var name: String
        /// As written: `InnoDB`, `MyISAM`; empty when the statement does not tell.
        public var engine: String = ""
        public var hasPrimaryKey = false
        public var hasUniqueKey = false
        public var foreignKeys = 0
        public var hasDataDirectory = false
        public var isSystemVersioned = false
        public var isSequence = false

        /// Changes to it are not rolled back: a crash in a load or replay can leave a part.
        public var isTransactional: Bool {
            !["MYISAM", "ARIA", "MEMORY", "CSV", "ARCHIVE", "MRG_MYISAM"].contains(
                engine.uppercased())
        }
    }

    public private(set) var databases: [String] = []
    public private(set) var tables: [Table] = []
    /// Tables left out because more than ``tableLimit`` stand in the dump.
    public private(set) var tablesLeftOut = 0

    /// More tables than this are counted, not kept.
    public static let tableLimit = 1_000_000

    /// Reads a whole dump.
    ///
    /// - Throws: what ``DumpReader`` throws.
    public init(
        of path: String, onProgress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(RecoveryError) {
        var reader = try DumpReader(path: path)
        var scanner = DumpScanner()
        var visitor = InventoryVisitor()
        var chunk = [UInt8](repeating: 0, count: DumpReader.chunkBytes)
        while true {
            let count = try reader.read(into: &chunk)
            scanner.feed(chunk[..<count], isLast: count == 0, visitor: &visitor)
            onProgress(reader.consumedBytes, reader.sizeBytes)
            if count == 0 { break }
        }
        self = visitor.inventory
    }

    fileprivate init() {}

    fileprivate mutating func use(_ database: String) {
        if !databases.contains(database) { databases.append(database) }
    }

    fileprivate mutating func add(_ table: Table) {
        guard tables.count < Self.tableLimit else {
            tablesLeftOut += 1
            return
        }
        tables.append(table)
    }
}

private struct InventoryVisitor: DumpVisitor {
    var inventory = DumpInventory()
    private var database = ""

    mutating func begins(
        _ unit: DumpLexer.Unit, head: UnsafeRawBufferPointer
    ) -> DumpScanner.Treatment {
        guard unit == .statement, !head.starts(with: "INSERT".utf8) else { return .pass }
        let words = DumpWords.first(6, of: head)
        switch words.first {
        case .word("USE"), .word("SET"): return .hold
        case .word("CREATE"):
            let wanted = ["TABLE", "DATABASE", "SEQUENCE"]
            return words.contains { word in wanted.contains { word == .word($0) } } ? .hold : .pass
        default: return .pass
        }
    }

    mutating func passes(_ bytes: UnsafeRawBufferPointer) {}

    mutating func ends(_ unit: DumpLexer.Unit, bytes: [UInt8], lexer: inout DumpLexer) {
        let words = DumpWords.first(.max, of: bytes.dropLast(lexer.delimiter.count))
        if words.first == .word("SET") {
            lexer.follow(DumpStatement.assignments(words))
            return
        }
        guard let nameIndex = words.firstIndex(where: \.isName),
            case .name(let name) = words[nameIndex]
        else { return }
        let before = words[..<nameIndex]
        if before.first == .word("USE") {
            database = name
            inventory.use(name)
        } else if before.contains(.word("DATABASE")) {
            inventory.use(name)
        } else if before.contains(.word("SEQUENCE")) {
            inventory.add(table(name, words[nameIndex...], isSequence: true))
        } else if before.contains(.word("TABLE")) {
            inventory.add(table(name, words[nameIndex...], isSequence: false))
        }
    }

    private func table(
        _ name: String, _ words: ArraySlice<DumpWords.Word>, isSequence: Bool
    ) -> DumpInventory.Table {
        var table = DumpInventory.Table(database: database, name: name)
        table.isSequence = isSequence
        let texts = words.map { word -> String in
            if case .word(let text) = word { return text }
            return ""
        }
        for (index, text) in texts.enumerated() {
            let next = index + 1 < texts.count ? texts[index + 1] : ""
            switch (text, next) {
            case ("PRIMARY", "KEY"): table.hasPrimaryKey = true
            case ("UNIQUE", "KEY"): table.hasUniqueKey = true
            case ("FOREIGN", "KEY"): table.foreignKeys += 1
            case ("DATA", "DIRECTORY"), ("INDEX", "DIRECTORY"): table.hasDataDirectory = true
            case ("SYSTEM", "VERSIONING"): table.isSystemVersioned = true
            case ("ENGINE", _):
                let place = words.index(words.startIndex, offsetBy: index + 2)
                guard table.engine.isEmpty, place < words.endIndex, place - 1 >= words.startIndex,
                    words[place - 1] == .mark(UInt8(ascii: "="))
                else { continue }
                table.engine = Self.spelled(words[place])
            default: continue
            }
        }
        return table
    }

    /// Engines are compared without case; the usual ones get their usual spelling back.
    private static func spelled(_ word: DumpWords.Word) -> String {
        guard case .word(let text) = word else { return "" }
        let usual = [
            "InnoDB", "MyISAM", "Aria", "MEMORY", "CSV", "ARCHIVE", "RocksDB", "MRG_MyISAM",
        ]
        return usual.first { $0.uppercased() == text } ?? text
    }
}

extension DumpWords.Word {
    fileprivate var isName: Bool {
        if case .name = self { return true }
        return false
    }
}
