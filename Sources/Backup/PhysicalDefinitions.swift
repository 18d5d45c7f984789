internal import Binlog
public import Recovery

/// The views and triggers in a mariadb-backup directory, which servers keep as texts.
extension PhysicalBackup {
    /// Reads them; routines lie in a table that only a server reads.
    ///
    /// - Throws: `unreadable`.
    public func definitions() throws(RecoveryError) -> BackupDefinitions {
        var found = BackupDefinitions()
        found.unread.append("the backup's functions, procedures, packages and defaults of columns")
        for entry in try BackupTree(path).entries where entry.kind == .file {
            let isView = entry.name.hasSuffix(".frm")
            guard isView || entry.name.hasSuffix(".TRG"), !entry.name.hasPrefix("sys/") else {
                continue
            }
            let file = "\(path)/\(entry.name)"
            guard let text = try DefinitionText(path: file, sizeBytes: entry.sizeBytes) else {
                continue
            }
            let parts = entry.name.dropLast(4).split(separator: "/").map(DefinitionText.name)
            guard parts.count == 2, let schema = parts[0], let name = parts[1] else {
                let file = PrintableText.escapeControlCharacters(entry.name)
                found.unread.append("what \(file) defines")
                continue
            }
            found.code += isView ? text.view(schema, name) : text.triggers(schema)
        }
        return found
    }
}

/// A file of `key=value` lines in which a server keeps a view, or a table's triggers (MariaDB:
/// `sql/parse_file.cc`, `sql/sql_view.cc`, `sql/sql_trigger.cc`).
private struct DefinitionText {
    private static let magic = Array("TYPE=".utf8)
    /// A longer one would take a query that no server takes.
    private static let limitBytes: UInt64 = 64 << 20

    private var values: [String: ArraySlice<UInt8>] = [:]

    /// Nil for a table's own file, which is binary.
    init?(path: String, sizeBytes: UInt64) throws(RecoveryError) {
        let magic = try BackupFile.bytes(of: path, limit: Self.magic.count)
        guard magic == Self.magic else { return nil }
        let bytes = try BackupFile.bytes(
            of: path, limit: Int(min(sizeBytes, Self.limitBytes)))
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            values[String(decoding: line[..<equals], as: UTF8.self)] = line[(equals + 1)...]
        }
    }

    /// The server writes a view's query anew, under no sql_mode.
    func view(_ schema: String, _ name: String) -> [CodeDefinition] {
        guard let query = values["query"] else { return [] }
        let references = CodeReferences(ofCode: Self.unescaped(query), mode: .standard)
        return [CodeDefinition(.view, schema: schema, name: name, references: references)]
    }

    func triggers(_ schema: String) -> [CodeDefinition] {
        let modes = (values["sql_modes"] ?? []).split(separator: UInt8(ascii: " "))
            .map { UInt64(String(decoding: $0, as: UTF8.self)) ?? 0 }
        var definitions: [CodeDefinition] = []
        for (index, text) in Self.strings(values["triggers"] ?? []).enumerated() {
            let mode = SQLMode(bits: index < modes.count ? modes[index] : 0)
            definitions += CodeChange(text.span.bytes, mode: mode, database: schema)?.made ?? []
        }
        return definitions
    }

    /// `'one' 'two'`.
    private static func strings(_ list: ArraySlice<UInt8>) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var begin: Int?
        var isEscaped = false
        for index in list.indices {
            if isEscaped {
                isEscaped = false
            } else if list[index] == UInt8(ascii: "\\") {
                isEscaped = true
            } else if list[index] == UInt8(ascii: "'") {
                if let start = begin {
                    found.append(unescaped(list[start..<index]))
                    begin = nil
                } else {
                    begin = index + 1
                }
            }
        }
        return found
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var isEscaped = false
        for byte in text {
            if isEscaped {
                isEscaped = false
                switch byte {
                case UInt8(ascii: "n"): plain.append(0x0A)
                case UInt8(ascii: "0"): plain.append(0)
                case UInt8(ascii: "z"): plain.append(0x1A)
                default: plain.append(byte)
                }
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                plain.append(byte)
            }
        }
        return plain
    }

    /// A schema's or table's name by that of its file: other characters than letters, digits and
    /// `_` as `@` and four hexadecimal digits. Nil for the shorter codes of some letters.
    static func name(_ file: some StringProtocol) -> String? {
        var units: [UInt16] = []
        var rest = Array(file.utf16)[...]
        while let unit = rest.popFirst() {
            guard unit == UInt16(UInt8(ascii: "@")) else {
                units.append(unit)
                continue
            }
            let digits = String(decoding: rest.prefix(4), as: UTF16.self)
            guard rest.count >= 4, digits.utf8.allSatisfy(isHexadecimal),
                let code = UInt16(digits, radix: 16)
            else { return nil }
            units.append(code)
            rest = rest.dropFirst(4)
        }
        return String(decoding: units, as: UTF16.self)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}
