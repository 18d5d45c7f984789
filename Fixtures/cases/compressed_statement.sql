-- on: mariadb-10.5 mariadb-10.11 mariadb-11.8
-- with: --binlog-format=STATEMENT --binlog-checksum=CRC32 --log-bin-compress=1 --log-bin-compress-min-len=10
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(1000), b INT);
INSERT INTO t VALUES (1, REPEAT('a', 900), 1), (2, 'short', 2), (3, REPEAT('xyz', 300), 3);
UPDATE t SET a = CONCAT(a, '!'), b = b + 1;
DELETE FROM t WHERE id = 2;
BEGIN;
INSERT INTO t VALUES (4, REPEAT('0123456789', 50), 4);
UPDATE t SET b = 44 WHERE id = 4;
COMMIT;
FLUSH BINARY LOGS;
INSERT INTO t VALUES (5, 'behind', 5);
