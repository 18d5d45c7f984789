-- on: mysql-9.7
-- with: --binlog-transaction-compression=ON --gtid-mode=ON --enforce-gtid-consistency=ON --binlog-rows-query-log-events=ON
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(200), b LONGTEXT);
CREATE TABLE u (id INT PRIMARY KEY, t INT);
INSERT INTO t VALUES (1, 'one', 'first'), (2, 'two', 'second');
BEGIN;
INSERT INTO t SELECT n, CONCAT('row ', n), REPEAT('text ', n % 20)
    FROM (WITH RECURSIVE r AS (SELECT 10 n UNION ALL SELECT n + 1 FROM r WHERE n < 500) SELECT n FROM r) x;
INSERT INTO u SELECT id, id * 2 FROM t;
UPDATE t JOIN u ON t.id = u.id SET t.a = 'joined', u.t = 0 WHERE t.id < 20;
SAVEPOINT s;
DELETE FROM t;
ROLLBACK TO s;
DELETE FROM u WHERE id > 400;
COMMIT;
INSERT INTO t VALUES (1000, 'large', REPEAT('0123456789', 9000));
ALTER TABLE t ADD COLUMN c INT DEFAULT 5;
UPDATE t SET c = id;
SET SESSION binlog_transaction_compression = OFF;
INSERT INTO t VALUES (1001, 'plain', NULL, 1);
FLUSH BINARY LOGS;
SET SESSION binlog_transaction_compression = ON, binlog_transaction_compression_level_zstd = 22;
DELETE FROM t WHERE id % 3 = 0;
CREATE TABLE copied AS SELECT id, a FROM t WHERE id < 20;
