/// The type of a column as a table map tells it: an open set over one byte.
///
/// Numbers: MariaDB include/mysql_com.h and sql/field.h (`enum_field_types`); MySQL
/// include/field_types.h. 140 and 141 are MariaDB's, 20, 242 and 245 are MySQL's.
public struct ColumnType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
}

extension ColumnType {
    public static let oldDecimal = Self(rawValue: 0)
    public static let tinyInt = Self(rawValue: 1)
    public static let smallInt = Self(rawValue: 2)
    public static let int = Self(rawValue: 3)
    public static let float = Self(rawValue: 4)
    public static let double = Self(rawValue: 5)
    public static let null = Self(rawValue: 6)
    public static let oldTimestamp = Self(rawValue: 7)
    public static let bigInt = Self(rawValue: 8)
    public static let mediumInt = Self(rawValue: 9)
    public static let date = Self(rawValue: 10)
    public static let oldTime = Self(rawValue: 11)
    public static let oldDateTime = Self(rawValue: 12)
    public static let year = Self(rawValue: 13)
    public static let newDate = Self(rawValue: 14)
    public static let varchar = Self(rawValue: 15)
    public static let bit = Self(rawValue: 16)
    public static let timestamp = Self(rawValue: 17)
    public static let dateTime = Self(rawValue: 18)
    public static let time = Self(rawValue: 19)
    public static let typedArray = Self(rawValue: 20)
    public static let compressedBlob = Self(rawValue: 140)
    public static let compressedVarchar = Self(rawValue: 141)
    public static let vector = Self(rawValue: 242)
    public static let json = Self(rawValue: 245)
    public static let decimal = Self(rawValue: 246)
    public static let enumeration = Self(rawValue: 247)
    public static let set = Self(rawValue: 248)
    public static let tinyBlob = Self(rawValue: 249)
    public static let mediumBlob = Self(rawValue: 250)
    public static let longBlob = Self(rawValue: 251)
    public static let blob = Self(rawValue: 252)
    public static let varString = Self(rawValue: 253)
    /// CHAR, BINARY, INET6, UUID; on the wire also ENUM and SET, which `TableColumn` tells apart.
    public static let string = Self(rawValue: 254)
    public static let geometry = Self(rawValue: 255)

    /// A column of one of the types whose fraction, when it has one, is not told by the log:
    /// TIME, DATETIME and TIMESTAMP in the formats from before MySQL 5.6.
    public var isOldTemporal: Bool {
        self == .oldTime || self == .oldDateTime || self == .oldTimestamp
    }
}

extension ColumnType {
    /// Whether the value is an integer of the column's width, low byte first.
    public var isInteger: Bool {
        switch self {
        case .tinyInt, .smallInt, .mediumInt, .int, .bigInt: true
        default: false
        }
    }
}

extension ColumnType: CustomStringConvertible {
    /// The type's name in SQL, or `type N`.
    public var description: String { Self.names[self] ?? "type \(rawValue)" }

    private static let names: [ColumnType: String] = [
        .oldDecimal: "DECIMAL (before 5.0)", .tinyInt: "TINYINT", .smallInt: "SMALLINT",
        .int: "INT", .float: "FLOAT", .double: "DOUBLE", .null: "NULL",
        .oldTimestamp: "TIMESTAMP (before 5.6)", .bigInt: "BIGINT", .mediumInt: "MEDIUMINT",
        .date: "DATE", .oldTime: "TIME (before 5.6)", .oldDateTime: "DATETIME (before 5.6)",
        .year: "YEAR", .newDate: "DATE", .varchar: "VARCHAR", .bit: "BIT",
        .timestamp: "TIMESTAMP", .dateTime: "DATETIME", .time: "TIME",
        .typedArray: "typed array", .compressedBlob: "BLOB COMPRESSED",
        .compressedVarchar: "VARCHAR COMPRESSED", .vector: "VECTOR", .json: "JSON",
        .decimal: "DECIMAL", .enumeration: "ENUM", .set: "SET", .tinyBlob: "TINYBLOB",
        .mediumBlob: "MEDIUMBLOB", .longBlob: "LONGBLOB", .blob: "BLOB",
        .varString: "VAR_STRING", .string: "CHAR", .geometry: "GEOMETRY",
    ]
}
