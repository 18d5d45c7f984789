public import Binlog

/// A column of the target's table, as information_schema tells it.
public struct DefinedColumn: Hashable, Sendable, Codable {
    public var name: String
    /// `COLUMN_TYPE`.
    public var type: String
    /// `CHARACTER_OCTET_LENGTH`.
    public var octetLength: Int?
    /// `CHARACTER_SET_NAME`; nil where nothing tells it, and of what is no text.
    public var characterSet: String?

    public init(name: String, type: String, octetLength: Int?, characterSet: String? = nil) {
        self.name = name
        self.type = type
        self.octetLength = octetLength
        self.characterSet = characterSet
    }

    /// How its values are stored, as a collation's number; nil where that is not known.
    var collation: UInt16? {
        switch type.prefix(while: \.isLetter).lowercased() {
        case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "uuid", "inet":
            TextEncoding.binaryCollation
        // Labels that a definition tells stand in its own text.
        case "enum", "set": TextEncoding.collation(ofCharacterSet: "utf8mb4")
        case _ where isText: characterSet.map { TextEncoding.collation(ofCharacterSet: $0) }
        default: nil
        }
    }

    /// Of characters, which have a character set.
    var isText: Bool {
        ["char", "varchar", "tinytext", "text", "mediumtext", "longtext"]
            .contains(type.prefix(while: \.isLetter).lowercased())
    }

    private var isUnsigned: Bool { type.lowercased().contains("unsigned") }

    /// What makes this column another one than the log's, for people; nil where nothing is proved.
    ///
    /// - Parameter wasUnsigned: what the log tells of its sign; nil for nothing.
    func difference(from column: TableColumn, wasUnsigned: Bool?) -> String? {
        guard let stored = StoredType(definition: type, octetLength: octetLength),
            let logged = StoredType(column)
        else { return nil }
        if logged.differs(from: stored) {
            return "\(logged) in the log and \(type) on the target"
        }
        guard let wasUnsigned, Self.hasSign(logged), wasUnsigned != isUnsigned else { return nil }
        return "\(logged)\(wasUnsigned ? " UNSIGNED" : "") in the log and \(type) on the target"
    }

    private static func hasSign(_ type: StoredType) -> Bool {
        switch type {
        case .plain(let type): type.isInteger || type == .float || type == .double
        case .decimal: true
        default: false
        }
    }
}

extension TableMap {
    /// What makes the target's table another one than that of the log's rows, for people; nil where
    /// nothing is proved.
    ///
    /// - Parameters:
    ///   - mostHidden: how many columns the table may have behind those that are told.
    ///   - comparesTypes: false where hidden columns may stand between the others.
    public func difference(
        from defined: [DefinedColumn], mostHidden: Int = 0, comparesTypes: Bool = true
    ) -> String? {
        guard (defined.count...(defined.count + mostHidden)).contains(columns.count) else {
            return "the rows of \(schema).\(table) have \(columns.count) columns in the log, "
                + "the table \(defined.count) on the target"
        }
        guard comparesTypes else { return nil }
        for (index, column) in defined.enumerated() {
            let sign = metadata.unsigned.indices.contains(index) ? metadata.unsigned[index] : nil
            guard let what = column.difference(from: columns[index], wasUnsigned: sign) else {
                continue
            }
            return "column \(index + 1), \(column.name), of \(schema).\(table) is \(what)"
        }
        return nil
    }
}
