-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a VARCHAR(100), b CHAR(36));
INSERT INTO t (a) VALUES ('statement'), ('two');
INSERT INTO t (a, b) VALUES ('row', UUID());
UPDATE t SET a = CONCAT(a, '!') WHERE id = 1;
UPDATE t SET b = UUID() WHERE id = 2;
INSERT INTO t (a) SELECT USER();
DELETE FROM t WHERE id = 2;
