-- on: mariadb-11.8
-- with: --binlog-format=ROW --binlog-row-image=FULL_NODUP
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT PRIMARY KEY, a INT, b TEXT, c VARCHAR(20) DEFAULT 'x', UNIQUE KEY (a));
CREATE TABLE n (a INT, b BLOB);
INSERT INTO t VALUES (1, 1, 'one', DEFAULT), (2, 2, NULL, 'y'), (3, 3, 'three', NULL);
UPDATE t SET b = CONCAT(b, '!'), a = a + 10 WHERE id = 1;
UPDATE t SET id = 30 WHERE id = 3;
DELETE FROM t WHERE id = 2;
INSERT INTO n VALUES (1, 'b'), (1, 'b'), (NULL, NULL);
UPDATE n SET a = 2 LIMIT 1;
DELETE FROM n WHERE a IS NULL;
