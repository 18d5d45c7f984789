import Recovery
import Testing

/// Which kind a text has, and what is said about it.
struct StatementClassifierTests {
    private func facts(_ text: String, mode: SQLMode? = .standard) -> StatementFacts {
        var classifier = StatementClassifier()
        return classifier.facts(of: text, mode: mode)
    }

    @Test(
        "a DELETE whose condition is true for every row is delete-all",
        arguments: [
            "1", "TRUE", "1=1", "2>1", "'a'='a'", "'a'='A'", "NOT 0", "NOT NOT 1", "!0", "id=id",
            "c.id=id", "`id`=ID", "id<=>id", "id IS NOT NULL", "v LIKE '%'", "v LIKE '%%'",
            "EXISTS(SELECT 1)", "EXISTS (SELECT 1 FROM dual)", "id=3 OR TRUE", "1 AND id=id",
            "(((1)))", "(1)=(1)", "1 IN (2,1)", "5 BETWEEN 1 AND 9", "1+1=2", "-1", "'1'",
            "NOT (id<>id)", "NOT 1=2", "id=5 OR NOT (1=0)", "(1=1) IS TRUE", "NULL IS NULL",
            "_utf8mb4'a'=_utf8mb4'a'", "1 || id=5", "1 && TRUE", "NOT(v NOT LIKE '%')", "1 XOR 0",
            "0x30", "b'01'", "B'1'", "0b1", "NOT 0x00", "'abc' LIKE 'a%'", "'abc' LIKE '_b%c'",
            "1 LIKE 1", "'aXbXc' LIKE '%X%c%'", "10 LIKE '1_'",
        ])
    func alwaysTrue(condition: String) {
        #expect(facts("DELETE FROM c WHERE \(condition)").kind == .deleteAll)
        #expect(facts("UPDATE c SET v=1 WHERE \(condition) ORDER BY v").kind == .updateAll)
    }

    @Test(
        "a DELETE whose condition may spare rows is other",
        arguments: [
            "0", "FALSE", "NULL", "1=0", "id>=0", "id", "id=5", "id IN (SELECT id FROM c2)",
            "id IN (1,2)", "v LIKE 'a%'", "EXISTS(SELECT 1 FROM c2)", "id=? OR id=3", "@x", "f(1)",
            "NOT NULL", "id<>id", "'a'='b'", "a.id=b.id", "1 AND id=5", "CASE WHEN 1 THEN 1 END",
            "id BETWEEN 1 AND 9 AND 1", "v='x' AND (1 OR 2)", "1 IN (SELECT 1)", "id IS NULL",
            "id= NAME_CONST('i',1)", "NOT id=id", "1=1 foo bar", "NULL=NULL", "'a' LIKE 'b'",
            "DATE '2024-01-01' < d", "id DIV 1", "v REGEXP '.*'", "'1 OR 1=1'=v",
            "1 = ALL (SELECT 1)", "0x0", "b'00'", "0b0", "x'30'", "NOT 0x1",
            "0.1+0.2 <> 0.3", "9007199254740992 = 9007199254740993", "1/3*3 = 1",
            "9007199254740992 NOT IN (9007199254740993, 'x')",
            "'abc' LIKE 'a_'", "'abc' LIKE '%bd%'", "01 LIKE '01'", "'a%' LIKE 'a\\%'",
            "'abc' LIKE 'a%' ESCAPE '%'", "'ABC' LIKE 'a%'", "-1 LIKE 1", "v LIKE v",
        ])
    func notAlwaysTrue(condition: String) {
        #expect(facts("DELETE FROM c WHERE \(condition)").kind == .other)
    }

    @Test("|| and NOT are read as the sql_mode has them, and as the worst where it is not told")
    func pipes() {
        let concat = SQLMode(bits: 1 << 1)
        let high = SQLMode(bits: 1 << 29)
        for condition in ["code='A' || '1'", "'1' || code='1B'", "a <=> a || 1", "1 || 1 + 1"] {
            let text = "DELETE FROM c WHERE \(condition)"
            #expect(facts(text).kind == .deleteAll, "\(condition)")
            #expect(facts(text, mode: concat).kind == .other, "\(condition)")
            let untold = facts(text, mode: nil)
            #expect(untold.kind == .deleteAll && untold.isAmbiguous, "\(condition)")
        }
        #expect(facts("DELETE FROM c WHERE 'a' || 'b' = 'c' OR 1", mode: concat).kind == .deleteAll)
        #expect(facts("DELETE FROM c WHERE NOT 0 = 2", mode: high).kind == .other)
        #expect(facts("DELETE FROM c WHERE NOT 0 = 2").kind == .deleteAll)
        #expect(facts("DELETE FROM c WHERE NOT id < id", mode: high).kind == .other)
    }

    @Test("every form of ALTER TABLE has its kinds")
    func alter() {
        let kinds: [(String, [DestructiveKind])] = [
            ("DROP v", [.dropColumn]), ("DROP COLUMN `key`", [.dropColumn]),
            ("DROP `key`", [.dropColumn]), ("DROP KEY k", [.other]), ("DROP INDEX k", [.other]),
            ("DROP PRIMARY KEY", [.other]), ("DROP CONSTRAINT x", [.other]),
            ("DROP FOREIGN KEY x", [.other]), ("DROP CHECK x", [.other]),
            ("DROP SYSTEM VERSIONING", [.other]), ("DROP PERIOD FOR SYSTEM_TIME", [.other]),
            ("DROP system", [.dropColumn]), ("DROP period", [.dropColumn]),
            ("DROP PARTITION p0, p1", [.dropPartition]),
            ("TRUNCATE PARTITION ALL", [.truncateTable]),
            ("DISCARD TABLESPACE", [.dropTable]), ("RENAME x", [.renameTable]),
            ("RENAME COLUMN a TO b", [.other]), ("RENAME KEY a TO b", [.other]),
            ("RENAME = x, DROP a, DROP b", [.dropColumn, .renameTable]),
            ("ADD COLUMN a INT DEFAULT (f(1, 2)), DROP b", [.dropColumn]),
            ("ADD a VARCHAR(5) COMMENT 'x, DROP b'", [.other]), ("MODIFY v CHAR(1)", [.other]),
            ("CONVERT TO CHARACTER SET latin1", [.other]), ("ENGINE=BLACKHOLE", [.truncateTable]),
            ("ADD a INT, ENGINE 'blackhole'", [.truncateTable]), ("ENGINE=`Aria`", [.other]),
            ("ENGINE=", [.other]), ("ENGINE='", [.other]),
            ("COMMENT='x' ENGINE = BLACKHOLE", [.truncateTable]),
            ("ROW_FORMAT=DYNAMIC ENGINE `blackhole` COMMENT 'y', ADD a INT", [.truncateTable]),
            ("ADD a INT CHECK (engine = blackhole)", [.other]),
            ("RENAME KEY a TO engine", [.other]),
            ("ADD PARTITION (PARTITION p9 VALUES LESS THAN (9))", [.other]),
        ]
        for (part, wanted) in kinds {
            #expect(facts("ALTER TABLE s.c \(part)").kinds == wanted, "\(part)")
        }
        let moved = facts("ALTER TABLE pt EXCHANGE PARTITION p0 WITH TABLE pe").tables[0]
        #expect(moved.reasons == ["partition p0 only", "moved"])
        #expect(facts("ALTER TABLE c TRUNCATE PARTITION ALL").tables[0].reasons == [])
        for (text, reasons) in [
            ("ALTER IGNORE TABLE c ADD a INT, ADD UNIQUE (v)", ["may have deleted duplicates"]),
            ("ALTER IGNORE TABLE c DROP PRIMARY KEY, ADD INDEX (v)", []),
            ("ALTER TABLE c ADD UNIQUE (v)", []), ("ALTER IGNORE TABLE c ADD", []),
        ] {
            #expect(facts(text).tables[0].reasons == reasons, "\(text)")
        }
    }

    @Test("a table that changes places with a partition comes behind the partitioned one")
    func secondTable() {
        let ways: [(String, [DestructiveKind], [String])] = [
            (
                "EXCHANGE PARTITION p0 WITH TABLE s.e WITHOUT VALIDATION", [.dropPartition],
                ["moved", "exchanged with a partition"]
            ),
            ("CONVERT PARTITION p0 TO TABLE `s`.e", [.other], []),
            ("CONVERT TABLE s.e TO PARTITION p0 VALUES LESS THAN (9)", [.dropTable], ["moved"]),
        ]
        for (part, kinds, reasons) in ways {
            let tables = facts("ALTER TABLE p \(part)").tables
            #expect(tables.map(\.name) == ["p", "e"], "\(part)")
            #expect(tables.last?.schema == "s", "\(part)")
            #expect(tables.last?.kinds == kinds, "\(part)")
            #expect(tables.last?.reasons == reasons, "\(part)")
        }
        for part in [
            "EXCHANGE PARTITION p0", "EXCHANGE PARTITION p0 WITH", "CONVERT PARTITION p TO TABLE",
            "CONVERT TABLE", "CONVERT TO CHARACTER SET utf8",
        ] {
            #expect(facts("ALTER TABLE p \(part)").tables.map(\.name) == ["p"], "\(part)")
        }
    }

    @Test("targets are found through aliases, joins, schemas and quotes")
    func targets() {
        func tables(_ text: String) -> [String] {
            facts(text).tables.map { ($0.schema.map { "\($0)." } ?? "") + ($0.name ?? "") }
        }
        #expect(tables("DELETE a FROM s.orders AS a JOIN c ON a.id=c.id") == ["s.orders"])
        #expect(tables("DELETE a.*, `c`.* FROM orders a, c") == ["orders", "c"])
        #expect(tables("DELETE FROM a, b USING o a JOIN (p b) ON f(a.x, b.y)") == ["o", "p"])
        #expect(tables("UPDATE (a, b) SET b.x=1, b.y=f(a.x, 2)") == ["b"])
        #expect(tables("UPDATE a x JOIN b y SET v=1") == ["a", "b"])
        #expect(tables("UPDATE a JOIN (SELECT id FROM z) q SET a.v=1") == ["a"])
        #expect(tables("UPDATE `we``ird` SET v=1") == ["we`ird"])
        #expect(tables("INSERT INTO `drop table x` VALUES(9,'DROP TABLE c')") == ["drop table x"])
        #expect(tables("WITH q AS (SELECT 1) DELETE FROM c") == ["c"])
        #expect(tables("ANALYZE FORMAT=JSON DELETE FROM c") == ["c"])
        #expect(tables("RENAME TABLE a TO b, s.c TO d") == ["a", "s.c"])
        #expect(tables("LOAD DATA INFILE 'into' REPLACE INTO TABLE s.t FIELDS") == ["s.t"])
    }

    @Test("bodies of routines, triggers, events and views are not run")
    func definitions() {
        for text in [
            "CREATE DEFINER=`r`@`%` PROCEDURE p() BEGIN DROP TABLE c; DELETE FROM d; END",
            "CREATE DEFINER=CURRENT_USER() TRIGGER t AFTER INSERT ON m FOR EACH ROW BEGIN "
                + "DELETE FROM c; DROP TABLE d; END",
            "/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`%`*/ /*!50003 TRIGGER t AFTER INSERT ON m "
                + "FOR EACH ROW DELETE FROM c */",
            "ALTER EVENT e DO BEGIN DROP TABLE c; DROP TABLE d; END",
            "CREATE OR REPLACE VIEW v AS SELECT 1", "CREATE AGGREGATE FUNCTION f() RETURNS INT",
        ] {
            #expect(facts(text).kind == .other, "\(text)")
            #expect(facts(text).isDefinition, "\(text)")
        }
    }

    @Test("an unknown sql_mode takes the worst of the readings that tokenize")
    func ambiguity() {
        // Only without NO_BACKSLASH_ESCAPES does the string go on behind the quote.
        let text = "DELETE FROM c WHERE v='a\\' OR 1=1 -- '"
        #expect(facts(text).kind == .other)
        #expect(facts(text, mode: SQLMode(noBackslashEscapes: true)).kind == .deleteAll)
        let unknown = facts(text, mode: nil)
        #expect(unknown.kind == .deleteAll)
        #expect(unknown.isAmbiguous)
        #expect(facts("DELETE FROM \"c\" WHERE \"id\"=5", mode: nil).tables[0].name == "c")
        #expect(!facts("DELETE FROM c WHERE v='a\\n'", mode: nil).isAmbiguous)
        #expect(facts("DELETE FROM c WHERE \"id\"=\"id\"", mode: nil).kind == .deleteAll)
    }

    @Test("the verb, temporary tables and several statements of one text are told")
    func verbs() {
        #expect(facts("BEGIN").verb == .begin)
        #expect(facts("ROLLBACK TO SAVEPOINT a").verb == .savepoint)
        #expect(facts("XA ROLLBACK X'79',X'',1").verb == .xaRollback)
        #expect(facts("DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `c`").isTemporary)
        #expect(facts("DROP TEMPORARY TABLE c").kind == .other)
        #expect(facts("SELECT 1; DROP TABLE c; ").kind == .dropTable)
        #expect(facts("CREATE OR REPLACE TABLE a AS SELECT 1").hasSelect)
        #expect(facts("DELETE FROM c LIMIT 5").limit == .rows(5))
        #expect(facts("DELETE FROM c LIMIT 99999999999999999999999").limit == .unknown)
        #expect(facts("DELETE FROM c WHERE id IN (SELECT 1 LIMIT 3)").limit == nil)
        #expect(facts("DELETE FROM c FOR PORTION OF p FROM 'a' TO 'b'").kind == .other)
        #expect(facts("DELETE HISTORY FROM c BEFORE SYSTEM_TIME now()").kind == .deleteAll)
        #expect(facts("DROP TABLE c /* open").kind == .dropTable)
        #expect(
            facts("DELETE FROM c /* 99999 /* x */ WHERE id=5 */").kind == .deleteAll)
    }
}
