-- on: mysql-9.7
CREATE DATABASE d;
CREATE TABLE d.t (id INT PRIMARY KEY, a VARCHAR(20));
INSERT INTO d.t VALUES (1, 'summed');
SET GLOBAL binlog_checksum = NONE;
INSERT INTO d.t VALUES (2, 'plain');
FLUSH BINARY LOGS;
UPDATE d.t SET a = 'plain too' WHERE id = 1;
SET GLOBAL binlog_checksum = CRC32;
INSERT INTO d.t VALUES (3, 'summed');
