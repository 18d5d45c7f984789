import Binlog
import BinlogFiles
import Recovery
import Replay
import Server
import SystemPackage
import TestSupport
import Testing

/// The columns of the log's rows against those of real servers' tables.
@Suite("columns of the log and of the target")
struct ColumnComparisonTests {
    @Test("every type is the same in the log and in the definition, on the system's server")
    func systemServer() async throws { try await checkEqual(program: nil) }

    @Test(
        "every type is the same in the log and in the definition, on MariaDB 10.5",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func mariadb105() async throws {
        let folder = try TestFolder("program")
        try await checkEqual(
            program: try OtherServers.writeProgram("mariadb-10.5", in: folder))
    }

    @Test(
        "every type is the same in the log and in the definition, on MariaDB 11.8",
        .enabled(if: OtherServers.has("mariadb-11.8"), "Tests/servers.sh fetch mariadb-11.8"))
    func mariadb118() async throws {
        let folder = try TestFolder("program")
        try await checkEqual(
            program: try OtherServers.writeProgram("mariadb-11.8", in: folder))
    }

    /// Columns beside those of the random workload.
    private static let odd = [
        "a BIT(9), b BIT(64), c YEAR(2), d CHAR(0), e BINARY(0), f NATIONAL CHAR(5)",
        "a FLOAT(7,2) UNSIGNED, b DOUBLE(10,3), c DECIMAL(7,2) UNSIGNED ZEROFILL, d DECIMAL(3,3)",
        "a CHAR(255) CHARACTER SET utf8mb4, b VARCHAR(63) CHARACTER SET utf8mb4, c LONG VARCHAR",
        "a VARCHAR(64) CHARACTER SET utf8mb4, b VARBINARY(255), c VARBINARY(256), d TEXT(100)",
        "a VARCHAR(63) COMPRESSED CHARACTER SET utf8mb4, b VARBINARY(255) COMPRESSED",
        "a TINYTEXT COMPRESSED, b BLOB COMPRESSED, c MEDIUMBLOB COMPRESSED, d LONGTEXT COMPRESSED",
        #"a ENUM('it''s','\\','c''','\''), b SET('\\','b','c','d','e','f','g','h')"#,
        #"a SET('('')','b','c','d','e','f','g','h','i') CHARACTER SET ucs2"#,
        "a SET(\((1...33).map { "'\($0)'" }.joined(separator: ",")))",
        "a ENUM(\((1...255).map { "'\($0)'" }.joined(separator: ",")))",
        "a ENUM(\((1...256).map { "'\($0)'" }.joined(separator: ",")))",
        "a INT, b INT AS (a + 1) VIRTUAL, c INT AS (a + 2) STORED, d VARCHAR(10) INVISIBLE",
    ]

    private func checkEqual(program: String?) async throws {
        let source = try await SourceServer(program: program)
        let version = source.installation.version
        let workload = RandomWorkload(seed: 1, serverVersion: (version.major, version.minor))
        let connection = try source.connect()
        for metadata in ["NO_LOG", "MINIMAL", "FULL"] {
            try connection.execute("SET GLOBAL binlog_row_metadata=\(metadata)")
            try connection.execute("DROP DATABASE IF EXISTS `\(RandomWorkload.database)`")
            for statement in workload.schema() { try connection.execute(statement) }
            for (index, columns) in Self.odd.enumerated() {
                try connection.execute("CREATE TABLE odd\(index) (\(columns))")
            }
            try Self.createOldTemporals(connection)
            let ownNames = Set(Self.odd.indices.map { "odd\($0)" } + ["old"])
            let names = try Self.tables(of: RandomWorkload.database, connection).filter {
                workload.plainTables.contains($0) || ownNames.contains($0)
            }
            #expect(names.count > 30)
            try connection.execute("SET sql_mode='',foreign_key_checks=0,insert_id=1")
            for name in names {
                // An empty geometry is none.
                let columns = name == "mixed" ? "(gp) VALUES (POINT(1,1))" : "() VALUES ()"
                try connection.execute("INSERT INTO `\(name)` \(columns)")
            }
            try connection.execute("FLUSH LOGS")
            let maps = try Self.newestMaps(source)
            for name in names {
                let map = try #require(maps[name], "\(name)")
                let defined = try Self.columns(of: RandomWorkload.database, name, connection)
                #expect(map.columns.count == defined.count)
                #expect(map.difference(from: defined) == nil, "\(version) \(metadata)")
                for (column, definition) in zip(map.columns, defined) {
                    let type = StoredType(
                        definition: definition.type, octetLength: definition.octetLength)
                    #expect(StoredType(column) != nil && type != nil, "\(definition)")
                }
            }
        }
        try await source.stop()
    }

    private static func createOldTemporals(_ connection: borrowing Connection) throws {
        try connection.execute("SET GLOBAL mysql56_temporal_format=OFF")
        try connection.execute(
            "CREATE TABLE old (a TIMESTAMP NULL, b TIMESTAMP(3) NULL, c TIME, d TIME(6), "
                + "e DATETIME, f DATETIME(1))")
        try connection.execute("SET GLOBAL mysql56_temporal_format=ON")
    }

    private static func tables(
        of schema: String, _ connection: borrowing Connection
    ) throws -> [String] {
        try connection.query(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA='\(schema)' "
                + "AND TABLE_TYPE='BASE TABLE'"
        ).compactMap { $0[0] }
    }

    private static func columns(
        of schema: String, _ table: String, _ connection: borrowing Connection
    ) throws -> [DefinedColumn] {
        try connection.query(
            "SELECT COLUMN_NAME,COLUMN_TYPE,CHARACTER_OCTET_LENGTH FROM information_schema.COLUMNS "
                + "WHERE TABLE_SCHEMA='\(schema)' AND TABLE_NAME='\(table)' "
                + "ORDER BY ORDINAL_POSITION"
        ).map {
            DefinedColumn(
                name: $0[0] ?? "", type: $0[1] ?? "", octetLength: $0[2].flatMap(Int.init))
        }
    }

    /// The last map of each table in a server's logs.
    private static func newestMaps(_ source: SourceServer) throws -> [String: TableMap] {
        var maps: [String: TableMap] = [:]
        for file in try LogSet.find([FilePath(source.logFolder)]).files {
            var reader = try LogReader(path: file.path)
            while try reader.advance() {
                guard reader.event.type == .tableMap else { continue }
                let map = try TableMap(reader.event)
                maps[map.table] = map
            }
        }
        return maps
    }

    // MARK: Differences

    /// What stands in the log, on the target, and how the difference is told.
    private static let differences = [
        ("INT", "BIGINT", "INT in the log and bigint(20) on the target"),
        ("INT UNSIGNED", "INT", "INT UNSIGNED in the log and int(11) on the target"),
        ("INT", "INT UNSIGNED", "INT in the log and int(10) unsigned on the target"),
        ("DOUBLE UNSIGNED", "DOUBLE", "DOUBLE UNSIGNED in the log and double on the target"),
        ("VARCHAR(63)", "VARCHAR(64)", "VARCHAR of 252 bytes in the log and varchar(64)"),
        ("CHAR(63)", "CHAR(64)", "CHAR of 252 bytes in the log and char(64)"),
        ("CHAR(20)", "VARCHAR(20)", "CHAR of 80 bytes in the log and varchar(20)"),
        ("VARCHAR(20)", "VARCHAR(20) CHARACTER SET latin1", "80 bytes in the log and varchar(20)"),
        ("DECIMAL(10,2)", "DECIMAL(10,3)", "DECIMAL(10,2) in the log and decimal(10,3)"),
        ("DECIMAL(10,2)", "DECIMAL(11,2)", "DECIMAL(10,2) in the log and decimal(11,2)"),
        ("DATETIME", "DATETIME(6)", "DATETIME in the log and datetime(6)"),
        ("TIME(3)", "TIME(4)", "TIME(3) in the log and time(4)"),
        ("TIMESTAMP(1) NULL", "DATETIME(1)", "TIMESTAMP(1) in the log and datetime(1)"),
        ("DATE", "YEAR", "DATE in the log and year(4)"),
        ("BIT(9)", "BIT(10)", "BIT(9) in the log and bit(10)"),
        ("TEXT", "MEDIUMTEXT", "BLOB with lengths of 2 bytes in the log and mediumtext"),
        ("ENUM('a','b')", "SET('a','b')", "ENUM of 1 bytes in the log and set('a','b')"),
        ("SET('a')", "SET('a','b','c','d','e','f','g','h','i')", "SET of 1 bytes in the log"),
        ("FLOAT", "DOUBLE", "FLOAT in the log and double on the target"),
        ("POINT", "BLOB", "GEOMETRY in the log and blob on the target"),
    ]

    @Test("another type, length, sign or number of digits is told")
    func tellsDifferences() async throws {
        let source = try await SourceServer(
            ["--binlog-row-metadata=MINIMAL", "--character-set-server=utf8mb4"])
        let connection = try source.connect()
        for schema in ["d", "target"] { try connection.execute("CREATE DATABASE \(schema)") }
        for (index, (logged, other, _)) in Self.differences.enumerated() {
            try connection.execute("CREATE TABLE d.t\(index) (a INT, b \(logged))")
            try connection.execute("CREATE TABLE target.t\(index) (a INT, b \(other))")
            try connection.execute("INSERT INTO d.t\(index) VALUES (1, NULL)")
        }
        try connection.execute("FLUSH LOGS")
        let maps = try Self.newestMaps(source)
        for (index, (_, _, text)) in Self.differences.enumerated() {
            let map = try #require(maps["t\(index)"])
            let own = try Self.columns(of: "d", "t\(index)", connection)
            #expect(map.difference(from: own) == nil)
            let other = try Self.columns(of: "target", "t\(index)", connection)
            let told = map.difference(from: other) ?? "nothing"
            #expect(
                told.hasPrefix("column 2, b, of d.t\(index) is ") && told.contains(text), "\(told)")
        }
        try await source.stop()
    }

    @Test("what the server converts, or the log does not tell, is no difference")
    func harmless() throws {
        func stored(_ definition: String, _ bytes: Int? = nil) -> StoredType? {
            StoredType(definition: definition, octetLength: bytes)
        }
        let pairs = [
            ("time(3) /* mariadb-5.3 */", "time"), ("datetime", "datetime /* mariadb-5.3 */"),
            ("timestamp(6)", "timestamp(2) /* mariadb-5.3 */"), ("text", "blob"),
            ("blob /*M!100301 COMPRESSED*/", "blob"), ("point", "geometry"),
        ]
        for (left, right) in pairs {
            let types = (try #require(stored(left)), try #require(stored(right)))
            #expect(!types.0.differs(from: types.1), "\(left), \(right)")
        }
        #expect(stored("inet6") == stored("binary(16)", 16))
        for unknown in ["xmltype", "", "decimal(10,0)/*old*/", "char(5)", "enum('a", "decimal"] {
            #expect(stored(unknown) == nil, "\(unknown)")
        }
    }
}
