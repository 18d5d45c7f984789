import Recovery
import Testing

@Suite("what a statement may do otherwise when it runs again") struct StatementRiskTests {
    private func risk(_ text: String) -> StatementRisk {
        var judge = StatementJudge()
        let bytes = Array(text.utf8)
        let span = bytes.span.bytes
        _ = judge.policy(of: span, mode: .standard, isAlone: false)
        return judge.risk(of: span)
    }

    @Test(
        "functions that no log tells, and a LIMIT without an order",
        arguments: [
            ("INSERT INTO t VALUES (UUID(), 1)", "UUID"),
            ("update t set a = sysdate()", "SYSDATE"),
            ("INSERT INTO t SELECT Load_File('/x')", "LOAD_FILE"),
            ("DELETE FROM t LIMIT 5", "LIMIT without ORDER BY"),
            ("INSERT INTO t SELECT * FROM u LIMIT 5", "LIMIT without ORDER BY"),
            ("INSERT INTO t VALUES (current_user)", "CURRENT_USER"),
            ("INSERT INTO t VALUES (@@global.server_id)", "@@global.server_id"),
            ("CREATE TABLE t ENGINE=InnoDB SELECT UUID_SHORT() a", "UUID_SHORT"),
            ("INSERT INTO t VALUES (REPLACE(UUID(),'-',''))", "UUID"),
            ("INSERT INTO user (n) VALUES (user())", "USER"),
            ("SET STATEMENT a=1, sql_mode='' FOR DROP TABLE t", "SET STATEMENT sql_mode"),
        ])
    func unsafe(text: String, reason: String) { #expect(risk(text).unsafe == reason) }

    @Test(
        "what the log tells, stands in a string or is only stored is none",
        arguments: [
            "INSERT INTO t VALUES (NOW(), RAND(), LAST_INSERT_ID())",
            "INSERT INTO t VALUES ('UUID()', @@session.sql_mode, @@timestamp)",
            "INSERT INTO t (uuid) VALUES (1)", "INSERT INTO user (n) VALUES (1)",
            "REPLACE d.version (a) VALUES (1)", "INSERT IGNORE version (a) VALUES (d.uuid())",
            "DELETE FROM t ORDER BY a", "CREATE TABLE t (a INT DEFAULT 1) ENGINE=InnoDB",
            "CREATE FUNCTION f() RETURNS TEXT RETURN UUID()",
            "CREATE VIEW v AS SELECT a/b FROM t LIMIT 1", "DROP TABLE t",
        ])
    func harmless(text: String) { #expect(risk(text) == StatementRisk()) }

    @Test(
        "settings that no log tells",
        arguments: [
            ("CREATE TABLE t (a INT)", ["default_storage_engine"]),
            ("CREATE TABLE t LIKE u", []),
            ("UPDATE t SET a = b / 3", ["div_precision_increment"]),
            ("DELETE FROM t ORDER BY a LIMIT 5", ["max_sort_length"]),
            ("UPDATE t SET a = AES_ENCRYPT('s', 'k')", ["block_encryption_mode"]),
            (
                "INSERT INTO t SELECT WEEK(d), GROUP_CONCAT(x) FROM u",
                ["default_week_format", "group_concat_max_len"]
            ),
            (
                "CREATE TABLE t AS SELECT AVG(a) a FROM u",
                ["default_storage_engine", "div_precision_increment"]
            ),
        ])
    func settings(text: String, names: [String]) {
        #expect(risk(text).settings == Set(names))
    }
}
