/// A column for tests against real servers: its type, its edge values, and what its server says.
struct SampleColumn: Sendable {
    /// How the server is asked for the exact value, and how it is compared.
    enum Oracle: Sendable {
        /// `CAST(c AS CHAR)` equals the value's own text.
        case text
        /// The number is the same double.
        case number
        /// `HEX(c)` equals the bytes.
        case hex
        /// `HEX(CAST(c AS BINARY(n)))` equals the bytes, padding included.
        case binary(Int)
        /// `CAST(c + 0 AS UNSIGNED)` equals the number.
        case numeric
    }

    var type: String
    var literals: [String]
    var oracle: Oracle
    /// The first server version that has the type, as 1011 for 10.11.
    var since = 0

    func expression(_ name: String) -> String {
        switch oracle {
        case .text: "CAST(\(name) AS CHAR)"
        case .number: "CAST(\(name) AS DOUBLE)"
        case .hex: "HEX(\(name))"
        case .binary(let count): "HEX(CAST(\(name) AS BINARY(\(count))))"
        case .numeric: "CAST(\(name) + 0 AS UNSIGNED)"
        }
    }

    static let all: [SampleColumn] =
        integers + numbers + bits + temporal(old: false) + texts + binaries + labels + special

    private static let integers: [SampleColumn] = [
        ("TINYINT", "-128", "127", "255"), ("SMALLINT", "-32768", "32767", "65535"),
        ("MEDIUMINT", "-8388608", "8388607", "16777215"),
        ("INT", "-2147483648", "2147483647", "4294967295"),
        ("BIGINT", "-9223372036854775808", "9223372036854775807", "18446744073709551615"),
    ].flatMap { type, least, most, unsignedMost in
        [
            SampleColumn(
                type: type, literals: [least, most, "0", "-1", "1", "NULL"], oracle: .text),
            SampleColumn(
                type: type + " UNSIGNED", literals: [unsignedMost, "0", most, "1", "NULL"],
                oracle: .text),
        ]
    }

    private static let numbers: [SampleColumn] = [
        SampleColumn(
            type: "FLOAT",
            literals: ["0", "-0.1", "3.4028234e38", "1.17549e-38", "16777217", "NULL", "-3.5"],
            oracle: .number),
        SampleColumn(
            type: "DOUBLE",
            literals: [
                "0", "-0.1", "1.7976931348623157e308", "2.2250738585072014e-308", "NULL",
                "0.30000000000000004e0", "-1e0/3",
            ], oracle: .number),
        decimal(65, 30), decimal(10, 0), decimal(5, 5), decimal(1, 0), decimal(18, 9),
        decimal(20, 11), decimal(65, 38), decimal(38, 19), decimal(12, 3, unsigned: true),
    ]

    private static func decimal(_ precision: Int, _ scale: Int, unsigned: Bool = false) -> Self {
        let whole = String(repeating: "9", count: precision - scale)
        let most =
            (whole.isEmpty ? "0" : whole)
            + (scale > 0 ? "." + String(repeating: "9", count: scale) : "")
        let least = scale > 0 ? "0." + String(repeating: "0", count: scale - 1) + "1" : "1"
        let positive = [most, "0", least, "NULL", String(most.prefix(most.count * 2 / 3 + 1))]
        return SampleColumn(
            type: "DECIMAL(\(precision),\(scale))" + (unsigned ? " UNSIGNED" : ""),
            literals: positive.map { $0.hasSuffix(".") ? $0 + "0" : $0 }
                + (unsigned ? [] : ["-" + most, "-" + least]), oracle: .text)
    }

    private static let bits: [SampleColumn] =
        [1, 2, 7, 8, 9, 16, 31, 63, 64].map { width in
            SampleColumn(
                type: "BIT(\(width))",
                literals: [
                    "b'\(String(repeating: "1", count: width))'", "b'0'", "NULL", "b'1'",
                    "b'1\(String(repeating: "0", count: width - 1))'",
                ], oracle: .numeric)
        } + [SampleColumn(type: "YEAR", literals: ["1901", "0", "2155", "NULL"], oracle: .text)]

    /// The types with fractions of 0 to 6 digits; `old` leaves out those that have no old form.
    static func temporal(old: Bool) -> [SampleColumn] {
        var columns: [SampleColumn] = []
        for digits in 0...6 {
            let fraction = digits == 0 ? "" : "." + "000001".suffix(digits)
            let most = digits == 0 ? "" : "." + "999999".prefix(digits)
            columns.append(
                SampleColumn(
                    type: "TIME(\(digits))",
                    literals: [
                        "'-838:59:59\(most)'", "'838:59:59\(most)'", "'00:00:00'",
                        "'-00:00:01\(fraction)'", "'12:34:56\(most)'", "NULL",
                        "'-00:00:00\(fraction)'",
                    ], oracle: .text))
            columns.append(
                SampleColumn(
                    type: "DATETIME(\(digits))",
                    literals: [
                        "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59\(most)'",
                        "'0000-00-00 00:00:00'", "'2026-02-00 01:02:03\(fraction)'", "NULL",
                        "'2026-01-02 03:04:05\(fraction)'",
                    ], oracle: .text))
            columns.append(
                SampleColumn(
                    type: "TIMESTAMP(\(digits)) NULL",
                    literals: [
                        "'1970-01-01 00:00:01\(fraction)'", "'2038-01-19 03:14:07\(most)'",
                        "'2000-02-29 23:59:59\(most)'", "NULL", "'0000-00-00 00:00:00'",
                        "'2026-01-02 03:04:05\(fraction)'",
                    ], oracle: .text))
        }
        guard !old else { return columns }
        let dates = ["'1000-01-01'", "'9999-12-31'", "'0000-00-00'", "NULL", "'2026-00-31'"]
        return columns + [SampleColumn(type: "DATE", literals: dates, oracle: .text)]
    }

    private static let texts: [SampleColumn] =
        [
            "CHAR(10)", "CHAR(10) CHARACTER SET latin1", "CHAR(255)", "VARCHAR(10)",
            "VARCHAR(40) CHARACTER SET ucs2", "VARCHAR(255) CHARACTER SET latin1",
            "VARCHAR(256) CHARACTER SET latin1", "VARCHAR(300)", "TINYTEXT", "TEXT", "MEDIUMTEXT",
            "LONGTEXT", "TEXT CHARACTER SET cp1251",
        ].map { type in
            SampleColumn(
                type: type,
                literals: ["''", "'a'", "'it''s \\\\ \\n'", "NULL", "'é'", "' b  '"], oracle: .hex)
        } + [
            SampleColumn(
                type: "LONGTEXT CHECK (JSON_VALID(c))", literals: ["'{\"a\": [1, null]}'", "NULL"],
                oracle: .hex),
            SampleColumn(
                type: "MEDIUMTEXT", literals: ["REPEAT('ü', 100000)", "REPEAT('x', 300)", "NULL"],
                oracle: .hex),
        ]

    private static let binaries: [SampleColumn] = [
        "BINARY(1)", "BINARY(16)", "BINARY(255)", "VARBINARY(20)", "VARBINARY(300)", "TINYBLOB",
        "BLOB", "MEDIUMBLOB", "LONGBLOB",
    ].map { type in
        SampleColumn(
            type: type, literals: ["x''", "x'00'", "x'FF'", "NULL", "x'00'"], oracle: .hex)
    }

    private static let labels: [SampleColumn] =
        [
            SampleColumn(
                type: "ENUM('a','b','it''s')", literals: ["'a'", "3", "NULL"], oracle: .numeric),
            SampleColumn(
                type: "ENUM(\((1...300).map { "'m\($0)'" }.joined(separator: ",")))",
                literals: ["1", "255", "256", "300", "NULL"], oracle: .numeric),
        ]
        + [1, 8, 9, 17, 25, 33, 64].map { count in
            SampleColumn(
                type: "SET(\((1...count).map { "'s\($0)'" }.joined(separator: ",")))",
                literals: ["''", "'s1'", "'s\(count)'", "NULL", "'s1,s\(count)'"], oracle: .numeric)
        }

    private static let special: [SampleColumn] = [
        SampleColumn(
            type: "GEOMETRY",
            literals: ["POINT(1,2)", "ST_GeomFromText('LINESTRING(0 0,1 1)')", "NULL"],
            oracle: .hex),
        SampleColumn(type: "POINT", literals: ["POINT(-1,0.5)", "NULL"], oracle: .hex),
        SampleColumn(
            type: "INET6", literals: ["'::'", "'ffff::1'", "'1::'", "NULL"], oracle: .binary(16)),
        SampleColumn(
            type: "INET4", literals: ["'0.0.0.0'", "'1.2.0.0'", "NULL"], oracle: .binary(4),
            since: 1010),
        SampleColumn(
            type: "UUID",
            literals: [
                "'00000000-0000-0000-0000-000000000000'", "'9227eaef-e55e-11f1-83ad-02fc00000001'",
                "'a5e1b6ad-7d5b-4b4a-8b55-0a6f7f6e0000'", "NULL",
            ], oracle: .binary(16), since: 1007),
        SampleColumn(
            type: "VECTOR(3)", literals: ["VEC_FromText('[1,2,0]')", "NULL"], oracle: .hex,
            since: 1107),
        SampleColumn(
            type: "VARCHAR(300) COMPRESSED", literals: ["''", "REPEAT('a',200)", "NULL"],
            oracle: .hex),
        SampleColumn(
            type: "MEDIUMTEXT COMPRESSED", literals: ["''", "REPEAT('a',20000)", "NULL", "'abc'"],
            oracle: .hex),
        SampleColumn(
            type: "BLOB COMPRESSED", literals: ["x'00'", "REPEAT('b',2000)", "NULL"],
            oracle: .hex),
    ]
}
