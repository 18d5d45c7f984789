import Binlog
import Server
import TestSupport
import Testing

@Suite("rows of real servers", .serialized)
struct RealRowsTests {
    @Test("every value of every column type is the one that the server stores")
    func valuesOfSystemServer() async throws { try await checkValues(program: nil) }

    @Test(
        "every value is the one that MariaDB 10.5 stores",
        .enabled(if: OtherServers.has("mariadb-10.5"), "Tests/servers.sh fetch mariadb-10.5"))
    func valuesOfMariaDB105() async throws {
        let folder = try TestFolder("rows")
        try await checkValues(program: OtherServers.writeProgram("mariadb-10.5", in: folder))
    }

    @Test(
        "every value is the one that MariaDB 11.8 stores",
        .enabled(if: OtherServers.has("mariadb-11.8"), "Tests/servers.sh fetch mariadb-11.8"))
    func valuesOfMariaDB118() async throws {
        let folder = try TestFolder("rows")
        try await checkValues(program: OtherServers.writeProgram("mariadb-11.8", in: folder))
    }

    @Test("rows of tables with temporal formats from before 5.6 are read once fractions are known")
    func oldTemporal() async throws {
        let source = try await SourceServer(["--mysql56-temporal-format=OFF"])
        let table = SampleTable(name: "old", columns: SampleColumn.temporal(old: true))
        let connection = try source.connect()
        try begin(connection)
        let states = try change(table, connection)
        let log = try LogBytes.read(source.logFolder + "/bin.000001")

        #expect(throws: BinlogError.self) { try log.rows { $0.table == "old" } }
        var checked = 0
        try log.forEachRowsEvent { event, map in
            var map = map
            for index in table.columns.indices {
                map.setOldFraction(digits: index / 3, column: index + 1)
            }
            #expect(map.hasOldTemporal)
            var cursor = try RowCursor(event, of: map)
            while try cursor.next() {
                var row = LogRow(operation: event.operation, map: map, data: event.rows.copied())
                try map.readBefore(cursor, of: event, into: &row.before)
                try map.readAfter(cursor, of: event, into: &row.after)
                checked += try compare(row, of: table, with: states)
            }
        }
        #expect(checked > 300)
    }

    @Test("a table of 300 columns is read")
    func manyColumns() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        let column = SampleColumn(type: "INT", literals: ["1", "NULL", "-3"], oracle: .text)
        let table = SampleTable(name: "wide", columns: Array(repeating: column, count: 300))
        let connection = try source.connect()
        try begin(connection)
        let states = try change(table, connection)
        let log = try LogBytes.read(source.logFolder + "/bin.000001")
        var checked = 0
        for row in try log.rows(where: { $0.table == "wide" }) {
            #expect(row.map.metadata.names.last == "c299")
            #expect(row.map.metadata.primaryKey.map(\.column) == [0])
            checked += try compare(row, of: table, with: states)
        }
        #expect(checked == 4 * 3 * 300)
    }
}

extension RealRowsTests {
    private func begin(_ connection: borrowing Connection) throws {
        for statement in [
            "CREATE DATABASE IF NOT EXISTS t", "USE t", "SET NAMES utf8mb4",
            "SET time_zone = '+00:00'", "SET sql_mode = 'ALLOW_INVALID_DATES'",
        ] { try connection.execute(statement) }
    }

    /// Fills, changes and empties the table; what the server said before and after the change.
    private func change(
        _ table: SampleTable, _ connection: borrowing Connection
    ) throws -> (inserted: [Int: [String?]], updated: [Int: [String?]]) {
        try connection.execute(table.createStatement)
        for statement in table.insertStatements { try connection.execute(statement) }
        let inserted = try table.truth(connection)
        for statement in table.updateStatements { try connection.execute(statement) }
        let updated = try table.truth(connection)
        try connection.execute("DELETE FROM \(table.name)")
        return (inserted, updated)
    }

    /// Compares what the row's images hold; how many values were compared.
    private func compare(
        _ row: LogRow, of table: SampleTable,
        with states: (inserted: [Int: [String?]], updated: [Int: [String?]])
    ) throws -> Int {
        let images: [([ColumnValue], [Int: [String?]])] =
            switch row.operation {
            case .insert: [(row.after, states.inserted)]
            case .update: [(row.before, states.inserted), (row.after, states.updated)]
            case .delete: [(row.before, states.updated)]
            }
        var checked = 0
        var id: Int?
        for (values, truth) in images {
            if case .integer(let number) = values[0] { id = Int(number.signed) }
            let answers = try #require(truth[id ?? -1])
            for column in table.columns.indices where values[column + 1] != .absent {
                let actual = try table.comparable(values[column + 1], column: column, in: row)
                let expected = table.expected(answers[column], column: column)
                #expect(
                    actual == expected,
                    """
                    \(row.operation) of row \(id ?? -1) of \(table.name), \
                    \(table.columns[column].type.prefix(60))
                    """)
                checked += 1
            }
        }
        return checked
    }

    private func checkValues(program: String?) async throws {
        let source = try await SourceServer(program: program)
        let connection = try source.connect()
        try begin(connection)
        let version = connection.serverVersion
        let number = version.major * 100 + version.minor
        let columns = SampleColumn.all.filter { $0.since <= number }
        var tables: [(SampleTable, (inserted: [Int: [String?]], updated: [Int: [String?]]))] = []
        for image in ["FULL", "MINIMAL", "NOBLOB"] {
            for metadata in ["NO_LOG", "MINIMAL", "FULL"] {
                try connection.execute("SET SESSION binlog_row_image = \(image)")
                try connection.execute("SET GLOBAL binlog_row_metadata = \(metadata)")
                let name = "t_\(image)_\(metadata)".lowercased()
                let table = SampleTable(name: name, columns: columns)
                tables.append((table, try change(table, connection)))
            }
        }
        let path = source.logFolder + "/bin.000001"
        let log = try LogBytes.read(path)
        for (table, states) in tables {
            let rows = try log.rows { $0.table == table.name }
            #expect(rows.count == 3 * table.rowCount)
            var checked = 0
            for row in rows {
                checkMetadata(of: row.map, table, isFull: table.name.hasSuffix("_full"))
                checked += try compare(row, of: table, with: states)
            }
            #expect(checked >= 2 * table.rowCount * columns.count)
        }
        try await compareCounts(log, path)
    }

    private func checkMetadata(of map: TableMap, _ table: SampleTable, isFull: Bool) {
        guard !table.name.hasSuffix("no_log") else {
            #expect(map.metadata == TableMetadata())
            return
        }
        #expect(map.metadata.unknownFields.isEmpty)
        for (index, column) in table.columns.enumerated() {
            let isUnsigned = map.metadata.unsigned[index + 1]
            if column.type.hasSuffix("UNSIGNED") { #expect(isUnsigned == true) }
            if column.type.hasPrefix("BIGINT") || column.type.hasPrefix("DECIMAL") {
                #expect(isUnsigned == column.type.hasSuffix("UNSIGNED"))
            }
            if column.type.hasPrefix("BINARY") || column.type.hasSuffix("BLOB") {
                #expect(map.metadata.collations[index + 1] == 63, "\(column.type)")
            }
            guard isFull else { continue }
            #expect(map.metadata.names[index + 1] == "c\(index)")
            if column.type.hasPrefix("SET") || column.type.hasPrefix("ENUM") {
                let labels = map.metadata.labels[index + 1]
                #expect(labels.count == column.type.split(separator: ",").count)
            }
        }
        if isFull { #expect(map.metadata.primaryKey.map(\.column) == [0]) }
    }

    /// Every statement has as many rows as the server's own tool prints for it: it prints those of
    /// all its events at the last one's place.
    private func compareCounts(_ log: LogBytes, _ path: String) async throws {
        let tool = ChildProgram(
            "mariadb-binlog", ["--no-defaults", "-v", "--base64-output=DECODE-ROWS", path])
        let printed = try await tool.run(maxOutputBytes: 1 << 30)
        var expected: [Int] = []
        for line in printed.output.split(separator: UInt8(ascii: "\n")) {
            if line.starts(with: "# at ".utf8) { expected.append(0) }
            guard line.starts(with: "### ".utf8), !expected.isEmpty else { continue }
            let text = line.dropFirst(4)
            if ["INSERT INTO `t`", "UPDATE `t`", "DELETE FROM `t`"].contains(where: {
                text.starts(with: $0.utf8)
            }) {
                expected[expected.count - 1] += 1
            }
        }
        var actual: [Int] = [0]
        try log.forEachRowsEvent { event, map in
            let count = try map.countRows(in: event)
            actual[actual.count - 1] += count
            if event.endsStatement { actual.append(0) }
        }
        #expect(actual.popLast() == 0)
        #expect(actual == expected.filter { $0 > 0 })
    }
}
