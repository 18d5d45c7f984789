/// The statements of `StatementReplayTests`: each list depends on one piece of session state.
enum StatementScripts {
    private typealias Script = StatementReplayTests.Script

    /// All that a server of this version can say in its log.
    static func all(_ version: (major: Int, minor: Int)) -> [StatementReplayTests.Script] {
        (values + [ends, ownSettings, sequences] + numbers + programs + sessions + transactions
            + definitions)
            .map {
                script in
                var script = script
                script.statements.removeAll { !isLogged($0, by: version) }
                return script
            }
    }

    /// 10.5.23 and 11.8.6 log an INSERT under `check_constraint_checks=0` as one under 1: its
    /// replay fails on any server, and `mariadb-binlog` shows no difference either.
    private static func isLogged(_ statement: String, by version: (Int, Int)) -> Bool {
        version == (10, 11) || !statement.hasPrefix("SET check_constraint_checks=0")
    }

    /// Settings that a replay cannot set for one statement, and what a refused ALTER would tell.
    private static var ownSettings: Script {
        Script(
            name: "SET STATEMENT",
            statements: [
                "CREATE TABLE settings (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))",
                "SET STATEMENT binlog_format=MIXED FOR INSERT INTO settings (v) VALUES ('a')",
                """
                /*M! SET STATEMENT gtid_domain_id=9, auto_increment_increment=10, \
                sql_log_bin=1, auto_increment_offset=5 FOR */
                INSERT INTO settings (v) VALUES ('b, FOR')
                """,
                """
                SET STATEMENT max_statement_time=GREATEST(1, 100), lc_time_names='de_DE' FOR
                INSERT INTO settings (v) VALUES (DAYNAME('2024-01-01'))
                """,
                """
                SET STATEMENT binlog_direct_non_transactional_updates=1, gtid_seq_no=4000 FOR
                UPDATE settings SET v = CONCAT(v, @@GLOBAL.lower_case_table_names)
                """,
                "SET STATEMENT max_statement_time=100 FOR CREATE OR REPLACE TABLE again (id INT)",
                "CREATE TABLE history_kept (id INT PRIMARY KEY) WITH SYSTEM VERSIONING",
                "SET system_versioning_alter_history=KEEP",
                "ALTER TABLE history_kept ADD COLUMN v INT",
            ])
    }

    /// Rows of sequences between statements; on 11.8 a sequence takes no savepoint.
    private static var sequences: Script {
        Script(
            name: "sequences",
            statements: [
                "SET SESSION binlog_format=MIXED",
                "CREATE TABLE drawn (id INT AUTO_INCREMENT PRIMARY KEY, n INT)",
                "CREATE SEQUENCE draws INCREMENT BY 2 CACHE 3",
                "INSERT INTO drawn (n) VALUES (7)", "INSERT INTO drawn (n) VALUES (NEXTVAL(draws))",
                "INSERT INTO drawn (n) VALUES (8)", "BEGIN; UPDATE drawn SET n = n + 1",
                "INSERT INTO drawn (n) VALUES (NEXTVAL(draws))",
                "INSERT INTO drawn (n) VALUES (NEXTVAL(draws)); COMMIT",
                "DELETE FROM drawn WHERE n = 8", "INSERT INTO drawn (n) VALUES (LASTVAL(draws))",
                "BEGIN; INSERT INTO drawn (n) VALUES (9); SAVEPOINT half",
                "INSERT INTO drawn (n) VALUES (10); COMMIT", "BEGIN; UPDATE drawn SET n = n + 1",
                "INSERT INTO drawn (n) VALUES (NEXTVAL(draws)); COMMIT",
                "BEGIN; INSERT INTO drawn (n) VALUES (9); SAVEPOINT half",
                "INSERT INTO drawn (n) VALUES (10); COMMIT",
                "SET SESSION binlog_format=STATEMENT",
                "INSERT INTO drawn (n) SELECT seq FROM seq_1_to_3", "UPDATE drawn SET n = n + 1",
                "INSERT INTO drawn (n) SELECT seq FROM seq_1_to_2; DELETE FROM drawn WHERE n = 2",
            ])
    }

    /// Functions and triggers that leave their session otherwise than its event tells: made by the
    /// log, and then met on the target by another replay.
    private static var programs: [Script] {
        let moment = "INSERT INTO moments (t) VALUES (CONCAT(NOW(), 1 || 1))"
        let zone = [
            "SET timestamp=1700000000", moment, "INSERT INTO moments (t) VALUES (1)",
            "INSERT INTO moments (t) VALUES (elsewhere())", "SET time_zone='SYSTEM'", moment,
            moment,
        ]
        let later = [
            "SET timestamp=1700000000", "INSERT INTO moments (t) VALUES (later())", moment, moment,
            "SET timestamp=1700000000", moment,
        ]
        let trigger = [
            "SET timestamp=1700000000", moment, "INSERT INTO triggering VALUES (1)",
            "SET timestamp=1700000000", moment, moment,
        ]
        return [
            Script(
                name: "programs that change their session, made",
                statements: [
                    "CREATE TABLE moments (id INT AUTO_INCREMENT PRIMARY KEY, t TEXT)",
                    "CREATE TABLE triggering (id INT)",
                    "CREATE FUNCTION elsewhere() RETURNS INT DETERMINISTIC BEGIN "
                        + "SET time_zone='+05:00'; RETURN 1; END",
                ] + zone + [
                    "CREATE FUNCTION later() RETURNS INT DETERMINISTIC BEGIN "
                        + "SET timestamp=UNIX_TIMESTAMP() + 60; RETURN 1; END"
                ] + later + [
                    "CREATE TRIGGER cleaning AFTER INSERT ON triggering FOR EACH ROW BEGIN "
                        + "SET timestamp=1600000000; SET @@session.Timestamp=DEFAULT; END"
                ] + trigger),
            Script(
                name: "programs that change their session, met",
                statements: zone + later + trigger + [
                    "DROP FUNCTION elsewhere", "DROP FUNCTION later",
                ]),
            Script(
                name: "a trigger that changes its session, met",
                statements: trigger + ["DROP TRIGGER cleaning"]),
        ]
    }

    /// What reads its connection's number: told by a flag of the event, by the text, or by nothing.
    private static var numbers: [Script] {
        func each(_ statement: String) -> [String] {
            [21, 22, 23].map { "SET pseudo_thread_id=\($0); \(statement)" }
        }
        let told = [
            "INSERT INTO others VALUES (1)", "INSERT INTO numbers (n) VALUES (1)",
            "INSERT INTO numbers (n) VALUES (mine())",
            "INSERT INTO numbers (n) VALUES (@@pseudo_thread_id)",
            "INSERT INTO numbers (n) VALUES (@@session.`Pseudo_Thread_Id`)",
            // The tokenizer takes the end of this comment for a stray one.
            "INSERT INTO numbers (n) VALUES (2*/*c*/@@pseudo_thread_id)",
            "INSERT INTO numbers (n) SELECT variable_value FROM "
                + "information_schema.session_variables WHERE variable_name='PSEUDO_THREAD_ID'",
            "UPDATE own SET n = n + 1",
        ]
        let byColumn = each("INSERT INTO unmarked (id) VALUES (1)") + ["UPDATE unmarked SET id = 2"]
        let byView = each("INSERT INTO viewed SELECT v FROM numbered")
        return [
            Script(
                name: "connection numbers",
                statements: [
                    "CREATE TABLE numbers (id INT DEFAULT (CONNECTION_ID()), n INT)",
                    "CREATE TABLE others (id INT)",
                    "CREATE FUNCTION mine() RETURNS INT DETERMINISTIC RETURN CONNECTION_ID()",
                    "CREATE TRIGGER numbering AFTER INSERT ON others FOR EACH ROW "
                        + "INSERT INTO numbers (n) VALUES (CONNECTION_ID())",
                    "CREATE VIEW own AS SELECT * FROM numbers WHERE id = CONNECTION_ID()",
                ] + told.flatMap(each)),
            Script(
                name: "a view that reads a connection's number, made",
                statements: [
                    "CREATE TABLE viewed (n INT)",
                    "CREATE VIEW numbered AS SELECT variable_value + 0 AS v FROM "
                        + "information_schema.session_variables "
                        + "WHERE variable_name='PSEUDO_THREAD_ID'",
                ] + byView),
            Script(
                name: "a view that reads a connection's number, met",
                statements: byView + ["DROP VIEW numbered"]),
            Script(
                name: "columns that read a connection's number, made",
                statements: [
                    "CREATE TABLE unmarked (id INT, n INT DEFAULT (@@pseudo_thread_id))"
                ] + byColumn),
            Script(
                name: "columns that read a connection's number, met",
                statements: byColumn + ["DROP TABLE unmarked"]),
        ]
    }

    private static var ends: Script {
        Script(
            name: "what stands at a text's end",
            statements: [
                "CREATE TABLE ends (id INT AUTO_INCREMENT PRIMARY KEY, t TEXT)",
                "INSERT INTO ends (t) VALUES ('a') -- to the line's end",
                "INSERT INTO ends (t) VALUES ('b') # to the line's end",
                "INSERT INTO ends (t) VALUES ('c') /* between */", "UPDATE ends SET t = '/*'",
                "INSERT INTO ends (t) VALUES (';') --",
                // A text of one statement only may go on behind its semicolon.
                "PREPARE one FROM 'INSERT INTO ends (t) VALUES (1); -- y'; EXECUTE one",
                "PREPARE one FROM 'INSERT INTO ends (t) VALUES (2); /* trace; */'; EXECUTE one",
                "INSERT INTO ends (t) VALUES ('d');",
                "/*!50001 INSERT INTO ends (t) VALUES ('*/') */",
                "BEGIN; INSERT INTO ends (t) VALUES ('e')",
                "DELETE FROM ends WHERE id = 2; COMMIT",
                "INSERT INTO ends (t) SELECT CONCAT(t, '--') FROM ends ORDER BY id",
            ])
    }

    private static var values: [Script] {
        let variables = [
            "-0.0e0", "1e308", "-2.2250738585072014e-308", "0.1e0", "1.500",
            "-12345678901234.567890",
            "0.00", "18446744073709551615", "-9223372036854775808", "0", "NULL", "''",
            "_latin1 X'E9'", "_utf8mb4 X'F09F8E81'", "_ucs2 X'00E90416'", "X'00FF27'",
            "'it''s \\\\'",
            "_binary 'raw'", "DATE'2024-02-29'", "TIMESTAMP'2024-02-29 10:00:00.123456'", "1=1",
            "_latin1'x' COLLATE latin1_german2_ci",
        ]
        let inserts = variables.map { value in
            """
            SET @v=\(value);
            INSERT INTO vars (h, c, k, t, d) VALUES (HEX(@v), CHARSET(@v), COLLATION(@v), @v, @v+0)
            """
        }
        return [
            Script(
                name: "user variables",
                statements: [
                    """
                    CREATE TABLE vars (id INT AUTO_INCREMENT PRIMARY KEY, h TEXT, c TEXT, k TEXT,
                    t TEXT, d DOUBLE)
                    """, "SET sql_mode=''",
                ] + inserts + [
                    "SET @`odd ``name` = 5; INSERT INTO vars (t) VALUES (@`odd ``name`)",
                    "SET @`имя é` = 'ж'; INSERT INTO vars (t) VALUES (@`имя é`)",
                    "SET @v = 'ж', @`имя` = 'é'; SET NAMES latin1",
                    "INSERT INTO vars (t) VALUES (CONCAT(@v, @`\u{00D0}`))",
                    "CREATE TABLE made AS SELECT @v AS v, 1.50 AS w",
                    "SET NAMES utf8mb4; INSERT INTO vars (t) VALUES (CONCAT(@`имя`, 'я'))",
                ]),
            Script(
                name: "functions of the session",
                statements: [
                    """
                    CREATE TABLE funcs (id INT AUTO_INCREMENT PRIMARY KEY, r DOUBLE, n DATETIME(6),
                    l BIGINT, t TEXT)
                    """,
                    "INSERT INTO funcs (r, n) VALUES (RAND(), NOW(6))",
                    "INSERT INTO funcs (r) VALUES (RAND()), (RAND()), (RAND(5))",
                    "INSERT INTO funcs (l) VALUES (LAST_INSERT_ID())",
                    "INSERT INTO funcs (l, t) VALUES (LAST_INSERT_ID(99), LAST_INSERT_ID())",
                    "SET timestamp=1000000000.5; INSERT INTO funcs (n) VALUES (NOW(6))",
                    "SET timestamp=1; INSERT INTO funcs (n, l) VALUES (NOW(6), UNIX_TIMESTAMP())",
                    "SET timestamp=DEFAULT; SET insert_id=500; INSERT INTO funcs (t) VALUES ('id')",
                    "INSERT INTO funcs (t) VALUES (CURDATE()), (CONNECTION_ID())",
                    "SET auto_increment_increment=7, auto_increment_offset=3",
                    "INSERT INTO funcs (t) VALUES ('a'), ('b'), ('c')",
                    "SET auto_increment_increment=1, auto_increment_offset=1",
                    "INSERT INTO funcs (t) VALUES ('d')",
                    "SET sql_auto_is_null=1; INSERT INTO funcs (t) VALUES ('is null')",
                    "UPDATE funcs SET t='found by null' WHERE id IS NULL",
                ]),
        ]
    }

    private static var sessions: [Script] {
        [
            Script(
                name: "sql modes",
                statements: [
                    "CREATE TABLE modes (i TINYINT, t VARCHAR(10), d DATE)",
                    "SET sql_mode='ANSI_QUOTES'; INSERT INTO \"modes\" (\"t\") VALUES ('a')",
                    "SET sql_mode='NO_BACKSLASH_ESCAPES'; INSERT INTO modes (t) VALUES ('a\\')",
                    "SET sql_mode='PIPES_AS_CONCAT'; INSERT INTO modes (t) VALUES ('a' || 'b')",
                    "SET sql_mode=''; INSERT INTO modes VALUES (999, 'far too long', '2023-02-31')",
                    "SET sql_mode='ORACLE'; INSERT INTO modes (t) VALUES ('a' || NULL)",
                    "SET sql_mode='ALLOW_INVALID_DATES'",
                    "INSERT INTO modes (d) VALUES ('2023-02-31')",
                    "SET sql_mode='EMPTY_STRING_IS_NULL'; INSERT INTO modes (t) VALUES ('')",
                    "SET sql_mode='IGNORE_SPACE'",
                    "INSERT INTO modes (i) SELECT COUNT (*) FROM modes",
                    "SET sql_mode=DEFAULT; INSERT INTO modes (t) VALUES ('a\\n' \"b\")",
                ]),
            Script(
                name: "character sets, zones and languages",
                statements: [
                    "CREATE TABLE texts (t VARCHAR(60), s TIMESTAMP(3) NULL, d DATETIME)",
                    "SET NAMES latin1; INSERT INTO texts (t) VALUES ('\u{00C3}\u{00A9}'), ('é')",
                    "SET NAMES cp1251; INSERT INTO texts (t) VALUES (LOWER('Ж'))",
                    "SET NAMES utf8mb4; INSERT INTO texts (t) VALUES ('茶 🎁')",
                    "SET collation_connection=utf8mb4_bin; INSERT INTO texts (t) VALUES ('a'='A')",
                    "SET collation_connection=ucs2_general_ci; INSERT INTO texts (t) VALUES ('u')",
                    "SET collation_connection=utf8mb4_general_ci",
                    "INSERT INTO texts (t) VALUES ('a'='A')",
                    "SET time_zone='+05:30'; INSERT INTO texts (s) VALUES ('2024-01-01 00:00:00')",
                    "INSERT INTO texts (d) VALUES (FROM_UNIXTIME(86400)), (NOW())",
                    "SET time_zone='SYSTEM'; INSERT INTO texts (d) VALUES (FROM_UNIXTIME(86400))",
                    "SET lc_time_names='de_DE'",
                    "INSERT INTO texts (t) VALUES (DAYNAME('2024-03-05'))",
                    "SET lc_time_names='en_US'",
                    "INSERT INTO texts (t) VALUES (DAYNAME('2024-03-05'))",
                    "SET collation_server=latin1_swedish_ci; CREATE DATABASE latin",
                    "CREATE TABLE latin.t (a VARCHAR(9))", "USE latin",
                    "CREATE TABLE u (b TEXT); INSERT INTO u VALUES ('é')", "USE lab",
                ]),
            Script(
                name: "switches",
                statements: [
                    "CREATE TABLE parent (id INT PRIMARY KEY) ENGINE=InnoDB",
                    """
                    CREATE TABLE child (p INT, u INT UNIQUE, c INT CHECK (c > 0),
                    FOREIGN KEY (p) REFERENCES parent (id)) ENGINE=InnoDB
                    """,
                    "SET foreign_key_checks=0; INSERT INTO child VALUES (77, 1, 1)",
                    "SET unique_checks=0; INSERT INTO child VALUES (78, 2, 1)",
                    "SET check_constraint_checks=0; INSERT INTO child VALUES (79, 3, -1)",
                    "SET foreign_key_checks=1, unique_checks=1, check_constraint_checks=1",
                    "INSERT INTO child VALUES (NULL, 4, 1)",
                    "SET explicit_defaults_for_timestamp=0; CREATE TABLE ts0 (a INT, b TIMESTAMP)",
                    "SET explicit_defaults_for_timestamp=1; CREATE TABLE ts1 (a INT, b TIMESTAMP)",
                    "SET sql_if_exists=1; DROP TABLE nothing_here; SET sql_if_exists=0",
                    "CREATE DATABASE `база` CHARSET latin1; USE `база`",
                    "CREATE TABLE `таб` (a TEXT) CHARSET utf8mb4",
                    "SET NAMES latin1",
                    "INSERT INTO lab.ts0 (a) VALUES (5)",
                    "USE lab; INSERT INTO lab.ts0 (a) VALUES (6)",
                    "SET NAMES utf8mb4; USE `база`; SET NAMES latin1",
                    "CREATE TABLE plain (a TEXT); INSERT INTO plain VALUES ('é')",
                    "SET NAMES utf8mb4; INSERT INTO `таб` VALUES ('я'); DROP DATABASE `база`",
                    "CREATE DATABASE `база`; USE `база`; CREATE TABLE again (a INT)",
                    "INSERT INTO again VALUES (1)",
                ]),
        ]
    }

    private static var transactions: [Script] {
        [
            Script(
                name: "errors and rollbacks",
                statements: [
                    "CREATE TABLE my (a INT PRIMARY KEY) ENGINE=MyISAM",
                    "CREATE TABLE inno (a INT PRIMARY KEY) ENGINE=InnoDB",
                    "INSERT INTO my VALUES (5)", "!INSERT INTO my VALUES (4), (5), (6)",
                    "BEGIN; INSERT INTO inno VALUES (1); INSERT INTO my VALUES (10); ROLLBACK",
                    "BEGIN; INSERT INTO inno VALUES (2)",
                    "SAVEPOINT s1; INSERT INTO inno VALUES (3)",
                    "SAVEPOINT `s 2`; INSERT INTO inno VALUES (4); INSERT INTO my VALUES (11)",
                    "ROLLBACK TO SAVEPOINT s1; INSERT INTO inno VALUES (5); COMMIT",
                    "BEGIN; INSERT INTO inno VALUES (6); SAVEPOINT a; INSERT INTO inno VALUES (7)",
                    "ROLLBACK TO a; COMMIT",
                ]),
            Script(
                name: "XA",
                statements: [
                    "CREATE TABLE xa (a INT PRIMARY KEY) ENGINE=InnoDB",
                    "XA START 'one'; INSERT INTO xa VALUES (1); XA END 'one'; XA PREPARE 'one'",
                    "XA COMMIT 'one'",
                    "XA START 'two'; INSERT INTO xa VALUES (2); XA END 'two'; XA PREPARE 'two'",
                    "XA ROLLBACK 'two'",
                    "XA START X'00FF','b',7; INSERT INTO xa VALUES (3); XA END X'00FF','b',7",
                    "XA COMMIT X'00FF','b',7 ONE PHASE",
                    "XA START 'far'; INSERT INTO xa VALUES (4); XA END 'far'; XA PREPARE 'far'",
                    "~FLUSH BINARY LOGS", "~FLUSH BINARY LOGS", "XA COMMIT 'far'",
                    "INSERT INTO xa VALUES (5)",
                    "XA START 'none'; SELECT 1; XA END 'none'; XA PREPARE 'none'; XA COMMIT 'none'",
                ]),
            Script(
                name: "CREATE TABLE … SELECT",
                statements: [
                    "CREATE TABLE seed (a INT PRIMARY KEY, b TEXT)",
                    "INSERT INTO seed VALUES (1,'x')",
                    "CREATE TABLE by_text AS SELECT * FROM seed", "SET binlog_format=ROW",
                    "CREATE TABLE by_rows (PRIMARY KEY (a)) AS SELECT * FROM seed",
                    "CREATE OR REPLACE TABLE by_rows AS SELECT a+1 AS a FROM seed",
                    "CREATE TABLE copy LIKE seed; INSERT INTO copy SELECT * FROM seed",
                    "SET binlog_format=STATEMENT; REPLACE INTO copy VALUES (1, 'y'), (2, 'z')",
                ]),
        ]
    }

    private static var definitions: [Script] {
        [
            Script(
                name: "routines, triggers, views and events",
                statements: [
                    "CREATE TABLE base (a INT, b VARCHAR(20))",
                    "SET sql_mode='ANSI_QUOTES,PIPES_AS_CONCAT'",
                    "CREATE FUNCTION f1(x INT) RETURNS TEXT DETERMINISTIC RETURN \"x\" || '!'",
                    "SET sql_mode='NO_BACKSLASH_ESCAPES'",
                    "CREATE PROCEDURE p1() INSERT INTO base VALUES (1, 'a\\')", "CALL p1()",
                    "SET sql_mode=''; SET NAMES latin1",
                    """
                    CREATE TRIGGER t1 BEFORE INSERT ON base FOR EACH ROW
                    SET NEW.b = CONCAT(NEW.b, '\u{00E9}')
                    """,
                    "INSERT INTO base VALUES (2, 'two'); SET NAMES utf8mb4",
                    "SET sql_mode='ORACLE'",
                    "CREATE FUNCTION f2(x INT) RETURN INT DETERMINISTIC AS BEGIN RETURN x+1; END;",
                    "CREATE PACKAGE pk AS FUNCTION g RETURN INT; END;",
                    "CREATE PACKAGE BODY pk AS FUNCTION g RETURN INT AS BEGIN RETURN 7; END; END;",
                    "SET sql_mode='NO_DIR_IN_CREATE'; CREATE PROCEDURE p2() SELECT 1",
                    "SET sql_mode=DEFAULT, time_zone='+03:00'",
                    "CREATE EVENT e1 ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO SELECT 3",
                    "CREATE EVENT e2 ON SCHEDULE AT '2035-01-01 05:00:00' DISABLE DO SELECT 1",
                    "ALTER EVENT e1 ON SCHEDULE EVERY 2 HOUR COMMENT 'two'", "SET time_zone=SYSTEM",
                    "CREATE VIEW v1 AS SELECT a, 'é' AS e FROM base WHERE f1(a) <> ''",
                    "CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW v2 AS SELECT a FROM base",
                    "INSERT INTO base SELECT f2(a), 'f' FROM base ORDER BY a",
                    "ALTER VIEW v2 AS SELECT b FROM base; DROP FUNCTION f1",
                ]),
            Script(
                name: "accounts",
                statements: [
                    "CREATE USER someone@localhost IDENTIFIED BY 'it''s'; CREATE ROLE readers",
                    "GRANT SELECT, INSERT (a) ON lab.base TO someone@localhost",
                    "GRANT readers TO someone@localhost; SET PASSWORD FOR someone@localhost=''",
                    "CREATE DEFINER=someone@localhost PROCEDURE p3() SQL SECURITY INVOKER SELECT 2",
                    "REVOKE INSERT (a) ON lab.base FROM someone@localhost",
                    "CREATE OR REPLACE USER hashed@'10.0.%' IDENTIFIED VIA mysql_native_password "
                        + "USING '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19' REQUIRE SSL",
                    "CREATE USER 'odd `name'@'%' ACCOUNT LOCK PASSWORD EXPIRE",
                    "ALTER USER hashed@'10.0.%' WITH MAX_USER_CONNECTIONS 3",
                    "RENAME USER 'odd `name'@'%' TO 'имя'@'%'",
                    "CREATE ROLE writers WITH ADMIN readers",
                    "GRANT INSERT, UPDATE ON lab.* TO writers; GRANT writers TO readers",
                    "GRANT EXECUTE ON PROCEDURE lab.p3 TO readers WITH GRANT OPTION",
                    "GRANT SELECT ON *.* TO hashed@'10.0.%' IDENTIFIED BY 'new one'",
                    "SET DEFAULT ROLE readers FOR someone@localhost",
                    "CREATE USER gone@localhost; GRANT ALL ON lab.* TO gone@localhost",
                    "DROP USER gone@localhost; CREATE ROLE idle; DROP ROLE idle",
                ]),
        ]
    }
}
