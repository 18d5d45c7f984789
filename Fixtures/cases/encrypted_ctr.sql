-- on: mariadb-10.5 mariadb-11.8
-- with: --binlog-checksum=CRC32 --plugin-load-add=file_key_management --file-key-management-filename=@FIXTURES@/cases/keys.txt --file-key-management-encryption-algorithm=aes_ctr --encrypt-binlog=1 
CREATE DATABASE d;
USE d;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(1000), b CHAR(36));
INSERT INTO t VALUES (1, REPEAT('a', 900), NULL), (2, 'short', NULL);
INSERT INTO t VALUES (3, 'row', UUID());
UPDATE t SET a = CONCAT(a, '!');
DELETE FROM t WHERE id = 2;
FLUSH BINARY LOGS;
INSERT INTO t VALUES (4, 'behind', UUID());
