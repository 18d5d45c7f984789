-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
CREATE DATABASE d;
USE d;
SET sql_mode = ORACLE;
CREATE TABLE t (id NUMBER(10) PRIMARY KEY, a VARCHAR2(100), c CLOB);
DELIMITER //
CREATE PACKAGE pkg AS PROCEDURE add_row(x INT); END;
//
CREATE PACKAGE BODY pkg AS PROCEDURE add_row(x INT) AS BEGIN INSERT INTO t VALUES (x, 'p' || x, NULL); END; END;
//
DELIMITER ;
CALL pkg.add_row(7);
INSERT INTO t VALUES (1, 'a' || 'b', 'clob');
UPDATE t SET a = NULL || 'x' WHERE id = 1;
