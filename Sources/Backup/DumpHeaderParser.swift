import Binlog
import Recovery

/// Reads the lines of a dump's head, one by one, into a ``DumpHeader``.
struct DumpHeaderParser {
    private let path: String
    private(set) var header = DumpHeader()
    private var purged: String?

    init(path: String) { self.path = path }

    /// False when the head has ended.
    mutating func take(_ line: String) throws(RecoveryError) -> Bool {
        if takePurged(line) { return true }
        if line.hasPrefix("-- ") { return try takeComment(line) }
        return try takeStatement(line)
    }

    private mutating func takeComment(_ line: String) throws(RecoveryError) -> Bool {
        if DumpHeader.isTitle(line) {
            header.program = header.program ?? Self.clean(line.dropFirst(3))
            header.looksLikeDump = true
        } else if line.hasPrefix("-- Server version") {
            header.serverVersion = header.serverVersion ?? Self.clean(line.dropFirst(17))
        } else if line.hasPrefix("-- Host: ") {
            takeHost(line)
        } else if line.hasPrefix("-- CHANGE ") || line.hasPrefix("-- SET GLOBAL gtid_slave_pos") {
            try takePosition(line, words: DumpWords.first(.max, of: line.utf8.dropFirst(3)))
        } else if line.hasPrefix("-- Current Database: ") {
            header.choosesDatabase = true
            return false
        } else if line.hasPrefix("-- Table structure for ")
            || line.hasPrefix("-- Sequence structure for ") || line.hasPrefix("-- Dumping ")
        {
            return false
        }
        return true
    }

    /// `-- Host: localhost    Database: shop`
    private mutating func takeHost(_ line: String) {
        guard header.host == nil, let range = Self.range(of: "Database: ", in: line) else { return }
        header.host = Self.clean(line[..<range.lowerBound].dropFirst(9))
        let name = Self.clean(line[range.upperBound...])
        header.database = name.isEmpty ? nil : name
    }

    private mutating func takeStatement(_ line: String) throws(RecoveryError) -> Bool {
        if line.hasPrefix("/*M!999999") || line.hasPrefix("/*!40101 SET")
            || line.hasPrefix("/*!40103 SET") || line.hasPrefix("/*!40014 SET")
        {
            header.looksLikeDump = true
        }
        let words = DumpWords.first(.max, of: line.utf8.prefix(4096))
        guard case .word(let verb)? = words.first else { return true }
        switch verb {
        case "SET":
            if words.dropFirst().first == .word("NAMES"), words.count > 2 {
                header.characterSet = header.characterSet ?? Self.plainName(words[2])
            }
            try takePosition(line, words: words)
            beginPurged(line)
            return true
        case "CHANGE":
            try takePosition(line, words: words)
            return true
        case "CREATE":
            header.choosesDatabase = words.dropFirst().first == .word("DATABASE")
            header.looksLikeDump = true
            return false
        case "USE":
            header.choosesDatabase = true
            return false
        case "DELIMITER", "DROP", "INSERT", "LOCK", "REPLACE":
            header.looksLikeDump = true
            // `--add-drop-database` writes a DROP DATABASE before its CREATE DATABASE
            header.choosesDatabase = words.dropFirst().first == .word("DATABASE")
            return false
        default: return true
        }
    }

    private mutating func takePosition(
        _ line: String, words: [DumpWords.Word]
    ) throws(RecoveryError) {
        var file: String?
        var offset: String?
        var gtidText: String?
        var named = false
        for (index, word) in words.enumerated() where index + 2 < words.count {
            guard case .word(let key) = word, words[index + 1] == .mark(UInt8(ascii: "=")) else {
                continue
            }
            switch (key, words[index + 2]) {
            case ("MASTER_LOG_FILE", .string(let text)), ("SOURCE_LOG_FILE", .string(let text)):
                file = text
            case ("MASTER_LOG_POS", .word(let text)), ("SOURCE_LOG_POS", .word(let text)):
                offset = text
            case ("GTID_SLAVE_POS", .string(let text)): gtidText = text
            default: break
            }
        }
        // `CHANGE MASTER 'connection' TO`: --dump-slave names even the unnamed connection
        if words.count > 2, case .string = words[2] { named = true }
        let origin = named ? BackupPosition.Origin.primary : .own
        if let file, let offset {
            let position = try BackupPosition.checked(
                file: file, offset: offset, in: path, line: line)
            add(
                BackupPosition(
                    position: position, gtid: nil, origin: origin, sourceText: Self.clean(line)))
        }
        if let gtidText, let gtid = try Self.gtid(gtidText, line: line, path: path) {
            add(
                BackupPosition(
                    position: nil, gtid: gtid, origin: origin, sourceText: Self.clean(line)))
        }
    }

    private mutating func add(_ position: BackupPosition) {
        let known = header.positions.contains {
            $0.position == position.position && $0.gtid == position.gtid
                && $0.origin == position.origin
        }
        if !known { header.positions.append(position) }
    }

    /// The position of a `gtid_slave_pos` text; nil for the empty one, which says nothing.
    static func gtid(
        _ text: String, line: String, path: String
    ) throws(RecoveryError) -> GTIDPosition? {
        guard let position = GTIDPosition(text) else {
            throw RecoveryError(
                .backupCorrupt, "not a GTID position: \(line.prefix(200))",
                hint: "say where the backup was taken with --from", file: path)
        }
        return position.isEmpty ? nil : position
    }

    /// `SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'uuid:1-5,` goes over several lines to its `;`.
    private mutating func beginPurged(_ line: String) {
        guard line.contains("@@GLOBAL.GTID_PURGED=") else { return }
        purged = ""
        _ = takePurged(line)
    }

    private mutating func takePurged(_ line: String) -> Bool {
        guard let begun = purged else { return false }
        let text = begun + line
        guard line.hasSuffix(";") || text.utf8.count > 65536 else {
            purged = text
            return true
        }
        purged = nil
        let strings = DumpWords.first(.max, of: text.utf8).compactMap { word -> String? in
            if case .string(let value) = word, value != "+" { return value }
            return nil
        }
        header.mysqlGTIDSet = header.mysqlGTIDSet ?? strings.last
        return true
    }

    /// A character set's name, or nil when it is anything that could be more than that.
    private static func plainName(_ word: DumpWords.Word) -> String? {
        let name: String
        switch word {
        case .word(let text), .string(let text), .name(let text): name = text.lowercased()
        case .mark: return nil
        }
        let plain = name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        }
        return plain && !name.isEmpty && name.utf8.count <= 32 ? name : nil
    }

    private static func clean(_ text: some StringProtocol) -> String {
        var scalars = Substring(String(text.prefix(1000)))
        while let last = scalars.last, last.isWhitespace { scalars.removeLast() }
        while let first = scalars.first, first.isWhitespace { scalars.removeFirst() }
        return String(scalars)
    }

    private static func range(of needle: String, in text: String) -> Range<String.Index>? {
        text.ranges(of: needle).first
    }
}
