/// A table of the random workload: what the generator knows of it while it runs.
struct RandomTable: Sendable {
    var name: String
    /// Columns that values are written to; the key columns and generated ones are not among them.
    var columns: [RandomColumn]
    /// What stands before the columns in CREATE TABLE: the key columns.
    var head = ["`id` INT NOT NULL AUTO_INCREMENT"]
    /// What stands behind them: keys, constraints, generated columns.
    var tail = ["PRIMARY KEY (`id`)"]
    var options = "ENGINE=InnoDB"
    /// False where nothing can be rolled back, so a statement must not fail half-way.
    var isTransactional = true
    /// False where other tables depend on its name, columns or rows.
    var takesDDL = true
    /// How many columns were added so far, for names that never come twice.
    var addedColumns = 0

    /// A column that every table has: conditions stand on it, so all statements hit some rows.
    static let groupColumn = RandomColumn(
        name: "k", type: "INT", kind: .integer(bits: 6, unsigned: true), isNullable: false,
        defaultText: "0")

    var createStatement: String {
        let lines = head + ([Self.groupColumn] + columns).map(\.definition) + tail
        return "CREATE TABLE `\(name)` (\n  \(lines.joined(separator: ",\n  "))\n) \(options)"
    }
}

extension RandomTable {
    /// All tables of the workload that the version can hold.
    static func all(_ version: (Int, Int)) -> [RandomTable] {
        [
            RandomTable(name: "whole_numbers", columns: RandomColumn.wholeNumbers),
            RandomTable(name: "fractions", columns: RandomColumn.fractions),
            RandomTable(name: "bits", columns: RandomColumn.bits),
            RandomTable(name: "times", columns: RandomColumn.times),
            RandomTable(name: "texts", columns: RandomColumn.texts),
            RandomTable(name: "binaries", columns: RandomColumn.binaries),
            RandomTable(name: "mixed", columns: RandomColumn.others(version)),
        ] + keyed
    }

    /// Tables that differ in their keys, engines and constraints.
    private static var keyed: [RandomTable] {
        let few = RandomColumn.few
        return [
            RandomTable(
                name: "composite", columns: few, head: ["`a` SMALLINT NOT NULL DEFAULT 0"],
                tail: ["PRIMARY KEY (`name`, `k`)", "KEY (`k`, `amount`)"]),
            RandomTable(name: "no_key", columns: few, head: [], tail: []),
            // Rows are told apart by a unique key, by one with the counter in it, by all columns.
            RandomTable(
                name: "named", columns: few, head: [],
                tail: ["UNIQUE KEY (`name`, `k`)", "UNIQUE KEY (`small`)"]),
            RandomTable(
                name: "counted", columns: few, tail: ["UNIQUE KEY (`id`)", "KEY (`amount`)"]),
            RandomTable(
                name: "prefixed", columns: few, head: [],
                tail: ["PRIMARY KEY (`name`(3), `k`)", "UNIQUE KEY (`small`)"]),
            RandomTable(
                name: "uniques", columns: few,
                tail: [
                    "PRIMARY KEY (`id`)", "UNIQUE KEY (`small`)",
                    "UNIQUE KEY (`name`, `amount`)",
                ]),
            RandomTable(name: "parents", columns: few, takesDDL: false),
            RandomTable(
                name: "children", columns: [.parent] + few,
                tail: [
                    "PRIMARY KEY (`id`)",
                    "FOREIGN KEY (`parent`) REFERENCES `parents` (`id`) ON DELETE CASCADE",
                ], takesDDL: false),
            RandomTable(
                name: "orphans", columns: [.parent] + few,
                tail: [
                    "PRIMARY KEY (`id`)",
                    "FOREIGN KEY (`parent`) REFERENCES `parents` (`id`)"
                        + " ON DELETE SET NULL ON UPDATE CASCADE",
                ], takesDDL: false),
            // Foreign keys that only refuse, between a table that is folded and one that is not.
            RandomTable(name: "guards", columns: few, takesDDL: false),
            RandomTable(
                name: "guarded", columns: [.parent] + few, head: [],
                tail: ["FOREIGN KEY (`parent`) REFERENCES `guards` (`id`)"], takesDDL: false),
            RandomTable(
                name: "doubles", columns: few,
                tail: ["`double` INT GENERATED ALWAYS AS (`k` * 2) VIRTUAL", "PRIMARY KEY (`id`)"],
                takesDDL: false),
            RandomTable(
                name: "doubled", columns: [.parent] + few,
                tail: [
                    "PRIMARY KEY (`id`)", "FOREIGN KEY (`parent`) REFERENCES `doubles` (`id`)",
                ], takesDDL: false),
            RandomTable(
                name: "parts", columns: few,
                options: "ENGINE=InnoDB PARTITION BY HASH (`id`) PARTITIONS 4"),
            RandomTable(
                name: "plain", columns: few, options: "ENGINE=MyISAM", isTransactional: false),
            RandomTable(
                name: "derived", columns: few,
                tail: [
                    "`twice` BIGINT GENERATED ALWAYS AS (`small` * 2) STORED",
                    "`label` VARCHAR(90) GENERATED ALWAYS AS (concat(`name`, ':', `k`)) STORED",
                    "PRIMARY KEY (`id`)", "KEY (`twice`)",
                ]),
            RandomTable(name: "watched", columns: few, takesDDL: false),
            RandomTable(name: "spoken", columns: few + RandomColumn.spoken, takesDDL: false),
        ]
    }
}

extension RandomColumn {
    static let parent = RandomColumn(
        name: "parent", type: "INT", kind: .integer(bits: 6, unsigned: true))

    /// The columns that every keyed table has.
    static let few = [
        RandomColumn(name: "small", type: "SMALLINT", kind: .integer(bits: 16, unsigned: false)),
        RandomColumn(
            name: "name", type: "VARCHAR(60) CHARACTER SET utf8mb4", kind: .text(40, .unicode),
            isNullable: false),
        RandomColumn(
            name: "amount", type: "DECIMAL(12,4)",
            kind: .decimal(digits: 12, scale: 4, unsigned: false), isNullable: false,
            defaultText: "1.5"),
        RandomColumn(name: "at", type: "DATETIME(3)", kind: .datetime(3)),
        RandomColumn(name: "bulk", type: "BLOB", kind: .bytes(5000)),
    ]

    /// What statements in statement format write to.
    static let spoken = [
        RandomColumn(name: "factor", type: "DOUBLE", kind: .double),
        RandomColumn(name: "stamp", type: "TIMESTAMP(6)", kind: .timestamp(6), defaultText: "NULL"),
        RandomColumn(
            name: "phrase", type: "VARCHAR(200) CHARACTER SET utf8mb4", kind: .text(60, .unicode)),
    ]

    static var wholeNumbers: [RandomColumn] {
        let types = [
            ("TINYINT", 8), ("SMALLINT", 16), ("MEDIUMINT", 24), ("INT", 32), ("BIGINT", 64),
        ]
        return types.flatMap { type, bits in
            [false, true].map { unsigned in
                RandomColumn(
                    name: "\(type.lowercased())\(unsigned ? "_u" : "")",
                    type: type + (unsigned ? " UNSIGNED" : ""),
                    kind: .integer(bits: bits, unsigned: unsigned))
            }
        } + [RandomColumn(name: "flag", type: "BOOLEAN", kind: .integer(bits: 1, unsigned: true))]
    }

    static var fractions: [RandomColumn] {
        let shapes = [
            (1, 0), (5, 5), (9, 9), (10, 0), (18, 9), (27, 3), (38, 37), (65, 0), (65, 30),
        ]
        return shapes.map { digits, scale in
            RandomColumn(
                name: "d\(digits)_\(scale)", type: "DECIMAL(\(digits),\(scale))",
                kind: .decimal(digits: digits, scale: scale, unsigned: false))
        } + [
            RandomColumn(
                name: "price", type: "DECIMAL(7,2) UNSIGNED",
                kind: .decimal(digits: 7, scale: 2, unsigned: true), isNullable: false),
            RandomColumn(name: "f", type: "FLOAT", kind: .float),
            RandomColumn(name: "f_unlike_double", type: "DOUBLE", kind: .double),
        ]
    }

    static var bits: [RandomColumn] {
        [1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 33, 48, 63, 64].map { width in
            RandomColumn(
                name: "b\(width)", type: "BIT(\(width))", kind: .bit(width),
                isNullable: width % 2 == 0, defaultText: "b'0'")
        }
    }

    static var times: [RandomColumn] {
        var columns = [
            RandomColumn(name: "date", type: "DATE", kind: .date),
            RandomColumn(name: "year", type: "YEAR", kind: .year),
        ]
        for digits in 0...6 {
            columns += [
                RandomColumn(name: "t\(digits)", type: "TIME(\(digits))", kind: .time(digits)),
                RandomColumn(
                    name: "dt\(digits)", type: "DATETIME(\(digits))", kind: .datetime(digits)),
                RandomColumn(
                    name: "ts\(digits)", type: "TIMESTAMP(\(digits))", kind: .timestamp(digits),
                    defaultText: "NULL"),
            ]
        }
        return columns
    }

    static var texts: [RandomColumn] {
        let sets: [(String, Repertoire)] = [
            ("utf8mb4", .unicode), ("latin1", .latin1), ("ucs2", .plane0), ("utf16", .unicode),
        ]
        var columns = sets.flatMap { set, repertoire in
            [("CHAR(20)", 20), ("VARCHAR(300)", 300), ("TEXT", 900)].map { type, length in
                RandomColumn(
                    name: "\(type.prefix { $0 != "(" }.lowercased())_\(set)",
                    type: "\(type) CHARACTER SET \(set)", kind: .text(length, repertoire))
            }
        }
        columns += [("TINYTEXT", 60), ("MEDIUMTEXT", 900), ("LONGTEXT", 900)].map { type, length in
            RandomColumn(
                name: type.lowercased(), type: "\(type) CHARACTER SET utf8mb4",
                kind: .text(length, .unicode))
        }
        columns += [
            RandomColumn(
                name: "compressed", type: "VARCHAR(400) COMPRESSED CHARACTER SET utf8mb4",
                kind: .text(300, .unicode)),
            RandomColumn(
                name: "needed", type: "VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                kind: .text(30, .unicode), isNullable: false),
        ]
        return columns
    }

    static var binaries: [RandomColumn] {
        let types = [
            ("BINARY(16)", 16), ("BINARY(255)", 255), ("VARBINARY(40)", 40),
            ("VARBINARY(600)", 600), ("TINYBLOB", 255), ("BLOB", 5000), ("MEDIUMBLOB", 5000),
            ("LONGBLOB", 5000), ("BLOB COMPRESSED", 5000), ("VARBINARY(900) COMPRESSED", 900),
        ]
        return types.enumerated().map { index, type in
            RandomColumn(
                name: "raw\(index)", type: type.0, kind: .bytes(type.1), isNullable: index % 3 > 0)
        }
    }

    /// Enumerations, JSON, geometry, addresses, and what only later versions have.
    static func others(_ version: (Int, Int)) -> [RandomColumn] {
        let many = (1...300).map { "'v\($0)'" }.joined(separator: ",")
        let members = (1...64).map { "'m\($0)'" }.joined(separator: ",")
        var columns = [
            RandomColumn(name: "e", type: "ENUM('x','y','ж')", kind: .enumeration(3)),
            RandomColumn(name: "e300", type: "ENUM(\(many))", kind: .enumeration(300)),
            RandomColumn(name: "s", type: "SET('a','b','c')", kind: .set(3)),
            RandomColumn(name: "s64", type: "SET(\(members))", kind: .set(64)),
            RandomColumn(name: "j", type: "JSON", kind: .json),
            RandomColumn(name: "g", type: "GEOMETRY", kind: .geometry(.any)),
            RandomColumn(name: "gp", type: "POINT", kind: .geometry(.point), isNullable: false),
            RandomColumn(name: "gl", type: "LINESTRING", kind: .geometry(.lineString)),
            RandomColumn(name: "ga", type: "POLYGON", kind: .geometry(.polygon)),
            RandomColumn(name: "i6", type: "INET6", kind: .inet6),
        ]
        if version >= (10, 7) {
            columns.append(RandomColumn(name: "u", type: "UUID", kind: .uuid))
        }
        if version >= (10, 10) {
            columns.append(RandomColumn(name: "i4", type: "INET4", kind: .inet4))
        }
        if version >= (11, 7) {
            columns.append(RandomColumn(name: "v", type: "VECTOR(5)", kind: .vector(5)))
        }
        return columns
    }
}
