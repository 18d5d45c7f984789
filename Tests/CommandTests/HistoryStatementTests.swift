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
}
