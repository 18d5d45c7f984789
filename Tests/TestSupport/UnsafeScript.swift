/// Routines, triggers and views whose results no log tells, and statements that run them or not.
public enum UnsafeScript {
    public static let definitions = [
        "SET GLOBAL log_bin_trust_function_creators=1", "CREATE DATABASE d",
        "CREATE TABLE d.a (v VARCHAR(100))", "CREATE TABLE d.t (id INT, u CHAR(36))",
        "CREATE FUNCTION d.`inner`() RETURNS CHAR(36) RETURN UUID()",
        "CREATE FUNCTION d.Middle() RETURNS CHAR(36) RETURN d.`inner` ()",
        "CREATE PROCEDURE d.p() UPDATE d.a SET v=d.middle()",
        "CREATE TRIGGER d.tr BEFORE INSERT ON d.t FOR EACH ROW SET NEW.u=UUID()",
        "CREATE TRIGGER d.by_user BEFORE INSERT ON d.a FOR EACH ROW "
            + "SET NEW.v=CONCAT(NEW.v,CURRENT_USER())",
        "CREATE VIEW d.v AS SELECT SYSDATE() AS s",
        "CREATE FUNCTION d.safe() RETURNS INT RETURN 1",
        "CREATE FUNCTION d.calls_p() RETURNS INT BEGIN CALL d.p; RETURN 1; END",
        "CREATE TABLE d.fires (id INT)", "CREATE TABLE d.user (n INT)",
        "CREATE TABLE d.log (a INT)",
        "CREATE TRIGGER d.chain AFTER INSERT ON d.fires FOR EACH ROW INSERT INTO t (id) VALUES (9)",
        "CREATE TRIGGER d.other AFTER DELETE ON d.fires FOR EACH ROW "
            + "INSERT INTO user (n) VALUES (1)",
        "CREATE FUNCTION d.writes() RETURNS INT BEGIN INSERT INTO t (id) VALUES (8); RETURN 1; END",
        "CREATE PROCEDURE d.log() INSERT INTO d.a VALUES (UUID())",
        "CREATE VIEW d.through AS SELECT id FROM d.t",
    ]
    /// Each with what is told of it.
    public static let statements: [(text: String, reason: String?)] = [
        ("INSERT INTO d.a VALUES (d.safe())", nil),
        ("INSERT INTO d.a VALUES (d.middle())", "d.Middle: UUID"),
        ("USE d", nil), ("INSERT INTO t (id) VALUES (1)", "a trigger of d.t: UUID"),
        ("DELETE FROM d.t", nil), ("INSERT INTO d.a SELECT s FROM d.v", "d.v: SYSDATE"),
        ("INSERT INTO d.a VALUES (UUID())", nil), ("DO calls_p()", "d.calls_p: UUID"),
        ("CREATE TABLE d.made SELECT `middle`() AS x", "d.Middle: UUID"),
        ("INSERT INTO fires VALUES (1)", "a trigger of d.fires: UUID"),
        ("DELETE FROM fires", nil), ("INSERT INTO log (a) VALUES (1)", nil),
        ("INSERT INTO user (n) VALUES (writes())", "d.writes: UUID"),
        ("INSERT INTO through VALUES (3)", "a trigger of d.t: UUID"),
        ("INSERT INTO a SELECT s FROM log, v", "d.v: SYSDATE"),
        ("RENAME TABLE t TO t2", nil), ("CREATE TABLE t (id INT, u CHAR(36))", nil),
        ("INSERT INTO t VALUES (4, '')", nil),
        ("INSERT INTO t2 VALUES (5, '')", "a trigger of d.t2: UUID"),
        ("DROP FUNCTION d.middle", nil), ("CREATE TABLE middle (a INT)", nil),
        ("INSERT INTO middle (a) VALUES (1)", nil), ("DROP TABLE middle", nil),
        ("CREATE FUNCTION d.middle() RETURNS INT RETURN 2", nil),
        ("INSERT INTO d.a VALUES (d.middle())", nil),
    ]
}
