import Server
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test("statements run in order and stop at the first error")
    func multiStatements() async throws {
        let source = try await SourceServer()
        let connection = try source.connect()
        let summary = try connection.execute(
            """
            CREATE DATABASE d; USE d; CREATE TABLE t (a INT PRIMARY KEY);
            INSERT INTO t VALUES (1), (2); SELECT * FROM t; INSERT INTO t VALUES (3)
            """)
        #expect(summary.statements == 6)
        #expect(summary.rows == 2)
        let error = #expect(throws: ServerError.self) {
            try connection.execute(
                "INSERT INTO t VALUES (4); INSERT INTO t VALUES (4); INSERT INTO t VALUES (5)")
        }
        #expect(error?.number == 1062)
        #expect(error?.sqlState == "23000")
        #expect(error?.code == .sqlError)
        #expect(try connection.value("SELECT GROUP_CONCAT(a) FROM t") == "1,2,3,4")
        try values(connection)
        try handles(connection)
        try lost(source, connection)
    }

    private func values(_ connection: borrowing Connection) throws {
        let rows = try connection.queryBytes("SELECT x'00ff27', NULL, '', CONCAT('a', x'c3a9')")
        #expect(rows == [[[0, 0xff, 0x27], nil, [], [0x61, 0xc3, 0xa9]]])
        let value = "a'b\\c\0d\n\u{1A}\u{1F600}`"
        let quoted = SQLText.quoteString(value)
        #expect(try connection.value("SELECT \(quoted)") == value)
        let hex = SQLText.hexLiteral(Array(value.utf8))
        #expect(try connection.value("SELECT \(hex) = \(quoted)") == "1")
        let name = "a`b \u{e9}"
        try connection.execute("CREATE DATABASE \(SQLText.quoteIdentifier(name))")
        try connection.selectDatabase(name.utf8)
        #expect(try connection.value("SELECT DATABASE()") == name)
        var seen = 0
        let error = #expect(throws: ServerError.self) {
            try connection.forEachRow("SELECT seq FROM seq_1_to_10") { _ throws(ServerError) in
                seen += 1
                if seen == 3 { throw ServerError(.sqlError, "enough") }
            }
        }
        #expect(error?.message == "enough")
        #expect(seen == 3)
        #expect(try connection.value("SELECT 7") == "7")
    }

    private func handles(_ connection: borrowing Connection) throws {
        #expect(try connection.value("SELECT CONNECTION_ID()") == "\(connection.connectionID)")
        #expect(connection.serverVersion.isMariaDB)
        #expect(try connection.value("SELECT @@character_set_client") == "utf8mb4")
        // LOAD DATA LOCAL must not reach a file of this machine.
        #expect(throws: ServerError.self) {
            try connection.execute(
                "CREATE TABLE d.l (a TEXT); LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE d.l")
        }
        #expect(try connection.value("SELECT COUNT(*) FROM d.l") == "0")
        let error = #expect(throws: ServerError.self) {
            try connection.execute("CREATE USER u IDENTIFIED BYY 's3cret'")
        }
        #expect(error?.number == 1064)
        #expect(error.map { "\($0)".contains("s3cret") } == false)
        let batch: [UInt8] = Array("SELECT 1; SELECT 2".utf8)
        try batch.withUnsafeBytes { try connection.send(bytes: $0) }
        #expect(try connection.readResults().statements == 2)
        #expect(try connection.execute(bytes: batch).statements == 2)
    }

    private func lost(_ source: SourceServer, _ connection: borrowing Connection) throws {
        try source.run("KILL \(connection.connectionID)")
        let error = #expect(throws: ServerError.self) { try connection.execute("SELECT 1") }
        #expect(error?.isConnectionLost == true)
        #expect(error?.code == .connectionLost)
        let denied = #expect(throws: ServerError.self) {
            _ = try source.connect(user: "nobody_at_all", password: "s3cret")
        }
        #expect(denied?.code == .accessDenied)
        let absent = #expect(throws: ServerError.self) {
            _ = try Connection(ServerAddress(.socket(path: "/nowhere/sock")), Credentials())
        }
        #expect(absent?.code == .connectionLost)
    }
}
