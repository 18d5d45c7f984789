import Server
import TestSupport
import Testing

/// What statements that stand in logs as texts do to the history of a row.
struct HistoryStatementTests {
    @Test("a call of a stored function may have changed the row, one of the server's own not")
    func calls() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        let functions = ["f", "log", "history"].map {
            "CREATE FUNCTION s.\($0) (x INT) RETURNS INT BEGIN DELETE FROM s.a; RETURN 1; END"
        }
        try source.run(
            ["CREATE DATABASE s", "CREATE TABLE s.a (id INT PRIMARY KEY)"]
                + ["CREATE TABLE s.d (id INT, v INT, FULLTEXT KEY k (t), t TEXT)"]
                + ["INSERT INTO s.a VALUES (1)", "SET GLOBAL log_bin_trust_function_creators=1"]
                + functions)
        let calls = [
            "INSERT INTO d (id, v) VALUES (f(1), 1)", "INSERT INTO s.d (id) SELECT f (1)",
            "UPDATE d SET v=s.log(1)", "UPDATE d SET v = s . history ( 1 )",
            "INSERT INTO d (id) VALUES (s.log(2))", "UPDATE d SET v=`s`.log(1)",
            "REPLACE `d` (`id`) VALUES (f(2))",
        ]
        let others = [
            "INSERT INTO d (id, v) VALUES (1, 2), (3, 4)", "INSERT IGNORE s.`d`(id) VALUES (5)",
            "UPDATE d SET v=LENGTH(HEX(ENCRYPT (v)))", "DELETE FROM d WHERE v=log(0.5)",
            "UPDATE d SET v=1 WHERE MATCH (t) AGAINST ('x')",
            "UPDATE d SET v=(1) WHERE (id, v) IN ((1, 2), (3, 4)) AND t<>'f(1)'",
            "CREATE TABLE IF NOT EXISTS e (id INT) SELECT HEX(1) AS h",
        ]
        try source.run(["SET binlog_format=STATEMENT", "USE s"] + others + calls)
        let run = try await Lastgood.run(
            "history", "s.a", "--where", "id=1", "--json", source.logFolder)
        let statements = try run.objects("unresolved").compactMap { $0["statement"] as? String }
        #expect(statements == calls)
    }

    @Test("another table that comes to the name may have other columns")
    func renamed() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=NO_LOG"])
        try source.run(
            "CREATE DATABASE s", "USE s", "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)",
            "INSERT INTO t VALUES (1, 2, 3)", "CREATE TABLE n LIKE t",
            "ALTER TABLE n CHANGE a b INT, CHANGE b a INT", "INSERT INTO n SELECT * FROM t",
            "RENAME TABLE t TO o, n TO t", "UPDATE t SET b=7")
        let wayIn = ["--server", source.address.description]
        func run(_ table: String, _ options: [String]) async throws -> ProgramOutcome {
            try await Lastgood.run(
                ["history", table, "--where", "id=1", "--json", source.logFolder] + options)
        }
        let told = try await run("s.t", wayIn)
        #expect(try told.warningCodes == ["redefined"])
        #expect(try told.objects("changes").allSatisfy { $0["guess"] as? Bool == true })
        #expect(told.output.contains("RENAME TABLE") && told.errorText.isEmpty)
        let exported = try await Lastgood.run(
            ["export", source.logFolder, "--table", "s.t", "--json"]
                + ["--to", source.logFolder + "/out"] + wayIn)
        #expect(try exported.warningCodes == ["redefined"])
        // A rename alone leaves the columns; one with another change does not.
        try source.run(
            "CREATE TABLE s.x (id INT PRIMARY KEY, a INT, b INT)",
            "INSERT INTO s.x VALUES (1, 2, 3)",
            "ALTER TABLE s.x RENAME TO s.y", "UPDATE s.y SET a=9", "RENAME TABLE s.y TO s.x")
        #expect(try await run("s.x", wayIn).warningCodes == [])
        try source.run(
            "ALTER TABLE s.x CHANGE a b INT, CHANGE b a INT, RENAME TO s.y", "UPDATE s.y SET a=8",
            "RENAME TABLE s.y TO s.x")
        #expect(try await run("s.x", wayIn).warningCodes == ["redefined"])
    }

    @Test("a table made of a partition may have other columns than the one of its name before")
    func converted() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=NO_LOG"])
        try source.run(
            "CREATE DATABASE s", "USE s", "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)",
            "INSERT INTO t VALUES (1, 2, 3)", "DROP TABLE t",
            "CREATE TABLE p (id INT PRIMARY KEY, b INT, a INT) PARTITION BY RANGE (id) "
                + "(PARTITION x VALUES LESS THAN (9), PARTITION y VALUES LESS THAN (99))",
            "INSERT INTO p VALUES (1, 2, 3)", "ALTER TABLE p CONVERT PARTITION x TO TABLE t",
            "UPDATE t SET b=7")
        let wayIn = ["--server", source.address.description]
        let told = try await Lastgood.run(
            ["history", "s.t", "--where", "id=1", "--json", source.logFolder] + wayIn)
        #expect(try told.warningCodes == ["redefined"], "\(told.errorText)")
        let exported = try await Lastgood.run(
            ["export", source.logFolder, "--table", "s.t", "--json"]
                + ["--to", source.logFolder + "/out"] + wayIn)
        #expect(try exported.warningCodes == ["redefined"], "\(exported.errorText)")
    }

    @Test("the place that is named is the first behind rows that were told")
    func place() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=NO_LOG"])
        try source.run(
            "CREATE DATABASE s", "CREATE TABLE s.t (id INT, v INT)",
            "INSERT INTO s.t VALUES (1, 2)",
            "ALTER TABLE s.t ADD KEY (v)", "ALTER TABLE s.t MODIFY v INT FIRST",
            "UPDATE s.t SET v=3")
        let run = try await Lastgood.run(
            "history", "s.t", "--where", "@1=1", "--json", "--server", source.address.description,
            source.logFolder)
        let alter = try await Lastgood.run(
            "search", source.logFolder, "--table", "s.t", "--text", "MODIFY", "--json")
        let id = try #require(try alter.objects("matches").first?["id"] as? String)
        #expect(run.output.contains("anew in \(id)"), "\(run.output)")
    }
}
